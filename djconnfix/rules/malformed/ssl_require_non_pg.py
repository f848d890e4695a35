"""DCF509."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Because, RemoveSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.rules._values import from_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, Value
    from djconnfix.findings import Problem

_SETTINGS = """\
import dj_database_url

DATABASES = {
    "default": dj_database_url.config(default="sqlite:///db.sqlite3", ssl_require=True),
}
"""


@rule(
    code="DCF509",
    name="ssl-require-non-pg",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="TLS demanded of a file")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("True", "False")}, title="not demanded"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("sqlite:///db.sqlite3", "postgres://db/shop")},
            title="PostgreSQL knows it",
        ),
    ],
)
def ssl_require_non_pg(project: Project) -> Iterator[Problem]:
    """PostgreSQL's `sslmode` is given to a database that does not know it.

    ## What it does

    Finds `sslmode` in the `OPTIONS` of SQLite and MySQL aliases. `ssl_require=True` of dj-database-url writes it for
    every engine. When the engine is only a default that the environment replaces, it is a warning.

    ## Why it is bad

    The first query fails: `TypeError: 'sslmode' is an invalid keyword argument`.

    ## Fix safety

    Unsafe: a written `sslmode` is deleted, though MySQL has `ssl_mode` for what may have been meant. For
    `ssl_require` no fix is offered: write `ssl_require=not DEBUG`, or whatever tells the databases apart.

    ## References

    - [dj-database-url issue 288](https://github.com/jazzband/dj-database-url/issues/288)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        mode = option(database, "sslmode")
        if mode is None or database.vendor not in ("sqlite", "mysql"):
            continue
        unset = _while_unset(database)
        message = f"alias {database.alias!r} gives sslmode to a database that does not know it{unset}"
        if database.made_by == "literal":
            action = RemoveSetting(database.key, ("OPTIONS", "sslmode"))
            remedy = unsafe("MySQL's ssl_mode may have been meant", "delete sslmode", action)
        else:
            remedy = manual("which databases should use TLS is not written", _instructions(database, mode))
        because = Because(f"the engine is {database.vendor}'s{unset}", database.engine.location)
        severity = None if database.engine.certain else Severity.WARNING
        yield about(settings, database, ("OPTIONS", "sslmode"), message, remedy, because, severity=severity)


def _while_unset(database: Database) -> str:
    """Say on which variable it depends that the engine is this one."""
    engine = database.engine
    if engine.state is not State.ENVIRONMENT or f"{engine.variable} is not set" in database.conditions:
        return ""  # where it is one of the conditions, the message ends with it
    return f" while {engine.variable} is unset" if engine.variable else " unless the environment names another"


def _instructions(database: Database, mode: Value) -> str:
    """Say what to write where sslmode stands: in the URL, as the helper's argument, or in a statement of its own."""
    if from_url(database, mode):
        return "delete sslmode from the query of the URL"
    place, call = mode.location, database.location
    if place is not None and place.path == call.path and call.start < place.start and place.end < call.end:
        return "write ssl_require=not DEBUG, or the like"
    return f"set sslmode only where the engine of alias {database.alias!r} is PostgreSQL's"
