"""DCF511."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import has_option
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "USER": "shop",
    }
}
"""


@rule(
    code="DCF511",
    name="name-missing",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="no database is named")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("USER", "NAME")}, title="a name"),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"USER": "shop"', '"OPTIONS": {"service": "shop"}')},
            title="a service names it",
        ),
        Example({"shop/settings.py": _SETTINGS.replace("postgresql", "mysql")}, title="MySQL connects without"),
    ],
)
def name_missing(project: Project) -> Iterator[Problem]:
    """An alias of PostgreSQL or SQLite names no database.

    ## What it does

    Finds PostgreSQL aliases with neither `NAME` nor `OPTIONS["service"]`, SQLite aliases without `NAME`, and names
    longer than the 63 characters that PostgreSQL takes.

    ## Why it is bad

    The first query fails with `ImproperlyConfigured`.

    ## Fix safety

    No fix is offered: only its author knows the name.

    ## References

    - [Django: NAME](https://docs.djangoproject.com/en/stable/ref/settings/#name)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        vendor, name = database.vendor, database.get("NAME")
        if not database.stock_engine or not database.engine.certain or vendor not in ("postgresql", "sqlite"):
            continue
        if not database.complete or settings.held_elsewhere or name.state in (State.UNKNOWN, State.ENVIRONMENT):
            continue
        because = Because(f"the engine is {vendor}'s", database.engine.location)
        if isinstance(name.value, str) and len(name.value) > 63 and vendor == "postgresql":
            message = f"alias {database.alias!r} has a NAME of {len(name.value)} characters, and PostgreSQL takes 63"
            remedy = manual("only its author knows a shorter name", "choose a shorter NAME")
            yield about(settings, database, ("NAME",), message, remedy, because)
        elif not name.value and not (vendor == "postgresql" and _served(database)):
            message = f"alias {database.alias!r} names no database: the first query fails"
            remedy = manual("only its author knows the name", f'write "NAME" in alias {database.alias!r}')
            yield about(settings, database, ("NAME",), message, remedy, because)


def _served(database: Database) -> bool:
    return has_option(database, "service") or has_option(database, "dbname") or not database.options.complete
