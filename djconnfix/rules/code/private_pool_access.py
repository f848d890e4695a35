"""DCF313."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db import connection


def waiting():
    return connection.pool.get_stats()["requests_waiting"]
"""
_GOOD = """\
from django.db import connection


def after_fork():
    connection.close_pool()
"""


@rule(
    code="DCF313",
    name="private-pool-access",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/metrics.py": _BAD}, title="its numbers")],
    good=[Example({"shop/metrics.py": _GOOD}, title="the documented way")],
)
def private_pool_access(project: Project) -> Iterator[Problem]:
    """Code reaches into the pool that Django keeps for itself.

    ## What it does

    Finds `connection.pool` and `_connection_pools` of Django's connections.

    ## Why it is bad

    Neither is a documented interface: it has changed with Django 5.2 and 6.1, and may be gone with the next version.

    ## Fix safety

    Not fixed. `connections.close_all()` gives connections back; `connection.close_pool()` closes a pool.

    ## References

    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    """
    for fact in facts_of(project, "pool-poked"):
        yield Problem(
            location=fact.location,
            message=f"`{fact.detail['call']}` is no documented interface of Django's",
            remedy=manual(
                "what is wanted of the pool cannot be told",
                "use connection.close_pool(), or the metrics of psycopg_pool in a place of their own",
            ),
        )
