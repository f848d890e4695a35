"""DCF408."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import describe
from djconnfix.facts import Options, Role, Serving
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pool_of, pools, sizes
from djconnfix.rules._problems import about, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4}},
    }
}
"""
_PROCFILE = "web: gunicorn shop.wsgi --workers 2 --threads 8\n"


@rule(
    code="DCF408",
    name="pool-smaller-than-threads",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE},
            fixed={"shop/settings.py": _SETTINGS.replace('"max_size": 4', '"max_size": 8')},
            unsafe=True,
            title="eight threads and four connections",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("4", "8"), "Procfile": _PROCFILE},
            title="a connection for each thread",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE.replace("8", "4")}, title="as many threads as that"
        ),
        Example({"shop/settings.py": _SETTINGS}, title="nothing says how many threads there are"),
    ],
)
def pool_smaller_than_threads(project: Project) -> Iterator[Problem]:
    """A process has more threads than its pool has connections.

    ## What it does

    Compares the pool's `max_size` with the threads of each WSGI server process.

    ## Why it is bad

    Threads without a connection wait for one, up to the pool's `timeout` (30 seconds), and then fail with
    `couldn't get a connection after 30.00 sec`. `"pool": True` is a pool of exactly four.

    ## Fix safety

    Unsafe: `max_size` becomes the number of threads, and with it rises the number of connections that the server has
    to bear (processes × `max_size`).

    ## Known limits

    Under ASGI the number of requests at a time has no limit that files tell, so nothing is said.

    ## References

    - [psycopg_pool: pool size](https://www.psycopg.org/psycopg3/docs/advanced/pool.html#what-s-the-right-size-for-the-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        pool = pool_of(database)
        if pool is None or not pools(database):
            continue
        high = sizes(database).high
        servers = [s for s in settings.evidence.web_servers if s.kind is Serving.WSGI and not s.greenlets]
        crowded = max(servers, key=lambda s: s.threads or 0, default=None)
        if high is None or crowded is None or (crowded.threads or 0) <= high:
            continue
        path = ("OPTIONS", "pool")
        key = "max_size" if database.vendor == "postgresql" else "max"
        action = SetSetting(database.key, (*path, key), crowded.threads)
        if not isinstance(pool, Options):
            low = "min_size" if database.vendor == "postgresql" else "min"
            wait = {"timeout": 10} if database.vendor == "postgresql" else {}
            action = SetSetting(database.key, path, {low: 1, key: crowded.threads, **wait})
        message = f"alias {database.alias!r} has a pool of at most {high} for {crowded.threads} threads a process: "
        message += "the others wait, and fail when they have waited too long"
        total = f" ({crowded.processes} × {crowded.threads} connections)" if crowded.processes else ""
        text = f'write "{key}": {crowded.threads} in the pool of alias {database.alias!r}'
        why = f"more connections may stand open then{total}, which the server has to allow"
        because = (
            Because(f"the pool holds at most {high}", pool.location),
            Because(describe(crowded), crowded.location),
        )
        yield about(settings, database, path, message, unsafe(why, text, action), *because)
