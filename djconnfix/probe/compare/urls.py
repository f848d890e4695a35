"""The same load on a server that is running already. What its database saw of it is asked of the database."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from djconnfix.probe.compare.load import Phase, Threads
from djconnfix.probe.compare.outcome import Outcome, quantile
from djconnfix.probe.errors import ProbeError
from djconnfix.probe.recorder import Recorder
from djconnfix.probe.session import opened
from djconnfix.probe.way import endpoint_of_driver, find_way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.probe.compare.run import Load
    from djconnfix.probe.session import Session
    from djconnfix.probe.target import Target

_WARM_UP = 3
_TIMEOUT = 30.0  # seconds for one answer
_SETTLE = 1.0  # seconds; a server closes a connection after it has answered
_PG_OPEN = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
)
_PG_MADE = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"  # PostgreSQL 14 and later
_MYSQL_OPEN = (
    "SELECT count(*) - 1 FROM information_schema.processlist WHERE user = substring_index(current_user(), '@', 1)"
)


@dataclass(frozen=True, slots=True)
class Url:
    """A running server: the address without a path, and what to call it."""

    name: str
    address: str


def run_url(url: Url, load: Load, targets: Sequence[Target], timeout: float) -> Outcome:
    """Put a running server under load; nothing is cut, because its connections are not ours.

    Args:
        url: the server.
        load: paths, threads and seconds.
        targets: the aliases whose databases are asked what they saw.
        timeout: seconds for asking one.
    """
    local = threading.local()
    with Threads(load.threads, load.paths, partial(_get, local, url.address)) as crew:
        first = crew.run(Phase(each=_WARM_UP))
        if first.failures == len(first.times):
            why = next(iter(first.reasons), "no answer")
            return Outcome(url.name, url.address, trouble=f"no request succeeds ({why})")
        before = _counts(targets, timeout)
        tally = crew.run(Phase(seconds=load.seconds))
        time.sleep(_SETTLE)
        after = _counts(targets, timeout)
    made = None
    if before.made is not None and after.made is not None:
        made = max(0, after.made - before.made - after.own)
    return Outcome(
        url.name,
        url.address,
        requests=len(tally.times),
        failures=tally.failures,
        seconds=tally.seconds,
        median=quantile(tally.times, 0.5),
        slow=quantile(tally.times, 0.95),
        opened=made,
        standing=after.standing,
        reasons=tuple(tally.reasons)[:3],
    )


def _get(local: threading.local, address: str, path: str) -> int:
    """GET a path on this thread's keep-alive connection; once more when the server has just ended it."""
    for again in (True, False):
        connection: http.client.HTTPConnection | None = getattr(local, "connection", None)
        fresh = connection is None
        if connection is None:
            parts = urlsplit(address)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = local.connection = kind(parts.netloc, timeout=_TIMEOUT)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            local.connection = None
            if fresh or not again:
                raise
        else:
            return answer.status
    return 0


@dataclass(frozen=True, slots=True)
class _Counts:
    """What the databases have: open sessions of the role, sessions ever made; `own` of them are this program's."""

    standing: int | None
    made: int | None
    own: int


def _counts(targets: Sequence[Target], timeout: float) -> _Counts:
    standing: int | None = 0
    made: int | None = 0
    servers: set[tuple[object, ...]] = set()
    for target in targets:
        place = (target.endpoints, target.settings["NAME"], target.settings["USER"])
        if place in servers:
            continue  # two aliases of one database
        servers.add(place)
        try:
            endpoint = target.endpoints[0] if target.endpoints else endpoint_of_driver(target, timeout)
            way = find_way(endpoint, timeout)
            with (
                Recorder(way.address, target.vendor, timeout=timeout) as recorder,
                opened(target, recorder, way.endpoint, timeout, initialise=False) as session,
            ):
                now, ever = _asked(target, session)
        except ProbeError:
            now, ever = None, None
        standing = None if standing is None or now is None else standing + now
        made = None if made is None or ever is None else made + ever
    return _Counts(standing, made, len(servers))


def _asked(target: Target, session: Session) -> tuple[int | None, int | None]:
    if target.vendor == "mysql":
        rows = session.execute("SHOW GLOBAL STATUS LIKE 'Connections'")
        return int(session.execute(_MYSQL_OPEN)[0][0]), int(rows[0][1]) if rows else None
    if target.vendor != "postgresql":
        return None, None
    now = int(session.execute(_PG_OPEN)[0][0])
    try:
        return now, int(session.execute(_PG_MADE)[0][0])
    except target.driver_error:
        return now, None
