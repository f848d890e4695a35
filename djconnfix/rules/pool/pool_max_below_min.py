"""DCF407."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Options, Role
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import number, pool_of, sizes
from djconnfix.rules._problems import about, manual, safe

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
            "pool": {
                "max_size": 2,
            },
        },
    }
}
"""
_FIXED = _SETTINGS.replace('"max_size": 2,\n', '"max_size": 2,\n                "min_size": 2,\n')


@rule(
    code="DCF407",
    name="pool-max-below-min",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS},
            fixed={"shop/settings.py": _FIXED},
            title="fewer than the four that a pool begins with",
        ),
        Example(
            {"shop/settings.py": _FIXED.replace('"min_size": 2', '"min_size": 8')},
            title="both are written and contradict each other",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED}, title="as many at least as at most"),
        Example({"shop/settings.py": _SETTINGS.replace("2", "4")}, title="four is what a pool begins with"),
        Example({"shop/settings.py": _SETTINGS.replace("postgresql", "oracle")}, title="oracledb's pool is another"),
    ],
)
def pool_max_below_min(project: Project) -> Iterator[Problem]:
    """The pool may grow to fewer connections than it begins with.

    ## What it does

    Finds pools of psycopg whose `max_size` is less than their `min_size`, which is 4 unless written.

    ## Why it is bad

    The first query fails: `ValueError: max_size must be greater or equal than min_size`.

    ## Fix safety

    Safe when `min_size` is not written: it is set to `max_size`. When both are written, their author decides.

    ## References

    - [psycopg_pool: ConnectionPool](https://www.psycopg.org/psycopg3/docs/api/pool.html#psycopg_pool.ConnectionPool)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        pool = pool_of(database)
        if database.vendor != "postgresql" or not isinstance(pool, Options):
            continue
        found, high = sizes(database), number(pool, "max_size")
        if found.low is None or high is None or high >= found.low:
            continue
        written = "min_size" in pool.values
        message = f"alias {database.alias!r} has a pool of at most {high:g} and at least {found.low}: "
        message += "the first query fails"
        least = "min_size is written" if written else "min_size is 4 unless written"
        remedy = manual("which of the two was meant is not written", "make min_size no more than max_size")
        if not written:
            action = SetSetting(database.key, ("OPTIONS", "pool", "min_size"), max(0, int(high)))
            remedy = safe("no query works as it stands", f'write "min_size": {high:g} beside max_size', action)
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, Because(least, pool.location))
