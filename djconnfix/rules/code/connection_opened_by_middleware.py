"""DCF312."""

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


class Connected:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        connection.ensure_connection()
        return self.get_response(request)
"""
_GOOD = """\
from django.db import connection


class Counted:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Queries"] = len(connection.queries)
        return response
"""


@rule(
    code="DCF312",
    name="connection-opened-by-middleware",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/middleware.py": _BAD}, title="opened in advance")],
    good=[Example({"shop/middleware.py": _GOOD}, title="only counted")],
)
def connection_opened_by_middleware(project: Project) -> Iterator[Problem]:
    """A middleware opens a connection for every request, also for those that need none.

    ## What it does

    Finds `ensure_connection()` and `get_autocommit()` in middleware. `set_autocommit()` and `atomic()` do the same,
    and are not named again.

    ## Why it is bad

    Pages without a query, health checks and redirects wait for a connection, and fail when the database is away.

    ## Fix safety

    Not fixed: the middleware may want to know.

    ## References

    - [Django: persistent connections](https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections)
    """
    for fact in facts_of(project, "opened-by-middleware"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} opens a connection for every request, by `{fact.detail['call']}`",
            remedy=manual(
                "the middleware may want to know",
                "ask only where a query follows anyway, or keep a flag of the middleware's own",
            ),
        )
