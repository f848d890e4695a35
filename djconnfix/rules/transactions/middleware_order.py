"""DCF223."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import entries, facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project

_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
_CACHE = "django.middleware.cache.UpdateCacheMiddleware"
_HEALTH = ("health", "heartbeat", "liveness", "readiness")

_TRANSACTION = """\
from django.db import transaction


class Atomic:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
"""
_REFUSES = _TRANSACTION.replace("500", "400")


def _settings(*entries: str) -> str:
    lines = "".join(f'    "{entry}",\n' for entry in entries)
    return f"MIDDLEWARE = [\n{lines}]\n"


_CACHED = _settings(_SESSIONS, "shop.middleware.Atomic", _CACHE)
_PROBED = _settings("shop.middleware.Atomic", "shop.probes.HealthCheckMiddleware")
_SESSION = _settings("shop.middleware.Atomic", _SESSIONS)
_GOOD = _settings("shop.probes.HealthCheckMiddleware", _CACHE, _SESSIONS, "shop.middleware.Atomic")


@rule(
    code="DCF223",
    name="middleware-order",
    severity=Severity.INFO,
    bad=[
        Example({"shop/settings.py": _CACHED, "shop/middleware.py": _TRANSACTION}, title="cached before the commit"),
        Example(
            {"shop/settings.py": _PROBED, "shop/middleware.py": _TRANSACTION},
            title="a health check that needs the database",
        ),
        Example({"shop/settings.py": _SESSION, "shop/middleware.py": _REFUSES}, title="a session that is rolled back"),
    ],
    good=[
        Example(
            {"shop/settings.py": _GOOD, "shop/middleware.py": _REFUSES}, title="the transaction inside of all three"
        )
    ],
)
def middleware_order(project: Project) -> Iterator[Problem]:
    """A middleware stands inside the transaction of each request and should stand outside.

    ## What it does

    Looks at the place in `MIDDLEWARE` of a middleware of the project's own that wraps each request in a transaction.
    Finds, below it: `UpdateCacheMiddleware`; a health check (by its name); and `SessionMiddleware`, where the
    transaction is also rolled back for responses below 500. Lists that cannot be seen whole are left alone.

    ## Why it is bad

    A response that is cached before the commit is served to others even when the commit fails. A health check inside
    needs a connection for each probe, and fails with the database though the process is well. A session that is saved
    inside is given up with the rest when a response of 400 is rolled back, though its cookie has been sent: a login
    form that was filled in wrongly loses its messages, and a new visitor the session.

    ## Fix safety

    Not fixed: the order of `MIDDLEWARE` decides over more than this.

    ## References

    - [Django: middleware ordering](https://docs.djangoproject.com/en/stable/ref/middleware/#middleware-ordering)
    - [Django: order of MIDDLEWARE for the cache](https://docs.djangoproject.com/en/stable/topics/cache/#order-of-middleware)
    """
    for fact in facts_of(project, "middleware-transaction"):
        for settings, entry in entries(project, fact):
            listed = settings.lists[entry.name]
            if not listed.complete or entry.name != "MIDDLEWARE":
                continue
            values = [item.value for item in listed.items]
            at = values.index(entry.value)
            for item in listed.items[at + 1 :]:
                words = _inside(item.value, fact)
                if words:
                    yield Problem(
                        location=item.location,
                        message=f"{item.value} stands inside the transaction of {fact.name}: {words}",
                        because=(
                            Because(f"MIDDLEWARE lists {fact.name} above it", listed.items[at].location),
                            Because(f"`{fact.detail['call']}`", fact.location),
                        ),
                        remedy=manual(
                            "the order of MIDDLEWARE decides over more than this",
                            f"move {item.value} above {entry.value}",
                        ),
                        settings=settings.module,
                        confidence=Confidence.MEDIUM,
                    )


def _inside(value: str | None, fact: CodeFact) -> str:
    """Return what is wrong with a middleware inside the transaction, empty when nothing is."""
    if value == _CACHE:
        return "a response is cached before its transaction is committed"
    if value == _SESSIONS and fact.detail["refuses"] == "yes":
        return "a session is given up with each response that is rolled back"
    name = (value or "").rpartition(".")[2].lower()
    if any(word in name for word in _HEALTH):
        return "each probe needs a connection, and fails with the database"
    return ""
