"""DCF440."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import describe, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import parameter, seconds
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"
_PROCFILE = "web: gunicorn shop.wsgi --timeout 30\n"
_DEFAULT = 120.0  # seconds


@rule(
    code="DCF440",
    name="pgbouncer-query-wait-timeout",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "Procfile": _PROCFILE},
            title="two minutes by default, half a minute allowed",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI + "query_wait_timeout = 10\n", "Procfile": _PROCFILE},
            title="the pooler gives up first",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="nothing says how long a worker may take"
        ),
    ],
)
def pgbouncer_query_wait_timeout(project: Project) -> Iterator[Problem]:
    """A query may wait in PgBouncer longer than the web server lets its worker live.

    ## What it does

    Compares `query_wait_timeout` of a `pgbouncer.ini` (120 seconds unless written; 0 is for ever) with the time-out
    written for the web server's workers.

    ## Why it is bad

    When PgBouncer's pool is exhausted, the web server kills the workers that wait. Every request of theirs is lost,
    and no log says that the pooler was the reason.

    ## Fix safety

    No fix is offered, because `pgbouncer.ini` is not changed: write a `query_wait_timeout` well below the time-out.

    ## References

    - [PgBouncer: query_wait_timeout](https://www.pgbouncer.org/config.html#query_wait_timeout)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        if front.pooler is None or front.program != "pgbouncer" or not front.pooler.location.path.endswith(".ini"):
            continue
        written = parameter(front.pooler, "query_wait_timeout")
        waits = seconds(written) if written else _DEFAULT
        limits = [server for server in settings.evidence.web_servers if server.timeout]
        strict = min(limits, key=lambda server: server.timeout or 0, default=None)
        if waits is None or strict is None or strict.timeout is None or 0 < waits < strict.timeout:
            continue
        how_long = f"{waits:g} seconds" if waits else "for ever"
        message = f"queries of alias {database.alias!r} may wait {how_long} in PgBouncer, and workers are killed after "
        message += f"{strict.timeout} seconds"
        remedy = manual(
            "pgbouncer.ini is not changed", f"write query_wait_timeout = {max(1, strict.timeout // 3)} there"
        )
        said = f"query_wait_timeout is {waits:g}" + ("" if written else " by default")
        because = (Because(said, front.pooler.location), Because(describe(strict), strict.location))
        yield about(settings, database, (), message, remedy, *because)
