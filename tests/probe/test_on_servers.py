"""Phases and round trips on real servers, through a proxy that adds a known delay."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from djconnfix.probe.diagnosis import diagnose
from djconnfix.probe.measure import measure
from djconnfix.probe.phases import Phase
from tests.conftest import needs_server
from tests.probe.build import RUNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.probe.reading import Reading
    from djconnfix.probe.target import Target
    from tests.servers import Testbed
    from tests.servers.postgresql import Login
    from tests.servers.proxy import CountingProxy

TOLERANCE = 0.10
ATTEMPTS = 8
# Waits for the server, the TCP handshake apart, for SCRAM with TLS asked for, and for mysql_native_password.
PLAIN = {
    "postgresql": {"START": 1, "LOGIN": 3, "DJANGO": 1},
    "mysql": {"START": 1, "LOGIN": 1, "DRIVER": 2, "DJANGO": 2},
}
TLS = {
    "postgresql": {"START": 1, "TLS": 2, "LOGIN": 3, "DJANGO": 1},
    "mysql": {"START": 1, "TLS": 1, "LOGIN": 1, "DRIVER": 2, "DJANGO": 2},
}


@dataclass(frozen=True)
class Place:
    """A server and how to reach it."""

    vendor: str
    login: Login
    options: dict[str, Any]
    expected: dict[str, int]


@pytest.fixture(scope="module", params=["postgresql", "postgresql-tls", "mysql", "mysql-tls"])
def place(request: pytest.FixtureRequest, testbed: Testbed) -> Place:
    vendor, _, tls = request.param.partition("-")
    name = f"probe{tls}"
    with needs_server():
        server = (testbed.postgresql if vendor == "postgresql" else testbed.mariadb)(tls=bool(tls))
    login = server.create_database(name)
    authority = str(testbed.certificates.authority) if tls else ""
    if vendor == "postgresql":
        options = {"sslmode": "verify-full", "sslrootcert": authority} if tls else {}
    else:
        options = {"ssl_ca": authority, "ssl_verify_identity": True} if tls else {"ssl_disabled": True}
    expected = dict((TLS if tls else PLAIN)[vendor])
    if "TLS" in expected and vendor == "postgresql" and int(server.query("SHOW server_version_num")[0][0]) >= 180000:
        expected["TLS"] = 1  # before 18 the server knows one curve, which is not the one that clients offer first
    return Place(vendor, login, options, expected)


def counted(reading: Reading) -> dict[str, int]:
    return {phase.name: spent.round_trips for phase, spent in reading.profile.phases.items() if spent.round_trips}


def test_round_trips_are_exact_on_a_fast_network(place: Place, target: Callable[..., Target]) -> None:
    reading = measure(target(place.vendor, place.login, OPTIONS=place.options), samples=20, timeout=10)
    assert counted(reading) == {"TCP": 1, **place.expected}
    assert reading.profile.repeatable
    assert reading.profile.query_round_trips == 1
    assert reading.login.encrypted is ("TLS" in place.expected)
    named = [each.name for each in diagnose(reading)]
    assert ("tls-round-trips" in named) is (place.expected.get("TLS") == 2)
    assert reading.pooler is False


@pytest.mark.parametrize("delay", [0.010, 0.050], ids=["10ms", "50ms"])
def test_phases_follow_the_delay(
    place: Place, delay: float, target: Callable[..., Target], proxy: Callable[..., CountingProxy]
) -> None:
    """What the probe says of a connection is held against what the proxy saw of the same one, by the proxy's clock."""
    far = proxy(place.login.port, delay=delay)
    through = target(place.vendor, place.login, OPTIONS=place.options, PORT=far.port)
    wrong: list[dict[str, str]] = []
    for _ in range(ATTEMPTS):
        reading = measure(through, samples=1, timeout=20)
        assert counted(reading) == {"TCP": 1, **place.expected}
        wrong.append(deviations(reading, waits(far), place, delay))
        if not set.intersection(*map(set, wrong)):
            break  # a thread that was woken late spoils one phase of one connection, not the same one each time
    assert set.intersection(*map(set, wrong)) == set(), wrong


def waits(far: CountingProxy) -> list[float]:
    """How long the last client waited for each answer, as the proxy saw it: its delays and the server's own time."""
    last = far.connections - 1
    passed = sorted((each for each in far.chunks if each.connection == last), key=lambda each: each.arrived)
    found: list[float] = []
    asked, answered = far.accepted[last], None  # a greeting is an answer to nothing
    for each in passed:
        if each.from_client:
            if answered is not None:
                found.append(answered - asked)
            asked, answered = each.arrived, None
        else:
            answered = each.delivered
    return [*found, answered - asked] if answered is not None else found


def deviations(reading: Reading, seen: list[float], place: Place, delay: float) -> dict[str, str]:
    """The phases in which a reading differs from what the proxy saw by more than the tolerance."""
    wrong = {}
    remaining = list(seen)
    for name, trips in place.expected.items():
        waited, remaining = sum(remaining[:trips]), remaining[trips:]
        one_way = place.vendor == "mysql" and name == "START"  # a greeting comes one way only
        assert waited >= (trips if one_way else 2 * trips) * delay
        measured = reading.profile.phases[Phase[name]].waiting
        if measured != pytest.approx(waited, rel=TOLERANCE):
            wrong[name] = f"{measured:.4f} s, not {waited:.4f} s"
    queries = remaining[place.vendor == "mysql" :][:5]  # MySQL is asked for its own count first
    if reading.profile.query != pytest.approx(median(queries), rel=TOLERANCE):
        wrong["query"] = f"{reading.profile.query:.4f} s, not {median(queries):.4f} s"
    return wrong


