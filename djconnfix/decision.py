"""Which settings are right for whom: the decision table, and the evidence that picks its row.

Facts behind the rows: persistent connections are per thread (Django, `django/db/utils.py`); under ASGI and under
greenlets each request is a thread of its own, so nothing is reused and what was opened stays (ticket 33497); a
session-mode pooler lends one server connection for as long as a client stays connected.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.endpoints import pooler_from_endpoint
from djconnfix.facts import PoolMode, Serving
from djconnfix.findings import Because

if TYPE_CHECKING:
    from djconnfix.facts import Database, Evidence, Server
    from djconnfix.source import Location

PERSISTENT_AGE = 60  # seconds; long enough to be reused, short enough to follow a failover


class Situation(str, enum.Enum):
    """Who serves requests, as far as connections care."""

    THREADS = "threads"  # WSGI: a worker's threads live on and keep their connections
    ASGI = "asgi"
    GREENLETS = "greenlets"
    MIXED = "mixed"  # two kinds share the settings: no single value is right
    WORKERS = "workers"  # only task workers
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Served:
    """Who serves requests, and what says so."""

    situation: Situation
    servers: tuple[Server, ...]
    because: tuple[Because, ...]


def served(evidence: Evidence) -> Served:
    """Say who serves a settings module's requests; an option wins over the files."""
    if evidence.assumed:
        situation = {"wsgi": Situation.THREADS, "asgi": Situation.ASGI}.get(evidence.assumed, Situation.GREENLETS)
        return Served(situation, (), (Because(f"option server = {evidence.assumed}"),))
    servers = evidence.web_servers
    kinds = {_situation(server) for server in servers} - {Situation.UNKNOWN}
    because = tuple(Because(describe(server), server.location) for server in servers)
    if len(kinds) == 1:
        return Served(kinds.pop(), servers, because)
    if kinds:
        return Served(Situation.MIXED, servers, because)
    workers = tuple(server for server in evidence.servers if server.kind is Serving.WORKER)
    if workers and not servers:
        described = tuple(Because(describe(server), server.location) for server in workers)
        return Served(Situation.WORKERS, workers, described)
    return Served(Situation.UNKNOWN, servers, because)


def _situation(server: Server) -> Situation:
    if server.greenlets:
        return Situation.GREENLETS
    return {Serving.ASGI: Situation.ASGI, Serving.WSGI: Situation.THREADS}.get(server.kind, Situation.UNKNOWN)


def describe(server: Server) -> str:
    """Say in a clause what a server is: `gunicorn (WSGI, gthread, 2 processes, 4 threads each)`."""
    words = [server.kind.value.upper() if server.kind in (Serving.WSGI, Serving.ASGI) else server.kind.value]
    if server.worker_class:
        words.append(server.worker_class)
    if server.processes is not None:
        words.append(f"{server.processes} process{'es' if server.processes != 1 else ''}")
    if server.threads is not None:
        words.append(f"{server.threads} thread{'s' if server.threads != 1 else ''} each")
    if server.replicas > 1:
        words.append(f"{server.replicas} replicas")
    return f"{server.program} ({', '.join(words)})"


class Front(str, enum.Enum):
    """What stands between the alias and its server."""

    DIRECT = "direct"
    IN_PROCESS = "in-process pool"
    SESSION = "session pooler"
    TRANSACTION = "transaction pooler"
    STATEMENT = "statement pooler"
    UNCLEAR = "unclear"  # there is a pooler, but whether this alias uses it, or its mode, cannot be seen


@dataclass(frozen=True, slots=True)
class Fronted:
    """What stands in front of one alias, and what says so."""

    front: Front
    because: tuple[Because, ...] = ()


_MODES = {
    PoolMode.SESSION: Front.SESSION,
    PoolMode.TRANSACTION: Front.TRANSACTION,
    PoolMode.STATEMENT: Front.STATEMENT,
}


