"""DCF201."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Confidence, Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, lowest_django, manual, path_evidence, rewrite_action, unsafe
from djconnfix.rules._left_open import (
    begun_by_settings,
    decides_nothing,
    message,
    never_ends,
    on_old_django,
    on_postgresql,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project

_FLAG = """\
from django.db import transaction
from django.utils.deprecation import MiddlewareMixin


class CommitWhenDirty(MiddlewareMixin):
    def process_request(self, request):
        request._dirty = False
        transaction.set_autocommit(False)

    def process_exception(self, request, exception):
        if request._dirty:
            transaction.rollback()

    def process_response(self, request, response):
        if request._dirty:
            transaction.commit()
        return response
"""
_FLAG_FIXED = """\
from django.db import transaction
from django.utils.deprecation import MiddlewareMixin


class CommitWhenDirty(MiddlewareMixin):
    def process_request(self, request):
        request._dirty = False
        transaction.set_autocommit(False)

    def process_exception(self, request, exception):
        transaction.rollback()

    def process_response(self, request, response):
        transaction.commit()
        transaction.set_autocommit(True)
        return response
"""
_LEGACY = """\
from django.db import transaction


class TransactionMiddleware(object):
    def process_request(self, request):
        transaction.enter_transaction_management()
        transaction.managed(True)

    def process_exception(self, request, exception):
        if transaction.is_dirty():
            transaction.rollback()
        transaction.leave_transaction_management()

    def process_response(self, request, response):
        if transaction.is_managed():
            if transaction.is_dirty():
                transaction.commit()
            transaction.leave_transaction_management()
        return response
"""
_LEGACY_FIXED = """\
from django.db import transaction


class TransactionMiddleware(object):
    def process_request(self, request):
        transaction.enter_transaction_management()
        transaction.managed(True)

    def process_exception(self, request, exception):
        transaction.rollback()
        transaction.leave_transaction_management()

    def process_response(self, request, response):
        if transaction.is_managed():
            transaction.commit()
            transaction.leave_transaction_management()
        return response
"""
_METHOD = """\
from django.db import transaction


class CommitPosts:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if request.method == "POST":
            transaction.commit()
        return response
"""
_METHOD_FIXED = """\
from django.db import transaction


class CommitPosts:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if request.method == "POST":
            transaction.commit()
        else:
            transaction.rollback()
        transaction.set_autocommit(True)
        return response
"""
_BY_SETTING = """\
from django.conf import settings
from django.db import transaction


class CommitUnlessRehearsed:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if settings.KEEP_WORK:
            transaction.commit()
        return response
"""
_STATUS = """\
from django.db import transaction


class RollBackErrors:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if response.status_code >= 400:
            transaction.rollback()
        else:
            transaction.commit()
        transaction.set_autocommit(True)
        return response
"""
_OTHER_LIBRARY = """\
import transaction


class ZopeMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        transaction.begin()
        response = self.get_response(request)
        if request.is_dirty:
            transaction.commit()
        return response