def test_the_proxy_counts_the_same_round_trips(
    place: Place, target: Callable[..., Target], proxy: Callable[..., CountingProxy]
) -> None:
    far = proxy(place.login.port, delay=0.005)
    reading = measure(target(place.vendor, place.login, OPTIONS=place.options, PORT=far.port), samples=1, timeout=20)
    give_up = time.monotonic() + 10
    while far.open_connections and time.monotonic() < give_up:
        time.sleep(0.01)
    # It counts a farewell as well, not a greeting or the TCP handshake; the probe asks more on its connections.
    known = 2 * (reading.profile.total.round_trips - 1 - (place.vendor == "mysql"))
    known += reading.first_connection_extra
    queries = {"postgresql": 5 + 1 + 5, "mysql": 2 * (1 + 5) + 1}[place.vendor]
    assert far.round_trips == known + queries + 2


@RUNS
def test_a_pooler_is_told(run: int, testbed: Testbed, postgresql_login: Login, target: Callable[..., Target]) -> None:
    with needs_server():
        bouncer = testbed.pgbouncer(postgresql_login, "transaction")
    reading = measure(target("postgresql", bouncer.login), samples=1, timeout=10)
    assert reading.pooler is True
    assert reading.profile.phases[Phase.LOGIN].round_trips == 3


@pytest.mark.parametrize("vendor", ["postgresql", "mysql"])
def test_what_another_network_would_take_is_what_it_takes(
    vendor: str,
    postgresql_login: Login,
    mariadb_login: Login,
    target: Callable[..., Target],
    proxy: Callable[..., CountingProxy],
) -> None:
    login = {"postgresql": postgresql_login, "mysql": mariadb_login}[vendor]
    options = {"ssl_disabled": True} if vendor == "mysql" else {}
    port = proxy(login.port, delay=0.05).port
    phases = (Phase.LOGIN, Phase.DJANGO)
    said, taken = [], []
    for _ in range(ATTEMPTS):  # the least of each: what else the machine does lengthens one or the other
        near = measure(target(vendor, login, OPTIONS=options), samples=5, timeout=10).profile
        said.append(near.on_network(0.1))
        taken.append(measure(target(vendor, login, OPTIONS=options, PORT=port), samples=1, timeout=20).profile)
        expected = {phase: min(each[phase] for each in said) for phase in phases}
        least = {phase: min(each.phases[phase].seconds for each in taken) for phase in phases}
        if all(least[phase] == pytest.approx(expected[phase], rel=TOLERANCE) for phase in phases):
            break
    assert least == {phase: pytest.approx(expected[phase], rel=TOLERANCE) for phase in phases}


def test_a_healthy_server_has_no_diagnosis(
    testbed: Testbed, target: Callable[..., Target], mariadb_login: Login
) -> None:
    with needs_server():
        server = testbed.postgresql(settings={"timezone": "UTC"})
    login = server.create_database("healthy")
    options = {"ssl_disabled": True, "autocommit": True}
    for _ in range(10):
        assert diagnose(measure(target("postgresql", login), samples=3, timeout=10)) == ()
        assert diagnose(measure(target("mysql", mariadb_login, OPTIONS=options), samples=3, timeout=10)) == ()


@RUNS
def test_statements_that_can_be_saved_are_named(
    run: int, testbed: Testbed, mariadb_login: Login, target: Callable[..., Target]
) -> None:
    with needs_server():
        server = testbed.postgresql(settings={"timezone": "Europe/Berlin"})
    login = server.databases.get("elsewhere") or server.create_database("elsewhere")
    [found] = diagnose(measure(target("postgresql", login), samples=1, timeout=10))
    assert found.name == "timezone-statement"
    cured = measure(target("postgresql", login, OPTIONS={"options": "-c TimeZone=UTC"}), samples=1, timeout=10)
    assert diagnose(cured) == ()
    options = {"ssl_disabled": True}
    twice = measure(target("mysql", mariadb_login, OPTIONS=options), samples=1, timeout=10)
    assert [each.name for each in diagnose(twice)] == ["double-autocommit"]
    once = measure(target("mysql", mariadb_login, OPTIONS={**options, "autocommit": True}), samples=1, timeout=10)
    assert once.profile.total.round_trips == twice.profile.total.round_trips - 2


@RUNS
def test_scram_iterations_are_named(
    run: int, testbed: Testbed, target: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    with needs_server():
        server = testbed.postgresql(settings={"timezone": "UTC", "scram_iterations": "100000"})
    login = server.databases.get("stretched") or server.create_database("stretched")
    [found] = diagnose(measure(target("postgresql", login), samples=2, timeout=10))
    assert found.name == "scram-iterations"
    assert "100000 times" in found.cause


@RUNS
def test_a_bundle_of_authorities_is_named(run: int, mariadb_login: Login, target: Callable[..., Target]) -> None:
    import ssl

    bundle = ssl.get_default_verify_paths().cafile
    if bundle is None:
        pytest.skip("this machine has no bundle of certificate authorities")
    reading = measure(target("mysql", mariadb_login, OPTIONS={"autocommit": True}), samples=3, timeout=10)
    [found] = diagnose(reading)
    assert found.name == "tls-authority-bundle"
    assert bundle in found.cause
