"""The documentation says what the program does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from djconnfix.cli import make_parser
from djconnfix.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
HEADINGS = ["What it does", "Why it is bad", "Fix safety"]
OPTIONAL = ["Known limits", "References"]


@pytest.mark.skipif(os.environ.get("CI") == "true", reason="CI checks them beside the tests")
def test_generated_pages_are_as_the_program_makes_them():
    done = subprocess.run(
        [sys.executable, "scripts/generate-docs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_is_documented_under_the_same_headings(rule):
    from djconnfix.report.rule_page import sections

    titles = [section.title for section in sections(rule)]
    assert [title for title in titles if title not in OPTIONAL] == HEADINGS
    assert set(titles) <= {*HEADINGS, *OPTIONAL}
    assert all(section.body for section in sections(rule))
    assert rule.bad
    assert rule.good


def programs():
    [action] = [action for action in make_parser()._actions if hasattr(action, "choices") and action.choices]
    return action.choices


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_the_pages_exist(page):
    text = "\n".join(re.findall(r"```\w*\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL))
    for program in re.findall(r"^\s*(?:\$ |- run: |- )?djconnfix ([a-z]+)", text, flags=re.MULTILINE):
        assert program in programs(), program
    known = {word for parser in programs().values() for action in parser._actions for word in action.option_strings}
    for line in re.findall(r"^\s*(?:\$ |- run: |- )?(djconnfix .*)$", text, flags=re.MULTILINE):
        for option in re.findall(r"(?<=\s)--[a-z-]+", line.partition("#")[0]):
            assert option in known, option


def test_every_rule_code_named_in_the_pages_exists():
    """Besides DCF000, for no rule, and DCF199, which docs/adding-a-rule.md makes."""
    codes = {rule.code for rule in all_rules()}
    for page in PAGES:
        for code in re.findall(r"DCF[0-9]{3}", page.read_text(encoding="utf-8")):
            assert code in codes | {"DCF000", "DCF199"}, f"{page.name}: {code}"


def test_every_page_has_its_place_in_the_navigation():
    """Pages of rules are reached from their index, which `scripts/generate-docs` makes."""
    nav = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    written = [page.relative_to(ROOT / "docs") for page in PAGES if page.is_relative_to(ROOT / "docs")]
    for page in written:
        assert page.parent == Path("rules") or f'"{page.as_posix()}"' in nav, page
    for page in re.findall(r'"([\w/-]+\.md)"', nav):
        assert Path(page) in written, page


def test_every_page_is_reached_from_the_first():
    seen, waiting = set(), [ROOT / "docs/index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.is_relative_to(ROOT / "docs") or page.suffix != ".md":
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s:]+)", page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link).resolve() for link in links]
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= seen
