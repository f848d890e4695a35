"""DCF444."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import admitted, limit_of
from djconnfix.facts import Role
from djconnfix.findings import Because, Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import parameter
from djconnfix.rules._problems import manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import PooledDatabase, Pooler, Project

_SETTINGS = (
    'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "pgbouncer"}}\n'
)
_INI = """\
[databases]
shop = host=db
jobs = host=db

[pgbouncer]
listen_port = 6432
pool_mode = transaction
default_pool_size = 60
reserve_pool_size = 5
"""
_USUAL = 20  # PgBouncer's default_pool_size


@rule(
    code="DCF444",
    name="pgbouncer-over-max-connections",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="2 × 65 connections for 97 places")],
    good=[
        Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("60", "40")}, title="2 × 45 connections"),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI + "max_db_connections = 45\n"},
            title="a limit for each database",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("jobs = host=db", "jobs = host=other")},
            title="two servers",
        ),
    ],
)
def pgbouncer_over_max_connections(project: Project) -> Iterator[Problem]:
    """PgBouncer may open more connections than the server behind it admits.

    ## What it does

    Adds up `default_pool_size` (or a database's own `pool_size`) and `reserve_pool_size` over the databases of one
    server in a `pgbouncer.ini`, and compares the sum with what PostgreSQL admits (`max_connections`, 100 unless
    `--max-connections` says otherwise, less 3 that are reserved). `max_db_connections` caps each database.

    ## Why it is bad

    A pooler is there so that the server never says `too many clients already`. Above its limit it says so under load,
    to whoever comes: requests, migrations, and the person who wants to look what is wrong.

    ## Fix safety

    Not fixed, because `pgbouncer.ini` is not changed. `djconnfix pgbouncer` writes one whose numbers fit.

    ## Known limits

    Sizes count for each user that logs in; the sum is for one. A server whose `max_connections` was raised needs
    `--max-connections`.

    ## References

    - [PgBouncer: default_pool_size](https://www.pgbouncer.org/config.html#default_pool_size)
    - [PgBouncer: max_db_connections](https://www.pgbouncer.org/config.html#max_db_connections)
    """
    reported = set()
    for settings in project.settings:
        if settings.role is not Role.PRODUCTION:
            continue
        given = settings.evidence.max_connections
        limit = limit_of("postgresql", given) or 0
        for pooler in settings.evidence.poolers:
            if pooler.program != "pgbouncer" or pooler.location in reported:
                continue
            for sizes in _by_server(pooler):
                if sum(sizes) > limit:
                    reported.add(pooler.location)
                    yield _problem(pooler, sizes, limit, given)


def _by_server(pooler: Pooler) -> Iterator[list[int]]:
    """Yield the sizes of the pools of each server."""
    servers: dict[str, list[int]] = {}
    for database in pooler.databases:
        servers.setdefault(database.server, []).append(_size(pooler, database))
    yield from servers.values()


def _size(pooler: Pooler, database: PooledDatabase) -> int:
    size = database.pool_size or _number(pooler, "default_pool_size") or _USUAL
    size += database.reserve or _number(pooler, "reserve_pool_size")
    limit = database.limit or _number(pooler, "max_db_connections")
    return min(size, limit) if limit else size


def _number(pooler: Pooler, name: str) -> int:
    text = parameter(pooler, name)
    return int(text) if text.isdigit() else 0


def _problem(pooler: Pooler, sizes: list[int], limit: int, given: int) -> Problem:
    terms = " + ".join(map(str, sizes)) if len(set(sizes)) > 1 else f"{len(sizes)} × {sizes[0]}"
    noun = "databases" if len(sizes) > 1 else "database"
    message = f"PgBouncer may open {sum(sizes)} connections for each user to a server that admits {limit}"
    share = max(1, limit // len(sizes))
    return Problem(
        location=pooler.location,
        message=message if given else f"{message} unless configured",
        because=(
            Because(f"{len(sizes)} {noun}, pools and reserve: {terms} = {sum(sizes)}", pooler.location),
            Because(admitted("postgresql", given)),
        ),
        remedy=manual(
            "pgbouncer.ini is not changed",
            f"write max_db_connections = {share} there or smaller pools, or say --max-connections",
        ),
        confidence=Confidence.HIGH if given else Confidence.MEDIUM,
    )
