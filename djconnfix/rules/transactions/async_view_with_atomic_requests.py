"""DCF209."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import State
from djconnfix.findings import Because, Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual

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
from django.http import HttpResponse


async def health(request):
    return HttpResponse("ok")
"""
_GOOD = """\
from django.db import transaction
from django.http import HttpResponse


@transaction.non_atomic_requests
async def health(request):
    return HttpResponse("ok")
"""


@rule(
    code="DCF209",
    name="async-view-with-atomic-requests",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS, "shop/views.py": _BAD}, title="an async view")],
    good=[
        Example({"shop/settings.py": _SETTINGS, "shop/views.py": _GOOD}, title="taken out of atomic requests"),
        Example(
            {"shop/settings.py": _SETTINGS.replace('S": True', 'S": False', 1), "shop/views.py": _BAD},
            title="no atomic requests",
        ),
        Example({"shop/settings.py": _SETTINGS, "shop/tasks.py": _BAD}, title="not a module of views"),
    ],
)
def async_view_with_atomic_requests(project: Project) -> Iterator[Problem]:
    """An async view runs under `ATOMIC_REQUESTS`, which Django refuses.

    ## What it does

    Finds `async def` views, and classes of views with async handlers, in modules named after views, where an alias has
    `ATOMIC_REQUESTS` on and no `@transaction.non_atomic_requests` takes the view out.

    ## Why it is bad

    Every call is an error 500: `RuntimeError: You cannot use ATOMIC_REQUESTS with async views.`

    ## Fix safety

    Not fixed: without a transaction the view may need one of its own, in a function under `sync_to_async`. The
    decorator names one alias; with several atomic aliases it is needed for each.

    ## References

    - [Django: ATOMIC_REQUESTS](https://docs.djangoproject.com/en/stable/ref/settings/#atomic-requests)
    - [Django: non_atomic_requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.non_atomic_requests)
    """
    atomic = [
        (settings, database)
        for settings, database in project.databases()
        if (value := database.get("ATOMIC_REQUESTS")).state is State.KNOWN and value.value
    ]
    if not atomic:
        return
    places = {database.get("ATOMIC_REQUESTS").location: database.alias for _, database in atomic}
    because = tuple(Because(f"ATOMIC_REQUESTS is on for alias {alias!r}", at) for at, alias in places.items())
    for fact in facts_of(project, "async-view"):
        yield Problem(
            location=fact.location,
            message=f"the async view {fact.name} fails on every call, because ATOMIC_REQUESTS is on",
            because=because,
            remedy=manual(
                "the view may need a transaction of its own",
                "decorate it with @transaction.non_atomic_requests, once for each atomic alias",
            ),
            confidence=Confidence.MEDIUM,
        )
