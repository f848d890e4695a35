"""DCF217."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "shop",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {"isolation_level": "repeatable read"},
    }
}
"""


@rule(
    code="DCF217",
    name="mysql-isolation-none",
    severity=Severity.WARNING,
    bad=[
        Example({"shop/settings.py": _SETTINGS}, title="long transactions that see only the past"),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"repeatable read"', "None")}, title="None is the server's default"
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("repeatable read", "read committed")},
            title="what Django sets by itself",
        ),
        Example({"shop/settings.py": _SETTINGS.replace("True", "False")}, title="transactions are short"),
    ],
)
def mysql_isolation_none(project: Project) -> Iterator[Problem]:
    """Long MySQL transactions run at an isolation level at which they see only the past.

    ## What it does

    Finds `isolation_level` None or `repeatable read` for MySQL and MariaDB together with `ATOMIC_REQUESTS` or with
    autocommit off.

    ## Why it is bad

    None leaves the server's default, which is REPEATABLE READ: every read of a transaction shows the state at its
    first read. `get_or_create()` then fails on rows that others have just made, and gap locks make writers wait.
    Django sets READ COMMITTED unless told otherwise.

    ## Fix safety

    No fix is offered: the level is a choice that code may rely on.

    ## References

    - [Django: MySQL isolation level](https://docs.djangoproject.com/en/stable/ref/databases/#mysql-isolation-level)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        level = option(database, "isolation_level")
        if database.vendor != "mysql" or level is None or level.state is not State.KNOWN:
            continue
        if level.value is not None and str(level.value).lower().replace("_", " ") != "repeatable read":
            continue
        atomic, autocommit = database.get("ATOMIC_REQUESTS"), database.get("AUTOCOMMIT")
        if not truthy(atomic) and truthy(autocommit) is not False:
            continue
        message = f"alias {database.alias!r} runs long transactions at REPEATABLE READ: they read what is no longer so"
        remedy = manual("code may rely on the level", "delete isolation_level, so that Django sets READ COMMITTED")
        long = said("ATOMIC_REQUESTS", atomic) if truthy(atomic) else said("AUTOCOMMIT", autocommit)
        yield about(
            settings, database, ("OPTIONS", "isolation_level"), message, remedy, said("isolation_level", level), long
        )
