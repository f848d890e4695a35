"""Which settings are right for whom: the decision table, and the evidence that picks its row.

Facts behind the rows: persistent connections are per thread (Django, `django/db/utils.py`); under ASGI and under
greenlets each request is a thread of its own, so nothing is reused and what was opened stays (ticket 33497); a
session-mode pooler lends one server connection for as long as a client stays connected; a pool inside the process
refuses an age beside it; behind a transaction-mode pooler a server-side cursor is looked for on the wrong connection.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.endpoints import pooler_by_its_own, pooler_from_endpoint
from djconnfix.facts import STOCK_ENGINES, PoolMode, State, remembered
from djconnfix.findings import Because
from djconnfix.records import dataclass
from djconnfix.serving import Served, Situation, describe, served, situation_of

if TYPE_CHECKING:
    from djconnfix.facts import Database, Evidence, Pooler, Value
    from djconnfix.source import Location

__all__ = [
    "PERSISTENT_AGE", "POOL", "TABLE", "Decision", "Front", "Fronted", "Row", "Served", "Situation", "can_pool",
    "decide", "describe", "fronted", "outside", "served", "situation_of",
]  # fmt: skip

PERSISTENT_AGE = 60  # seconds; long enough to be reused, short enough to follow a failover
POOL = {"min_size": 1, "max_size": 10, "timeout": 10}  # psycopg_pool; its own defaults: 4, min_size, 30


class Front(str, enum.Enum):
    """What stands between the alias and its server."""

    DIRECT = "direct"
    IN_PROCESS = "in-process pool"
    SESSION = "session pooler"
    TRANSACTION = "transaction pooler"
    STATEMENT = "statement pooler"
    REPLACED = "replaced driver"  # it may pool, or trace, or both
    UNCLEAR = "unclear"  # there is a pooler, but whether this alias uses it, or its mode, cannot be seen


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: for whom, and the age that is right there (None: leave what is written)."""

    front: Front | None
    situation: Situation | None
    age: int | None
    why: str

    def matches(self, front: Front, situation: Situation) -> bool:
        """Whether this row is for them; None stands for any."""
        return self.front in (None, front) and self.situation in (None, situation)


_IN_PROCESS = "the pool keeps the connections; an age beside it is refused"
_ASGI = "each request runs on a thread of its own, so nothing is reused and what is opened stays"
_GREENLETS = "each greenlet is a thread of its own to Django, so nothing is reused and what is opened stays"
_MIXED = "servers of two kinds share these settings, and no one age is right for both"
_WORKERS = "only task workers use these settings, and they close their connections by themselves"
_SERVERLESS = "instances come and go with the load, and each holds connections of its own"
_SESSION = "a session-mode pooler lends a server connection for as long as its client stays connected"
_STATEMENT = "statement mode refuses every transaction; the pooler's mode has to change first"
_UNCLEAR = "a pooler may stand in front, and its mode decides"
_REPLACED = "the settings replace the database driver, perhaps by one that pools its connections"
_UNKNOWN = "who serves this project decides, and no file says it"
_DIRECT = "only WSGI workers serve it: each of their threads keeps one connection and uses it again"
_TRANSACTION = "connections to a transaction-mode pooler are cheap to keep"

# First match wins; None is any.
TABLE: tuple[Row, ...] = (
    #   front              situation            age             why
    Row(Front.IN_PROCESS, None, 0, _IN_PROCESS),
    Row(None, Situation.GREENLETS, 0, _GREENLETS),
    Row(None, Situation.ASGI, 0, _ASGI),
    Row(Front.SESSION, None, 0, _SESSION),
    Row(None, Situation.MIXED, None, _MIXED),
    Row(None, Situation.SERVERLESS, None, _SERVERLESS),
    Row(None, Situation.WORKERS, None, _WORKERS),
    Row(Front.STATEMENT, None, None, _STATEMENT),
    Row(Front.UNCLEAR, None, None, _UNCLEAR),
    Row(Front.REPLACED, None, None, _REPLACED),
    Row(None, Situation.UNKNOWN, None, _UNKNOWN),
    Row(Front.DIRECT, Situation.THREADS, PERSISTENT_AGE, _DIRECT),
    Row(Front.TRANSACTION, Situation.THREADS, PERSISTENT_AGE, _TRANSACTION),
)


