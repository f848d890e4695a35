"""DCF406."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Options, Role
from djconnfix.findings import Because, MoveSetting, Severity
from djconnfix.records import replace
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import PSYCOPG_OPTIONS, RESERVED, pool_of
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.rules._values import django_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": {"min_size": 1, "maxsize": 4}},
    }
}
"""
_DJANGO = "Django==5.2.1\n"


@rule(
    code="DCF406",
    name="pool-unknown-or-reserved-option",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": _DJANGO},
            fixed={"shop/settings.py": _SETTINGS.replace("maxsize", "max_size")},
            unsafe=True,
            title="a slip of the pen",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("maxsize", "kwargs"), "requirements.txt": _DJANGO},
            title="an option that Django passes itself",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"maxsize": 4', '"check": None'), "requirements.txt": _DJANGO},
            title="`check` is Django's own before 6.1",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("maxsize", "max_size"), "requirements.txt": _DJANGO},
            title="options of psycopg_pool",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace('"maxsize": 4', '"check": None'),
                "requirements.txt": "Django==6.1.0\n",
            },
            title="Django 6.1 takes a `check` of one's own",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("postgresql", "oracle"), "requirements.txt": _DJANGO},
            title="oracledb's options are others, and not judged",
        ),
    ],
)
def pool_unknown_or_reserved_option(project: Project) -> Iterator[Problem]:
    """The pool's dictionary has an option that psycopg_pool does not know, or that Django passes itself.

    ## What it does

    Finds keys of `OPTIONS["pool"]` for PostgreSQL that are no parameters of `psycopg_pool.ConnectionPool`, and
    `kwargs`, `open`, `configure` and (before Django 6.1) `check`, which Django fills in.

    ## Why it is bad

    The first query fails with a `TypeError`; `manage.py check` is green.

    ## Fix safety

    Unsafe for a slip of the pen (`maxsize`), which is renamed. Anything else is left to its author.

    ## References

    - [psycopg_pool: ConnectionPool](https://www.psycopg.org/psycopg3/docs/api/pool.html#psycopg_pool.ConnectionPool)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        pool = pool_of(database)
        if database.vendor != "postgresql" or not isinstance(pool, Options):
            continue
        for key, value in pool.values.items():
            if not (trouble := _trouble(settings, key)):
                continue
            message = f"alias {database.alias!r} gives its pool {key!r}, {trouble}: the first query fails"
            because = [Because("OPTIONS holds a pool", pool.location)]
            if key == "check":
                because.append(django_said(settings.evidence, "passes `check` itself"))
            problem = about(settings, database, ("OPTIONS", "pool"), message, _remedy(database, pool, key), *because)
            yield replace(problem, location=value.location or problem.location)


def _trouble(settings: SettingsModule, key: str) -> str:
    if key in RESERVED:
        return "which Django passes itself"
    if key == "check":
        return "which Django passes itself before 6.1" if settings.evidence.django_at_least(6, 1) is False else ""
    return "" if key in PSYCOPG_OPTIONS else "which psycopg_pool does not know"


def _remedy(database: Database, pool: Options, key: str) -> Remedy:
    plain = key.lower().replace("_", "").replace("-", "")
    meant = next((name for name in sorted(PSYCOPG_OPTIONS) if name.replace("_", "") == plain), "")
    if not meant or meant == key or meant in pool.values:
        return manual("what was meant is not plain", f"delete {key!r} from the pool of alias {database.alias!r}")
    move = MoveSetting(database.key, ("OPTIONS", "pool", key), ("OPTIONS", "pool", meant))
    why = "it is surely a slip of the pen, but the option has never been in effect"
    return unsafe(why, f"write {meant!r} instead of {key!r}", move)
