"""DCF415."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, RemoveSetting, Severity
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
        "HOST": "pgbouncer",
        "PORT": "6432",
        "OPTIONS": {
            "sslmode": "prefer",
            "pool": {"min_size": 2, "max_size": 4},
        },
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = session\n"


@rule(
    code="DCF415",
    name="pool-behind-session-pooler",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI},
            fixed={"shop/settings.py": _SETTINGS.replace('            "pool": {"min_size": 2, "max_size": 4},\n', "")},
            unsafe=True,
            title="a pool in front of PgBouncer in session mode",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("= session", "= transaction")},
            title="transaction mode: double-pooling speaks of it",
        ),
        Example({"shop/settings.py": _SETTINGS.replace("pgbouncer", "db").replace("6432", "5432")}, title="no pooler"),
    ],
)
def pool_behind_session_pooler(project: Project) -> Iterator[Problem]:
    """A pool inside the process holds connections of a pooler in session mode.

    ## What it does

    Finds Django's own pool in front of a pooler in session mode.

    ## Why it is bad

    A session pooler lends a server connection for as long as its client stays connected, and a pool stays connected.
    Each process pins `min_size` server connections, and the pooler pools nothing.

    ## Fix safety

    Unsafe: the pool is deleted, so that PgBouncer does the pooling. The other way is to switch PgBouncer to
    transaction mode, or to connect to the server directly.

    ## References

    - [PgBouncer: pooling modes](https://www.pgbouncer.org/features.html)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        pool, front = pool_of(database), outside(database, settings.evidence)
        if pool is None or not pools(database) or front.front is not Front.SESSION:
            continue
        low = sizes(database).low
        pins = f"{low} server connections" if low is not None else "its server connections"
        message = f"alias {database.alias!r} has a pool in front of a session-mode pooler: each process pins {pins}"
        text = f"delete the pool of alias {database.alias!r}, or switch the pooler to transaction mode"
        remedy = unsafe(
            "one of the two has to go, and either may", text, RemoveSetting(database.key, ("OPTIONS", "pool"))
        )
        because = (Because("a pool is asked for", pool.location), *front.because)
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, *because)
