"""A dictionary that serves a database server under some conditions and SQLite, or who knows what, under others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.fix.nowhere import SHARED
from djconnfix.fix.plan import make_plan
from tests.fix.projects import served_by_threads

if TYPE_CHECKING:
    from pathlib import Path

ALIAS = 'DATABASES = {\n    "default": {\n        "ENGINE": engine,\n        "NAME": "shop",\n    }\n}\n'
CHOSEN = (
    'import os\n\nif os.environ.get("SERVER"):\n    engine = "django.db.backends.postgresql"\nelse:\n'
    '    engine = "django.db.backends.sqlite3"\n\n'
)
READ = (
    'import os\n\nfile = os.environ.get("ENGINE_FILE", "")\nif os.path.exists(file):\n'
    '    engine = open(file).read()\nelse:\n    engine = "django.db.backends.mysql"\n\n'
)
ADDED = '        "CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n'


@pytest.mark.parametrize("text", [CHOSEN + ALIAS, READ + ALIAS], ids=["sqlite", "out-of-sight"])
def test_it_is_written_when_unsafe_fixes_are_allowed(text: str, tmp_path: Path) -> None:
    report = served_by_threads(tmp_path, text)
    [change] = make_plan(report, report.findings, unsafe=True).changes
    assert change.new.decode() == text.replace('"shop",\n', f'"shop",\n{ADDED}')


def test_it_is_refused_otherwise_and_the_reason_says_what_to_do(tmp_path: Path) -> None:
    report = served_by_threads(tmp_path, CHOSEN + ALIAS)
    plan = make_plan(report, report.findings, unsafe=False)
    assert plan.changes == ()
    assert [refusal.reason for refusal in plan.refused] == [SHARED]


@pytest.mark.parametrize("unsafe", [False, True])
def test_sqlite_gets_nothing_where_the_server_has_a_place_of_its_own(unsafe: bool, tmp_path: Path) -> None:
    head = 'import os\n\nDATABASES = {\n    "default": {\n        "ENGINE": "django.db.backends.sqlite3",\n    }\n}\n'
    branch = 'if os.environ.get("SERVER"):\n    DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"\n'
    name = '    DATABASES["default"]["NAME"] = "shop"\n'
    report = served_by_threads(tmp_path, head + branch + name)
    [change] = make_plan(report, report.findings, unsafe=unsafe).changes
    assert change.new.decode().startswith(head + branch)


@pytest.mark.parametrize(
    "entry", ['"OPTIONS": json.loads(os.environ["OPTIONS"])', '"CONN_MAX_AGE": 0 if "sqlite" in engine else 0']
)
def test_what_may_have_a_pool_or_was_decided_is_not_touched(entry: str, tmp_path: Path) -> None:
    text = CHOSEN.replace("import os", "import json\nimport os") + ALIAS.replace('"NAME"', f'{entry},\n        "NAME"')
    report = served_by_threads(tmp_path, text)
    assert make_plan(report, report.findings, unsafe=True).changes == ()
