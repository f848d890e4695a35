"""DCF436."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
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
        "ENGINE": "django_postgrespool2",
        "NAME": "shop",
    }
}
"""
_DEAD = {
    "django_postgrespool2": "needs psycopg2 and SQLAlchemy before 2.0",
    "django_postgrespool": "needs Django 1.x and SQLAlchemy before 1.4",
    "django_mysqlpool": "needs Python 2",
    "dbpool": "needs Django 1.x",
    "transaction_hooks": "is part of Django since 1.9 (transaction.on_commit)",
}


@rule(
    code="DCF436",
    name="dead-pool-backend",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n"},
            title="no longer works",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("django_postgrespool2", "django.db.backends.postgresql")},
            title="Django's engine",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==1.11.29\npsycopg2==2.7\nSQLAlchemy==1.3.0\n"},
            title="the Django of its time",
        ),
    ],
)
def dead_pool_backend(project: Project) -> Iterator[Problem]:
    """The engine is an abandoned pooling package that does not work with today's versions.

    ## What it does

    Finds the engines of django-postgrespool, django-postgrespool2, django-mysqlpool, django-db-pool and
    django-transaction-hooks where Django is 2.0 or later, or of unknown version.

    ## Why it is bad

    They import names that Django, SQLAlchemy or psycopg no longer have, and fail when the first alias is used.

    ## Fix safety

    No fix is offered: use Django's engine, with `CONN_MAX_AGE` under WSGI, or its pool (PostgreSQL, Django 5.1).

    ## References

    - [django-postgrespool2](https://github.com/lcd1232/django-postgrespool2)
    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        engine = database.engine
        if engine.state is not State.KNOWN or settings.evidence.django_at_least(2, 0) is False:
            continue
        package = str(engine.value).partition(".")[0]
        if not (reason := _DEAD.get(package)):
            continue
        message = f"alias {database.alias!r} uses the engine of {package}, which {reason}"
        remedy = manual(
            "which engine and which way of keeping connections should follow depends on who serves",
            "use Django's engine, with CONN_MAX_AGE under WSGI or OPTIONS['pool'] on PostgreSQL",
        )
        yield about(settings, database, ("ENGINE",), message, remedy, Because(f"ENGINE is {package}", engine.location))
