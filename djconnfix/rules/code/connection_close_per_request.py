"""DCF301."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import entries, facts_of, path_evidence, rewrite_action, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project

_SETTINGS = """\
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "shop.middleware.CloseConnection",
]
"""
_SETTINGS_FIXED = """\
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
]
"""
_BAD = """\
from django.db import connection


class CloseConnection:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        connection.close()
        return response
"""
_FIXED = """\
class CloseConnection:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        return response
"""
_COUNTS = """\
import logging

from django.db import connection

logger = logging.getLogger(__name__)


def count_queries(get_response):
    def middleware(request):
        try:
            response = get_response(request)
            logger.info("%s", response.status_code)
            return response
        finally:
            connection.close()

    return middleware
"""
_COUNTS_FIXED = """\
import logging

logger = logging.getLogger(__name__)


def count_queries(get_response):
    def middleware(request):
        response = get_response(request)
        logger.info("%s", response.status_code)
        return response

    return middleware
"""
_MAIL = """\
from django.core.mail import get_connection


class SendQueuedMail:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        connection = get_connection()
        response = self.get_response(request)
        connection.close()
        return response
"""
_OLD_ONLY = """\
from django.db import close_old_connections


class CloseOld:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        close_old_connections()
        return response
"""
_VIEW = """\
from django.db import connection
from django.http import JsonResponse


def totals(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(total) FROM shop_order")
        (total,) = cursor.fetchone()
    connection.close()
    return JsonResponse({"total": total})
"""
_VIEW_FIXED = _VIEW.replace("    connection.close()\n", "")
_BEFORE_SLOW_WORK = """\
import requests
from django.db import connection
from django.http import JsonResponse

from shop.models import Order


def track(request, pk):
    order = Order.objects.get(pk=pk)
    connection.close()
    answer = requests.get(order.carrier_url, timeout=60)
    return JsonResponse(answer.json())
"""


@rule(
    code="DCF301",
    name="connection-close-per-request",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "shop/middleware.py": _BAD},
            fixed={"shop/settings.py": _SETTINGS_FIXED, "shop/middleware.py": _FIXED},
            unsafe=True,
            title="a middleware that does nothing else",
        ),
        Example(
            {"shop/middleware.py": _COUNTS},
            fixed={"shop/middleware.py": _COUNTS_FIXED},
            unsafe=True,
            title="a middleware that does more",
        ),
        Example(
            {"shop/views.py": _VIEW}, fixed={"shop/views.py": _VIEW_FIXED}, unsafe=True, title="a view that tidies up"
        ),
    ],
    good=[
        Example({"shop/middleware.py": _MAIL}, title="a mail connection"),
        Example({"shop/middleware.py": _OLD_ONLY}, title="only what is too old or broken is closed"),
        Example({"shop/views.py": _BEFORE_SLOW_WORK}, title="given back before something slow"),
    ],
)
def connection_close_per_request(project: Project) -> Iterator[Problem]:
    """A middleware or a view closes the database connection after each request, so that none is ever used again.

    ## What it does

    Finds middleware that calls `connection.close()`, `connections.close_all()` or closes every alias in a loop on
    the way of every request, and views that do so as the last thing before they return, or in a `finally` around
    everything.

    ## Why it is bad

    Whatever `CONN_MAX_AGE` says, each request pays for a new connection: TCP, TLS, authentication and the statements
    that Django sends first. With the built-in pool it takes a connection out and puts it back in a hurry. Inside an
    `atomic` block the work is rolled back without a word.

    ## Fix safety

    Unsafe, because somebody wrote it for a reason: often a leak elsewhere (threads, ASGI, greenlets), which then
    shows. Closes in workers, threads, after forks, before streams or other slow work, in async code and under a test of
    the project's own are left alone. A middleware that does nothing else also leaves `MIDDLEWARE`; its code stays.

    ## References

    - [Django: persistent connections](https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections)
    """
    for fact in facts_of(project, "connection-closed-per-request"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} closes the connection after each request: "
            "CONN_MAX_AGE has no effect, and every request connects anew",
            because=(*_listed(project, fact), *path_evidence(fact)),
            remedy=_remedy(project, fact),
        )


def _listed(project: Project, fact: CodeFact) -> tuple[Because, ...]:
    found = {}
    for settings, entry in entries(project, fact):
        for item in settings.lists[entry.name].items:
            if item.value == entry.value:
                found[item.location] = Because(f"{entry.name} lists {entry.value}", item.location)
    return tuple(found.values())


def _remedy(project: Project, fact: CodeFact) -> Remedy:
    actions = [*rewrite_action(fact)]
    if fact.detail["empty"] == "yes":
        removals = tuple(entry for _, entry in entries(project, fact))
        return unsafe(
            f"{fact.why}; what made somebody close them by hand may come back",
            (*actions, *removals),
            f"remove `{fact.detail['call']}`, and {fact.name} from MIDDLEWARE, as it does nothing else",
        )
    return unsafe(
        f"{fact.why}; what made somebody close them by hand may come back",
        tuple(actions),
        f"remove `{fact.detail['call']}`",
    )
