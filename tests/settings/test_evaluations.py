"""An evaluation as a whole: what it read, where it still holds, and how its definitions are numbered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.project.files import discover
from djconnfix.settings.evaluate import evaluate
from djconnfix.source import Location
from tests.settings.support import HEAD, evaluate_files, write_tree

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "settings.py": f'{HEAD}from base import *\nDATABASES = {{"default": {{"ENGINE": PG, "CONN_MAX_AGE": AGE}}}}\n',
    "base.py": "AGE = 5\n",
    "other.py": "AGE = 6\n",
}


def test_what_was_read(tmp_path: Path) -> None:
    evaluation = evaluate_files(tmp_path, {**FILES, "base.py": "AGE = 5\nfrom broken import *\n", "broken.py": "= ="})
    assert evaluation.paths == ("settings.py", "base.py", "broken.py")
    assert [source.path for source in evaluation.sources] == ["settings.py", "base.py"]
    assert [each.path for each in evaluation.unreadable] == ["broken.py"]


CHANGED: dict[str, tuple[dict[str, str], bool]] = {
    "nothing": ({}, True),
    "a file that is not read": ({"other.py": "AGE = 7\n"}, True),
    "the root": ({"settings.py": HEAD}, False),
    "an imported module": ({"base.py": "AGE = 7\n"}, False),
    "a file more": ({"base/__init__.py": "AGE = 8\n"}, False),
}


@pytest.mark.parametrize(("changed", "holds"), CHANGED.values(), ids=CHANGED)
def test_an_evaluation_holds_where_the_same_files_are_read(
    tmp_path: Path, changed: dict[str, str], holds: bool
) -> None:
    evaluation = evaluate(write_tree(tmp_path, FILES), "settings.py", {"django": (5, 2)})
    other = write_tree(tmp_path, changed)
    assert evaluation.holds_in(other, "settings.py", {"django": (5, 2)}) is holds
    assert not evaluation.holds_in(other, "base.py", {"django": (5, 2)})
    assert not evaluation.holds_in(other, "settings.py", {"django": (4, 2)})
    assert not evaluation.holds_in(other, "settings.py", {})


def test_an_evaluation_with_a_module_that_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    write_tree(tmp_path, {**FILES, "base.py": "= ="})
    evaluation = evaluate(discover(tmp_path), "settings.py")
    assert not evaluation.holds_in(discover(tmp_path), "settings.py", {})


def test_definitions_are_numbered_in_the_order_of_the_files(tmp_path: Path) -> None:
    text = f"""{HEAD}DATABASES = {{"other": {{}}, "default": {{"ENGINE": PG}}}}
if os.environ.get("A"):
    DATABASES = {{"default": {{"ENGINE": SQLITE}}}}
elif os.environ.get("B"):
    DATABASES["default"] = {{}}
"""
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    keys = [each.key for each in evaluation.databases()]
    assert [(key.alias, key.index) for key in keys] == [("other", 0), ("default", 0), ("default", 1), ("default", 2)]
    assert [evaluation.database(key).location.line for key in keys] == [4, 4, 6, 8]


def test_what_no_statement_names_is_held_from_the_beginning(tmp_path: Path) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": "from vendor.one import *\nfrom vendor.two import *\n"})
    clause = "`DATABASES` may come from `vendor.two`, which is not in the project"
    assert evaluation.held_elsewhere() == ((clause, Location("settings.py", 1, 1, 1, 1, 0, 0)),)


def test_conditions_nested_deeper_than_is_followed(tmp_path: Path) -> None:
    text = f"{HEAD}AGE = 5 if os.environ.get('LAST') else 6\n"
    for depth in range(45):
        text += f"{'    ' * depth}if os.environ.get('V{depth}'):\n"
    text += f"{'    ' * 45}DATABASES = {{'default': {{'ENGINE': PG, 'CONN_MAX_AGE': AGE.real}}}}\n"
    found = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert [each.conn_max_age.reason for each in found] == ["decided by too many nested conditions"]


def test_what_is_bound_after_an_override_is_not_overridden(tmp_path: Path) -> None:
    text = f'{HEAD}DATABASES = {{"default": {{"ENGINE": PG}}}}\ntry:\n    from local import *\nexcept ImportError:\n    pass\n'
    (before,) = evaluate_files(tmp_path / "one", {"settings.py": text}).databases()
    assert before.conditions == ("unless local (not in the project) overrides it",)
    anew = f'{text}DATABASES = {{"default": {{"ENGINE": SQLITE}}}}\n'
    (after,) = evaluate_files(tmp_path / "two", {"settings.py": anew}).databases()
    assert after.conditions == ()


def test_a_plain_setting_stands_where_it_is_written(tmp_path: Path) -> None:
    text = f'{HEAD}USE_TZ = not True\nDEBUG = os.environ.get("DEBUG")\nLEVEL = 1 if DEBUG else 2\n'
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    values = [evaluation.value(name) for name in ("USE_TZ", "DEBUG", "LEVEL")]
    assert [
        None if value is None or value.location is None else text[value.location.start : value.location.end]
        for value in values
    ] == ["not True", 'os.environ.get("DEBUG")', None]
    assert evaluation.value("ABSENT") is None
