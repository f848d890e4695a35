"""Strategies in files: from each to each other, and once there nothing more is planned."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.findings import Applicability
from djconnfix.fix.plan import make_plan
from tests.strategies.states import STRATEGIES

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.engine import Report

LITERAL = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "PORT": "5432",
    }
}
"""
HELPER = """\
import dj_database_url

DATABASES = {"default": dj_database_url.config(conn_max_age=600)}
"""
REQUIREMENTS = "Django==5.2.1\npsycopg[binary,pool]==3.2.9\ndjango-db-connection-pool==1.2.6\ndj-database-url==3.0\n"
THREADS = "web: gunicorn shop.wsgi --workers 2 --threads 4\n"
ASGI = "web: uvicorn shop.asgi:application\n"


def project(root: Path, settings: str = LITERAL, procfile: str = THREADS, requirements: str = REQUIREMENTS) -> Path:
    (root / "shop").mkdir()
    (root / "shop" / "settings.py").write_text(settings, encoding="utf-8")
    (root / "Procfile").write_text(procfile, encoding="utf-8")
    (root / "requirements.txt").write_text(requirements, encoding="utf-8", newline="")
    return root


def judged(root: Path, strategy: str, *, requirements: bool = False) -> Report:
    return audit(Config(root=root, select=("DCF460",), strategy=strategy, requirements=requirements))


def fixed(root: Path, strategy: str, *, unsafe: bool = True, requirements: bool = False) -> list[str]:
    """Fix with every rule; the reasons of what was refused."""
    report = audit(Config(root=root, strategy=strategy, requirements=requirements))
    plan = make_plan(report, report.findings, unsafe=unsafe)
    for change in plan.changes:
        (root / change.source.path).write_bytes(change.new)
    return [refusal.reason for refusal in plan.refused]


def settings_of(root: Path) -> str:
    return (root / "shop" / "settings.py").read_text(encoding="utf-8")


def differences(root: Path, strategy: str) -> list[str]:
    messages = [finding.problem.message for finding in judged(root, strategy).findings]
    return [message for message in messages if "address" not in message]


