"""DCF426."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
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
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = statement\n"


@rule(
    code="DCF426",
    name="pgbouncer-statement-mode",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="PgBouncer in statement mode")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("statement", "transaction")},
            title="transaction mode",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("pgbouncer", "db").replace("6432", "5432"), "pgbouncer.ini": _INI},
            title="another host",
        ),
    ],
)
def pgbouncer_statement_mode(project: Project) -> Iterator[Problem]:
    """The pooler refuses transactions, and Django needs them.

    ## What it does

    Finds aliases behind a pooler in statement mode.

    ## Why it is bad

    `transaction blocks not allowed in statement pooling mode`: every `atomic()` fails, and with it the admin, saving
    models with parents, deleting, migrations and `ATOMIC_REQUESTS`.

    ## Fix safety

    No fix is offered: the mode stands in the pooler's configuration. Use `pool_mode = transaction`.

    ## References

    - [PgBouncer: pooling modes](https://www.pgbouncer.org/features.html)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        if front.front is not Front.STATEMENT:
            continue
        message = f"alias {database.alias!r} stands behind a pooler in statement mode: every atomic() fails"
        remedy = manual("the mode stands in the pooler's configuration", "write pool_mode = transaction there")
        yield about(settings, database, (), message, remedy, *front.because)
