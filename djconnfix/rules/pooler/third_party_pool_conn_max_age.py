"""DCF432."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, safe, unsafe
from djconnfix.rules._values import keeps, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "dj_db_conn_pool.backends.mysql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
    }
}
"""


@rule(
    code="DCF432",
    name="third-party-pool-conn-max-age",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS},
            fixed={"shop/settings.py": _SETTINGS.replace("60", "0")},
            title="an age in front of django-db-connection-pool",
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("60", "0")}, title="the pool keeps the connections"),
        Example({"shop/settings.py": _SETTINGS.replace("dj_db_conn_pool", "django.db")}, title="no pool"),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    "dj_db_conn_pool.backends.mysql", "django_db_geventpool.backends.postgis"
                )
            },
            title="this engine gives connections back whatever the age",
        ),
    ],
)
def third_party_pool_conn_max_age(project: Project) -> Iterator[Problem]:
    """Threads keep connections that they should give back to their pool.

    ## What it does

    Finds a `CONN_MAX_AGE` other than 0 with the engines of django-db-connection-pool (`dj_db_conn_pool`).

    ## Why it is bad

    The pool lends a connection until Django closes it. With an age each thread holds one between requests, and a pool
    of 10 with an overflow of 10 starves with more than 20 threads. The package does not check.

    ## Fix safety

    Safe: with 0 the connection goes back to the pool after each request, and the pool keeps it open. Unsafe when the
    environment gives the age.

    ## References

    - [django-db-connection-pool](https://github.com/altairbow/django-db-connection-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        engine, age = database.engine, database.conn_max_age
        if engine.state is not State.KNOWN or not str(engine.value).startswith("dj_db_conn_pool.") or not keeps(age):
            continue
        message = f"alias {database.alias!r} keeps connections that belong to its pool: threads starve each other"
        write = f'write "CONN_MAX_AGE": 0 in alias {database.alias!r}'
        action = SetSetting(database.key, ("CONN_MAX_AGE",), 0)
        remedy = safe("the pool keeps the connections open", write, action)
        if age.state is State.ENVIRONMENT:
            remedy = unsafe(f"only the default changes; where {age.variable} is set, it holds", write, action)
        because = (said("CONN_MAX_AGE", age), Because("this engine brings its own pool", engine.location))
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)
