"""DCF221."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db import transaction


class CommitAlways:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        transaction.set_autocommit(False)
        response = await self.get_response(request)
        transaction.commit()
        transaction.set_autocommit(True)
        return response
"""
_GOOD = """\
from django.db import transaction


class CommitAlways:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
"""


@rule(
    code="DCF221",
    name="async-middleware-sync-transaction",
    severity=Severity.ERROR,
    bad=[Example({"shop/middleware.py": _BAD}, title="an async middleware that commits")],
    good=[Example({"shop/middleware.py": _GOOD}, title="a synchronous one")],
)
def async_middleware_sync_transaction(project: Project) -> Iterator[Problem]:
    """An async middleware handles transactions, which Django only does synchronously.

    ## What it does

    Finds `async` middleware that calls `commit()`, `rollback()` or `set_autocommit()` itself.

    ## Why it is bad

    Where a connection has to be opened Django raises `SynchronousOnlyOperation`. Where none has, the transaction is
    that of another thread than the view's: it begins, commits and rolls back nothing of what the view does.

    ## Fix safety

    Not fixed: the transaction belongs into a function that runs with the queries, under `sync_to_async`.

    ## References

    - [Django: asynchronous support, queries and transactions](https://docs.djangoproject.com/en/stable/topics/async/)
    """
    for fact in facts_of(project, "async-middleware-transaction"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} is async, and its transaction is not the one that the view's queries run in",
            remedy=manual(
                "the transaction has to move to where the queries run",
                "make the middleware synchronous, or use transaction.atomic() in the functions under sync_to_async",
            ),
            confidence=Confidence.MEDIUM,
        )
