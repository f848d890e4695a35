"""DCF509."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, RemoveSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option
from djconnfix.rules._problems import about, manual, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
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
        message = f"alias {database.alias!r} gives sslmode to a database that does not know it"
        if database.made_by == "literal":
            action = RemoveSetting(database.key, ("OPTIONS", "sslmode"))
            remedy = unsafe("MySQL's ssl_mode may have been meant", "delete sslmode", action)
        else:
            remedy = manual("which databases should use TLS is not written", "write ssl_require=not DEBUG, or the like")
        because = Because(f"the engine is {database.vendor}'s", database.engine.location)
        severity = None if database.engine.certain else Severity.WARNING
        yield about(settings, database, ("OPTIONS", "sslmode"), message, remedy, because, severity=severity)
