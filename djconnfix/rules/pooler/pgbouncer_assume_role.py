"""DCF427."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "OPTIONS": {"assume_role": "shop_owner"},
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"


@rule(
    code="DCF427",
    name="pgbouncer-assume-role",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="a role that other clients inherit")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("transaction", "session")},
            title="session mode resets it",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"assume_role": "shop_owner"', ""), "pgbouncer.ini": _INI},
            title="no role",
        ),
    ],
)
def pgbouncer_assume_role(project: Project) -> Iterator[Problem]:
    """A role is assumed on connections that other clients get next.

    ## What it does

    Finds `assume_role` in the `OPTIONS` of aliases behind a pooler in transaction or statement mode.

    ## Why it is bad

    Django sends `SET ROLE` once for each connection. The pooler gives that server connection to other clients, who
    then act as that role: in a test every other client of the pool did.

    ## Fix safety

    No fix is offered: log in as that role, or use a pooler in session mode for this alias.

    ## References

    - [Django: role](https://docs.djangoproject.com/en/stable/ref/databases/#role)
    - [PgBouncer: SQL feature map](https://www.pgbouncer.org/features.html)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        role = option(database, "assume_role")
        if database.vendor != "postgresql" or role is None or not role.value:
            continue
        front = outside(database, settings.evidence)
        if front.front not in (Front.TRANSACTION, Front.STATEMENT):
            continue
        message = f"alias {database.alias!r} assumes a role behind a {front.front.value}: other clients get it too"
        remedy = manual("the role belongs into the login", "let USER be that role, and delete assume_role")
        because = (*front.because, Because("assume_role is set", role.location))
        yield about(settings, database, ("OPTIONS", "assume_role"), message, remedy, *because)