def fronted(database: Database, evidence: Evidence) -> Fronted:
    """Say what stands between an alias and its server, from its address and the poolers in the files."""
    if database.has_pool:
        return Fronted(
            Front.IN_PROCESS, (Because("a pool inside the process serves this alias", _pool_place(database)),)
        )
    host, port = database.get("HOST"), database.get("PORT")
    host_text = host.value if isinstance(host.value, str) else ""
    port_text = str(port.value) if isinstance(port.value, str | int) else ""
    for pooler in evidence.poolers:
        if pooler.host and pooler.host == host_text:
            front = _MODES[pooler.mode] if pooler.mode else Front.UNCLEAR
            mode = f" in {pooler.mode.value} mode" if pooler.mode else ""
            return Fronted(front, (Because(f"HOST is {pooler.program}{mode}", pooler.location),))
    if known := pooler_from_endpoint(host_text, port_text):
        program, known_mode = known
        place = host.location if host.certain and host.location else port.location
        found = known_mode or next((p.mode for p in evidence.poolers if p.program == program), None)
        front = _MODES[found] if found else Front.UNCLEAR
        return Fronted(front, (Because(f"the address is one of {program}", place),))
    if evidence.poolers and not (host.certain and port.certain):
        because = tuple(Because(f"{pooler.program} may stand in front", pooler.location) for pooler in evidence.poolers)
        return Fronted(Front.UNCLEAR, because)
    return Fronted(Front.DIRECT)


def _pool_place(database: Database) -> Location | None:
    pool = database.options.values.get("pool")
    return pool.location if pool is not None else database.engine.location


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: for whom, and the age that is right there (None: leave what is written)."""

    fronts: frozenset[Front]
    situations: frozenset[Situation]
    age: int | None
    why: str


_ANY_SITUATION = frozenset(Situation)
_ANY_FRONT = frozenset(Front)

_IN_PROCESS = "the pool keeps the connections; an age beside it is refused"
_ASGI = "each request runs on a thread of its own, so nothing is reused and what is opened stays"
_GREENLETS = "each greenlet is a thread of its own to Django, so nothing is reused and what is opened stays"
_MIXED = "servers of two kinds share these settings, and no one age is right for both"
_WORKERS = "only task workers use these settings, and they close their connections by themselves"
_SESSION = "a session-mode pooler lends a server connection for as long as its client stays connected"
_STATEMENT = "statement mode refuses every transaction; the pooler's mode has to change first"
_UNCLEAR = "a pooler may stand in front, and its mode decides"
_UNKNOWN = "who serves this project decides, and no file says it"
_DIRECT = "only WSGI workers serve it: each of their threads keeps one connection and uses it again"
_TRANSACTION = "connections to a transaction-mode pooler are cheap to keep"

# First match wins.
TABLE: tuple[Row, ...] = (
    Row(
        frozenset({Front.IN_PROCESS}), _ANY_SITUATION, 0, "the pool keeps the connections; an age beside it is refused"
    ),
    Row(_ANY_FRONT, frozenset({Situation.GREENLETS}), 0, _GREENLETS),
    Row(_ANY_FRONT, frozenset({Situation.ASGI}), 0, _ASGI),
    Row(_ANY_FRONT, frozenset({Situation.MIXED}), None, _MIXED),
    Row(_ANY_FRONT, frozenset({Situation.WORKERS}), None, _WORKERS),
    Row(frozenset({Front.SESSION}), _ANY_SITUATION, 0, _SESSION),
    Row(frozenset({Front.STATEMENT}), _ANY_SITUATION, None, _STATEMENT),
    Row(frozenset({Front.UNCLEAR}), _ANY_SITUATION, None, _UNCLEAR),
    Row(_ANY_FRONT, frozenset({Situation.UNKNOWN}), None, _UNKNOWN),
    Row(frozenset({Front.DIRECT}), frozenset({Situation.THREADS}), PERSISTENT_AGE, _DIRECT),
    Row(frozenset({Front.TRANSACTION}), frozenset({Situation.THREADS}), PERSISTENT_AGE, _TRANSACTION),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is right for one definition of one alias.

    Attributes:
        row: the row of the table that applies.
        served: who serves it.
        fronted: what stands in front of it.
        health_checks: whether every Django the project may run on has `CONN_HEALTH_CHECKS`; None when unknown.
    """

    row: Row
    served: Served
    fronted: Fronted
    health_checks: bool | None

    @property
    def age(self) -> int | None:
        """The age that is right, in seconds; None: leave what is written."""
        return self.row.age

    @property
    def because(self) -> tuple[Because, ...]:
        """All evidence that picked the row."""
        return self.served.because + self.fronted.because


def decide(database: Database, evidence: Evidence) -> Decision:
    """Pick the row of the table for one definition of one alias."""
    by, front = served(evidence), fronted(database, evidence)
    row = next(r for r in TABLE if front.front in r.fronts and by.situation in r.situations)
    return Decision(row, by, front, evidence.django_at_least(4, 1))
