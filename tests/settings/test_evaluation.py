"""Lists, names, plain values, locations, traces and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import MISSING, State
from djconnfix.project.files import discover
from djconnfix.settings.choices import guarded
from djconnfix.settings.conditions import describe
from djconnfix.settings.modules import module_name
from djconnfix.settings.trace import CreationKind, WriteKind
from djconnfix.settings.values import FALSE, TRUE, Atom
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

LISTS: dict[str, tuple[str, list[str | None], bool]] = {
    "a list": ('MIDDLEWARE = ["a", "b"]\n', ["a", "b"], True),
    "a tuple, added to": ('MIDDLEWARE = ("a",)\nMIDDLEWARE += ("b",)\n', ["a", "b"], True),
    "insert, append, remove": (
        'MIDDLEWARE = ["b", "x"]\nMIDDLEWARE.insert(0, "a")\nMIDDLEWARE.append("c")\nMIDDLEWARE.remove("x")\n',
        ["a", "b", "c"],
        True,
    ),
    "entries of every branch": (
        'MIDDLEWARE = ["a"]\nif os.environ.get("X"):\n    MIDDLEWARE += ["b"]\nelse:\n    MIDDLEWARE += ["c"]\n',
        ["a", "b", "c"],
        True,
    ),
    "a spread": ('BASE = ["a"]\nMIDDLEWARE = [*BASE, "b"]\n', ["a", "b"], True),
    "a spread of something unknown": ('MIDDLEWARE = ["a", *load()]\n', ["a"], False),
    "an entry that is no constant": ('MIDDLEWARE = ["a", name()]\n', ["a", None], True),
    "something unknown": ("MIDDLEWARE = load()\n", [], False),
    "a comprehension": ('MIDDLEWARE = [m for m in ("a", "b", "c") if m != "b"]\n', ["a", "c"], True),
}


@pytest.mark.parametrize(("text", "items", "complete"), LISTS.values(), ids=LISTS)
def test_lists(tmp_path: Path, text: str, items: list[str | None], complete: bool) -> None:
    setting = evaluate_files(tmp_path, {"settings.py": HEAD + text}).lists()["MIDDLEWARE"]
    assert [item.value for item in setting.items] == items
    assert setting.complete is complete


def test_lists_that_are_not_there(tmp_path: Path) -> None:
    assert evaluate_files(tmp_path, {"settings.py": HEAD}).lists() == {}


NAMES: dict[str, tuple[str, list[tuple[str, bool]]]] = {
    "without effect": ("CONN_MAX_AGE = 60\n", [("CONN_MAX_AGE", False)]),
    "used in the alias": (
        'CONN_MAX_AGE = 60\nDATABASES = {"default": {"CONN_MAX_AGE": CONN_MAX_AGE}}\n',
        [("CONN_MAX_AGE", True)],
    ),
    "of a settings class": (
        (
            "from configurations import Configuration\nclass Site(Configuration):\n    ATOMIC_REQUESTS = True\n"
            '    DATABASES = {"default": {}}\n'
        ),
        [("ATOMIC_REQUESTS", False)],
    ),
    "another name": ("MAX_AGE = 60\n", []),
}


@pytest.mark.parametrize(("text", "expected"), NAMES.values(), ids=NAMES)
def test_names(tmp_path: Path, text: str, expected: list[tuple[str, bool]]) -> None:
    names = evaluate_files(tmp_path, {"settings.py": text}).names()
    assert [(each.name, each.used) for each in names] == expected


def test_plain_values(tmp_path: Path) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": HEAD + 'USE_TZ = True\nDEBUG = bool(os.environ.get("D"))\n'})
    assert (use_tz := evaluation.value("USE_TZ")) is not None
    assert (use_tz.state, use_tz.value) == (State.KNOWN, True)
    assert (debug := evaluation.value("DEBUG")) is not None
    assert (debug.state, debug.variable) == (State.ENVIRONMENT, "D")
    assert evaluation.value("ABSENT") is None


def test_locations_point_into_the_text(tmp_path: Path) -> None:
    text = HEAD + 'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": 60}}\n'
    (database,) = evaluate_files(tmp_path, {"settings.py": text}).databases()
    place, key = database.conn_max_age.location, database.key_locations["CONN_MAX_AGE"]
    assert place is not None
    assert text[place.start : place.end] == "60"
    assert text[key.start : key.end] == '"CONN_MAX_AGE"'
    assert text[database.location.start : database.location.end].startswith('{"ENGINE"')


def test_trace_of_a_literal_and_what_follows(tmp_path: Path) -> None:
    text = HEAD + (
        'AGE = 5\nDATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": AGE}}\n'
        'DATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n'
        'DATABASES["default"].update(ATOMIC_REQUESTS=True)\nDATABASES["default"]["CONN_MAX_AGE"] = 9\n'
    )
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    (database,) = evaluation.databases()
    trace = evaluation.trace(database.key)
    assert [each.kind for each in trace.creations] == [CreationKind.DISPLAY]
    assert [(each.path, each.kind, each.effective) for each in trace.writes] == [
        (("ENGINE",), WriteKind.ENTRY, True),
        (("CONN_MAX_AGE",), WriteKind.ENTRY, False),
        (("CONN_HEALTH_CHECKS",), WriteKind.ASSIGNMENT, True),
        (("ATOMIC_REQUESTS",), WriteKind.KEYWORD, True),
        (("CONN_MAX_AGE",), WriteKind.ASSIGNMENT, True),
    ]
    named = trace.writes[1].decided_by
    assert named is not None
    assert named.statement.lineno == 4
    assert trace.anchors[0].after.lineno == 8


def test_trace_of_a_copy_names_what_is_shared(tmp_path: Path) -> None:
    text = HEAD + '_base = {"ENGINE": PG}\nDATABASES = {"default": _base, "replica": _base.copy()}\n'
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    default, replica = (each.key for each in evaluation.databases())
    copied = evaluation.trace(replica).creations
    assert [each.kind for each in copied] == [CreationKind.COPY, CreationKind.DISPLAY]
    assert copied[0].shared == {replica}
    assert copied[1].shared == {default, replica}
    places = {each.target: each.shared for each in evaluation.trace(default).anchors}
    assert places["_base"] == {default, replica}
    assert places['DATABASES["default"]'] == {default}


def test_trace_in_another_module_points_there(tmp_path: Path) -> None:
    files = {"base.py": HEAD + 'DATABASES = {"default": {"ENGINE": PG}}\n', "settings.py": "from base import *\n"}
    evaluation = evaluate_files(tmp_path, files)
    (database,) = evaluation.databases()
    trace = evaluation.trace(database.key)
    assert {each.source.path for each in trace.writes} == {"base.py"}
    assert next(each.source.path for each in trace.anchors) in ("base.py", "settings.py")


SAME: dict[str, tuple[str, str]] = {
    "lines that shift": ("A = load(1)\nif A:\n    B = 1\n", "\n\n# comment\nA = load(1)\nif A:\n    B = 1\n"),
    "spacing and quotes": ('A = {"x": f( 1 )}\n', "A = {'x': f(1)}\n"),
    "a name of no setting": ("A = 1\n", "A = 1\nlower = 2\n"),
}
DIFFERENT: dict[str, tuple[str, str]] = {
    "a value": ("A = 1\n", "A = 2\n"),
    "a type": ("A = 1\n", "A = True\n"),
    "a default": ('A = os.environ.get("X", 1)\n', 'A = os.environ.get("X", 2)\n'),
    "a variable": ('A = os.environ.get("X")\n', 'A = os.environ.get("Y")\n'),
    "an unknown expression": ("A = f(1)\n", "A = f(2)\n"),
    "a condition": ('if os.environ.get("X"):\n    A = 1\n', 'if os.environ.get("Y"):\n    A = 1\n'),
    "an item's place": ('A = ["a", "b"]\n', 'A = ["b", "a"]\n'),
    "a list for a tuple": ('A = ["a"]\n', 'A = ("a",)\n'),
    "a setting more": ("A = 1\n", "A = 1\nB = 1\n"),
    "a nested option": (
        'DATABASES = {"default": {"OPTIONS": {"pool": {"max_size": 1}}}}\n',
        'DATABASES = {"default": {"OPTIONS": {"pool": {"max_size": 2}}}}\n',
    ),
    "an empty dictionary for none": (
        'DATABASES = {"default": {"OPTIONS": {}}}\n',
        'DATABASES = {"default": {"OPTIONS": None}}\n',
    ),
    "a password": (
        'DATABASES = {"default": {"PASSWORD": "a"}}\n',
        'DATABASES = {"default": {"PASSWORD": "b"}}\n',
    ),
    "a host on one branch": (
        'DATABASES = {"default": {"HOST": "a" if os.environ.get("X") else "b"}}\n',
        'DATABASES = {"default": {"HOST": "a" if os.environ.get("X") else "c"}}\n',
    ),
}


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME)
def test_snapshot_is_the_same(tmp_path: Path, before: str, after: str) -> None:
    one = evaluate_files(tmp_path / "one", {"settings.py": HEAD + before}).snapshot()
    assert one == evaluate_files(tmp_path / "two", {"settings.py": HEAD + after}).snapshot()


@pytest.mark.parametrize(("before", "after"), DIFFERENT.values(), ids=DIFFERENT)
def test_snapshot_tells_apart(tmp_path: Path, before: str, after: str) -> None:
    one = evaluate_files(tmp_path / "one", {"settings.py": HEAD + before}).snapshot()
    assert one != evaluate_files(tmp_path / "two", {"settings.py": HEAD + after}).snapshot()


def test_snapshot_flattens_an_alias(tmp_path: Path) -> None:
    text = HEAD + 'DATABASES = {"default": {"ENGINE": PG, "OPTIONS": {"pool": True}}}\n'
    snapshot = evaluate_files(tmp_path, {"settings.py": text}).snapshot()
    assert snapshot["DATABASES", "default", "", "OPTIONS", "pool"] == "bool:True"


_POOLED = 'POOL = os.environ.get("DB_POOL", "no").lower() == "yes"\n'


@pytest.mark.parametrize(
    ("test", "states"),
    [
        pytest.param("POOL", [(State.KNOWN, True), (State.KNOWN, False)], id="the very test"),
        pytest.param('os.environ.get("DB_POOL", "no").lower() == "yes"', [(State.KNOWN, True), (State.KNOWN, False)], id="again"),
        pytest.param('os.environ.get("OTHER") == "yes"', [(State.ENVIRONMENT, False)] * 2, id="another test"),
    ],
)  # fmt: skip
def test_a_test_is_known_where_it_decides(tmp_path: Path, test: str, states: list[tuple[State, object]]) -> None:
    text = HEAD + _POOLED + f'DATABASES = {{"default": {{"ENGINE": PG, "CONN_HEALTH_CHECKS": {test}}}}}\n'
    text += 'if POOL:\n    DATABASES["default"]["OPTIONS"] = {"pool": True}\n'
    found = [each.conn_health_checks for each in evaluate_files(tmp_path, {"settings.py": text}).databases()]
    assert [(value.state, value.value) for value in found] == states


def test_a_test_is_open_where_one_definition_stands_for_both_cases(tmp_path: Path) -> None:
    text = HEAD + _POOLED + 'DATABASES = {"default": {"ENGINE": PG, "CONN_HEALTH_CHECKS": POOL}}\n'
    text += 'if POOL:\n    DATABASES["default"]["HOST"] = "pool"\n'
    (found,) = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert (found.conn_health_checks.state, found.conn_health_checks.value) == (State.ENVIRONMENT, False)


@pytest.mark.parametrize(
    "test", ['bool(os.environ.get("URL"))', 'bool(os.getenv("URL", ""))', 'not not os.environ.get("URL")']
)
def test_a_variable_that_is_made_a_truth_is_the_same_condition(tmp_path: Path, test: str) -> None:
    text = f'{HEAD}if {test}:\n    DATABASES = {{"default": {{"ENGINE": PG}}}}\n'
    text += (
        'elif not os.environ.get("URL"):\n    DATABASES = {"default": {"ENGINE": SQLITE}}\nelse:\n    DATABASES = {}\n'
    )
    found = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert [each.conditions for each in found] == [("URL is set",), ("URL is not set",)]


@pytest.mark.parametrize(
    ("age", "zero"),
    [
        ('int(os.environ.get("AGE", "60"))', 0),
        ('int(os.environ.get("AGE", 0))', 0),
        ('float(os.getenv("AGE", "5"))', 0.0),
    ],
)
def test_a_number_that_is_not_true_is_zero(tmp_path: Path, age: str, zero: float) -> None:
    text = f'{HEAD}AGE = {age}\nDATABASES = {{"default": {{"ENGINE": PG, "CONN_MAX_AGE": AGE}}}}\n'
    text += 'if AGE:\n    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n'
    found = evaluate_files(tmp_path, {"settings.py": text}).databases()
    checked = {each.conn_health_checks.value: each.conn_max_age for each in found}
    assert (checked[False].state, checked[False].value) == (State.KNOWN, zero)
    assert checked[True].state is State.ENVIRONMENT


def test_what_is_true_is_not_the_0_that_it_falls_back_on(tmp_path: Path) -> None:
    text = (
        f'{HEAD}DATABASES = {{"default": {{"ENGINE": PG, "CONN_MAX_AGE": int(os.environ.get("AGE", "0")) or None}}}}\n'
    )
    found = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert {(each.conn_max_age.state, each.conn_max_age.value) for each in found} == {
        (State.ENVIRONMENT, MISSING),
        (State.KNOWN, None),
    }


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ('(os.environ.get("MODE") or "").lower() == "a"', "(MODE or '').lower() == 'a'"),
        ('os.environ.get("MODE", "x y").lower() == "a"', "MODE.lower() == 'a'"),
        ('os.environ["MODE"].replace(" or ", "").lower() == "a"', "MODE.replace(' or ', '').lower() == 'a'"),
    ],
)
def test_a_method_of_a_choice_stands_behind_brackets(tmp_path: Path, test: str, words: str) -> None:
    text = f'{HEAD}DATABASES = {{"default": {{"ENGINE": PG if {test} else SQLITE}}}}\n'
    found = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert [each.conditions for each in found] == [(words,), (words.replace("==", "!="),)]


def test_a_condition_that_only_the_evaluator_can_put_together_is_not_put_in_words() -> None:
    plain, other = (Atom(f"{name} is set", f"{name} is set", f"{name} is not set") for name in "AB")
    tree = guarded(plain, guarded(other, TRUE, FALSE), FALSE)
    made = Atom("compound (A ? B)", "compound (A ? B)", "compound (A ? B)", test=tree)
    worlds = [{plain: True, made: True}, {plain: True, made: False}, {plain: False}]
    assert describe(worlds[:1], worlds) == ("A is set",)


@pytest.mark.parametrize("path", ["/settings.py", "//settings.py"])
def test_a_path_from_the_top_of_a_file_system_ends(tmp_path: Path, path: str) -> None:
    assert module_name(discover(tmp_path), path) == "settings"
