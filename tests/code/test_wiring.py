"""Code that reaches into connections: signals, pools, engines, threads."""

from __future__ import annotations

import pytest

from djconnfix.code.kinds import (
    CONSUMER_QUERY,
    ENGINE_OVERRIDES,
    MIDDLEWARE_TRANSACTION,
    OPENED_BY_MIDDLEWARE,
    POOL_POKED,
    QUERY_PER_CONNECTION,
    THREADS_OF_THEIR_OWN,
)
from tests.code.files import facts
from tests.code.shapes import called, function

HEAD = (
    "from asgiref.sync import sync_to_async\nfrom channels.generic.websocket import AsyncConsumer\n"
    "from django.db import close_old_connections, connection, connections, transaction\n"
    "from django.db.backends.postgresql import base\nfrom django.db.backends.signals import connection_created\n"
    "from django.dispatch import receiver\n\n"
)
_SETS = "(connection, **kwargs):\n    connection.cursor().execute('SET x = 1')\n"

FOUND = {
    "receiver": (QUERY_PER_CONNECTION, f"@receiver(connection_created)\ndef f{_SETS}"),
    "connected": (QUERY_PER_CONNECTION, f"def f{_SETS}\n\nconnection_created.connect(f)\n"),
    "pool": (POOL_POKED, "connection.pool.get_stats()\n"),
    "pool-of-an-alias": (POOL_POKED, "connections['a'].pool\nconnection.pool\n"),
    "all-pools": (POOL_POKED, "connection._connection_pools\n"),
    "engine": (ENGINE_OVERRIDES, "class DatabaseWrapper(base.DatabaseWrapper):\n    def _close(self):\n        pass\n"),
    "threads": (
        THREADS_OF_THEIR_OWN,
        "def f():\n    return Order.objects.count()\n\n\nasync def g():\n    await sync_to_async(f, thread_sensitive=False)()\n",
    ),
    "consumer": (
        CONSUMER_QUERY,
        "class F(AsyncConsumer):\n    async def f(self):\n        await sync_to_async(Order.objects.get)()\n",
    ),
}
QUIET = {
    "receiver-without-sql": "@receiver(connection_created)\ndef f(connection, **kwargs):\n    count(connection)\n",
    "another-signal": f"from shop import changed\n\n\n@receiver(changed)\ndef f{_SETS}",
    "another-receiver": f"from shop import receiver as listens\n\n\n@listens(connection_created)\ndef f{_SETS}",
    "connected-elsewhere": "from shop import f\n\nconnection_created.connect(f)\n",
    "another-pool": "from shop import connection as own\n\nown.connection.pool\n",
    "an-engine-of-a-base-unknown": "from shop import base as own\n\n\nclass DatabaseWrapper(own.Wrapper):\n    def close(self):\n        pass\n",
    "an-engine-that-only-names": "class DatabaseWrapper(base.DatabaseWrapper):\n    vendor = 'x'\n",
    "threads-that-close": "def f():\n    Order.objects.count()\n    close_old_connections()\n\n\nasync def g():\n    await sync_to_async(f, thread_sensitive=False)()\n",
    "thread-sensitive": "async def g():\n    await sync_to_async(Order.objects.get)()\n",
    "no-query": "class F(AsyncConsumer):\n    async def f(self):\n        await sync_to_async(read)(Order.objects)\n",
    "no-argument": "async def g():\n    await sync_to_async()(Order.objects)\n",
}


@pytest.mark.parametrize(("kind", "text"), FOUND.values(), ids=FOUND)
def test_it_is_found(kind: str, text: str) -> None:
    assert kind in {fact.kind for fact in facts(f"{HEAD}{text}")}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_what_is_harmless_is_not(text: str) -> None:
    assert facts(f"{HEAD}{text}") == []


OPENS = {
    "ensured": ("connection.ensure_connection()\nreturn self.get_response(request)", 1),
    "asked": ("if transaction.get_autocommit():\n    log(request)\nreturn self.get_response(request)", 1),
    "neither": ("transaction.commit()\nreturn self.get_response(request)", 0),
}


@pytest.mark.parametrize(("body", "count"), OPENS.values(), ids=OPENS)
def test_a_middleware_that_opens_a_connection_is_known(body: str, count: int) -> None:
    assert len(facts(called(body), OPENED_BY_MIDDLEWARE)) == count


WRAPS = {
    "atomic": ("with transaction.atomic():\n    return self.get_response(request)", ["no"]),
    "by-hand": ("transaction.set_autocommit(False)\nreturn self.get_response(request)", ["no"]),
    "refusing": (
        "with transaction.atomic():\n    response = self.get_response(request)\n    if response.status_code >= 400:\n        transaction.set_rollback(True)\nreturn response",
        ["yes"],
    ),
    "for-itself": ("with transaction.atomic():\n    log(request)\nreturn self.get_response(request)", []),
    "something-else": ("with transaction.on_commit(go):\n    return self.get_response(request)", []),
}  # fmt: skip


@pytest.mark.parametrize(("body", "refuses"), WRAPS.values(), ids=WRAPS)
def test_a_middleware_around_the_request_is_known(body: str, refuses: list[str]) -> None:
    assert [fact.detail["refuses"] for fact in facts(called(body), MIDDLEWARE_TRANSACTION)] == refuses


def test_a_function_around_the_request_is_known() -> None:
    text = function("with transaction.atomic():\n    return get_response(request)")
    assert len(facts(text, MIDDLEWARE_TRANSACTION)) == 1
