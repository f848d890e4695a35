"""DCF215."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        "ATOMIC_REQUESTS": True,
    }
}
"""


@rule(
    code="DCF215",
    name="atomic-requests-cost",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="a transaction around each view")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("True", "False")}, title="transactions where they are needed")
    ],
)
def atomic_requests_cost(project: Project) -> Iterator[Problem]:
    """What `ATOMIC_REQUESTS` costs.

    ## What it does

    Points at `ATOMIC_REQUESTS` that is on. It runs only when selected.

    ## Why it is bad

    It is a policy, and often the right one. Its price: two round trips for each request on PostgreSQL and three on
    MySQL, a connection even for views that use none, and locks held while a view calls other services.

    ## Fix safety

    No fix is offered. `@transaction.non_atomic_requests` frees single views.

    ## References

    - [Django: tying transactions to HTTP requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#tying-transactions-to-http-requests)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        atomic = database.get("ATOMIC_REQUESTS")
        if not truthy(atomic) or not database.may_be_server:
            continue
        trips = {"postgresql": "two round trips", "mysql": "three round trips"}.get(database.vendor, "round trips")
        message = (
            f"alias {database.alias!r} makes each request a transaction: {trips}, whether it uses the database or not"
        )
        remedy = manual("it is a policy", "use @transaction.non_atomic_requests where it is not needed")
        yield about(settings, database, ("ATOMIC_REQUESTS",), message, remedy, said("ATOMIC_REQUESTS", atomic))
