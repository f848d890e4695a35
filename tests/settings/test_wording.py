"""Conditions in words say what is true of a variable that is not set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

WORDS: dict[str, tuple[str, str]] = {
    'os.getenv("MODE") == "prod"': ("MODE == 'prod'", "MODE != 'prod'"),
    'os.getenv("MODE", "dev") == "prod"': ("MODE == 'prod'", "MODE != 'prod'"),
    'os.getenv("MODE", "prod") == "prod"': ("MODE == 'prod' (or not set)", "MODE != 'prod' (and set)"),
    'os.getenv("MODE", "a") in ("a", "b")': ("MODE in ('a', 'b') (or not set)", "MODE not in ('a', 'b') (and set)"),
    'int(os.getenv("AGE", "60")) > 9': ("int(AGE) > 9 (or not set)", "int(AGE) <= 9 (and set)"),
    'os.getenv("MODE", "prod")': ("MODE is not empty (or not set)", "MODE is set, but empty"),
    'os.getenv("MODE", "")': ("MODE is set", "MODE is not set"),
    'env.bool("ON", True)': ("ON is on (or not set)", "ON is off (and set)"),
    'os.getenv("A", "x") + os.getenv("B", "y") == "xy"': ("A + B == 'xy' (or A, B are not set)", "A + B != 'xy'"),
    'sys.argv[1:2] == ["test"]': ("sys.argv[1:2] == ['test']", "sys.argv[1:2] != ['test']"),
    'sys.argv[:1] == ["test"]': ("sys.argv[:1] == ['test']", "sys.argv[:1] != ['test']"),
    'sys.argv[::2] == ["test"]': ("sys.argv[::2] == ['test']", "sys.argv[::2] != ['test']"),
}


@pytest.mark.parametrize("test", WORDS)
def test_words_of_a_condition_and_of_its_opposite(tmp_path: Path, test: str) -> None:
    text = f'DATABASES = {{"default": {{"ENGINE": PG}}}}\nif {test}:\n    DATABASES["default"]["CONN_MAX_AGE"] = 5\n'
    head = f"{HEAD}import sys\nimport environ\nenv = environ.Env()\n"
    evaluation = evaluate_files(tmp_path, {"settings.py": head + text})
    holding, other = (each.conditions for each in evaluation.databases())
    assert (holding, other) == tuple((words,) for words in WORDS[test])


def test_a_long_condition_is_cut_before_what_it_says_of_the_default(tmp_path: Path) -> None:
    long = "a" * 90 + " " + "b" * 40
    text = f'DATABASES = {{"default": {{"ENGINE": PG if os.getenv("MODE", "{long}") == "{long}" else SQLITE}}}}\n'
    (holding,), (other,) = (d.conditions for d in evaluate_files(tmp_path, {"settings.py": HEAD + text}).databases())
    assert (holding[:12], holding[-16:]) == ("MODE == 'aaa", "... (or not set)")
    assert (other[:12], other[-13:]) == ("MODE != 'aaa", "... (and set)")
    assert max(len(holding), len(other)) <= 120


def test_a_first_argument_that_asks_for_tests_is_seen(tmp_path: Path) -> None:
    text = 'import sys\nDATABASES = {"default": {"ENGINE": PG}}\nif sys.argv[1:2] == ["test"]:\n    DATABASES["default"] = {"ENGINE": SQLITE}\n'
    found = evaluate_files(tmp_path, {"settings.py": HEAD + text}).databases()
    assert sorted((each.vendor, each.for_tests) for each in found) == [("postgresql", False), ("sqlite", True)]


def test_what_holds_by_default_does_not_say_that_the_variable_is_set_so(tmp_path: Path) -> None:
    text = (
        'DATABASES = {"default": {"ENGINE": PG}}\n'
        'if os.getenv("MODE", "prod") == "prod":\n    DATABASES["default"]["CONN_MAX_AGE"] = 5\n'
        'if os.getenv("MODE") == "prod":\n    DATABASES["default"]["AUTOCOMMIT"] = True\n'
        'if os.getenv("MODE") == "stage":\n    DATABASES["default"]["ATOMIC_REQUESTS"] = True\n'
    )
    found = evaluate_files(tmp_path, {"settings.py": HEAD + text}).databases()
    assert [each.conditions for each in found if each.get("CONN_MAX_AGE").value == 5] == [
        ("MODE == 'prod'",),
        ("MODE != 'prod'", "MODE == 'prod' (or not set)"),
    ]
