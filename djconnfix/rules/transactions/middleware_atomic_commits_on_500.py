"""DCF204."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence, rewrite_action, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project

_BAD = """\
from django.db import transaction


class AtomicRequests:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with transaction.atomic():
            response = self.get_response(request)
        return response
"""
_FIXED = """\
from django.db import transaction


class AtomicRequests:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
"""
_DEAD_EXCEPT = """\
from django.db import transaction


class CommitOrRollBack:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        transaction.set_autocommit(False)
        try:
            response = self.get_response(request)
        except Exception:
            transaction.rollback()
            raise
        else:
            transaction.commit()
        finally:
            transaction.set_autocommit(True)
        return response
"""
_HOOK = """\
from django.db import transaction
from django.utils.deprecation import MiddlewareMixin


class CommitOrRollBack(MiddlewareMixin):
    def process_request(self, request):
        transaction.set_autocommit(False)

    def process_exception(self, request, exception):
        transaction.rollback()

    def process_response(self, request, response):
        transaction.commit()
        transaction.set_autocommit(True)
        return response
"""


@rule(
    code="DCF204",
    name="middleware-atomic-commits-on-500",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/middleware.py": _BAD},
            fixed={"shop/middleware.py": _FIXED},
            unsafe=True,
            title="atomic around get_response",
        ),
        Example({"shop/middleware.py": _DEAD_EXCEPT}, title="an except branch that is never reached"),
    ],
    good=[
        Example({"shop/middleware.py": _FIXED}, title="error responses are rolled back"),
        Example({"shop/middleware.py": _HOOK}, title="the exception hook rolls back"),
    ],
)
def middleware_atomic_commits_on_500(project: Project) -> Iterator[Problem]:
    """A middleware commits the work of requests that failed.

    ## What it does

    Finds middleware that calls `get_response` inside `atomic`, or between the begin and the commit of a transaction,
    and neither looks at the response nor has a `process_exception` that rolls back.

    ## Why it is bad

    Django wraps each middleware's `get_response`, so that a view's exception never comes out of it: it arrives as an
    ordinary response of status 500. The `except` branch is dead code, `atomic` sees no exception and commits. The
    user gets an error page, and half of the work is in the database.

    ## Fix safety

    Unsafe: work that was kept until now is rolled back. Only a plain `with transaction.atomic()` around one call of
    `get_response` is edited. `ATOMIC_REQUESTS` does the same around the view without a middleware. On MySQL and MariaDB
    only tables that know transactions are rolled back: InnoDB, not MyISAM.

    ## References

    - [Django: exception handling in middleware](https://docs.djangoproject.com/en/stable/topics/http/middleware/#exception-handling)
    - [Django: tying transactions to HTTP requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#tying-transactions-to-http-requests)
    """
    for fact in facts_of(project, "failed-request-committed"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} commits what a view has written before it raised: "
            "the exception arrives here as a response of status 500",
            because=path_evidence(fact),
            remedy=_remedy(fact),
        )


def _remedy(fact: CodeFact) -> Remedy:
    actions = rewrite_action(fact)
    alias = fact.detail.get("alias") or fact.alias or "default"
    instead = f'or remove the middleware and set "ATOMIC_REQUESTS": True on alias {alias!r}'
    if fact.detail["form"] == "atomic":
        write = f"inside the block, write `if response.status_code >= 500: transaction.set_rollback(True)`, {instead}"
    else:
        write = f"roll back instead of committing when response.status_code >= 500, {instead}"
    if not actions:
        return manual(fact.why, write)
    return unsafe("what failed requests have written is rolled back from now on", actions, write)
