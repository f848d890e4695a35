"""Measuring one alias: find the way, open connections one at a time, and take the medians."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from djconnfix.probe.authorities import authorities_of
from djconnfix.probe.conversation import Kind
from djconnfix.probe.errors import ProbeError, clause
from djconnfix.probe.network import is_numeric, resolve
from djconnfix.probe.phases import Phase, Sample, Spent, phases_of, profile
from djconnfix.probe.reading import Habits, Login, PassedOver, Reading
from djconnfix.probe.recorder import Recorder
from djconnfix.probe.session import opened
from djconnfix.probe.way import Way, endpoint_of_driver, find_way

if TYPE_CHECKING:
    from djconnfix.probe.conversation import Conversation
    from djconnfix.probe.network import Resolution
    from djconnfix.probe.session import Session
    from djconnfix.probe.target import Target

_QUERIES = 5
_COUNTED = ("postgresql", "mysql")


def measure(target: Target, *, samples: int, timeout: float) -> Reading:
    """Probe one alias.

    Args:
        target: the alias.
        samples: how many connections to take the median of, after one that is not counted.
        timeout: seconds for finding the server, and for each connection.

    Raises:
        ProbeError: no connection can be opened, or one breaks.
    """
    if target.vendor not in _COUNTED:
        return _plain(target, samples)
    way, first = _find(target, timeout)
    with Recorder(way.address, target.vendor, timeout=timeout) as recorder:
        medians = profile([_sample(target, recorder, way, timeout).sample for _ in range(samples)])
    extra = first.sample.phases.get(Phase.DJANGO, Spent()).round_trips
    extra -= medians.phases.get(Phase.DJANGO, Spent()).round_trips
    return Reading(
        alias=target.alias,
        vendor=target.vendor,
        driver=target.driver,
        server=first.server,
        endpoint=way.endpoint.shown,
        local=way.address.is_local,
        profile=medians,
        resolutions=_resolutions(way, timeout),
        attempts=way.attempts,
        passed_over=way.passed_over,
        login=first.login,
        habits=habits_of(target),
        first_connection_extra=max(0, extra),
        server_timezone=first.timezone,
        wanted_timezone=str(getattr(target.wrapper, "timezone_name", "") or "") if first.timezone else "",
        reverse_lookup=first.reverse_lookup,
        pooler=first.pooler,
        notes=target.notes,
    )


def habits_of(target: Target) -> Habits:
    """Return what the alias' settings make of connections."""
    loaded = target.settings
    return Habits(
        conn_max_age=loaded["CONN_MAX_AGE"],
        health_checks=bool(loaded["CONN_HEALTH_CHECKS"]),
        atomic_requests=bool(loaded["ATOMIC_REQUESTS"]),
        pool=bool(loaded["OPTIONS"].get("pool")),
        driver_autocommit=bool(target.parameters.get("autocommit")),
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """One sample and what else its connection told."""

    sample: Sample
    login: Login
    timezone: str
    server: str = ""
    reverse_lookup: bool | None = None
    pooler: bool | None = None


def _find(target: Target, timeout: float) -> tuple[Way, _Taken]:
    """Return the first endpoint that serves, in the driver's order, and a sample of it.

    Raises:
        ProbeError: none serves; why the last one does not.
    """
    passed: list[PassedOver] = []
    failure = ProbeError("the settings name no server")
    for endpoint in target.endpoints or (endpoint_of_driver(target, timeout),):
        begin = time.perf_counter()
        try:
            way = find_way(endpoint, timeout)
            with Recorder(way.address, target.vendor, timeout=timeout) as recorder:
                first = _sample(target, recorder, way, timeout, curious=True)
        except ProbeError as error:
            failure = error
            passed.append(PassedOver(endpoint.shown, str(error), time.perf_counter() - begin))
            continue
        return Way(way.endpoint, way.address, way.resolution, way.attempts, tuple(passed)), first
    raise failure


def _resolutions(way: Way, timeout: float) -> tuple[Resolution, ...]:
    if way.resolution is None or is_numeric(way.endpoint.host):
        return ()
    host, port = way.endpoint.host, way.endpoint.port
    return (way.resolution, resolve(host, port, timeout, "IPv4"), resolve(host, port, timeout, "IPv6"))


def _sample(target: Target, recorder: Recorder, way: Way, timeout: float, *, curious: bool = False) -> _Taken:
    """Open one connection, run a few queries on it, close it."""
    resolved = None
    if not way.endpoint.is_socket and not is_numeric(way.endpoint.host):
        resolved = resolve(way.endpoint.host, way.endpoint.port, timeout).seconds
    with opened(target, recorder, way.endpoint, timeout) as session:
        talk = recorder.conversations[-1]
        statements = _driver_statements(target, session, talk)
        before = len(talk.turns)
        for _ in range(_QUERIES):
            session.execute("SELECT 1 FROM DUAL" if target.vendor == "oracle" else "SELECT 1")
        queries = talk.turns[before:]
        told = _Taken(_nothing(), _login(target, talk), session.timezone)
        if curious:
            told = _curious(target, session, told)
    phases = phases_of(
        talk,
        began=session.began,
        tcp=recorder.connect_seconds[-1],
        connected=session.connected,
        ready=session.ready,
        statements=statements,
    )
    if resolved is not None:
        phases = {Phase.RESOLVE: Spent(0, resolved, 0.0), **phases}
    each = max(1, round(len(queries) / _QUERIES))
    sample = Sample(phases, median(turn.wait for turn in queries) * each, each, session.processor)
    return _Taken(sample, told.login, told.timezone, told.server, told.reverse_lookup, told.pooler)


def _nothing() -> Sample:
    return Sample({}, 0.0, 0, 0.0)


def _driver_statements(target: Target, session: Session, talk: Conversation) -> int:
    """Return how many statements the driver sent by itself; the server counts them, also under TLS."""
    if target.vendor != "mysql":
        return 0
    by_django = sum(1 for turn in talk.answered if session.connected < turn.sent <= session.ready)
    rows = session.execute("SHOW SESSION STATUS LIKE 'Questions'")
    return max(0, int(rows[0][1]) - 1 - by_django) if rows else 0


def _login(target: Target, talk: Conversation) -> Login:
    found = authorities_of(target.vendor, target.driver, target.parameters, encrypted=talk.encrypted)
    return Login(
        encrypted=talk.encrypted,
        tls_version=talk.tls_version,
        authorities=found.number,
        authority_file=found.path,
        authentication=talk.authentication,
        iterations=talk.iterations,
        gss=any(turn.kind is Kind.GSS for turn in talk.turns),
    )


def _curious(target: Target, session: Session, told: _Taken) -> _Taken:
    """Ask the server what the diagnosis needs; what it does not tell stays unknown."""
    server, reverse, pooler = target.vendor, None, None
    with contextlib.suppress(Exception):
        if target.vendor == "mysql":
            row = session.execute("SELECT VERSION(), @@global.skip_name_resolve, CONNECTION_ID()")[0]
            version = str(row[0])
            server = ("MariaDB " if "mariadb" in version.lower() else "MySQL ") + version.partition("-")[0]
            reverse = not int(row[1])
            pooler = session.number != int(row[2])
        else:
            row = session.execute(
                "SELECT current_setting('server_version'), pg_backend_pid(),"
                " (SELECT setting FROM pg_settings WHERE name = 'log_hostname')"
            )[0]
            server = "PostgreSQL " + str(row[0]).partition(" ")[0]
            pooler = session.number != int(row[1])
            reverse = row[2] == "on" if row[2] is not None else None
    return _Taken(told.sample, told.login, told.timezone, server, reverse, pooler)


def _plain(target: Target, samples: int) -> Reading:
    """Time connect and query only, for a driver whose protocol is not known here."""
    taken: list[Sample] = []
    wrapper = target.wrapper
    statement = "SELECT 1" + wrapper.features.bare_select_suffix
    for _ in range(samples):
        begin, processor = time.perf_counter(), time.thread_time()
        try:
            connection = wrapper.connection = wrapper.get_new_connection(dict(target.parameters))
            connected = time.perf_counter()
            wrapper.set_autocommit(True)
            wrapper.init_connection_state()
            ready, used = time.perf_counter(), time.thread_time() - processor
            times = []
            for _query in range(_QUERIES):
                start = time.perf_counter()
                cursor = connection.cursor()
                cursor.execute(statement)
                cursor.fetchall()
                cursor.close()
                times.append(time.perf_counter() - start)
            connection.close()
        except Exception as error:
            raise ProbeError(clause(error, target.secrets)) from None
        finally:
            wrapper.connection = None
        phases = {Phase.LOGIN: Spent(0, connected - begin), Phase.DJANGO: Spent(0, ready - connected)}
        taken.append(Sample(phases, median(times), 1, used))
    notes = (*target.notes, f"round trips are not counted for {target.driver}: only the total and a query were timed")
    return Reading(
        target.alias,
        target.vendor,
        target.driver,
        target.vendor,
        "",
        False,
        profile(taken),
        habits=habits_of(target),
        notes=notes,
    )
