"""Diffs: what `git apply` takes, and what may be seen on a screen."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from djconnfix.fix.diff import exact_patch, masked_diff
from djconnfix.fix.plan import Change, Plan
from djconnfix.source import SourceFile


def plan_of(path: str, old: bytes, new: bytes) -> Plan:
    source = SourceFile(path, Path("/nowhere") / path, old)
    return Plan((Change(source, new, ()),))


CASES = {
    "plain": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "many hunks": (b"".join(b"%d\n" % i for i in range(50)), b"".join(b"%d\n" % i for i in range(50) if i % 20)),
    "no newline before": (b"a\nb", b"a\nb\nc\n"),
    "no newline after": (b"a\nb\n", b"a\nc"),
    "no newline on either side": (b"a\nb", b"a\nc"),
    "carriage returns": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "mixed line endings": (b"a\r\nb\nc\rd\n", b"a\r\nB\nc\rd\n"),
    "latin-1": (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", b"# -*- coding: latin-1 -*-\nx = '\xe9'\ny = 1\n"),
    "byte order mark": (b"\xef\xbb\xbfx = 1\n", b"\xef\xbb\xbfx = 2\n"),
    "form feed": (b"a\n\x0c\nb\n", b"a\n\x0c\nc\n"),
}


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["settings.py", "a b/sett ings.py", "ключ/é.py", 'quo"te.py', "tab\t.py"])
def test_git_applies_the_exact_patch(case: str, name: str, tmp_path: Path) -> None:
    old, new = CASES[case]
    target = tmp_path / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(old)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    patch = exact_patch(plan_of(name, old, new))
    subprocess.run(["git", "-c", "core.autocrlf=false", "apply", "-"], input=patch, cwd=tmp_path, check=True)
    assert target.read_bytes() == new


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("settings.py", b"--- a/settings.py\n+++ b/settings.py\n"),
        ("a b.py", b'--- "a/a b.py"\n+++ "b/a b.py"\n'),
        ("a~b.py", b"--- a/a~b.py\n+++ b/a~b.py\n"),
        ('a\\"b.py', b'--- "a/a\\\\\\"b.py"\n+++ "b/a\\\\\\"b.py"\n'),
        ("\x7f\n.py", b'--- "a/\\177\\n.py"\n+++ "b/\\177\\n.py"\n'),
    ],
)
def test_only_unusual_names_are_quoted(name: str, head: bytes) -> None:
    assert exact_patch(plan_of(name, b"a\n", b"b\n")).startswith(head)


def test_a_hunk_of_one_line_has_no_count() -> None:
    assert exact_patch(plan_of("a.py", b"a\n", b"b\n")).endswith(b"\n@@ -1 +1 @@\n-a\n+b\n")
    assert exact_patch(plan_of("a.py", b"a\n", b"b\nc\n")).endswith(b"\n@@ -1 +1,2 @@\n-a\n+b\n+c\n")


def test_secrets_are_hidden_in_context_and_changes() -> None:
    old = b'D = {\n    "PASSWORD": "hunter2Zq",\n    "URL": "postgres://u:hunter2Zq@h/d",\n    "A": 1,\n}\n'
    new = old.replace(b'"A": 1', b'"A": 2').replace(b"@h/d", b"@h/e")
    shown = masked_diff(plan_of("a.py", old, new))
    assert "hunter2Zq" not in shown
    assert '-    "A": 1,\n+    "A": 2,\n' in shown.replace('-    "URL": "postgres://***@h/d",\n', "").replace(
        '+    "URL": "postgres://***@h/e",\n', ""
    )


def test_a_secret_continued_outside_the_hunk_is_hidden_too() -> None:
    old = b'D = {\n    "PASSWORD": (\n        "a"\n' + b'        "hunter2Zq"\n' * 9 + b"    ),\n    'A': 1,\n}\n"
    assert "hunter2Zq" not in masked_diff(plan_of("a.py", old, old.replace(b"'A': 1", b"'A': 2")))


def test_control_characters_do_not_reach_the_terminal() -> None:
    shown = masked_diff(plan_of("a\x1b[2J.py", b"x = 1  # \x1b[31mred\x07\n", b"x = 2  # \x1b[31mred\x07\n"))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\\x1b[31mred" in shown


def test_colour_is_asked_for() -> None:
    plan = plan_of("a.py", b"a\nb\n", b"a\nc\n")
    assert "\x1b[31m-b\x1b[0m" in masked_diff(plan, color=True)
    assert "\x1b" not in masked_diff(plan)


def test_a_missing_last_newline_is_marked() -> None:
    assert masked_diff(plan_of("a.py", b"a", b"b")).endswith(
        "-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
    )


def test_an_empty_plan_shows_nothing() -> None:
    assert masked_diff(Plan()) == ""
    assert exact_patch(Plan()) == b""
