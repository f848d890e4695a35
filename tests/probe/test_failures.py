"""Servers that do not serve: one clear line each, within the time-out, and no secret."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from djconnfix.probe.errors import ProbeError
from djconnfix.probe.measure import measure
from tests.servers.postgresql import Login

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.probe.target import Target

SECRET = "canary-password"
TIMEOUT = 1.0
VENDORS = pytest.mark.parametrize("vendor", ["postgresql", "mysql"])


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[Login]:
    """A server that does with each connection what it is told."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            kept.append(connection)
            try:
                answer(connection)
            except OSError:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield Login("127.0.0.1", listener.getsockname()[1], "canary-user", SECRET, "app")
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for each in kept:
            each.close()


def silent(connection: socket.socket) -> None:
    return


def closing(connection: socket.socket) -> None:
    connection.close()


def http(connection: socket.socket) -> None:
    connection.recv(100)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    connection.close()


def ssh(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")


def half_way(connection: socket.socket) -> None:
    """Refuse TLS, ask for a password, hang up; and for MySQL greet and hang up after the login."""
    if b"\x04\xd2\x16\x2f" in connection.recv(100):
        connection.sendall(b"N")
        connection.recv(200)
    connection.sendall(b"R\0\0\0\x08\0\0\0\x03")
    connection.recv(200)
    connection.close()


def greeting_then_closing(connection: socket.socket) -> None:
    body = b"\x0a10.11.0\0" + (7).to_bytes(4, "little") + b"12345678\0" + b"\xff\xf7\x08\x02\0\xff\x81\x15" + bytes(10)
    body += b"123456789012\0mysql_native_password\0"
    connection.sendall(len(body).to_bytes(3, "little") + b"\0" + body)
    connection.recv(500)
    connection.close()


def failure(target: Target) -> str:
    begin = time.monotonic()
    with pytest.raises(ProbeError) as caught:
        measure(target, samples=1, timeout=TIMEOUT)
    assert time.monotonic() - begin < 3 * TIMEOUT + 1  # far from the minutes that a driver would wait
    text = str(caught.value)
    assert "canary" not in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("vendor", "answer", "expected"),
    [
        ("postgresql", silent, "accepts the connection and then does not answer within 1 s"),
        ("mysql", silent, "accepts the connection and then does not answer within 1 s"),
        ("postgresql", closing, "closed the connection before it was ready"),
        ("mysql", closing, "closed the connection before it was ready"),
        ("postgresql", half_way, "closed the connection before it was ready (after 2 answers)"),
        ("mysql", greeting_then_closing, "closed the connection before it was ready (after 1 answer)"),
        ("postgresql", http, "does not speak the protocol of PostgreSQL"),
        ("postgresql", ssh, "does not speak the protocol of PostgreSQL"),
        ("mysql", ssh, "does not speak the protocol of MySQL"),
        ("postgresql", greeting_then_closing, "does not speak the protocol of PostgreSQL"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_server_that_does_not_serve(
    vendor: str, answer: Callable[[socket.socket], None], expected: str, target: Callable[..., Target]
) -> None:
    with server(answer) as login:
        assert failure(target(vendor, login, OPTIONS={"ssl_disabled": True} if vendor == "mysql" else {})) == expected


@VENDORS
def test_a_server_that_is_down(vendor: str, target: Callable[..., Target]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        login = Login("127.0.0.1", unused.getsockname()[1], "canary-user", SECRET, "app")
        assert failure(target(vendor, login)) == "cannot be reached: connection refused"


@VENDORS
def test_a_name_that_does_not_resolve(vendor: str, target: Callable[..., Target]) -> None:
    text = failure(target(vendor, Login("db.invalid", 1, "canary-user", SECRET, "app")))
    assert text.startswith("the name db.invalid does not resolve: ")


def test_a_resolver_that_does_not_answer(target: Callable[..., Target], monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: release.wait(20) and [])
    text = failure(target("postgresql", Login("db.example", 1, "canary-user", SECRET, "app")))
    release.set()
    assert text == "the name db.example does not resolve: no answer within 1 s"


def test_a_server_that_takes_no_more_connections_from_the_network(target: Callable[..., Target]) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for each in (first, second):  # fill the queue of those who wait to be accepted
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        login = Login("127.0.0.1", full.getsockname()[1], "canary-user", SECRET, "app")
        assert "1 s" in failure(target("postgresql", login))


def test_a_wrong_password(postgresql_login: Login, mariadb_login: Login, target: Callable[..., Target]) -> None:
    assert failure(target("postgresql", postgresql_login, PASSWORD=SECRET)) == (
        'password authentication failed for user "***"'
    )
    text = failure(target("mysql", mariadb_login, PASSWORD=SECRET, OPTIONS={"ssl_disabled": True}))
    assert text == "Access denied for user '***'@'localhost' with a password"


def test_a_database_that_does_not_exist(postgresql_login: Login, target: Callable[..., Target]) -> None:
    assert failure(target("postgresql", postgresql_login, NAME="nosuch")) == 'database "nosuch" does not exist'


def test_an_option_that_the_driver_does_not_know(postgresql_login: Login, target: Callable[..., Target]) -> None:
    text = failure(target("postgresql", postgresql_login, OPTIONS={"CONN_MAX_AGE": 60}))
    assert text == 'invalid connection option "CONN_MAX_AGE"'


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ENGINE": "django.db.backends.sqlite3"}, "a file"),
        ({"ENGINE": "django.db.backends.dummy"}, "no engine"),
        ({"ENGINE": "nosuch.postgresql"}, "isn't an available database backend"),
        ({"NAME": ""}, "settings.DATABASES is improperly configured"),
    ],
    ids=["SQLite", "none", "an engine that cannot be imported", "no name"],
)
def test_settings_without_a_server(changes: dict[str, str], expected: str, target: Callable[..., Target]) -> None:
    with pytest.raises(ProbeError, match=expected):
        target("postgresql", Login("127.0.0.1", 1, "canary-user", SECRET, "app"), **changes)
