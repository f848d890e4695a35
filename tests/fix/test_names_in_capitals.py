"""Names of a module that hold the dictionary of an alias: when they may have another key, and when not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.fix.uses import may_grow
from djconnfix.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

MAY = {
    "an alias": 'DATABASES = {"default": MAIN}',
    "an alias, by subscript": 'DATABASES["default"] = MAIN',
    "filled afterwards": 'MAIN["HOST"] = "db"\nMAIN.update(PORT="5433")',
    "copied": "import copy\nONE, TWO = MAIN.copy(), copy.deepcopy(MAIN)\nTHREE = dict(MAIN)",
    "spread": 'DATABASES = {"default": {**MAIN, "NAME": "x"}}',
    "spread into a call that makes a dictionary": 'DATABASES = {"default": dict(**MAIN)}',
    "one of its keys is read": 'remember(MAIN["NAME"])',
    "nobody uses it": "",
}
MAY_NOT = {
    "a function is called with it": "remember(MAIN)",
    "a function is called with what it holds": "remember(**MAIN)",
    "its keys are counted": "assert len(MAIN) == 3",
    "its keys are walked over": "for key in MAIN:\n    globals()[key] = MAIN[key]",
    "its entries are walked over": "for key, value in MAIN.items():\n    globals()[key] = value",
    "it is compared": "if MAIN == OTHER:\n    pass",
    "it is part of a text": 'URL = f"{MAIN}"',
    "it is searched": 'if "CONN_MAX_AGE" in MAIN:\n    raise ValueError',
    "by another module's name": "remember(base.MAIN)",
}


def asked(text: str, root: Path) -> bool:
    return may_grow({"MAIN"}, [SourceFile("settings.py", root / "settings.py", f"MAIN = {{}}\n{text}\n".encode())])


@pytest.mark.parametrize("text", MAY.values(), ids=MAY)
def test_a_dictionary_that_only_builds_others_may_grow(text: str, tmp_path: Path) -> None:
    assert asked(text, tmp_path)


@pytest.mark.parametrize("text", MAY_NOT.values(), ids=MAY_NOT)
def test_one_whose_keys_something_depends_on_may_not(text: str, tmp_path: Path) -> None:
    assert not asked(text, tmp_path)


def test_a_file_that_does_not_parse_may_do_anything(tmp_path: Path) -> None:
    assert not asked("MAIN = (", tmp_path)
