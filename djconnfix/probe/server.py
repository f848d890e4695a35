"""Asking a live server, as an ordinary role, what decides whether the settings are right.

Every question stands alone: what the role may not see, or an old server does not know, is noted and the rest goes on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from djconnfix.live_facts import IdleTransaction, ServerFacts
from djconnfix.probe.errors import ProbeError, clause
from djconnfix.probe.pooler import detect_pooler
from djconnfix.probe.recorder import Recorder
from djconnfix.probe.session import opened
from djconnfix.probe.way import endpoint_of_driver, find_way

if TYPE_CHECKING:
    from djconnfix.probe.session import Session
    from djconnfix.probe.target import Target
    from djconnfix.probe.way import Way

_PG_LIMITS = (
    "SELECT name, setting, coalesce(unit, '') FROM pg_settings WHERE name IN ('max_connections',"
    " 'superuser_reserved_connections', 'reserved_connections', 'idle_session_timeout',"
    " 'idle_in_transaction_session_timeout', 'server_version_num')"
)
_PG_OWN_LIMITS = (
    "SELECT (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),"
    " (SELECT datconnlimit FROM pg_database WHERE datname = current_database())"
)
_PG_SESSIONS = (
    "SELECT count(*), sum(CASE WHEN usename = current_user THEN 1 ELSE 0 END)"
    " FROM pg_stat_activity WHERE datname IS NOT NULL"
)
_PG_IDLE = (
    "SELECT application_name, extract(epoch FROM clock_timestamp() - state_change)::float8,"
    " (SELECT string_agg(DISTINCT l.relation::regclass::text, ',') FROM pg_locks l"
    "  WHERE l.pid = a.pid AND l.relation >= 16384 AND l.database = a.datid),"
    " (SELECT count(DISTINCT w.pid) FROM pg_locks w WHERE NOT w.granted AND a.pid = ANY (pg_blocking_pids(w.pid)))"
    " FROM pg_stat_activity a WHERE usename = current_user AND datname = current_database()"
    " AND pid <> pg_backend_pid() AND state IN ('idle in transaction', 'idle in transaction (aborted)')"
    " ORDER BY 2 DESC"
)
_PG_TLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
_MYSQL_VARIABLES = (
    "SHOW VARIABLES WHERE variable_name IN ('version', 'max_connections', 'max_user_connections', 'wait_timeout',"
    " 'idle_transaction_timeout')"
)
_MYSQL_IDLE = (
    "SELECT p.time, p.info FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
    " ON p.id = t.trx_mysql_thread_id"
    " WHERE p.command = 'Sleep' AND p.user = substring_index(current_user(), '@', 1) AND p.id <> connection_id()"
    " ORDER BY 1 DESC"
)
_MYSQL_OWN = "SELECT count(*) FROM information_schema.processlist WHERE user = substring_index(current_user(), '@', 1)"
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "": 0.001}


def read_server(target: Target, known: ServerFacts, timeout: float) -> ServerFacts:
    """Return what is known with what the server says.

    Args:
        target: the alias.
        known: where it is defined; what the settings say is filled in here too.
        timeout: seconds for finding the server, and for each connection.

    Raises:
        ProbeError: no connection can be opened, or it breaks.
    """
    failure = ProbeError("the settings name no server")
    for endpoint in target.endpoints or (endpoint_of_driver(target, timeout),):
        try:
            return _read(target, _of_settings(target, known), find_way(endpoint, timeout), timeout)
        except ProbeError as error:  # noqa: PERF203 -- the next host may serve
            failure = error
    raise failure


def _of_settings(target: Target, known: ServerFacts) -> ServerFacts:
    loaded = target.settings
    return replace(
        known,
        conn_max_age=loaded["CONN_MAX_AGE"],
        health_checks=bool(loaded["CONN_HEALTH_CHECKS"]),
        pool=bool(loaded["OPTIONS"].get("pool")),
        server_side_cursors=not loaded.get("DISABLE_SERVER_SIDE_CURSORS"),
    )


def _read(target: Target, known: ServerFacts, way: Way, timeout: float) -> ServerFacts:
    if target.vendor not in ("postgresql", "mysql"):
        raise ProbeError(f"what a server of {target.vendor or 'this engine'} says is not known here")
    with (
        Recorder(way.address, target.vendor, timeout=timeout) as recorder,
        opened(target, recorder, way.endpoint, timeout, initialise=False) as session,
    ):
        asked = _Asked(session, target)
        facts = _postgresql(asked, known) if target.vendor == "postgresql" else _mysql(asked, known)
        encrypted = recorder.conversations[-1].encrypted
        minimum = tuple(target.wrapper.features.minimum_database_version or ())
        leg = asked.one(_PG_TLS, "whether the server's connection is encrypted") if _is_pg(target) else None
    pooler, doubts = detect_pooler(target, way, timeout)
    return replace(
        facts,
        local=way.address.is_local,
        encrypted=encrypted,
        server_encrypted=bool(leg[0]) if pooler and leg else None,
        minimum=minimum,
        pooler=pooler,
        unseen=(*asked.unseen, *doubts),
    )


def _is_pg(target: Target) -> bool:
    return target.vendor == "postgresql"


class _Asked:
    """Questions to one session, and a list of those that it did not answer."""

    def __init__(self, session: Session, target: Target) -> None:
        self._session = session
        self._target = target
        self.unseen: list[str] = []

    def all(self, statement: str, what: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement; none when the server refuses it, which is then noted as `what`."""
        try:
            return self._session.execute(statement)
        except self._target.driver_error as error:
            self.unseen.append(f"{what} ({clause(error, self._target.secrets)})")
            return []

    def one(self, statement: str, what: str) -> tuple[Any, ...] | None:
        """Return the first row, None when there is none."""
        rows = self.all(statement, what)
        return rows[0] if rows else None