@dataclass(frozen=True, slots=True)
class Fronted:
    """What stands in front of one alias, and what says so.

    Attributes:
        front: what it is.
        because: what says so.
        pooler: the one in the files, if there is one.
        program: its program.
        variable: the variable that deployment files set to its address; empty: the settings themselves name it.
    """

    front: Front
    because: tuple[Because, ...] = ()
    pooler: Pooler | None = None
    program: str = ""
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is right for one definition of one alias.

    Attributes:
        row: the row of the table that applies.
        served: who serves it.
        fronted: what stands in front of it.
        health_checks: whether every Django the project may run on has `CONN_HEALTH_CHECKS`; None when unknown.
        pool: whether Django's own pool can serve this alias; None when that cannot be seen.
    """

    row: Row
    served: Served
    fronted: Fronted
    health_checks: bool | None
    pool: bool | None

    @property
    def age(self) -> int | None:
        """The age that is right, in seconds; None: leave what is written."""
        return self.row.age

    @property
    def because(self) -> tuple[Because, ...]:
        """All evidence that picked the row."""
        return self.served.because + self.fronted.because


@remembered
def decide(database: Database, evidence: Evidence) -> Decision:
    """Pick the row of the table for one definition of one alias."""
    by, front = served(evidence), fronted(database, evidence)
    row = next(each for each in TABLE if each.matches(front.front, by.situation))
    return Decision(row, by, front, evidence.django_at_least(4, 1), can_pool(database, evidence))


@remembered
def fronted(database: Database, evidence: Evidence) -> Fronted:
    """Say what stands between an alias and its server: a pool inside the process, else `outside`."""
    if database.has_pool:
        because = Because("a pool inside the process serves this alias", _pool_place(database))
        return Fronted(Front.IN_PROCESS, (because,))
    if evidence.driver_replaced:
        return Fronted(Front.REPLACED, (Because("the driver is replaced here", evidence.driver_replaced),))
    return outside(database, evidence)


_MODES = {
    PoolMode.SESSION: Front.SESSION,
    PoolMode.TRANSACTION: Front.TRANSACTION,
    PoolMode.STATEMENT: Front.STATEMENT,
    None: Front.UNCLEAR,
}


@remembered
def outside(database: Database, evidence: Evidence) -> Fronted:
    """Say what stands between the process and the server, from the alias' address and the poolers in the files."""
    host, port = database.get("HOST"), database.get("PORT")
    host_text = host.value if isinstance(host.value, str) else ""
    port_text = str(port.value) if isinstance(port.value, str | int) else ""
    deployed, elsewhere = _by_environment(host, evidence)
    if deployed is not None:
        return _of(deployed, f"deployment files set {host.variable} to the address of", host.variable)
    if elsewhere:
        host_text = port_text = ""  # only what holds while the variable is unset
    if found := pooler_by_its_own(evidence.poolers, host_text, port_text):
        return _of(found, "the address is that of")
    if known := pooler_from_endpoint(host_text, port_text):
        program, known_mode = known
        in_files = next((p for p in evidence.poolers if p.program == program), None)
        mode_found = known_mode or (in_files.mode if in_files else None)
        place = host.location if host.certain and host.location else port.location
        said = f"the address is one of {program}" + (f" in {mode_found.value} mode" if mode_found else "")
        more = (Because(f"{program} is configured here", in_files.location),) if in_files else ()
        return Fronted(_MODES[mode_found], (Because(said, place), *more), in_files, program)
    if evidence.poolers and not (host.certain and port.certain):
        because_each = tuple(Because(f"{p.program} may stand in front", p.location) for p in evidence.poolers)
        return Fronted(Front.UNCLEAR, because_each)
    return Fronted(Front.DIRECT)


def _of(pooler: Pooler, how: str, variable: str = "") -> Fronted:
    mode = f" in {pooler.mode.value} mode" if pooler.mode else ""
    because = Because(f"{how} {pooler.program}{mode}", pooler.location)
    return Fronted(_MODES[pooler.mode], (because,), pooler, pooler.program, variable)


def _by_environment(host: Value, evidence: Evidence) -> tuple[Pooler | None, bool]:
    """Return the pooler to which a host from the environment leads, and whether it is known to lead elsewhere.

    What the servers' own environments say wins; where they disagree, nothing is known.
    """
    if host.state is not State.ENVIRONMENT or not host.variable:
        return None, False
    servers = (server for server in evidence.servers if not server.development)
    own = {place for server in servers for name, place in server.addresses if name == host.variable}
    if own:
        place = own.pop()
        return next((p for p in evidence.poolers if not own and p.location == place), None), not own and place is None
    return next((p for p in evidence.poolers if host.variable in p.variables), None), False


def _pool_place(database: Database) -> Location | None:
    pool = database.options.values.get("pool")
    return pool.location if pool is not None else database.engine.location


_OLD_DRIVERS = {"psycopg": {"psycopg2", "psycopg2-binary"}, "oracledb": {"cx-oracle"}}


@remembered
def can_pool(database: Database, evidence: Evidence) -> bool | None:
    """Whether Django's own pool can serve an alias (PostgreSQL 5.1+ with psycopg 3, Oracle 5.2+ with oracledb).

    None when the engine, the Django version or the driver cannot be seen.
    """
    engine = database.engine
    if evidence.django_at_least(5, 1) is False:
        return False
    if not engine.certain:
        return None
    vendor = STOCK_ENGINES.get(str(engine.value), "")
    if vendor == "postgresql":
        django, driver = evidence.django_at_least(5, 1), "psycopg"
    elif vendor == "oracle":
        django, driver = evidence.django_at_least(5, 2), "oracledb"
    else:
        return False
    if django is False or (driver not in evidence.packages and _OLD_DRIVERS[driver] & evidence.packages.keys()):
        return False
    return True if django and driver in evidence.packages else None
