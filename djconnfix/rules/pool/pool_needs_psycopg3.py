"""DCF404."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, RequirePackage, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pool_of, pools
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.strategies.names import POOL
from djconnfix.strategies.packages import missing_package
from djconnfix.strategies.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Evidence, Project
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": True},
    }
}
"""


@rule(
    code="DCF404",
    name="pool-needs-psycopg3",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\npsycopg2-binary==2.9.10\n"},
            title="only psycopg2 is asked for",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\npsycopg[binary]==3.2.9\n"},
            title="psycopg 3 without its pool",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\npsycopg[binary,pool]==3.2.9\n"},
            title="psycopg with the pool extra",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\npsycopg-pool==3.2.6\n"},
            title="the pool as a package of its own",
        ),
        Example({"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\n"}, title="no driver is named"),
    ],
)
def pool_needs_psycopg3(project: Project) -> Iterator[Problem]:
    """A pool is asked for, but the packages it needs are not.

    ## What it does

    Finds Django's PostgreSQL pool in projects whose requirements name a driver, but not psycopg 3 with its pool.

    ## Why it is bad

    The first query fails: `Error loading psycopg_pool module` or `Database pooling requires psycopg >= 3`.

    ## Fix safety

    Requirements change only with `--requirements`, which adds the extra to psycopg's line in a plain requirements file.
    Unsafe, because a lock file may have to be made anew. Moving from psycopg2 to psycopg 3 is left to a person.

    ## References

    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        if database.vendor != "postgresql" or not pools(database):
            continue
        missing = _missing(settings.evidence)
        pool = pool_of(database)
        if missing is None or pool is None:
            continue
        message = f"alias {database.alias!r} has a pool, but {missing.text}: the first query fails"
        remedy = _remedy(settings.evidence)
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, missing)


def _remedy(evidence: Evidence) -> Remedy:
    """Return the line to write; it is written where requirements may be, and the driver is in a plain file of them."""
    wanted = missing_package(TABLE[POOL], evidence, "postgresql")
    line = wanted.line if wanted else "psycopg[binary,pool]"
    if wanted is None or wanted.beside is None or not wanted.editable:
        return manual("the file that asks for packages is not one that is changed", f"ask for {line}")
    place = wanted.beside.path
    if not evidence.requirements:
        return manual(
            "requirements change only with --requirements", f"ask for {line} in {place}, or give --requirements"
        )
    action = RequirePackage(wanted.beside, wanted.extra, wanted.line)
    return unsafe("a lock file may have to be made anew", f"ask for {line} in {place}", action)


def _missing(evidence: Evidence) -> Because | None:
    packages = evidence.packages
    psycopg = packages.get("psycopg")
    if psycopg is None:
        old = next((packages[name] for name in ("psycopg2", "psycopg2-binary") if name in packages), None)
        return Because("only psycopg2 is asked for", old.location) if old else None
    if "pool" in psycopg.extras or "psycopg-pool" in packages:
        return None
    asked = "asked for" if psycopg.location else "installed"
    return Because(f"psycopg is {asked} without its pool", psycopg.location)
