"""What holds while tests run: not judged as production, and no reason to refuse what production needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.fix.plan import make_plan
from tests.fix.projects import served_by_threads

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.fix.plan import Plan

HEAD = """\
import sys

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""


def plan_of(root: Path, settings: str) -> Plan:
    report = served_by_threads(root, settings)
    return make_plan(report, report.findings, unsafe=False)


def test_a_dictionary_that_test_runs_change_is_edited_where_it_stands(tmp_path: Path) -> None:
    text = HEAD + 'if "test" in sys.argv:\n    DATABASES["default"]["ENGINE"] = "shop.backends.recording"\n'
    plan = plan_of(tmp_path, text)
    assert plan.refused == ()
    [change] = plan.changes
    added = '        "CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n'
    assert change.new.decode() == text.replace('"NAME": "shop",\n', f'"NAME": "shop",\n{added}')


@pytest.mark.parametrize(
    "condition", ['os.environ.get("GITHUB_ACTIONS")', 'os.environ.get("DJANGO_ENV") == "test"', '"CI" in os.environ']
)
def test_what_a_branch_for_tests_has_is_left_alone(condition: str, tmp_path: Path) -> None:
    branch = '    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "runner"}}\n'
    text = HEAD.replace("import sys", "import os") + f"if {condition}:\n{branch}"
    plan = plan_of(tmp_path, text)
    assert plan.refused == ()
    [change] = plan.changes
    added = '        "CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n'
    assert change.new.decode() == text.replace('"NAME": "shop",\n', f'"NAME": "shop",\n{added}')


def test_a_dictionary_that_something_else_changes_is_not(tmp_path: Path) -> None:
    text = HEAD + 'if "runserver" in sys.argv:\n    DATABASES["default"]["ENGINE"] = "shop.backends.recording"\n'
    [change] = plan_of(tmp_path, text).changes
    assert change.new.decode().startswith(f"{text}else:\n")


def test_what_test_runs_have_for_themselves_stays(tmp_path: Path) -> None:
    text = HEAD + 'if "test" in sys.argv:\n    DATABASES["default"]["CONN_MAX_AGE"] = 0\n'
    plan = plan_of(tmp_path, text)
    assert plan.refused == ()
    [change] = plan.changes
    assert change.new.decode().endswith('    DATABASES["default"]["CONN_MAX_AGE"] = 0\n')
    assert '        "CONN_MAX_AGE": 60,\n' in change.new.decode()
