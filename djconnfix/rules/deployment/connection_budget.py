"""DCF601."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import admitted, budget, limit_of
from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import keeps, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Evidence, Project, SettingsModule
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "CONN_MAX_AGE": 60,
    }
}
"""
_PROCFILE = "web: gunicorn shop.wsgi --workers 16 --threads 8\n"


@rule(
    code="DCF601",
    name="connection-budget",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE}, title="128 connections for a server that admits 97"
        )
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE.replace("16", "4")}, title="32 connections"),
        Example({"shop/settings.py": _SETTINGS}, title="nothing says how many processes there are"),
        Example({"shop/settings.py": _SETTINGS.replace("60", "0"), "Procfile": _PROCFILE}, title="nothing stays open"),
    ],
)
def connection_budget(project: Project) -> Iterator[Problem]:
    """More connections may stand open than a database server admits by default.

    ## What it does

    Adds up, for each database server, what the servers in the files can hold open: processes × (threads, or the
    pool's size) × replicas × aliases, where connections are kept. It compares the sum with what PostgreSQL (100, of
    which 3 are reserved) and MySQL (151) admit unless configured otherwise.

    ## Why it is bad

    `FATAL: sorry, too many clients already`, under load or at the next deployment, when old and new processes run
    side by side.

    ## Fix safety

    No fix is offered: fewer workers, a smaller pool, a pooler, or a larger `max_connections` all do.

    ## Known limits

    The server's own `max_connections` is not in the files; `--max-connections` says it. Processes whose number the
    environment gives count once, so the true sum may be larger. What a Procfile and a Dockerfile both start are two
    ways to deploy one service: the larger counts, and the other is named beside the sum.

    ## References

    - [PostgreSQL: max_connections](https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS)
    """
    for settings in project.settings:
        if settings.role is not Role.PRODUCTION:
            continue
        for group in _by_server(settings):
            yield from _over(settings, group)


def _over(settings: SettingsModule, group: list[Database]) -> Iterator[Problem]:
    first = group[0]
    configured = settings.evidence.max_connections
    limit = limit_of(first.vendor, configured)
    if limit is None:
        return
    sums = [budget(database, settings.evidence.servers) for database in group]
    total = sum(each.total for each in sums)
    if total <= limit:
        return
    aliases = " and ".join(repr(database.alias) for database in group)
    of = "alias" if len(group) == 1 else "aliases"
    message = f"{of} {aliases} may hold {total} connections open, and {admitted(first.vendor, configured)}"
    remedy = manual(
        "the server would admit fewer" if configured else "what the server admits is not in the files",
        f"check that max_connections is above {total}, or have fewer workers, smaller pools, or a pooler",
    )
    because = [line for each in sums for line in (*each.because, *each.instead)]
    if len(group) > 1:
        because.append(Because(f"{aliases} lead to the same server", group[-1].location))
    yield about(settings, first, (), message, remedy, *because)


def _by_server(settings: SettingsModule) -> list[list[Database]]:
    """Group one definition of each alias that keeps connections by the server it leads to."""
    groups: dict[object, list[Database]] = {}
    seen: set[str] = set()
    for database in settings.databases:
        if database.alias in seen or not database.may_be_server or not _stays(database, settings.evidence):
            continue
        seen.add(database.alias)
        server = server_of(database)
        groups.setdefault(database.key if server is None else repr(server), []).append(database)
    return list(groups.values())


def _stays(database: Database, evidence: Evidence) -> bool:
    kept = bool(database.has_pool or keeps(database.conn_max_age))
    return kept and outside(database, evidence).front in (Front.DIRECT, Front.UNCLEAR)
