"""Names, addresses and hosts on the way to a server."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from djconnfix.probe.diagnosis import diagnose
from djconnfix.probe.errors import ProbeError
from djconnfix.probe.measure import measure
from tests.conftest import needs_server
from tests.probe.build import RUNS
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from djconnfix.probe.target import Target
    from tests.servers import Testbed
    from tests.servers.postgresql import Login

real_getaddrinfo = socket.getaddrinfo
IPV6_LOCAL = "::1"


@pytest.fixture
def utc(postgresql_login: Login) -> dict[str, dict[str, str]]:
    """Settings under which nothing else is worth a word."""
    return {"OPTIONS": {"options": "-c TimeZone=UTC"}}


@pytest.fixture
def silent_ipv6() -> Iterator[int]:
    """A port on ::1 whose queue is full, so that a connection to it is neither accepted nor refused."""
    with socket.socket(socket.AF_INET6) as listener, socket.socket(socket.AF_INET6) as first:
        try:
            listener.bind((IPV6_LOCAL, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        listener.listen(0)
        first.setblocking(False)
        first.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]


def answers(*addresses: tuple[int, tuple[object, ...]], wait: float = 0.0) -> Callable[..., object]:
    """A resolver that knows one name."""

    def resolve(host: str, port: int, family: int = 0, *more: int) -> object:
        if host != "db.test":
            return real_getaddrinfo(host, port, family, *more)
        time.sleep(wait)
        found = [each for each in addresses if family in (0, each[0])]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(kind, socket.SOCK_STREAM, 6, "", target) for kind, target in found]

    return resolve


@RUNS
def test_a_slow_resolver_is_named(
    run: int,
    postgresql_login: Login,
    target: Callable[..., Target],
    utc: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = (socket.AF_INET, ("127.0.0.1", postgresql_login.port))
    monkeypatch.setattr(socket, "getaddrinfo", answers(place, wait=0.15))
    reading = measure(target("postgresql", postgresql_login, HOST="db.test", **utc), samples=2, timeout=5)
    [found] = diagnose(reading)
    assert found.name == "slow-dns"
    assert found.seconds == pytest.approx(0.15, rel=0.1)


@RUNS
def test_an_ipv6_address_that_never_answers_is_named(
    run: int,
    postgresql_login: Login,
    target: Callable[..., Target],
    utc: dict[str, object],
    silent_ipv6: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silent = (socket.AF_INET6, (IPV6_LOCAL, silent_ipv6, 0, 0))
    place = (socket.AF_INET, ("127.0.0.1", postgresql_login.port))
    monkeypatch.setattr(socket, "getaddrinfo", answers(silent, place))
    reading = measure(target("postgresql", postgresql_login, HOST="db.test", **utc), samples=3, timeout=1)
    [found] = diagnose(reading)
    assert found.name == "ipv6-first"
    assert "::1 (IPv6) first" in found.cause
    assert "127.0.0.1 (IPv4)" in found.cause


@RUNS
def test_hosts_tried_in_vain_are_named(
    run: int, postgresql_login: Login, target: Callable[..., Target], utc: dict[str, object]
) -> None:
    ports = f"{free_port()},{free_port()},{postgresql_login.port}"
    reading = measure(
        target("postgresql", postgresql_login, HOST="127.0.0.1,127.0.0.1,127.0.0.1", PORT=ports, **utc),
        samples=3,
        timeout=2,
    )
    [found] = diagnose(reading)
    assert found.name == "many-hosts"
    assert found.cause.startswith("2 hosts of HOST are tried in vain")


def test_a_host_that_is_left_to_libpq_is_found(
    postgresql_login: Login, target: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(postgresql_login.port))
    reading = measure(target("postgresql", postgresql_login, HOST="", PORT=""), samples=1, timeout=2)
    assert reading.endpoint == f"127.0.0.1:{postgresql_login.port}"


def test_a_pool_in_the_settings_is_not_opened(postgresql_login: Login, target: Callable[..., Target]) -> None:
    made = target("postgresql", postgresql_login, OPTIONS={"pool": {"min_size": 2, "max_size": 4}})
    reading = measure(made, samples=1, timeout=5)
    assert reading.habits.pool
    assert "pool" not in made.parameters
    assert getattr(made.wrapper, "pool", None) is None
    assert made.wrapper.connection is None


def test_a_unix_socket_of_postgresql(testbed: Testbed, target: Callable[..., Target]) -> None:
    folder = str(testbed.workspace.folder("sockets"))
    with needs_server():
        server = testbed.postgresql(settings={"unix_socket_directories": folder, "timezone": "UTC"})
    login = server.create_database("app")
    reading = measure(target("postgresql", login, HOST=folder), samples=2, timeout=5)
    assert (reading.endpoint, reading.local, reading.resolutions) == (folder, True, ())
    assert {phase.name: spent.round_trips for phase, spent in reading.profile.phases.items() if spent.round_trips} == {
        "TCP": 1,
        "START": 1,
        "LOGIN": 3 if reading.login.authentication == "md5" else 2,
    }
    assert diagnose(reading) == ()


def test_a_unix_socket_of_mariadb(testbed: Testbed, target: Callable[..., Target]) -> None:
    path = str(testbed.workspace.folder("sockets") / "mariadb")
    with needs_server():
        server = testbed.mariadb({"socket": path})
    reading = measure(target("mysql", server.create_database("app"), HOST=path, PORT=""), samples=2, timeout=5)
    assert (reading.endpoint, reading.local) == (path, True)
    assert reading.profile.repeatable


@pytest.mark.parametrize("vendor", ["postgresql", "mysql"])
def test_a_unix_socket_that_is_not_there(
    vendor: str, postgresql_login: Login, target: Callable[..., Target], tmp_path: Path
) -> None:
    with pytest.raises(ProbeError, match=r"^cannot be reached: no such file or directory$"):
        measure(target(vendor, postgresql_login, HOST=str(tmp_path / "nothing")), samples=1, timeout=1)
