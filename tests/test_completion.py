"""Shell completion, tried in the shells themselves."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

import pytest

from djconnfix.cli import FORMATS, make_parser
from djconnfix.completion import programs_of, script_for
from djconnfix.rules import all_rules
from djconnfix.strategies.names import STRATEGIES
from tests.conftest import needed_program

PROGRAMS = [program.name for program in programs_of(make_parser())]
CODES = [rule.code for rule in all_rules() if rule.code.startswith("DCF10")]
CASES = [
    ("djconnfix au", ["audit"]),
    ("djconnfix audit --form", ["--format"]),
    ("djconnfix audit --format ", list(FORMATS)),
    ("djconnfix audit --format js", ["json"]),
    ("djconnfix fix --strategy pgb", [name for name in STRATEGIES if name.startswith("pgb")]),
    ("djconnfix fix --select DCF10", CODES),
    ("djconnfix explain conn-max-age-z", ["conn-max-age-zero"]),
    ("djconnfix completion ", ["bash", "fish", "zsh"]),
    ("djconnfix audit pr", ["project"]),
    ("djconnfix audit --output pr", ["project"]),
    ("djconnfix fix --max-connections ", []),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one thing in it, and no configuration of the shells."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for shell in ("bash", "zsh", "fish"):
        (tmp_path / f".{shell}-script").write_text(script_for(shell, make_parser()))
    return tmp_path


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_option_is_in_every_script(shell):
    script = script_for(shell, make_parser())
    for program in programs_of(make_parser()):
        assert program.name in script
        for flag in program.flags:
            assert (flag if shell != "fish" else flag.lstrip("-")) in script, flag


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_script_is_well_formed(shell, folder):
    done = subprocess.run(
        [needed_program(shell), "-n", f".{shell}-script"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line for line, _ in CASES])
def test_bash(line, expected, folder):
    words = line.split(" ")
    script = (
        f"source .bash-script; COMP_WORDS=({' '.join(word or chr(39) * 2 for word in words)}); "
        f"COMP_CWORD={len(words) - 1}; _djconnfix; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run([needed_program("bash"), "--norc", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert sorted(done.stdout.split()) == sorted(expected)


@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line for line, _ in CASES])
def test_fish(line, expected, folder):
    script = f"source .fish-script; complete -C {line!r}"
    done = subprocess.run(
        [needed_program("fish"), "--no-config", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert sorted(each.split("\t")[0].rstrip("/") for each in done.stdout.splitlines()) == sorted(expected)


def test_zsh(folder):
    """At a terminal, as zsh completes nowhere else: what is unambiguous is completed, the rest is listed."""
    terminal, inside = pty.openpty()
    environment = os.environ | {"PS1": "READY> ", "TERM": "dumb", "ZDOTDIR": str(folder)}
    zsh = subprocess.Popen(
        [needed_program("zsh"), "-f", "-i"],
        stdin=inside, stdout=inside, stderr=inside, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(inside)
    try:
        read(terminal, "READY> ")
        os.write(terminal, b"autoload -Uz compinit && compinit -u -D && source ./.zsh-script && echo DO''NE\n")
        read(terminal, "DONE")
        for typed, wanted in (
            ("djconnfix au\t", "audit"),
            ("djconnfix audit --form\t", "--format"),
            ("djconnfix audit --format js\t", "json"),
            ("djconnfix explain conn-max-age-z\t", "conn-max-age-zero"),
            ("djconnfix audit pr\t", "project"),
        ):
            os.write(terminal, f"\x15{typed}".encode())
            read(terminal, typed.rstrip("\t").rsplit(" ", 1)[0] + " " + wanted)
            os.write(terminal, b"\x15")
    finally:
        zsh.kill()
        zsh.wait()
        os.close(terminal)


def read(terminal, wanted, patience=30.0):
    """Read from a terminal until something stands there."""
    text, deadline = "", time.monotonic() + patience
    while wanted not in text:
        assert time.monotonic() < deadline, f"{wanted!r} does not come, but {text!r}"
        if select.select([terminal], [], [], 0.5)[0]:
            text += os.read(terminal, 4096).decode(errors="replace").replace("\x07", "")
    return text


def test_programs_are_told_with_their_help():
    by_name = {program.name: program for program in programs_of(make_parser())}
    assert list(by_name) == PROGRAMS
    assert by_name["audit"].help == "judge a project and report what is wrong"
