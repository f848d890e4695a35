"""One trial, in a process of its own: change the loaded settings, start Django, make requests, count.

What to do comes in as a line of JSON, what came of it goes out as JSON. Neither holds a secret: the settings are loaded
here, and what a database said is masked here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from djconnfix.probe.compare.handlers import Site, asgi_request, wsgi_request
from djconnfix.probe.compare.load import Phase, Tally, Tasks, Threads
from djconnfix.probe.compare.outcome import quantile
from djconnfix.probe.compare.sockets import cut, peers
from djconnfix.probe.errors import clause
from djconnfix.probe.target import secrets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.probe.compare.load import Crew
    from djconnfix.probe.compare.sockets import Peer

_WARM_UP = 3  # requests of each thread
_AFTER = 3
_SETTLE = 0.3  # seconds
_REASONS = 3


def main() -> None:
    """Do what standard input says."""
    order = json.loads(sys.stdin.readline())
    out, sys.stdout = sys.stdout, sys.stderr  # whatever the project prints is not the answer
    try:
        answer = _try(order)
    except Exception as error:  # only its type: its text may quote a secret
        answer = {"trouble": f"the project does not start ({type(error).__name__})"}
    json.dump(answer, out)
    out.flush()
    os._exit(0)  # threads of pools and of the project are no reason to wait


def _try(order: Mapping[str, Any]) -> dict[str, Any]:
    _change_settings(order["changes"])
    counter = _start_django()
    from django.conf import settings

    seen = _Seen()
    try:
        database_peers = _database_peers(order["aliases"])
    except Exception as error:
        return {"trouble": seen.named(error)}
    counter.aliases = frozenset(order["aliases"])
    site = Site(_host(list(settings.ALLOWED_HOSTS)), bool(settings.SECURE_SSL_REDIRECT))
    with ExitStack() as stack:
        crew = _crew(stack, order, site)
        crew.run(Phase(each=_WARM_UP))
        seen.reasons.clear()
        before, processor = counter.number, time.process_time()
        tally = crew.run(Phase(order.get("each", 0), order.get("seconds", 0.0)))
        opened, processor = counter.number - before, time.process_time() - processor
        time.sleep(_SETTLE)
        standing = _standing(database_peers)
        answer = _measured(tally, opened if counter.counts else None, standing)
        answer["work"] = processor / max(1, len(tally.times))
        answer["cut"] = cut(database_peers)
        after = crew.run(Phase(each=_AFTER))
    reasons = [*seen.reasons, *(each for each in {**tally.reasons, **after.reasons} if each != "status 500")]
    return {
        **answer,
        "after_cut": len(after.times),
        "failures_after_cut": after.failures,
        "reasons": list(dict.fromkeys(reasons))[:_REASONS],
    }


def _measured(tally: Tally, opened: int | None, standing: int | None) -> dict[str, Any]:
    return {
        "requests": len(tally.times),
        "failures": tally.failures,
        "seconds": tally.seconds,
        "median": quantile(tally.times, 0.5),
        "slow": quantile(tally.times, 0.95),
        "opened": opened,
        "standing": standing,
    }


def _change_settings(changes: list[dict[str, Any]]) -> None:
    if os.environ.get("DJANGO_CONFIGURATION"):
        import_module("configurations.importer").install()
    from django.conf import settings

    for change in changes:
        place = settings.DATABASES[change["alias"]]
        *folders, last = change["path"]
        for folder in folders:
            place = place.setdefault(folder, {})
        if change["remove"]:
            place.pop(last, None)
        else:
            place[last] = change["value"]


@dataclass(slots=True)
class _Counter:
    """Counts calls of the drivers' `connect`."""

    number: int = 0
    counts: bool = True
    aliases: frozenset[str] = frozenset()


def _start_django() -> _Counter:
    import django
    from django.db import connections

    django.setup()
    logging.disable(logging.CRITICAL)  # failures are counted here, and mailed to nobody
    counter, lock = _Counter(), threading.Lock()

    def counted(connect: Any) -> Any:
        def connect_and_count(*arguments: Any, **named: Any) -> Any:
            connection = connect(*arguments, **named)
            with lock:
                counter.number += 1
            return connection

        return connect_and_count

    drivers: list[Any] = [wrapper.Database for wrapper in connections.all() if hasattr(wrapper, "Database")]
    for driver in {id(driver): driver for driver in drivers}.values():
        if not hasattr(driver, "connect"):
            counter.counts = False
            continue
        driver.connect = counted(driver.connect)
        if getattr(driver, "__name__", "") == "psycopg":
            # A pool calls this one.
            driver.Connection.connect = counted(driver.Connection.connect)
        elif hasattr(driver, "create_pool"):
            counter.counts = False
    return counter


class _Seen:
    """Why requests failed, from Django's own signal; only a database's words are repeated."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.core.signals import got_request_exception

        self._secrets = [secrets_of(alias) for alias in settings.DATABASES.values()]
        self.reasons: dict[str, None] = {}
        got_request_exception.connect(self._take, weak=False)

    def _take(self, **_: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            self.reasons.setdefault(self.named(error))

    def named(self, error: BaseException) -> str:
        from django.core.exceptions import ImproperlyConfigured
        from django.db import Error

        name = type(error).__name__
        if not isinstance(error, (Error, ImproperlyConfigured)):
            return name
        text = clause(error, {})
        for secrets in self._secrets:
            text = clause(Exception(text), secrets)
        return f"{name}: {text}"


def _database_peers(aliases: list[str]) -> frozenset[Peer]:
    """Return where the connections of aliases lead, found by opening one of each."""
    from django.db import connections

    before = peers()
    for alias in aliases:
        connections[alias].ensure_connection()
    found = peers() - before
    connections.close_all()
    return frozenset(found)


def _standing(database_peers: frozenset[Peer]) -> int | None:
    if not database_peers:
        return None
    return sum(number for peer, number in peers().items() if peer in database_peers)


def _host(allowed: list[str]) -> str:
    named = next((host for host in allowed if "*" not in host), "")
    return named.lstrip(".") or "localhost"


def _crew(stack: ExitStack, order: Mapping[str, Any], site: Site) -> Crew:
    threads, paths = int(order["threads"]), tuple(order["paths"])
    if order["asgi"]:
        from django.core.asgi import get_asgi_application

        loop = asyncio.new_event_loop()
        stack.callback(loop.close)
        return Tasks(loop, threads, paths, partial(asgi_request, get_asgi_application(), site))
    from django.core.servers.basehttp import get_internal_wsgi_application

    return stack.enter_context(Threads(threads, paths, partial(wsgi_request, get_internal_wsgi_application(), site)))
