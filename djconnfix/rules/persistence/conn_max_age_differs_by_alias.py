"""DCF110."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import said, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db", "CONN_MAX_AGE": 60},
    "reports": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db", "CONN_MAX_AGE": 600},
}
"""


@rule(
    code="DCF110",
    name="conn-max-age-differs-by-alias",
    severity=Severity.INFO,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="one database, two ages")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("600", "60")}, title="one age"),
        Example({"shop/settings.py": _SETTINGS.replace('"db"', '"replica"', 1)}, title="two servers"),
    ],
)
def conn_max_age_differs_by_alias(project: Project) -> Iterator[Problem]:
    """Two aliases of one database keep their connections for different times.

    ## What it does

    Finds aliases with the same engine, host, port and name, and a different `CONN_MAX_AGE`.

    ## Why it is bad

    It need not be bad, but it surprises: every thread holds a connection for each alias, and which of them is old
    depends on which alias a query took.

    ## Fix safety

    No fix is offered: the difference may be meant.

    ## References

    - [Django: multiple databases](https://docs.djangoproject.com/en/stable/topics/db/multi-db/)
    """
    for settings in project.settings:
        if settings.role is not Role.PRODUCTION:
            continue
        earlier: dict[tuple[str, ...], list[Database]] = {}  # by the database: of each age the first two aliases
        aliases: dict[tuple[str, ...], set[str]] = {}  # of these, by database and age
        for database in settings.databases:
            age, name, server = database.conn_max_age, database.get("NAME"), server_of(database)
            if age.state is not State.KNOWN or name.state is State.UNKNOWN or server is None:
                continue
            shared = (repr(name.value), name.variable, repr(server))
            before, of_age = earlier.setdefault(shared, []), aliases.setdefault((*shared, repr(age.value)), set())
            unlike = (each for each in before if each.conn_max_age.value != age.value)
            other = next((each for each in unlike if each.alias != database.alias), None)
            if len(of_age) < 2 and database.alias not in of_age:
                of_age.add(database.alias)
                before.append(database)
            if other is None or not database.may_be_server:
                continue
            message = f"aliases {other.alias!r} and {database.alias!r} lead to one database and keep connections "
            message += "for different times"
            remedy = manual("the difference may be meant", "give both the same CONN_MAX_AGE, unless it is")
            because = (said(f"CONN_MAX_AGE of {other.alias!r}", other.conn_max_age), said("CONN_MAX_AGE", age))
            yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)
