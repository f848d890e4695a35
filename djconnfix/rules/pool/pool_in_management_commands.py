"""DCF413."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pool_of, pools, sizes
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
        "OPTIONS": {"pool": True},
    }
}
"""


@rule(
    code="DCF413",
    name="pool-in-management-commands",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="four connections for every command")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("True", '{"min_size": 1, "max_size": 4}')}, title="one to begin with"
        ),
        Example({"shop/settings.py": _SETTINGS.replace("True", "False")}, title="no pool"),
    ],
)
def pool_in_management_commands(project: Project) -> Iterator[Problem]:
    """Commands use the pool too, and open all its first connections for a single thread.

    ## What it does

    Points at pools that begin with more than one connection. It runs only when selected.

    ## Why it is bad

    Every `manage.py` command that touches the database, cron jobs and `migrate` included, starts the pool's threads
    and opens `min_size` connections in the background, though it uses one.

    ## Fix safety

    No fix is offered: write `"min_size": 1`, or switch the pool off by a variable for jobs.

    ## References

    - [psycopg_pool: ConnectionPool](https://www.psycopg.org/psycopg3/docs/api/pool.html#psycopg_pool.ConnectionPool)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        pool = pool_of(database)
        if pool is None or not pools(database):
            continue
        low = sizes(database).low
        if low is None or low <= 1:
            continue
        message = f"alias {database.alias!r} opens {low} connections for every command, which uses one"
        remedy = manual("the web server may want them", 'write "min_size": 1, or no pool for jobs')
        because = Because(f"the pool begins with {low}", pool.location)
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, because)