"""


@rule(
    code="DCF201",
    name="middleware-conditional-commit",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/middleware.py": _FLAG},
            fixed={"shop/middleware.py": _FLAG_FIXED},
            unsafe=True,
            title="commits only what a flag of its own says was written",
        ),
        Example(
            {"shop/middleware.py": _LEGACY, "requirements.txt": "Django==1.5.12\n"},
            fixed={"shop/middleware.py": _LEGACY_FIXED},
            title="Django's own old middleware, copied",
        ),
        Example(
            {"shop/middleware.py": _METHOD},
            fixed={"shop/middleware.py": _METHOD_FIXED},
            unsafe=True,
            title="commits by method: a read stays open",
        ),
        Example({"shop/middleware.py": _BY_SETTING}, title="commits by a setting, which a person has to weigh"),
    ],
    good=[
        Example({"shop/middleware.py": _FLAG_FIXED}, title="every path ends"),
        Example({"shop/middleware.py": _STATUS}, title="a policy of which both branches end"),
        Example({"shop/middleware.py": _OTHER_LIBRARY}, title="another library's transaction"),
    ],
)
def middleware_conditional_commit(project: Project) -> Iterator[Problem]:
    """A middleware begins a transaction for each request and ends it only on some paths.

    ## What it does

    Follows every path of a request through the project's middleware, classes and functions of every style, and finds
    those on which the transaction is neither committed nor rolled back: behind a test of `is_dirty()` or a flag of
    the project's own, behind a test of the method or the status without an `else`, or past an early return.

    ## Why it is bad

    A request that only read leaves its transaction open, with its locks and its snapshot: the session stands
    "idle in transaction", schema changes wait behind it, and PostgreSQL cannot vacuum what it may still see. Where
    the middleware switched autocommit off, Django drops the connection at the end of the request instead, so that
    persistent connections are lost without a word.

    Django's own flag was set only by writes up to Django 1.2. From 1.3 on every query sets it, so that the test decides
    nothing; on 1.6 and 1.7 `is_managed()` answers None, and what stands behind it never runs.

    ## Fix safety

    Dropping a test of dirt is unsafe in general, because the middleware is the project's own; a commit of an empty
    transaction does nothing. It is safe for Django's own flag on Django 1.7 and older. The other tests of a
    condition, the branches inside it and every return stay. Tests of status, method or path are policy, and are
    never dropped: there the missing branch is added, which rolls back what Django would throw away at the end of
    the request anyway. Where the path switches autocommit on inside its open transaction, MySQL and SQLite commit
    by that: a branch is added only for PostgreSQL, which refuses the switch. An `else`, an assignment in the test,
    a body that does more than end the transaction, or a test of a setting is left to a person.

    ## References

    - [Django: autocommit](https://docs.djangoproject.com/en/stable/topics/db/transactions/#autocommit)
    - [Django: tying transactions to HTTP requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#tying-transactions-to-http-requests)
    - [PostgreSQL: pg_stat_activity](https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW)
    """
    for fact in facts_of(project, "transaction-left-open"):
        if fact.detail["begun"] == "elsewhere" and not begun_by_settings(project, fact):
            continue
        yield Problem(
            location=fact.location,
            message=message(fact, lowest_django(project, fact)),
            because=(*on_old_django(project, fact), *path_evidence(fact)),
            remedy=_remedy(project, fact),
            severity=Severity.INFO if decides_nothing(fact, lowest_django(project, fact)) else None,
            confidence=Confidence.MEDIUM if fact.detail["test"] == "path" else Confidence.HIGH,
        )


def _remedy(project: Project, fact: CodeFact) -> Remedy:
    version = lowest_django(project, fact)
    actions = rewrite_action(fact)
    if fact.detail["api"] == "removed" and version >= (1, 8):
        return manual(
            "the transaction API it uses is gone in Django 1.8, so the class cannot work as it is",
            f'take {fact.name} out of MIDDLEWARE and set "ATOMIC_REQUESTS": True on alias {fact.alias or "default"!r}',
        )
    if never_ends(fact, version):
        return manual(
            "which requests reach it in manual mode is for a person to say",
            f"write `not transaction.get_autocommit()` for is_managed(), and take the test of "
            f"`{fact.detail['condition']}` away",
        )
    if not actions:
        return manual(
            fact.why,
            "end the transaction on this path too (transaction.rollback(), or commit()) and switch autocommit on "
            f'again, or replace the middleware by "ATOMIC_REQUESTS": True on alias {fact.alias or "default"!r}',
        )
    if fact.detail["test"] == "path" and fact.detail["restored"] == "yes" and not on_postgresql(project, fact):
        return manual(
            "MySQL and SQLite commit when autocommit is switched on: a rollback before it would lose what is kept now",
            "say what should become of the work on this path: transaction.commit() or rollback() before the switch",
        )
    if fact.detail["test"] == "path":
        return unsafe(fact.why, actions, "roll back on this path and switch autocommit on again")
    instructions = f"take the test of `{fact.detail['condition']}` away and keep what hangs on it"
    if fact.detail["test"] == "django" and version and version < (1, 8):
        return Remedy(Applicability.SAFE, fact.why, actions, instructions)
    return unsafe(f"{fact.why}; {fact.name} is the project's own and may be relied upon", actions, instructions)
