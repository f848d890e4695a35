"""What a change may bring to light: a lesser finding does not hold it back, a new error always does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.fix.plan import Plan, make_plan

if TYPE_CHECKING:
    from pathlib import Path

ALIAS = """\
import os

DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "CONN_MAX_AGE": {age},
    }}
}}
"""
ASGI = {"Procfile": "web: uvicorn shop.asgi:application\n", "shop/__init__.py": ""}


def plan_of(root: Path, age: str, requirements: str, **options: object) -> tuple[Plan, str]:
    files = {**ASGI, "shop/settings.py": ALIAS.format(age=age), "requirements.txt": requirements}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    report = audit(Config(root=root, **options))  # type: ignore[arg-type]
    plan = make_plan(report, report.findings, unsafe=True)
    new = next((change.new.decode() for change in plan.changes if change.source.path == "shop/settings.py"), "")
    return plan, new


@pytest.mark.parametrize("age", ["60", 'int(os.environ.get("AGE", 60))'])
def test_an_error_is_mended_though_advice_is_left_over(tmp_path: Path, age: str) -> None:
    plan, new = plan_of(tmp_path, age, "Django==5.2.1\npsycopg[pool]==3.2.9\n")
    assert "DCF103" in {finding.code for finding in plan.applied}
    assert age.replace("60", "0") in new


def test_what_a_change_makes_possible_is_done_in_the_same_run(tmp_path: Path) -> None:
    plan, new = plan_of(tmp_path, 'int(os.environ.get("AGE", 60))', "Django==5.2.1\npsycopg[pool]==3.2.9\n")
    assert [finding.code for finding in plan.applied] == ["DCF103", "DCF418"]
    assert '"AGE", 0' in new
    assert '"pool": {' in new
    (tmp_path / "shop/settings.py").write_text(new)
    report = audit(Config(root=tmp_path))
    assert make_plan(report, report.findings, unsafe=True).changes == ()


def test_what_a_change_makes_possible_is_left_where_not_everything_is_to_be_fixed(tmp_path: Path) -> None:
    plan_of(tmp_path, 'int(os.environ.get("AGE", 60))', "Django==5.2.1\npsycopg[pool]==3.2.9\n")
    with (tmp_path / "shop/settings.py").open("a") as settings:
        settings.write('DATABASES["other"] = {"ENGINE": "django.db.backends.postgresql", "CONN_MAXAGE": 0}\n')
    report = audit(Config(root=tmp_path))
    asked = [finding for finding in report.findings if finding.code == "DCF103"]
    assert len(asked) < len(report.findings)
    assert [finding.code for finding in make_plan(report, asked, unsafe=True).applied] == ["DCF103"]


def test_what_would_bring_a_new_error_to_another_alias_is_not_written(tmp_path: Path) -> None:
    plan_of(tmp_path, "0", "Django==5.2.1\npsycopg[binary]==3.2.9\n")
    misspelt = 'DATABASES["other"] = {"ENGINE": "django.db.backends.mysql", "CONN_MAXAGE": 1}\n'
    with (tmp_path / "shop/settings.py").open("a") as settings:
        settings.write(misspelt)
    report = audit(Config(root=tmp_path))
    plan = make_plan(report, report.findings, unsafe=True)
    assert {refusal.finding.code: refusal.reason for refusal in plan.refused}[
        "DCF501"
    ] == "DCF103 would be found afterwards"
    assert all(misspelt in change.new.decode() for change in plan.changes)


@pytest.mark.parametrize(
    "options", [{}, {"select": ("DCF418",)}, {"ignore": ("DCF404",)}], ids=["all", "select", "ignore"]
)
def test_what_would_break_the_next_connection_is_not_written_whoever_looks(
    tmp_path: Path, options: dict[str, object]
) -> None:
    plan, new = plan_of(tmp_path, "0", "Django==5.2.1\npsycopg[binary]==3.2.9\n", **options)
    assert "pool" not in new
    assert "DCF418" not in {finding.code for finding in plan.applied}


def test_what_is_safe_is_done_in_the_same_place_whether_or_not_more_is_allowed(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": "import environ\n\nDATABASES = {'default': environ.Env().db()}\n",
        "shop/settings/live.py": "from shop.settings.base import *\n\nDATABASES['default']['CONN_MAX_AGE'] = 600\n",
        "shop/settings/static.py": "from shop.settings.base import *\n",
        "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
        "Procfile": "web: gunicorn shop.wsgi\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    report = audit(Config(root=tmp_path))
    safe, more = (make_plan(report, report.findings, unsafe=unsafe) for unsafe in (False, True))
    assert {change.source.path for change in safe.changes} == {"shop/settings/live.py"}
    both = {change.source.path: change.new for change in more.changes}
    assert len(both) > 1
    assert [both[change.source.path] for change in safe.changes] == [change.new for change in safe.changes]


def test_nothing_is_written_into_options_that_a_definition_on_the_same_way_does_not_have(tmp_path: Path) -> None:
    text = (
        "import copy\nimport os\n"
        "ONE = {'ENGINE': 'django.db.backends.mysql', 'NAME': 'shop'}\n"
        "TWO = dict(ENGINE='django.db.backends.postgresql', NAME='shop', OPTIONS={'pool': {'max_size': 4}},"
        " CONN_MAX_AGE=10 if os.environ.get('B') else 0, AUTOCOMMIT=False)\n"
        "DATABASES = {'default': ONE if os.environ.get('A') and os.environ.get('B') else TWO}\n"
        "DATABASES['third'] = copy.deepcopy(DATABASES['default'])\n"
        "DATABASES['default'].setdefault('DISABLE_SERVER_SIDE_CURSORS', True)\n"
    )
    files = {
        "shop/__init__.py": "",
        "shop/settings.py": text,
        "requirements.txt": "Django==5.2.1\npsycopg[pool]==3.2\n",
    }
    for path, content in {**files, "Procfile": "web: gunicorn shop.wsgi --workers 2\n"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    report = audit(Config(root=tmp_path))
    assert "DCF410" in {finding.code for finding in report.findings}
    [change] = make_plan(report, report.findings, unsafe=True).changes
    assert b"['OPTIONS']['pool']" not in change.new
