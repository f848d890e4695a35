"""Settings that load are those where no statement raises what nobody catches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.expectations import said
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

ALIAS = 'DATABASES = {"default": {"ENGINE": PG}}\nNAMES = ["default"]\n'
TUNED = 'if os.environ.get("A"):\n    DATABASES["default"]["CONN_MAX_AGE"] = 60\n'
PLAIN, BOTH = (
    ["default 'postgresql'"],
    ["default 'postgresql' CONN_MAX_AGE=60 | A is set", "default 'postgresql' | A is not set"],
)
ENDS: dict[str, tuple[str, list[str]]] = {
    "a key that is not there": ('DATABASES["other"]["CONN_MAX_AGE"] = 5', PLAIN),
    "a key that is not there, deleted": ('del DATABASES["other"]', PLAIN),
    "a name that is not bound": ("DATABASES[OTHER] = {}", PLAIN),
    "an index that is out of range": ("DATABASES[NAMES[1]] = {}", PLAIN),
    "a key that is there": ('DATABASES["default"]["AUTOCOMMIT"] = True', BOTH),
    "a key that is not there, caught": ('try:\n        DATABASES["other"]\n    except KeyError:\n        pass', BOTH),
    "a key that may be out of sight": (
        'from vendor import load\n    load(DATABASES)\n    DATABASES["other"]["CONN_MAX_AGE"] = 5',
        [],
    ),
    "a variable, which may be set to nothing": ('os.environ["B"]', BOTH),
    "a name of Python 2": ("reload(os)", BOTH),
    "a name that Python gives each module": ("__path__", BOTH),
    "a name of a module out of the tree": ("from vendor.conf import *\n    DATABASES[OTHER] = {}", []),
}


@pytest.mark.parametrize("case", ENDS)
def test_where_loading_ends_nothing_is_defined(tmp_path: Path, case: str) -> None:
    statement, expected = ENDS[case]
    text = f'{HEAD}{ALIAS}if os.environ.get("A"):\n    {statement}\n{TUNED}'
    found = said(evaluate_files(tmp_path, {"settings.py": text}))
    assert found == expected if expected else len(found) == 2


def test_settings_that_seem_to_load_nowhere_are_read_as_if_they_did(tmp_path: Path) -> None:
    text = f'{HEAD}{ALIAS}if os.environ.get("A"):\n    MISSING\nelse:\n    ABSENT\n'
    assert said(evaluate_files(tmp_path, {"settings.py": text})) == PLAIN
    assert said(evaluate_files(tmp_path, {"settings.py": f"{HEAD}MISSING\n{ALIAS}"})) == PLAIN


def test_what_is_after_an_end_holds_where_there_is_none(tmp_path: Path) -> None:
    text = (
        f'{HEAD}{ALIAS}if os.environ.get("A"):\n    NAMES.append("other")\n    DATABASES["other"] = {{"ENGINE": PG}}\n'
        'DATABASES["other"]["CONN_MAX_AGE"] = 5\n'
    )
    found = said(evaluate_files(tmp_path, {"settings.py": text}))
    assert found == [*PLAIN, "other 'postgresql' CONN_MAX_AGE=5"]


def test_an_alias_that_is_there_under_a_condition_is_gone_through_by_a_comprehension(tmp_path: Path) -> None:
    text = f'{HEAD}{ALIAS}if os.environ.get("A"):\n    DATABASES["other"] = {{"ENGINE": PG}}\n'
    copied = "DATABASES = {name: {**db} for name, db in DATABASES.items() if db}\n"
    assert said(evaluate_files(tmp_path, {"settings.py": text + copied})) == [*PLAIN, "other 'postgresql' | A is set"]
