"""DCF435."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, RemoveSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import has_option
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
        "OPTIONS": {
            "sslmode": "require",
            "MAX_CONNS": 20,
        },
    }
}
"""
_FOREIGN = ("MAX_CONNS", "REUSE_CONNS", "POOL_OPTIONS")


@rule(
    code="DCF435",
    name="max-conns-in-plain-engine",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS},
            fixed={"shop/settings.py": _SETTINGS.replace('            "MAX_CONNS": 20,\n', "")},
            unsafe=True,
            title="an option of another engine",
        ),
    ],
    good=[
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    "django.db.backends.postgresql", "django_db_geventpool.backends.postgresql_psycopg3"
                )
            },
            title="the engine that knows it",
        ),
        Example({"shop/settings.py": _SETTINGS.replace('            "MAX_CONNS": 20,\n', "")}, title="not written"),
    ],
)
def max_conns_in_plain_engine(project: Project) -> Iterator[Problem]:
    """An option of a pooling engine is given to an engine of Django's own.

    ## What it does

    Finds `MAX_CONNS`, `REUSE_CONNS` (django-db-geventpool) and `POOL_OPTIONS` (django-db-connection-pool) in the
    `OPTIONS` of Django's own engines.

    ## Why it is bad

    The driver gets it and refuses to connect: `invalid connection option "MAX_CONNS"`.

    ## Fix safety

    Unsafe: the option is deleted, but the engine that knows it may be what was meant.

    ## References

    - [django-db-geventpool](https://github.com/jneight/django-db-geventpool)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        if not database.stock_engine:
            continue
        for key in _FOREIGN:
            if not has_option(database, key):
                continue
            message = f"alias {database.alias!r} has {key!r} in OPTIONS, which its driver refuses"
            action = RemoveSetting(database.key, ("OPTIONS", key))
            remedy = unsafe("the engine that knows it may be what was meant", f"delete {key!r}", action)
            because = Because("this engine is Django's own", database.engine.location)
            yield about(settings, database, ("OPTIONS", key), message, remedy, because)
