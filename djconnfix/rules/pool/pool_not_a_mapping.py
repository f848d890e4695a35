"""DCF405."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import MISSING, Options, Role, State
from djconnfix.findings import RemoveSetting, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pool_of
from djconnfix.rules._problems import about, manual, safe, unsafe
from djconnfix.rules._values import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, Value
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": "true"},
    }
}
"""
_READ = """\
import os

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": os.environ.get("DB_POOL", False)},
    }
}
"""


@rule(
    code="DCF405",
    name="pool-not-a-mapping",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS},
            fixed={"shop/settings.py": _SETTINGS.replace('"true"', "True")},
            title="true, but in quotes",
        ),
        Example({"shop/settings.py": _READ}, title="a variable without a cast is text once it is set"),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace('"true"', "True")}, title="True"),
        Example({"shop/settings.py": _SETTINGS.replace('"true"', '{"max_size": 4}')}, title="a dictionary"),
    ],
)
def pool_not_a_mapping(project: Project) -> Iterator[Problem]:
    """`OPTIONS["pool"]` is text or a number, and Django wants True or a dictionary.

    ## What it does

    Finds pools that are neither a boolean nor a dictionary, and pools that come from the environment as text.

    ## Why it is bad

    The first query fails with a `TypeError`. Text from the environment is truthy even when it says `false`.

    ## Fix safety

    Safe for the texts `true` and `1`, in whatever case: nothing works as it stands, and the meaning is plain. Unsafe
    for `false` and `0`, where the entry is deleted. Everything else is left to its author.

    ## References

    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        pool = pool_of(database)
        if pool is None or isinstance(pool, Options) or not _wrong(pool):
            continue
        message = f"alias {database.alias!r} has a pool that is neither True nor a dictionary: the first query fails"
        if pool.state is State.ENVIRONMENT:
            message = f"alias {database.alias!r} takes its pool from the environment as text: once {pool.variable} is "
            message += "set, the first query fails"
        yield about(settings, database, ("OPTIONS", "pool"), message, _remedy(database, pool), said("the pool", pool))


def _wrong(pool: Value) -> bool:
    if pool.state is State.ENVIRONMENT:
        return pool.cast in ("", "str") and bool(pool.variable)
    if pool.state is not State.KNOWN or pool.value is MISSING:
        return False
    return not isinstance(pool.value, bool) and bool(pool.value)


def _remedy(database: Database, pool: Value) -> Remedy:
    write = f'write "pool": True, or a dictionary of sizes, in alias {database.alias!r}'
    text = pool.value.strip().lower() if pool.state is State.KNOWN and isinstance(pool.value, str) else None
    path = ("OPTIONS", "pool")
    if text in ("true", "1", "yes", "on"):
        return safe(
            "no query works as it stands, and the meaning is plain", write, SetSetting(database.key, path, True)
        )
    if text in ("false", "0", "no", "off"):
        return unsafe("it says that there should be no pool", "delete the pool", RemoveSetting(database.key, path))
    if pool.state is State.ENVIRONMENT:
        return manual("what the variable holds cannot be seen", f"turn {pool.variable} into True or False first")
    return manual("what was meant is not plain", write)
