"""DCF224."""

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
from django.db import transaction
from django.http import HttpResponse


def pay(request):
    with transaction.atomic(durable=True):
        request.user.pay()
    return HttpResponse("paid")
"""
_GOOD = _BAD.replace("def pay", "@transaction.non_atomic_requests\ndef pay")
_TASK = """\
from django.db import transaction


def pay(order):
    with transaction.atomic(durable=True):
        order.pay()
"""


@rule(
    code="DCF224",
    name="durable-atomic-under-atomic-requests",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "shop/views.py": _BAD},
            title="durable inside the transaction of the request",
        )
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, "shop/views.py": _GOOD}, title="a view without a transaction"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("True", "False"), "shop/views.py": _BAD},
            title="requests are no transactions",
        ),
        Example({"shop/settings.py": _SETTINGS, "shop/tasks.py": _TASK}, title="a task"),
    ],
)
def durable_atomic_under_atomic_requests(project: Project) -> Iterator[Problem]:
    """A view asks for a durable block, and stands inside one already.

    ## What it does

    Finds `transaction.atomic(durable=True)` in views, for an alias with `ATOMIC_REQUESTS`. Views with a decorator that
    is not Django's are left alone: it may take the view out of the transaction.

    ## Why it is bad

    Every call is an error 500: `RuntimeError: A durable atomic block cannot be nested within another atomic block.`
    Tests do not show it: `TestCase` lets durable blocks nest.

    ## Fix safety

    Not fixed: either the block need not be durable, or the view must leave the transaction of its request.

    ## References

    - [Django: atomic](https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.atomic)
    """
    atomic = atomic_aliases(project)
    for fact in facts_of(project, "durable-in-view"):
        if fact.alias in atomic:
            yield Problem(
                location=fact.location,
                message=f"{fact.name} asks for a durable block inside the transaction of its request: every call fails",
                because=(atomic[fact.alias],),
                remedy=manual(
                    "whether the block must be durable is for a person to say",
                    "decorate the view with @transaction.non_atomic_requests, or leave out durable=True",
                ),
                confidence=Confidence.MEDIUM,
            )
