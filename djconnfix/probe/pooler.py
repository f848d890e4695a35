"""Is a pooler on the other end, and in which mode? Told apart without special rights.

- A server names its process twice: in the start of the connection and when asked. A pooler cannot make them agree.
- In transaction mode a client that is between transactions has no server session of its own: while another client is
  inside a transaction it is given a different one, or finds that the other one got its own.
- In statement mode no transaction can be begun at all.
- PgBouncer has a console; that it refuses us is an answer too.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from djconnfix.facts import PoolMode
from djconnfix.live_facts import PoolerSeen
from djconnfix.probe.errors import ProbeError
from djconnfix.probe.recorder import Recorder
from djconnfix.probe.session import opened

if TYPE_CHECKING:
    from djconnfix.probe.session import Session
    from djconnfix.probe.target import Target
    from djconnfix.probe.way import Way

_PID = "SELECT pg_backend_pid()"
_TRIES = 3
_PATIENCE = 2.0  # seconds: a pool that is full keeps the second client waiting
_HOW = "the server's process is not the one that the connection began with"


def detect_pooler(target: Target, way: Way, timeout: float) -> tuple[PoolerSeen | None, tuple[str, ...]]:
    """Return what stands between, None for a direct connection; and what could not be told, one clause each.

    Raises:
        ProbeError: no connection can be opened, or it breaks.
    """
    with (
        Recorder(way.address, target.vendor, timeout=timeout) as recorder,
        opened(target, recorder, way.endpoint, timeout, initialise=False) as session,
    ):
        seen = PoolerSeen(_HOW) if stands_between(target, session) else None
    if seen is None:
        return None, ()
    if target.vendor != "postgresql":
        return seen, ("the mode of the proxy",)
    seen = _asked_console(target, way, timeout, seen)
    if seen.mode is None:
        seen = replace(seen, mode=_mode(target, way, timeout))
    return seen, () if seen.mode else (
        "the pooler's mode (all its server sessions are in use, or it is not PgBouncer)",
    )


def stands_between(target: Target, session: Session) -> bool:
    """Whether the session that answers is another than the one that the connection began with."""
    statement = "SELECT connection_id()" if target.vendor == "mysql" else _PID
    return session.number != int(session.execute(statement)[0][0])


def _mode(target: Target, way: Way, timeout: float) -> PoolMode | None:
    """Find the mode by what happens to one client while another is inside a transaction."""
    patience = min(timeout, _PATIENCE)
    with Recorder(way.address, target.vendor, timeout=patience) as recorder:
        try:
            with (
                opened(target, recorder, way.endpoint, patience, initialise=False) as one,
                opened(target, recorder, way.endpoint, patience, initialise=False) as other,
            ):
                return _watched(one, other)
        except ProbeError:
            return None  # in session mode, a pool of one keeps the second client waiting


def _watched(one: Session, other: Session) -> PoolMode | None:
    for _ in range(_TRIES):
        before = _pid(one)
        try:
            other.execute("BEGIN READ ONLY")
        except Exception as error:
            if "statement pooling" in str(error):
                return PoolMode.STATEMENT
            raise
        try:
            if _pid(other) == before:
                return PoolMode.TRANSACTION
            if _pid(one) != before:
                return PoolMode.TRANSACTION
        finally:
            with contextlib.suppress(Exception):
                other.execute("ROLLBACK")
    return PoolMode.SESSION


def _pid(session: Session) -> int:
    return int(session.execute(_PID)[0][0])


def _asked_console(target: Target, way: Way, timeout: float, seen: PoolerSeen) -> PoolerSeen:
    """Ask PgBouncer's console, where this role may; a refusal still tells that it is PgBouncer."""
    with Recorder(way.address, target.vendor, timeout=timeout) as recorder:
        try:
            with opened(target, recorder, way.endpoint, timeout, initialise=False, dbname="pgbouncer") as console:
                return _read_console(target, console, seen)
        except ProbeError as error:
            if "not allowed" in str(error):
                return replace(seen, program="pgbouncer")
            return seen


def _read_console(target: Target, console: Session, seen: PoolerSeen) -> PoolerSeen:
    version = str(console.execute("SHOW VERSION")[0][0]).rpartition(" ")[2]
    seen = replace(seen, program="pgbouncer", version=version)
    with contextlib.suppress(target.driver_error):
        modes = {str(row[0]): str(row[1]) for row in _columns(console, "SHOW POOLS", ("database", "pool_mode"))}
        mode = modes.get(str(target.settings["NAME"]))
        if mode in {each.value for each in PoolMode}:
            return replace(seen, mode=PoolMode(mode))
    return seen


def _columns(console: Session, statement: str, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    cursor = console.connection.cursor()
    try:
        cursor.execute(statement)
        heads = [column[0] for column in cursor.description]
        return [tuple(row[heads.index(name)] for name in names) for row in cursor.fetchall()]
    finally:
        cursor.close()
