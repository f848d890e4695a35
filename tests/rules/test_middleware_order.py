"""What should not stand inside the transaction of each request."""

from __future__ import annotations

import pytest

from djconnfix.facts import CodeFact, ListItem, ListSetting, SettingsModule
from djconnfix.findings import Applicability
from tests.code.files import facts
from tests.code.shapes import called
from tests.rules.build import at, database, problems, settings

RULE = "middleware-order"
OWN = "shop.middleware.Middleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
CACHE = "django.middleware.cache.UpdateCacheMiddleware"


def module(*entries: str | None, complete: bool = True, name: str = "MIDDLEWARE") -> SettingsModule:
    from dataclasses import replace

    items = tuple(ListItem(entry, at(line=20 + number)) for number, entry in enumerate(entries))
    return replace(settings(database()), lists={name: ListSetting(name, items, complete, at(line=19))})


def atomic(status: int = 500) -> tuple[CodeFact, ...]:
    body = (
        f"with transaction.atomic():\n    response = self.get_response(request)\n"
        f"    if response.status_code >= {status}:\n        transaction.set_rollback(True)\nreturn response"
    )
    return tuple(facts(called(body), "middleware-transaction"))


FOUND = {
    "cache-inside": ((OWN, CACHE), 500, "cached before"),
    "health-inside": ((OWN, "shop.probes.HealthCheckMiddleware"), 500, "each probe"),
    "liveness-inside": ((OWN, SESSIONS, "kube.LivenessProbe"), 500, "each probe"),
    "session-inside-of-what-refuses": ((OWN, SESSIONS), 400, "a session"),
}
SILENT = {
    "all-outside": (("shop.probes.HealthCheckMiddleware", CACHE, SESSIONS, OWN), 400),
    "session-inside-of-what-only-fails": ((OWN, SESSIONS), 500),
    "another-health-in-the-module": ((OWN, "health.middleware.Language"), 400),
    "an-entry-out-of-sight": ((OWN, None), 400),
    "not-listed": ((SESSIONS, CACHE), 400),
    "fetch-from-cache-belongs-inside": ((OWN, "django.middleware.cache.FetchFromCacheMiddleware"), 400),
}


@pytest.mark.parametrize(("entries", "status", "words"), FOUND.values(), ids=FOUND)
def test_what_stands_inside_is_found(entries: tuple[str, ...], status: int, words: str) -> None:
    (problem,) = problems(RULE, module(*entries), code=atomic(status))
    assert words in problem.message
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
    assert problem.location.line == 20 + len(entries) - 1


@pytest.mark.parametrize(("entries", "status"), SILENT.values(), ids=SILENT)
def test_a_right_order_is_silent(entries: tuple[str | None, ...], status: int) -> None:
    assert problems(RULE, module(*entries), code=atomic(status)) == []


def test_a_list_that_cannot_be_seen_whole_is_left_alone() -> None:
    assert problems(RULE, module(OWN, CACHE, complete=False), code=atomic()) == []


def test_the_old_list_runs_one_after_the_other() -> None:
    assert problems(RULE, module(OWN, CACHE, name="MIDDLEWARE_CLASSES"), code=atomic()) == []
