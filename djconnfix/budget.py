"""How many connections can stand open: a sum that a person can follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from djconnfix.decision import describe
from djconnfix.facts import Options, Serving, State
from djconnfix.findings import Because
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.facts import Database, Server
    from djconnfix.source import Location


# What a server admits unless it is configured (max_connections), and what of it is kept for administrators.
_DEFAULTS = {"postgresql": 100, "mysql": 151}
_RESERVED = {"postgresql": 3, "mysql": 0}
_SERVER_NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL"}


@dataclass(frozen=True, slots=True)
class Budget:
    """The sum for one alias.

    Attributes:
        total: connections that can stand open at once, counting only what the files say.
        complete: False when some server's size cannot be seen, so that `total` is too small.
        because: one line for each server: `2 × 4 threads × 3 replicas = 24: gunicorn (…)`.
        vendor: the alias' database, for its limit; empty when unknown.
        max_connections: what the server is configured to admit, 0 when nobody said.
        instead: one line for each server that is another way to deploy one of those, and is not added.
    """

    total: int
    complete: bool
    because: tuple[Because, ...]
    vendor: str = ""
    max_connections: int = 0
    instead: tuple[Because, ...] = ()

    @property
    def limit(self) -> int | None:
        """How many connections the server admits; None when that is not known."""
        return limit_of(self.vendor, self.max_connections)

    @property
    def exceeded(self) -> bool:
        """Whether the sum is above what the server admits."""
        return self.limit is not None and self.total > self.limit

    @property
    def line(self) -> str:
        """The sum in one clause, each part with its place, for a finding that changes how many stand open."""
        terms = " + ".join(_with_place(because) for because in self.because)
        least = "" if self.complete else "at least "
        limit = f"; {admitted(self.vendor, self.max_connections)}" if self.limit else ""
        noun = "connection" if self.total == 1 else "connections"
        return f"{least}{self.total} {noun} may stand open then: {terms}{limit}"


def _with_place(because: Because) -> str:
    part = because.text.partition(" = ")[0]
    return f"{part} ({because.location.path}:{because.location.line})" if because.location else part


def limit_of(vendor: str, max_connections: int = 0) -> int | None:
    """Return how many connections of applications a server admits; None for one that is not known.

    Args:
        vendor: the database.
        max_connections: what the server is configured to admit; 0: its default.
    """
    if vendor not in _DEFAULTS:
        return None
    return max(1, (max_connections or _DEFAULTS[vendor]) - _RESERVED[vendor])


def admitted(vendor: str, max_connections: int = 0) -> str:
    """Say how many connections a server with a known limit admits: `PostgreSQL admits 97 unless configured`."""
    how = f"with max_connections {max_connections}" if max_connections else "unless configured"
    return f"{_SERVER_NAMES[vendor]} admits {limit_of(vendor, max_connections)} {how}"


def budget(database: Database, servers: Iterable[Server], max_connections: int = 0) -> Budget:
    """Add up the connections of one alias over all servers that are not counted elsewhere.

    A WSGI process holds one connection for each thread (or as many as its pool may grow to); an ASGI process without
    a pool one for each request at a time, which no file tells, so that it counts once and the sum is incomplete.
    What several platforms start (a Procfile and a Dockerfile) counts once, where it is most: they are ways to deploy.
    """
    given, known = database.derived.get("budget", (None, None))
    if given is servers and isinstance(known, Budget) and known.max_connections == max_connections:
        return known
    found = _budget(database, servers, max_connections)
    database.derived["budget"] = (servers, found)
    return found


def _budget(database: Database, servers: Iterable[Server], max_connections: int) -> Budget:
    deployed = [server for server in servers if not server.development]
    commands = {server.location for server in deployed}
    terms = [_term(database, server) for server in deployed if server.stands_for_itself(commands)]
    chosen = _most(terms)
    added = [term for term in terms if chosen[term.service] == term.platform]
    instead = tuple(
        Because(f"not added, as it is another way to deploy the same: {term.said}", term.location)
        for term in terms
        if chosen[term.service] != term.platform
    )
    return Budget(
        sum(term.count for term in added),
        all(term.complete for term in added),
        tuple(Because(term.said, term.location) for term in added),
        database.vendor,
        max_connections,
        instead,
    )


@dataclass(frozen=True, slots=True)
class _Term:
    """What one server adds to the sum of one alias.

    `service` is what it serves, whatever starts it, and `platform` is what starts it.
    """

    service: tuple[str, str]
    platform: str
    count: int
    complete: bool
    said: str
    location: Location


def _term(database: Database, server: Server) -> _Term:
    each, factors = _per_process(database, server)
    processes = server.processes
    count = (processes or 1) * (each or 1) * max(1, server.replicas)
    words = [f"{processes if processes is not None else 'at least 1'} × {factors}"]
    if server.replicas > 1 or not server.replicas_seen:
        words.append(f"{'' if server.replicas_seen else 'at least '}{server.replicas} replicas")
    return _Term(
        (server.kind.value, server.application.partition(":")[0] or server.program),
        server.platform,
        count,
        processes is not None and each is not None and server.replicas_seen,
        f"{' × '.join(words)} = {count}: {describe(server)}",
        server.location,
    )


def _most(terms: list[_Term]) -> dict[tuple[str, str], str]:
    """Return for each service the platform under which it holds most connections, the first of equals."""
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for term in terms:
        platforms = sums.setdefault(term.service, {})
        platforms[term.platform] = platforms.get(term.platform, 0) + term.count
    return {service: max(platforms, key=lambda each: platforms[each]) for service, platforms in sums.items()}


def _per_process(database: Database, server: Server) -> tuple[int | None, str]:
    """Return how many connections one process can hold, None when that has no limit in the files; and in words."""
    threads = server.threads or 1
    if server.kind is Serving.WORKER:
        return threads, str(threads)
    if database.has_pool and database.stock_engine:
        size = _pool_size(database)
        return size, f"pool of {size}" if size is not None else "pool of at least 1"
    if str(database.engine.value).startswith("dj_db_conn_pool."):
        size = _sqlalchemy_size(database)
        return size, f"pool of {size}" if size is not None else "pool of at least 1"
    if server.greenlets or server.kind is Serving.ASGI:
        return None, "at least 1"
    return threads, f"{threads} thread{'s' if threads != 1 else ''}"


def _pool_size(database: Database) -> int | None:
    """Return the most connections that Django's own pool holds in one process; None when that cannot be seen."""
    pool = database.options.values.get("pool")
    keys, default = (("max_size", "min_size"), 4) if database.vendor == "postgresql" else (("max",), 2)
    if not isinstance(pool, Options):
        return default
    key = next((each for each in keys if each in pool.values), None)
    if key is None:
        return default if pool.complete else None
    value = pool.get(key)
    if value is None or value.state is not State.KNOWN or not isinstance(value.value, int):
        return None
    return value.value


def _sqlalchemy_size(database: Database) -> int | None:
    """Return the most connections that django-db-connection-pool holds in one process; None when it cannot be seen."""
    value = database.settings.get("POOL_OPTIONS")
    if value is not None and (value.state is not State.KNOWN or not isinstance(value.value, Mapping)):
        return None
    options = value.value if value is not None and isinstance(value.value, Mapping) else {}
    sizes = [options.get("POOL_SIZE", 10), options.get("MAX_OVERFLOW", 10)]
    return sum(sizes) if all(isinstance(size, int) for size in sizes) else None
