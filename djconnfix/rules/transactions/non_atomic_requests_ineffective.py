"""DCF225."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Severity
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
from django.utils.decorators import method_decorator
from django.views import View


class Export(View):
    @method_decorator(transaction.non_atomic_requests)
    def get(self, request):
        return export()
"""
_GOOD = _BAD.replace("def get(self, request)", "def dispatch(self, request)")


@rule(
    code="DCF225",
    name="non-atomic-requests-ineffective",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS, "shop/views.py": _BAD}, title="on a handler")],
    good=[
        Example({"shop/settings.py": _SETTINGS, "shop/views.py": _GOOD}, title="on dispatch"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("True", "False"), "shop/views.py": _BAD},
            title="requests are no transactions",
        ),
    ],
)
def non_atomic_requests_ineffective(project: Project) -> Iterator[Problem]:
    """`non_atomic_requests` stands where Django does not look for it.

    ## What it does

    Finds `transaction.non_atomic_requests` on a handler (`get`, `post`, `create`, ...) of a class of views, where an
    alias has `ATOMIC_REQUESTS`.

    ## Why it is bad

    Django asks the function that `as_view()` makes. That copies the marks of `dispatch` and of no other method: the
    view runs in a transaction all the same.

    ## Fix safety

    Not fixed: on `dispatch` it counts for every method of the class.

    ## References

    - [Django: non_atomic_requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.non_atomic_requests)
    """
    atomic = atomic_aliases(project)
    for fact in facts_of(project, "opted-out-in-vain"):
        if atomic:
            yield Problem(
                location=fact.location,
                message=f"non_atomic_requests on {fact.name} has no effect: Django looks at dispatch alone",
                because=tuple(atomic.values()),
                remedy=manual(
                    "on dispatch it counts for every method of the class",
                    'write @method_decorator(transaction.non_atomic_requests, name="dispatch") on the class',
                ),
            )
