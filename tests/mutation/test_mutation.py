"""Mutants are put in, noticed where a test looks, and survive where none does."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from coverage import CoverageData

from tests.mutation import mutants
from tests.mutation.coverage_map import ROOT, CoverageMap
from tests.mutation.mutants import code_with, codes_in, mutants_of

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''
LIMIT = 5

def within(value: int = 3, text: str = "x") -> bool:
    """Tell."""
    assert value is not None
    if value < LIMIT and not text:
        raise ValueError("no 1")
    return value <= LIMIT
'''
CHANGES = {
    "`value < LIMIT and (not text)` -> `value < LIMIT or not text`",
    "`value < LIMIT` -> `value <= LIMIT`",
    "`not text` -> `text`",
    "`if value < LIMIT and (not text):` -> `if not (value < LIMIT and (not text)):`",
    "`return value <= LIMIT` -> `return None`",
    "`value <= LIMIT` -> `value < LIMIT`",
}


def test_every_change_and_no_other() -> None:
    found = mutants_of("m.py", SOURCE)
    assert {str(each).partition(": ")[2] for each in found} == CHANGES
    assert len({each.number for each in found}) == len(CHANGES)


def test_parts_of_conditions_are_left_out_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "OPERANDS", True)
    found = {str(each).partition(": ")[2] for each in mutants_of("m.py", SOURCE)}
    assert found - CHANGES == {
        "`value < LIMIT and (not text)` -> `not text`",
        "`value < LIMIT and (not text)` -> `value < LIMIT`",
    }


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_mutant_is_other_code_on_the_same_lines(number: int) -> None:
    mutant = mutants_of("m.py", SOURCE)[number]
    code = code_with(SOURCE, mutant, "m.py")
    assert code != compile(SOURCE, "m.py", "exec")
    names: dict[str, object] = {}
    exec(code, names)
    assert names["within"].__code__.co_firstlineno == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("source", "number"),
    [("x = 1 < 2", 0), ("def f(a=1 < 2): ...", 0), ("def f():\n    yield x", 0), ("def f():\n    return None", 0)],
)
def test_what_is_never_changed(source: str, number: int) -> None:
    assert len(mutants_of("m.py", source)) == number


def test_a_mutant_of_a_comprehension_has_a_line() -> None:
    found = mutants_of(
        "m.py", "def f(values):\n    return [\n        x\n        for x in values\n        if x\n    ]\n"
    )
    assert [(each.line, each.after.strip()) for each in found] == [(2, "return None"), (4, "for x in values")]


def test_the_likeliest_tests_come_first_and_of_every_file_before_the_second_of_any(tmp_path: Path) -> None:
    ran = {
        "tests/a.py::1": 9,
        "tests/a.py::2": 3,
        "tests/b.py::1": 8,
        "tests/fix/test_diff.py::1": 12,
        "tests/c.py::1": 1,
    }
    ran["tests/fix/test_edits.py::1"] = 11
    data = CoverageData(str(tmp_path / "coverage"))
    for test, lines in ran.items():
        data.set_context(f"{test}|run")
        data.add_lines({"/anywhere/djconnfix/fix/diff.py": range(5, 5 + lines)})
    data.write()
    known = CoverageMap(tmp_path / "coverage", without=["tests/c.py::1"])
    near = ["tests/fix/test_diff.py::1", "tests/fix/test_edits.py::1"]
    assert known.tests_of("djconnfix/fix/diff.py", 5) == [*near, "tests/a.py::2", "tests/b.py::1", "tests/a.py::1"]
    assert known.tests_of("djconnfix/fix/diff.py", 10) == [*near, "tests/b.py::1", "tests/a.py::1"]
    assert known.tests_of("djconnfix/fix/diff.py", 40) == []


@pytest.mark.slow
def test_what_the_tests_look_at_is_noticed_and_nothing_else(tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        tests = ["--tests", "tests/fix/test_write_recovery.py", "--coverage", str(tmp_path / "coverage")]
        command = [sys.executable, "-m", "tests.mutation", *arguments, *tests]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "1 of 1 mutants: 1 noticed, 0 survived: 100.0 %" in said("djconnfix/fix/pending.py")
    assert "survived (0 tests): djconnfix/fix/diff.py:" in said("djconnfix/fix/diff.py", "--sample", "3")


CLOSURE = """
def made(limit, other):
    def within(value):
        return value <= limit

    return within
"""


def test_a_closure_is_given_code_that_no_longer_uses_what_it_closed_over() -> None:
    old = {each.co_name: each.co_freevars for each in codes_in(compile(CLOSURE, "m.py", "exec"))}
    for mutant in mutants_of("m.py", CLOSURE):
        new = {each.co_name: each.co_freevars for each in codes_in(code_with(CLOSURE, mutant, "m.py"))}
        assert new == old, mutant
