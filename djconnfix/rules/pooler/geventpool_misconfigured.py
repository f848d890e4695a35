"""DCF434."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Situation, served
from djconnfix.facts import Role, State
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import has_option
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Evidence, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django_db_geventpool.backends.postgresql_psycopg3",
        "NAME": "shop",
        "OPTIONS": {"MAX_CONNS": 20},
    }
}
"""
_GEVENT = "web: gunicorn -k gevent shop.wsgi\n"


@rule(
    code="DCF434",
    name="geventpool-misconfigured",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS.replace('"MAX_CONNS": 20', ""), "Procfile": _GEVENT},
            title="four connections by default",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --threads 4\n"}, title="no greenlets"
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, "Procfile": _GEVENT}, title="greenlets and a size"),
        Example({"shop/settings.py": _SETTINGS}, title="nothing says who serves"),
    ],
)
def geventpool_misconfigured(project: Project) -> Iterator[Problem]:
    """django-db-geventpool is used without a size, with `ATOMIC_REQUESTS`, or without greenlets.

    ## What it does

    Finds its engines without `MAX_CONNS` in `OPTIONS` (4 unless written), with `ATOMIC_REQUESTS`, or in projects that
    no greenlets serve.

    ## Why it is bad

    A greenlet that finds the pool exhausted waits for ever: there is no time-out. With `ATOMIC_REQUESTS` each request
    holds its connection from beginning to end. Without gevent the waiting blocks a whole thread.

    ## Fix safety

    No fix is offered: the size depends on the load.

    ## References

    - [django-db-geventpool](https://github.com/jneight/django-db-geventpool)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        engine = database.engine
        if engine.state is not State.KNOWN or not str(engine.value).startswith("django_db_geventpool."):
            continue
        for trouble, instructions in _troubles(database, settings.evidence):
            message = f"alias {database.alias!r} has a pool for greenlets {trouble}"
            remedy = manual("the right size depends on the load", instructions)
            because = Because("this engine is django-db-geventpool's", engine.location)
            yield about(settings, database, ("ENGINE",), message, remedy, because)


def _troubles(database: Database, evidence: Evidence) -> Iterator[tuple[str, str]]:
    if not has_option(database, "MAX_CONNS") and database.options.complete:
        yield "of 4 connections, and waits for ever when they are lent", 'write "MAX_CONNS" in OPTIONS'
    if truthy(database.get("ATOMIC_REQUESTS")):
        yield "and holds a connection for every whole request", "use atomic() where it is needed"
    by = served(evidence)
    if by.situation is Situation.THREADS and by.certain:
        yield "but WSGI threads serve it", "use Django's engine and CONN_MAX_AGE with threads"
