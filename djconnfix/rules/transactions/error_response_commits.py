"""DCF226."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import atomic_aliases, facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    },
}
"""
_BAD = """\
from django.db import IntegrityError
from django.http import JsonResponse

from shop.models import Order


def order(request):
    try:
        placed = Order.objects.create(user=request.user)
        placed.reserve()
    except IntegrityError:
        return JsonResponse({}, status=409)
    return JsonResponse({"order": placed.pk})
"""
_GOOD = _BAD.replace("import IntegrityError", "import IntegrityError, transaction").replace(
    "        return JsonResponse({}", "        transaction.set_rollback(True)\n        return JsonResponse({}"
)


@rule(
    code="DCF226",
    name="error-response-commits",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/settings.py": _SETTINGS, "shop/views.py": _BAD}, title="half an order is kept")],
    good=[
        Example({"shop/settings.py": _SETTINGS, "shop/views.py": _GOOD}, title="marked for rollback"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("True", "False"), "shop/views.py": _BAD},
            title="requests are no transactions",
        ),
    ],
)
def error_response_commits(project: Project) -> Iterator[Problem]:
    """A view answers with an error, and the transaction of its request is committed.

    ## What it does

    Finds views that write inside a `try`, catch an exception and return a response of 400 or more without
    `set_rollback(True)`, where an alias has `ATOMIC_REQUESTS`. Only files that name `IntegrityError` are read. A
    heuristic, so it runs only when it is selected.

    ## Why it is bad

    `ATOMIC_REQUESTS` rolls back when the view raises. A view that returns has succeeded: what it had written before the
    exception is kept, though the user was told that it failed. Django REST framework marks the transaction for the
    exceptions that it handles itself, and not for those that a view catches.

    ## Fix safety

    Not fixed: the view may want to keep what it has written.

    ## References

    - [Django: tying transactions to HTTP requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#tying-transactions-to-http-requests)
    """
    atomic = atomic_aliases(project)
    for fact in facts_of(project, "error-returned-after-write"):
        if atomic:
            yield Problem(
                location=fact.location,
                message=f"{fact.name} answers with an error, and what it wrote before is committed",
                because=tuple(atomic.values()),
                remedy=manual(
                    "the view may want to keep what it has written",
                    "call transaction.set_rollback(True) before returning, or let the exception go through",
                ),
                confidence=Confidence.LOW,
            )
