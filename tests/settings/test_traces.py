"""Which places make, write and share a definition, and after which statements one more assignment takes effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.settings.evaluate import Evaluation

ALIAS = 'DATABASES = {"default": {"ENGINE": PG}}\n'
IF = 'if os.environ.get("A"):\n    '
DEFAULT = 'DATABASES["default"]'


def evaluated(tmp_path: Path, body: str) -> Evaluation:
    return evaluate_files(tmp_path, {"settings.py": f"{HEAD}{body}\n"})


# Where one more assignment takes effect: the statement's line, counted from the body's first, and the target.
ANCHORS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "a literal": (ALIAS, [(1, DEFAULT)]),
    "what follows": (ALIAS + "X = 1", [(1, DEFAULT)]),
    "a later write": (ALIAS + f'X = 1\n{DEFAULT}["HOST"] = "h"', [(3, DEFAULT)]),
    "a later write to its options": (
        ALIAS + f'{DEFAULT}["OPTIONS"] = {{}}\n{DEFAULT}["OPTIONS"]["timeout"] = 5', [(3, DEFAULT)],
    ),
    "options by another name": (
        'OPTIONS = {}\nDATABASES = {"default": {"ENGINE": PG, "OPTIONS": OPTIONS}}\nX = 1\nOPTIONS["timeout"] = 5',
        [(4, DEFAULT)],
    ),
    "under another name": ('db = {"ENGINE": PG}\nDATABASES = {"default": db}', [(2, DEFAULT), (1, "db")]),
    "a name that means something else later": ('db = {"ENGINE": PG}\nDATABASES = {"default": db}\ndb = {}', [(2, DEFAULT), (1, "db")]),
    "a name that is written to": (
        'db = {"ENGINE": PG}\nDATABASES = {"default": db}\ndb["HOST"] = "h"', [(3, DEFAULT), (3, "db")],
    ),
    "a loop": (
        ALIAS + 'for name in DATABASES:\n    DATABASES[name]["HOST"] = "h"', [(2, DEFAULT), (3, DEFAULT)],
    ),
    "a loop over the dictionaries": (
        ALIAS + 'for db in DATABASES.values():\n    db["HOST"] = "h"', [(2, DEFAULT), (3, DEFAULT), (3, "db")],
    ),
    "a function": (
        'def make():\n    db = {"ENGINE": PG}\n    return db\nDATABASES = {"default": make()}', [(4, DEFAULT), (2, "db")],
    ),
    "a branch": (
        f'{IF}DATABASES = {{"default": {{"ENGINE": PG}}}}\nelse:\n    DATABASES = {{"default": {{"ENGINE": SQLITE}}}}',
        [(2, DEFAULT), (1, DEFAULT)],
    ),
    "a write in a branch": (ALIAS + f'{IF}{DEFAULT}["HOST"] = "h"', [(2, DEFAULT)]),
    "bound anew in a branch": (ALIAS + f'{IF}DATABASES = {{"other": {{}}}}', []),
    "no dictionary": ('DATABASES = {"default": os.environ["X"]}', []),
}  # fmt: skip


@pytest.mark.parametrize(("body", "anchors"), ANCHORS.values(), ids=ANCHORS)
def test_where_one_more_assignment_takes_effect(tmp_path: Path, body: str, anchors: list[tuple[int, str]]) -> None:
    evaluation = evaluated(tmp_path, body)
    trace = evaluation.trace(evaluation.databases()[0].key)
    head = HEAD.count("\n")
    assert [(each.after.lineno - head, each.target) for each in trace.anchors] == anchors
