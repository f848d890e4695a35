"""DCF402."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Options, Role
from djconnfix.findings import Because, RemoveSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pool_of
from djconnfix.rules._problems import about, manual, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_BAD = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {
            "sslmode": "require",
            "pool": {},
        },
    }
}
"""


@rule(
    code="DCF402",
    name="pool-empty-dict",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _BAD},
            fixed={"shop/settings.py": _BAD.replace('            "pool": {},\n', "")},
            unsafe=True,
            title="an empty dictionary is no pool",
        ),
    ],
    good=[
        Example({"shop/settings.py": _BAD.replace("{},", "True,")}, title="a pool with its defaults"),
        Example({"shop/settings.py": _BAD.replace("{},", '{"max_size": 4},')}, title="a pool with a size"),
        Example({"shop/settings.py": _BAD.replace("{},", "False,")}, title="no pool, said plainly"),
    ],
)
def pool_empty_dict(project: Project) -> Iterator[Problem]:
    """`OPTIONS["pool"]` is an empty dictionary, which is no pool at all.

    ## What it does

    Finds `"pool": {}` with Django's PostgreSQL and Oracle engines.

    ## Why it is bad

    Django asks whether the value is truthy. With PostgreSQL an empty dictionary silently means: no pool, a new
    connection for each request. With Oracle it reaches the driver, and connecting fails with a `TypeError`.

    ## Fix safety

    Unsafe: for PostgreSQL the entry is deleted, which changes nothing but says what is so. If a pool is meant, write
    `True`; note that this begins to hold 4 connections in each process. For Oracle no fix is offered.

    ## References

    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        pool = pool_of(database)
        if not isinstance(pool, Options) or pool.values or not pool.complete:
            continue
        oracle = database.vendor == "oracle"
        effect = "connecting fails" if oracle else "there is no pool"
        write = f'in alias {database.alias!r}, write "pool": True for a pool with its defaults, or delete the entry'
        remedy = manual("which of the two was meant is not written", write)
        if not oracle:
            why = "without the entry all stays as it is; whether a pool was meant is not written"
            remedy = unsafe(why, write, RemoveSetting(database.key, ("OPTIONS", "pool")))
        message = f"alias {database.alias!r} has an empty dictionary as its pool: {effect}"
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, Because("the pool is {}", pool.location))
