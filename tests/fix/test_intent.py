"""What is wanted, and whether it holds: values by path, equality, and each kind of wish before and after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import MISSING, Database, DatabaseKey, Options, State, Value
from djconnfix.findings import CastSetting, MoveSetting, RemoveSetting, SetSetting
from djconnfix.fix.intent import Intent, achieved, contradictions, plain, same_value, value_at
from tests.fix.projects import Wish, findings, project

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.fix.intent import SettingAction

KEY = DatabaseKey("settings", "default", 0)
SAME: dict[str, tuple[object, object, bool]] = {
    "numbers": (1, 1, True),
    "a truth and a number": (True, 1, False),
    "a number and a fraction": (1, 1.0, False),
    "dictionaries in another order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    "a dictionary with more": ({"a": 1}, {"a": 1, "b": 2}, False),
    "a truth deep down": ({"a": {"b": True}}, {"a": {"b": 1}}, False),
    "lists": ([1, "a"], [1, "a"], True),
    "a longer list": ([1], [1, 2], False),
    "a list and a tuple": ([1], (1,), False),
    "a truth in a list": ([True], [1], False),
    "a list of dictionaries": ([{"a": 1}], [{"a": 1}], True),
}


@pytest.mark.parametrize("case", SAME)
def test_values_are_the_same_when_their_types_are_too(case: str) -> None:
    one, other, same = SAME[case]
    assert same_value(one, other) is same_value(other, one) is same


def database(tmp_path: Path, *entries: str) -> Database:
    text = "import os\nDATABASES = {'default': {'ENGINE': 'e', " + ", ".join(entries) + "}}\n"
    report = project(tmp_path, {"settings.py": text})
    return report.evaluations["settings"].databases()[0]


def test_what_stands_at_a_path(tmp_path: Path) -> None:
    found = database(tmp_path, "'USER': 'u', 'OPTIONS': {'a': {'b': 1}, 'c': None}")
    assert value_at(found, ("OPTIONS",)) == found.options
    inner = value_at(found, ("OPTIONS", "a"))
    assert isinstance(inner, Options)
    assert plain(value_at(found, ("OPTIONS", "a", "b"))) == 1
    assert plain(inner) == {"b": 1}
    for nowhere in (("HOST",), ("USER", "x"), ("OPTIONS", "x"), ("OPTIONS", "c", "x"), ("OPTIONS", "a", "b", "c")):
        assert value_at(found, nowhere) is None
        assert plain(value_at(found, nowhere)) is MISSING


def test_options_that_are_empty_are_there_and_those_that_are_not_written_are_not(tmp_path: Path) -> None:
    assert isinstance(value_at(database(tmp_path / "a", "'OPTIONS': {}"), ("OPTIONS",)), Options)
    assert value_at(database(tmp_path / "b"), ("OPTIONS",)) is None


def test_what_is_out_of_sight_has_no_value(tmp_path: Path) -> None:
    found = database(tmp_path, "'TIME_ZONE': os.times(), 'OPTIONS': {'a': 1, **os.times()}")
    assert plain(found.settings["TIME_ZONE"]) is MISSING
    assert plain(found.options) is MISSING


AGE = ("CONN_MAX_AGE",)
READ = "'CONN_MAX_AGE': int(os.environ.get('AGE', '5'))"
ACHIEVED: dict[str, tuple[SettingAction, str, str, bool]] = {
    "set": (SetSetting(KEY, AGE, 60), "", "'CONN_MAX_AGE': 60", True),
    "set to another number": (SetSetting(KEY, AGE, 60), "", "'CONN_MAX_AGE': 61", False),
    "set to another type": (SetSetting(KEY, AGE, 1), "", "'CONN_MAX_AGE': True", False),
    "not set": (SetSetting(KEY, AGE, 60), "", "", False),
    "the fall-back set": (SetSetting(KEY, AGE, 60), READ, READ.replace("'5'", "'60'"), True),
    "the fall-back of another variable set": (
        SetSetting(KEY, AGE, 60), READ, READ.replace("'5'", "'60'").replace("'AGE'", "'OLD'"), False,
    ),
    "a read replaced by a number": (SetSetting(KEY, AGE, 60), READ, "'CONN_MAX_AGE': 60", False),
    "a number replaced by a read": (SetSetting(KEY, AGE, 5), "'CONN_MAX_AGE': 4", READ, False),
    "options set": (SetSetting(KEY, ("OPTIONS",), {"a": 1}), "", "'OPTIONS': {'a': 1}", True),
    "options set with more": (SetSetting(KEY, ("OPTIONS",), {"a": 1}), "", "'OPTIONS': {'a': 1, 'b': 2}", False),
    "removed": (RemoveSetting(KEY, AGE), "'CONN_MAX_AGE': 5", "", True),
    "not removed": (RemoveSetting(KEY, AGE), "'CONN_MAX_AGE': 5", "'CONN_MAX_AGE': None", False),
    "moved": (MoveSetting(KEY, ("OPTIONS", "AGE"), AGE), "'OPTIONS': {'AGE': 5}", "'CONN_MAX_AGE': 5", True),
    "moved and changed": (MoveSetting(KEY, ("OPTIONS", "AGE"), AGE), "'OPTIONS': {'AGE': 5}", "'CONN_MAX_AGE': 6", False),
    "copied": (
        MoveSetting(KEY, ("OPTIONS", "AGE"), AGE), "'OPTIONS': {'AGE': 5}", "'OPTIONS': {'AGE': 5}, 'CONN_MAX_AGE': 5", False,
    ),
    "moved from nowhere": (MoveSetting(KEY, ("OPTIONS", "AGE"), AGE), "", "", False),
    "cast": (CastSetting(KEY, AGE, "int"), "'CONN_MAX_AGE': '5'", "'CONN_MAX_AGE': 5", True),
    "cast to another number": (CastSetting(KEY, AGE, "int"), "'CONN_MAX_AGE': '5'", "'CONN_MAX_AGE': 6", False),
    "not cast": (CastSetting(KEY, AGE, "int"), "'CONN_MAX_AGE': '5'", "'CONN_MAX_AGE': '5'", False),
    "a cast that fails": (CastSetting(KEY, AGE, "int"), "'CONN_MAX_AGE': 'x'", "'CONN_MAX_AGE': 0", False),
    "a cast that nobody knows": (CastSetting(KEY, AGE, "complex"), "'CONN_MAX_AGE': '5'", "'CONN_MAX_AGE': 5", False),
    "a cast of a truth": (CastSetting(KEY, AGE, "bool"), "'CONN_MAX_AGE': '5'", "'CONN_MAX_AGE': True", True),
    "a read cast": (
        CastSetting(KEY, AGE, "int"), "'CONN_MAX_AGE': os.environ.get('AGE', '5')", READ, True,
    ),
    "a read cast to something else": (
        CastSetting(KEY, AGE, "float"), "'CONN_MAX_AGE': os.environ.get('AGE', '5')", READ, False,
    ),
    "another read cast": (
        CastSetting(KEY, AGE, "int"), "'CONN_MAX_AGE': os.environ.get('OLD', '5')", READ, False,
    ),
    "options cast": (CastSetting(KEY, ("OPTIONS",), "int"), "'OPTIONS': {'a': 1}", "'OPTIONS': {'a': 1}", False),
}  # fmt: skip


@pytest.mark.parametrize("case", ACHIEVED)
def test_a_wish_holds_or_does_not(case: str, tmp_path: Path) -> None:
    action, before, after, holds = ACHIEVED[case]
    was, now = database(tmp_path / "a", before), database(tmp_path / "b", after)
    assert achieved(action, was, now) is holds


CONTRADICTIONS: dict[str, tuple[SettingAction, SettingAction, bool]] = {
    "two numbers": (SetSetting(KEY, AGE, 1), SetSetting(KEY, AGE, 2), True),
    "one number twice": (SetSetting(KEY, AGE, 1), SetSetting(KEY, AGE, 1), False),
    "two aliases": (SetSetting(KEY, AGE, 1), SetSetting(DatabaseKey("settings", "other", 0), AGE, 2), False),
    "set and removed": (SetSetting(KEY, AGE, 1), RemoveSetting(KEY, AGE), True),
    "options and one of them": (RemoveSetting(KEY, ("OPTIONS",)), SetSetting(KEY, ("OPTIONS", "a"), 1), True),
    "two of the options": (SetSetting(KEY, ("OPTIONS", "b"), 1), SetSetting(KEY, ("OPTIONS", "a"), 1), False),
    "moves to two places": (
        MoveSetting(KEY, ("OPTIONS", "a"), AGE), MoveSetting(KEY, ("OPTIONS", "a"), ("OPTIONS", "b")), True,
    ),
    "moves to one place": (MoveSetting(KEY, ("OPTIONS", "a"), AGE), MoveSetting(KEY, ("OPTIONS", "a"), AGE), False),
    "two casts": (CastSetting(KEY, AGE, "int"), CastSetting(KEY, AGE, "float"), True),
    "one cast twice": (CastSetting(KEY, AGE, "int"), CastSetting(KEY, AGE, "int"), False),
    "set where another moves to": (MoveSetting(KEY, ("OPTIONS", "a"), AGE), SetSetting(KEY, AGE, 1), True),
}  # fmt: skip


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_wishes_contradict_each_other_or_do_not(case: str) -> None:
    one, other, contradict = CONTRADICTIONS[case]
    found = contradictions(findings(Wish((one,)), Wish((other,))))
    assert sorted(found) == (["wish 0", "wish 1"] if contradict else [])


def test_what_is_wanted_is_not_tolerated_besides() -> None:
    (finding,) = findings(Wish((SetSetting(KEY, AGE, 1),)))
    remedy = replace(finding.problem.remedy, tolerates=(SetSetting(KEY, AGE, 2), SetSetting(KEY, ("USER",), 3)))
    intent = Intent.of([replace(finding, problem=replace(finding.problem, remedy=remedy))])
    assert {path: action.value for (_, path), action in intent.settings.items()} == {AGE: 1}
    assert {path: action.value for (_, path), action in intent.tolerated.items()} == {("USER",): 3}


def test_a_known_value_is_plain_and_an_unknown_one_is_not() -> None:
    assert plain(Value(State.KNOWN, 5)) == 5
    assert plain(Value(State.UNKNOWN, None)) is MISSING
