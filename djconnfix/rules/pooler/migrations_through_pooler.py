"""DCF442."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import speaks_postgresql
from djconnfix.rules._problems import manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.decision import Fronted
    from djconnfix.facts import Database, Migration, Project, SettingsModule

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
"""
_DIRECT = _SETTINGS + 'DATABASES["direct"] = {**DATABASES["default"], "HOST": "db", "PORT": "5432"}\n'
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"
_PROCFILE = "release: python manage.py migrate --noinput\nweb: gunicorn shop.wsgi\n"


@rule(
    code="DCF442",
    name="migrations-through-pooler",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "Procfile": _PROCFILE},
            title="`migrate` takes the way that requests take",
        ),
    ],
    good=[
        Example(
            {
                "shop/settings.py": _DIRECT,
                "pgbouncer.ini": _INI,
                "Procfile": _PROCFILE.replace("migrate", "migrate --database=direct"),
            },
            title="an alias that leads past the pooler",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "pgbouncer.ini": _INI.replace("transaction", "session"),
                "Procfile": _PROCFILE,
            },
            title="session mode changes nothing for a migration",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "Procfile": "web: gunicorn shop.wsgi\n"},
            title="no file migrates",
        ),
    ],
)
def migrations_through_pooler(project: Project) -> Iterator[Problem]:
    """A deployment migrates through a pooler that lends a connection for one transaction at a time.

    ## What it does

    Finds `manage.py migrate` in deployment files where the alias that it migrates surely leads to a pooler in
    transaction or statement mode, and no command migrates past the pooler, by `--database` or by a variable of its
    own.

    ## Why it is bad

    In transaction mode a migration competes with requests for one of the pool's connections, holds it for as long as it
    rewrites a table, and is cut off by time-outs that were meant for requests (`query_timeout`,
    `idle_transaction_timeout`). What it sets for its session (`SET lock_timeout`) does not hold for its own next
    transaction, but for somebody else's. In statement mode it fails at once, as every migration is a transaction.

    ## Fix safety

    Not fixed: the address of the server itself is yours to write. Either an alias `direct` with that address and
    `migrate --database=direct` (the router has to allow it), or the direct address in the environment of that command.

    ## References

    - [PgBouncer: SQL feature map for pooling modes](https://www.pgbouncer.org/features.html)
    - [Django: migrate --database](https://docs.djangoproject.com/en/stable/ref/django-admin/#cmdoption-migrate-database)
    """
    reported = set()
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        if front.front not in (Front.TRANSACTION, Front.STATEMENT) or not speaks_postgresql(database, front):
            continue
        migrations = settings.evidence.migrations
        if any(_leads_past(each, settings) for each in migrations):
            continue
        for migration in migrations:
            if (migration.alias or "default") == database.alias and migration.location not in reported:
                reported.add(migration.location)
                yield _problem(settings, database, migration, front)


def _leads_past(migration: Migration, settings: SettingsModule) -> bool:
    """Whether a command migrates past the pooler: by an alias with another address, or by its own environment."""
    alias = migration.alias or "default"
    definitions = settings.by_alias.get(alias, ())
    hosts = {each.get("HOST").variable for each in definitions}
    if any(place is None and name in hosts for name, place in migration.addresses):
        return True
    return bool(migration.alias) and not any(
        outside(each, settings.evidence).front in (Front.TRANSACTION, Front.STATEMENT) for each in definitions
    )


def _problem(settings: SettingsModule, database: Database, migration: Migration, front: Fronted) -> Problem:
    statement = front.front is Front.STATEMENT
    consequence = (
        "which refuses it" if statement else "where it competes with requests and is cut off by their time-outs"
    )
    return Problem(
        location=migration.location,
        message=f"`migrate` goes through the {front.front.value} of alias {database.alias!r}, {consequence}",
        because=(*front.because, Because("this command migrates", migration.location)),
        remedy=manual(
            "the server's own address is yours to write",
            "give this command the server's own address, in its environment or as an alias for `migrate --database`",
        ),
        database=database.key,
        settings=settings.module,
        when=database.when,
        severity=Severity.ERROR if statement else None,
        confidence=Confidence.HIGH if statement else Confidence.MEDIUM,
    )