@pytest.mark.parametrize(("there", "back"), list(permutations(STRATEGIES, 2)))
def test_from_each_strategy_to_each_other(there: str, back: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    for strategy in (there, back):
        assert fixed(root, strategy) == []
        assert differences(root, strategy) == []
        text = settings_of(root)
        assert fixed(root, strategy) == []
        assert settings_of(root) == text


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_there_and_back_leaves_nothing_behind(strategy: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    fixed(root, "close-per-request")
    before = settings_of(root)
    fixed(root, strategy)
    fixed(root, "close-per-request")
    left = settings_of(root).replace('        "CONN_MAX_AGE": 0,\n', "")
    assert left == before


@pytest.mark.parametrize("strategy", ["persistent", "close-per-request", "pgbouncer-session", "pgbouncer-transaction"])
def test_a_url_helper_follows_too(strategy: str, tmp_path: Path) -> None:
    root = project(tmp_path, HELPER)
    assert fixed(root, strategy) == []
    assert differences(root, strategy) == []


def test_an_engine_from_a_url_cannot_be_exchanged(tmp_path: Path) -> None:
    root = project(tmp_path, HELPER)
    report = judged(root, "sqlalchemy-pool")
    assert make_plan(report, report.findings, unsafe=True).changes == ()
    [finding] = report.findings
    assert finding.remedy is not None
    assert finding.remedy.why == "the engine is not written in the files, so it cannot be exchanged there"


@pytest.mark.parametrize("django", ["4.2", "5.2.1"])
def test_a_pool_is_not_written_where_a_url_may_name_another_database(django: str, tmp_path: Path) -> None:
    root = project(tmp_path, HELPER, requirements=REQUIREMENTS.replace("5.2.1", django))
    report = judged(root, "pool")
    assert make_plan(report, report.findings, unsafe=True).changes == ()
    assert len(report.findings) == 1


@pytest.mark.parametrize(
    ("strategy", "procfile", "settings", "applicability"),
    [
        ("persistent", THREADS, LITERAL, Applicability.SAFE),
        ("pool", THREADS, LITERAL, Applicability.SAFE),
        ("pool", ASGI, LITERAL, Applicability.SAFE),
        ("sqlalchemy-pool", THREADS, LITERAL, Applicability.SAFE),
        ("pool", THREADS.replace("--threads", "--preload --threads"), LITERAL, Applicability.UNSAFE),
        ("sqlalchemy-pool", THREADS.replace("--threads", "--preload --threads"), LITERAL, Applicability.UNSAFE),
        ("pool", THREADS + "worker: celery -A shop worker\n", LITERAL, Applicability.UNSAFE),
        ("persistent", THREADS + "worker: celery -A shop worker\n", LITERAL, Applicability.SAFE),
        ("close-per-request", THREADS, LITERAL.replace('"5432",', '"5432", "CONN_MAX_AGE": 5,'), Applicability.SAFE),
        ("persistent", "", LITERAL, Applicability.UNSAFE),
        ("persistent", "worker: celery -A shop worker\n", LITERAL, Applicability.UNSAFE),
        ("persistent", THREADS.replace("2", "30"), LITERAL, Applicability.UNSAFE),
        ("pgbouncer-transaction", THREADS, LITERAL, Applicability.UNSAFE),
        ("pgbouncer-transaction", THREADS, LITERAL.replace('"db"', '"x-pooler.eu.neon.tech"'), Applicability.SAFE),
        ("pgbouncer-statement", THREADS, LITERAL, Applicability.UNSAFE),
        ("persistent", THREADS, LITERAL.replace("django.db", "django_prometheus.db"), Applicability.UNSAFE),
        ("persistent", ASGI, LITERAL, Applicability.MANUAL),
        ("pool", THREADS, LITERAL.replace("postgresql", "mysql"), Applicability.MANUAL),
    ],
)
def test_a_choice_is_safe_where_the_files_prove_that_it_works(
    strategy: str, procfile: str, settings: str, applicability: Applicability, tmp_path: Path
) -> None:
    root = project(tmp_path, settings, procfile)
    remedies = [finding.remedy for finding in judged(root, strategy).findings if "leads past" not in str(finding)]
    assert [remedy.applicability for remedy in remedies if remedy] == [applicability]
    before = settings_of(root)
    fixed(root, strategy, unsafe=False)
    assert (settings_of(root) != before) == (applicability is Applicability.SAFE)


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s.startswith("pgbouncer")])
def test_an_address_that_leads_past_pgbouncer_is_said(strategy: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    fixed(root, strategy)
    [finding] = judged(root, strategy).findings
    assert (
        finding.problem.message
        == f"strategy {strategy} needs PgBouncer, and the address of alias 'default' leads past it"
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_aliases_for_migrations_stay_direct(strategy: str, tmp_path: Path) -> None:
    root = project(tmp_path, LITERAL + 'DATABASES["direct"] = dict(DATABASES["default"])\n')
    about = {finding.alias for finding in judged(root, strategy).findings}
    assert ("direct" in about) == (strategy == "persistent")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_development_settings_are_left_alone(strategy: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "shop" / "settings.py").rename(root / "shop" / "settings_dev.py")
    assert judged(root, strategy).findings == ()


def test_without_a_strategy_nothing_is_said(tmp_path: Path) -> None:
    assert judged(project(tmp_path), "auto").findings == ()


def test_rules_that_advise_another_way_keep_silent(tmp_path: Path) -> None:
    root = project(tmp_path)
    assert "DCF101" in {finding.code for finding in audit(Config(root=root)).findings}
    for strategy in ("close-per-request", "pool"):
        assert "DCF101" not in {finding.code for finding in audit(Config(root=root, strategy=strategy)).findings}


def test_a_refused_strategy_hides_no_error(tmp_path: Path) -> None:
    broken = LITERAL.replace('"5432",', '"5432", "CONN_MAX_AGE": 60, "OPTIONS": {"pool": True},')
    root = project(tmp_path, broken, requirements="Django==4.2\npsycopg[pool]==3.2.9\n")
    codes = {finding.code for finding in audit(Config(root=root, strategy="pool")).findings}
    assert {"DCF460", "DCF403"} <= codes


POOLED = LITERAL.replace('"db"', '"pgbouncer"').replace("5432", "6432")
INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = {}\n"
IMPORTED = "from django.db import transaction\n\n"


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        pytest.param("", False, id="no code"),
        pytest.param(f"{IMPORTED}@transaction.atomic\ndef view(request): ...\n", True, id="atomic"),
        pytest.param(f"{IMPORTED}transaction.commit()\n", True, id="by hand"),
        pytest.param(f"{IMPORTED}with transaction.atomic(using='reports'): ...\n", False, id="another alias"),
        pytest.param(f"{IMPORTED}with transaction.atomic(using=alias): ...\n", True, id="any alias"),
    ],
)
def test_statement_mode_is_refused_where_any_code_handles_a_transaction(
    code: str, refused: bool, tmp_path: Path
) -> None:
    root = project(tmp_path, POOLED)
    (root / "pgbouncer.ini").write_text(INI.format("statement"))
    (root / "shop" / "views.py").write_text(code)
    messages = [finding.problem.message for finding in judged(root, "pgbouncer-statement").findings]
    assert any("cannot work" in each and "shop/views.py:3" in each for each in messages) is refused


SHARED = """\
COMMON = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DATABASES = {
    "default": {**COMMON, "HOST": "pgbouncer", "PORT": "6432"},
    "direct": {**COMMON, "HOST": "db", "PORT": "5432"},
}
"""


def test_health_checks_that_do_nothing_do_not_stand_in_the_way(tmp_path: Path) -> None:
    root = project(tmp_path, SHARED)
    (root / "pgbouncer.ini").write_text(INI.format("session"))
    assert fixed(root, "pgbouncer-session") == []
    assert settings_of(root) == SHARED.replace('"PORT": "6432"}', '"PORT": "6432", "CONN_MAX_AGE": 0}')
    assert differences(root, "pgbouncer-session") == []
