"""DCF113."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, decide
from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import has_option
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import keeps, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
    }
}
"""
_UVICORN = "web: uvicorn shop.asgi:application\n"


@rule(
    code="DCF113",
    name="postgresql-timezone-roundtrip",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/settings.py": _SETTINGS, "Procfile": _UVICORN}, title="a statement for each new connection")],
    good=[
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    '"db",', '"db",\n        "OPTIONS": {"options": "-c timezone=UTC"},'
                ),
                "Procfile": _UVICORN,
            },
            title="the session begins with the right time zone",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi\n"}, title="connections can be kept"
        ),
    ],
)
def postgresql_timezone_roundtrip(project: Project) -> Iterator[Problem]:
    """Each new connection to PostgreSQL costs one more round trip, to set the time zone.

    ## What it does

    Finds PostgreSQL aliases under ASGI that connect anew for every request, directly, without start-up options. It
    runs only when selected.

    ## Why it is bad

    Django compares the time zone that the server reports with its own, as text. Packaged servers say `Etc/UTC` and
    Django wants `UTC`, so that every new connection begins with `SELECT set_config('TimeZone', …)`.

    ## Fix safety

    No fix is offered: `ALTER ROLE … SET timezone = 'UTC'` mends it for all clients. `OPTIONS: {"options": "-c
    timezone=UTC"}` does too, but never behind PgBouncer before 1.20, which refuses to connect then.

    ## References

    - [Django: PostgreSQL, optimizing](https://docs.djangoproject.com/en/stable/ref/databases/#optimizing-postgresql-s-configuration)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if database.vendor != "postgresql" or keeps(age) is not False or has_option(database, "options"):
            continue
        decision = decide(database, settings.evidence)
        direct = decision.fronted.front is Front.DIRECT and decision.served.situation is Situation.ASGI
        if not direct or not database.options.complete or settings.evidence.poolers:
            continue
        message = f"alias {database.alias!r} sets the time zone on every new connection: one round trip each"
        remedy = manual("the server or the role can set it for all", "ALTER ROLE … SET timezone = 'UTC'")
        yield about(settings, database, (), message, remedy, said("CONN_MAX_AGE", age), *decision.because)
