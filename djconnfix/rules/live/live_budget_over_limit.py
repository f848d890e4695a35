"""DCF704."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.facts import DatabaseKey
from djconnfix.findings import Severity
from djconnfix.live_facts import LiveProject, ServerFacts
from djconnfix.records import replace
from djconnfix.rules import Example, rule
from djconnfix.rules._live import of_server, servers
from djconnfix.rules._problems import manual
from djconnfix.source import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
    }
}
"""
_FILES = {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --workers 8 --threads 16\n"}
_AT = Location("shop/settings.py", 2, 5, 2, 14, 16, 25)
_KEY = DatabaseKey("settings", "default", 0)


@rule(
    code="DCF704",
    name="live-budget-over-limit",
    severity=Severity.WARNING,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, database=_KEY, max_connections=100, reserved=3),),
            title="128 threads, 100 connections",
        )
    ],
    good=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, database=_KEY, max_connections=200, reserved=3),),
            title="room for all",
        ),
        Example(_FILES, servers=(ServerFacts("default", _AT, max_connections=100),), title="not in the files"),
    ],
)
def live_budget_over_limit(project: Project) -> Iterator[Problem]:
    """The servers' threads can hold more connections open than the database allows.

    ## What it does

    Adds up processes, threads and pools from the deployment files, and compares the sum with what the live server
    allows ordinary roles. Only with `connaudit --live`. Nothing is said behind a pooler, whose business it then
    is.

    ## Why it is bad

    Under load the connections that do not fit are refused, and those requests fail.

    ## Fix safety

    No fix is offered: which of the numbers is wrong is not to be seen.

    ## Known limits

    Other programs that use the same server are not counted.

    ## References

    - [PostgreSQL: max_connections](https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS)
    """
    if not isinstance(project, LiveProject):
        return
    for server in servers(project):
        found = project.database_of(server)
        limit = min((each for each in (server.usable, server.own_limit) if each), default=0)
        if found is None or not limit or server.pooler is not None:
            continue
        settings, database = found
        sums = budget(database, settings.evidence.servers)
        if sums.total <= limit:
            continue
        least = "" if sums.complete else "at least "
        message = f"alias {server.alias!r} can hold {least}{sums.total} connections; its server allows {limit}"
        remedy = manual(
            "which of the numbers is wrong is not to be seen",
            "lower the number of threads or processes, put PgBouncer in transaction mode between, or raise the limit",
        )
        problem = of_server(server, message, remedy, f"the server allows {limit}")
        yield replace(problem, because=(*sums.because, *problem.because))
