"""DCF401."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import MISSING, Options, Role, State
from djconnfix.findings import Applicability, Because, Problem, Remedy, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._values import place_of, refused_beside_pool, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4}},
    }
}
"""
_REQUIREMENTS = "Django==5.2.1\npsycopg[binary,pool]==3.2.9\n"


@rule(
    code="DCF401",
    name="pool-with-conn-max-age",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": _REQUIREMENTS},
            fixed={"shop/settings.py": _SETTINGS.replace("60", "0")},
            title="a pool and an age",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("60", "None"), "requirements.txt": _REQUIREMENTS},
            fixed={"shop/settings.py": _SETTINGS.replace("60", "0")},
            title="None counts as an age too",
        ),
        Example(
            {
                "shop/settings.py": "import os\n\n" + _SETTINGS.replace(": 60", ': int(os.environ.get("DB_AGE", 60))'),
                "requirements.txt": _REQUIREMENTS,
            },
            fixed={
                "shop/settings.py": "import os\n\n" + _SETTINGS.replace(": 60", ': int(os.environ.get("DB_AGE", 0))')
            },
            unsafe=True,
            title="the age comes from the environment: only its default is changed",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("60", "0"), "requirements.txt": _REQUIREMENTS},
            title="a pool and 0",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    '        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4}},\n', ""
                ),
                "requirements.txt": _REQUIREMENTS,
            },
            title="an age and no pool",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==4.2.1\n"},
            title="Django 4.2 has no pool: pool-unsupported-django says so",
        ),
    ],
)
def pool_with_conn_max_age(project: Project) -> Iterator[Problem]:
    """A pool and `CONN_MAX_AGE` stand side by side, which Django refuses at the first query.

    ## What it does

    Finds aliases with Django's own pool (`OPTIONS["pool"]`) whose `CONN_MAX_AGE` is not 0. None counts.

    ## Why it is bad

    The first query of every request fails with `ImproperlyConfigured: Pooling doesn't support persistent
    connections.` No system check of Django says so; `manage.py check` is green.

    ## Fix safety

    Safe: no request that uses the alias works as it stands, and 0 is what a pool needs, because the pool keeps the
    connections. Unsafe when the environment gives the age or the pool: only the age's default is changed. If the age
    was meant as a lifetime, write it as the pool's `max_lifetime` (seconds; 3600 unless given).

    ## References

    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    - [psycopg_pool: ConnectionPool](https://www.psycopg.org/psycopg3/docs/api/pool.html#psycopg_pool.ConnectionPool)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        if not _has_django_pool(database) or _too_old(database, settings):
            continue
        age = database.conn_max_age
        if not refused_beside_pool(age):
            continue
        pool = database.options.values["pool"]
        pool_said = "OPTIONS holds a pool" if isinstance(pool, Options) else said("the pool", pool).text
        yield Problem(
            location=place_of(database, "CONN_MAX_AGE"),
            message=f"alias {database.alias!r} has a pool and CONN_MAX_AGE: "
            "Django refuses both together, and every query fails",
            because=(said("CONN_MAX_AGE", age), Because(pool_said, pool.location)),
            remedy=_remedy(database),
            database=database.key,
            when=database.when,
            settings=settings.module,
        )


def _has_django_pool(database: Database) -> bool:
    """Whether the stock engine gets a pool; one that the environment switches on by default counts."""
    if not database.stock_engine or database.vendor not in ("postgresql", "oracle"):
        return False
    pool = database.options.values.get("pool")
    if isinstance(pool, Options):
        return bool(pool.values)
    return pool is not None and pool.state is not State.UNKNOWN and pool.value is not MISSING and bool(pool.value)


def _too_old(database: Database, settings: SettingsModule) -> bool:
    needed = (5, 1) if database.vendor == "postgresql" else (5, 2)
    return settings.evidence.django_at_least(*needed) is False


def _remedy(database: Database) -> Remedy:
    age = database.conn_max_age
    write = f'write "CONN_MAX_AGE": 0 in alias {database.alias!r}, or delete it; a lifetime is the pool\'s max_lifetime'
    actions = (SetSetting(database.key, ("CONN_MAX_AGE",), 0),)
    if age.state is State.ENVIRONMENT:
        named = age.variable or "the environment"
        why = f"only the default changes; where {named} gives another value, that still holds"
        return Remedy(Applicability.UNSAFE, why, actions, write)
    pool = database.options.values.get("pool")
    if not isinstance(pool, Options) and pool is not None and pool.state is State.ENVIRONMENT:
        why = f"{pool.variable or 'the environment'} decides whether there is a pool; without one 0 ends persistence"
        return Remedy(Applicability.UNSAFE, why, actions, write)
    why = "no query works with both, and the pool keeps the connections without an age"
    return Remedy(Applicability.SAFE, why, actions, write)
