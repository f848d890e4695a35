"""DCF438."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import said, truthy

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
        "ATOMIC_REQUESTS": True,
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"


@rule(
    code="DCF438",
    name="atomic-requests-pins-pooler",
    severity=Severity.INFO,
    bad=[Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="each request is one transaction")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("True", "False"), "pgbouncer.ini": _INI},
            title="transactions where needed",
        ),
        Example({"shop/settings.py": _SETTINGS.replace("pgbouncer", "db").replace("6432", "5432")}, title="no pooler"),
    ],
)
def atomic_requests_pins_pooler(project: Project) -> Iterator[Problem]:
    """With `ATOMIC_REQUESTS` a transaction-mode pooler lends a connection for each whole request.

    ## What it does

    Finds `ATOMIC_REQUESTS` behind a pooler in transaction mode.

    ## Why it is bad

    The pooler's gain is that a server connection is taken only while a transaction runs. When every view is one
    transaction, reads included, it is taken from the view's beginning to its end, calls to other services included.

    ## Fix safety

    No fix is offered: it is a policy. `@transaction.non_atomic_requests` frees single views.

    ## References

    - [Django: tying transactions to HTTP requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#tying-transactions-to-http-requests)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        atomic, front = database.get("ATOMIC_REQUESTS"), outside(database, settings.evidence)
        if not truthy(atomic) or front.front is not Front.TRANSACTION:
            continue
        message = f"alias {database.alias!r} holds a connection of its pooler for each whole request"
        remedy = manual("it is a policy", "use @transaction.non_atomic_requests on views that only read or wait")
        because = (said("ATOMIC_REQUESTS", atomic), *front.because)
        yield about(settings, database, ("ATOMIC_REQUESTS",), message, remedy, *because)