def _postgresql(asked: _Asked, known: ServerFacts) -> ServerFacts:
    limits = {str(name): (str(value), str(unit)) for name, value, unit in asked.all(_PG_LIMITS, "limits and time-outs")}
    own = asked.one(_PG_OWN_LIMITS, "limits of the role and the database") or ()
    sessions = asked.one(_PG_SESSIONS, "the number of sessions")
    idle = asked.all(_PG_IDLE, "transactions that idle")
    number = _whole(limits.get("server_version_num"))
    return replace(
        known,
        product="PostgreSQL",
        version=(number // 10000, number % 10000) if number else (),
        max_connections=_whole(limits.get("max_connections")),
        reserved=_whole(limits.get("superuser_reserved_connections")) + _whole(limits.get("reserved_connections")),
        own_limit=min((int(each) for each in own if each is not None and int(each) >= 0), default=0),
        connections=int(sessions[0]) if sessions else 0,
        own_connections=int(sessions[1] or 0) if sessions else 0,
        idle_timeout=_seconds(limits.get("idle_session_timeout")),
        idle_in_transaction_timeout=_seconds(limits.get("idle_in_transaction_session_timeout")) if limits else None,
        idle_transactions=tuple(
            IdleTransaction(float(seconds or 0), str(name or ""), tuple((tables or "").split(",")) if tables else (), n)
            for name, seconds, tables, n in idle
        ),
    )


def _mysql(asked: _Asked, known: ServerFacts) -> ServerFacts:
    variables = {str(row[0]).lower(): str(row[1]) for row in asked.all(_MYSQL_VARIABLES, "limits and time-outs")}
    connected = asked.one("SHOW GLOBAL STATUS LIKE 'Threads_connected'", "the number of sessions")
    own = asked.one(_MYSQL_OWN, "the number of this user's sessions")
    idle = asked.all(_MYSQL_IDLE, "transactions that idle")
    version = variables.get("version", "")
    numbers = version.partition("-")[0].split(".")
    maria = "mariadb" in version.lower()
    return replace(
        known,
        product="MariaDB" if maria else "MySQL",
        version=tuple(int(each) for each in numbers if each.isdigit()),
        max_connections=int(variables.get("max_connections", 0)),
        own_limit=int(variables.get("max_user_connections", 0)),
        connections=int(connected[1]) if connected else 0,
        own_connections=int(own[0]) if own else 0,
        idle_timeout=float(variables.get("wait_timeout", 0)),
        idle_in_transaction_timeout=float(variables["idle_transaction_timeout"])
        if "idle_transaction_timeout" in variables
        else None,
        idle_transactions=tuple(IdleTransaction(float(row[0] or 0)) for row in idle),
    )


def _whole(limit: tuple[str, str] | None) -> int:
    return int(limit[0]) if limit and limit[0].isdigit() else 0


def _seconds(limit: tuple[str, str] | None) -> float:
    return _whole(limit) * _UNITS.get(limit[1], 0.001) if limit else 0.0
