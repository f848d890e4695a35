"""DCF403."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import decide
from djconnfix.facts import Options, Role
from djconnfix.findings import Because, RemoveSetting, SetSetting, Severity
from djconnfix.records import replace
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import SINCE, pool_of
from djconnfix.rules._problems import about, unsafe
from djconnfix.rules._values import django_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Action, Problem

_BAD = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {
            "sslmode": "require",
            "pool": True,
        },
    }
}
"""


@rule(
    code="DCF403",
    name="pool-unsupported-django",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _BAD, "requirements.txt": "Django==4.2.16\n"},
            fixed={"shop/settings.py": _BAD.replace('            "pool": True,\n', "")},
            unsafe=True,
            title="Django 4.2 has no pool",
        ),
    ],
    good=[
        Example({"shop/settings.py": _BAD, "requirements.txt": "Django==5.1\n"}, title="Django 5.1 has one"),
        Example({"shop/settings.py": _BAD}, title="the Django version is unknown"),
        Example(
            {"shop/settings.py": _BAD.replace("True", "False"), "requirements.txt": "Django==5.1\n"},
            title="switched off, and known to Django 5.1",
        ),
    ],
)
def pool_unsupported_django(project: Project) -> Iterator[Problem]:
    """A pool is asked for, but the project may run on a Django that has none.

    ## What it does

    Finds `OPTIONS["pool"]` for PostgreSQL where Django may be older than 5.1, and for Oracle where it may be older
    than 5.2.

    ## Why it is bad

    An older Django hands the option to the driver, and the first query fails: `invalid connection option "pool"`.

    ## Fix safety

    Unsafe: raising the Django version may be what is wanted. The fix deletes the pool; where WSGI workers are proven
    it sets `CONN_MAX_AGE` instead, so that connections are still kept.

    ## References

    - [Django 5.1 release notes](https://docs.djangoproject.com/en/stable/releases/5.1/#postgresql-connection-pools)
    - [Django 5.2 release notes](https://docs.djangoproject.com/en/stable/releases/5.2/#database-backends)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        pool = pool_of(database)
        evidence = settings.evidence
        if pool is None or evidence.django_at_least(*SINCE[database.vendor]) is not False:
            continue
        since = ".".join(map(str, SINCE[database.vendor]))
        message = (
            f"alias {database.alias!r} has a pool, which needs Django {since}: with the lowest Django allowed here "
        )
        message += "the driver refuses to connect"
        actions: list[Action] = [RemoveSetting(database.key, ("OPTIONS", "pool"))]
        text = f"delete the pool from alias {database.alias!r}, or ask for Django {since} or later"
        without = _without_pool(database)
        decision = decide(without, evidence)
        if decision.age and not database.conn_max_age.written:
            actions.append(SetSetting(database.key, ("CONN_MAX_AGE",), decision.age))
            if decision.health_checks and not database.conn_health_checks.written:
                actions.append(SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True))
        yield about(
            settings,
            database,
            ("OPTIONS", "pool"),
            message,
            unsafe("the Django version may be about to rise instead", text, *actions),
            django_said(evidence, "is the lowest that the project may run on"),
            Because("a pool is asked for", pool.location),
        )


def _without_pool(database: Database) -> Database:
    values = {key: value for key, value in database.options.values.items() if key != "pool"}
    return replace(database, options=Options(values, database.options.complete, database.options.location))
