"""DCF437."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
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
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4}},
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"


@rule(
    code="DCF437",
    name="double-pooling",
    severity=Severity.INFO,
    bad=[Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="a pool in front of a pool")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("pgbouncer", "db").replace("6432", "5432")}, title="one pool"),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace('"pool": {"min_size": 1, "max_size": 4}', ""),
                "pgbouncer.ini": _INI,
            },
            title="only PgBouncer",
        ),
    ],
)
def double_pooling(project: Project) -> Iterator[Problem]:
    """A pool inside the process stands in front of a pooler in transaction mode.

    ## What it does

    Finds aliases with a pool of their own behind a pooler in transaction mode.

    ## Why it is bad

    It works. But there are two queues to size and two places to look at when requests wait. Under WSGI an age of 60
    does the same towards a transaction-mode pooler, with one part less; under ASGI both together make sense.

    ## Fix safety

    No fix is offered: both ways work.

    ## References

    - [PgBouncer: pooling modes](https://www.pgbouncer.org/features.html)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        if not database.has_pool or front.front is not Front.TRANSACTION:
            continue
        message = f"alias {database.alias!r} has a pool in front of a transaction-mode pooler: two queues to size"
        remedy = manual("both ways work", "under WSGI, CONN_MAX_AGE instead of the pool is enough")
        because = (Because("a pool inside the process serves this alias", database.options.location), *front.because)
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, *because)
