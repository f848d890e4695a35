"""Reports put together from facts, without the readers, so that writers are tested on every kind of fact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from djconnfix.config import Config
from djconnfix.engine import Report
from djconnfix.facts import (
    MISSING,
    Database,
    DatabaseKey,
    Evidence,
    Options,
    Package,
    Pooler,
    PoolMode,
    Project,
    Role,
    Server,
    Serving,
    SettingsModule,
    State,
    Unreadable,
    Value,
)
from djconnfix.findings import Applicability, Because, Confidence, Finding, Problem, Remedy, Severity
from djconnfix.project.files import discover

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.source import Location

SETTINGS = '''\
"""Settings."""

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "PASSWORD": "hunter2",
    },
}
'''
PROCFILE = "web: gunicorn shop.wsgi --threads 4\n"


def make_report(root: Path, *, settings: str = SETTINGS, findings: int = 1, **changes: object) -> Report:
    """Return the report on a small project: one alias, one server, one pooler, `findings` findings."""
    (root / "shop").mkdir(exist_ok=True)
    (root / "shop" / "settings.py").write_text(settings, encoding="utf-8")
    (root / "Procfile").write_text(PROCFILE)
    tree = discover(root)
    at = tree.source("shop/settings.py").location(settings.index('"default"'), settings.rindex("},") + 1)
    web = tree.source("Procfile").location(0, len(PROCFILE) - 1)
    evidence = Evidence(
        django=(5, 2),
        django_location=web,
        packages={"psycopg": Package("psycopg", (3, 2), exact=False, extras=frozenset({"pool"}), location=web)},
        servers=(Server(Serving.WSGI, "gunicorn", web, worker_class="gthread", processes=2, threads=4),),
        poolers=(Pooler("pgbouncer", web, PoolMode.TRANSACTION, host="pgbouncer", port=6432),),
    )
    module = SettingsModule(
        module="shop.settings",
        path="shop/settings.py",
        role=Role.PRODUCTION,
        databases=(_database(at),),
        lists={},
        names=(),
        held_elsewhere=(),
        evidence=evidence,
        paths=("shop/settings.py",),
        location=at,
    )
    project = Project(
        root=tree.root, settings=(module,), code=(), unreadable=(Unreadable("old.py", 3, "is odd"),), evidence=evidence
    )
    found = tuple(_finding(at, web, number) for number in range(findings))
    return replace(Report(Config(root=tree.root), project, found, tree, {}), **changes)


def with_finding(report: Report, **changes: object) -> Report:
    """Return the report with its one finding's problem changed."""
    finding = report.findings[0]
    severity = changes.pop("finding_severity", finding.severity)
    changed = replace(finding, problem=replace(finding.problem, **changes), severity=severity)
    return replace(report, findings=(changed,))


def _database(at: Location) -> Database:
    key = DatabaseKey("shop.settings", "default", 0)
    settings = {
        "ENGINE": Value(State.KNOWN, "django.db.backends.postgresql", at),
        "CONN_MAX_AGE": Value(State.ENVIRONMENT, MISSING, at, variable="DB_AGE", cast="int"),
        "ATOMIC_REQUESTS": Value(State.UNKNOWN, location=at, reason="a call of f() hides it"),
        "AUTOCOMMIT": Value(State.KNOWN, float("nan"), at),
    }
    pool = Options({"min_size": Value(State.KNOWN, 2, at)}, location=at)
    return Database(key, ("DATABASE_URL is set",), settings, Options({"pool": pool}), complete=True, location=at)


def _finding(at: Location, web: Location, number: int) -> Finding:
    problem = Problem(
        location=at,
        message=f"alias 'default' is connected to anew for every request ({number})",
        because=(Because("web: gunicorn shop.wsgi --threads 4", web), Because("Django's default is 0")),
        remedy=Remedy(Applicability.MANUAL, "nobody knows the server", instructions="write CONN_MAX_AGE"),
        database=DatabaseKey("shop.settings", "default", 0),
        settings="shop.settings",
        confidence=Confidence.MEDIUM,
    )
    return Finding("DCF101", "conn-max-age-zero", Severity.WARNING, problem, f"{number:016x}")
