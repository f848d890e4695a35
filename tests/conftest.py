"""Fixtures: the servers of ``tests/servers``, started once a session, when the first test asks for one.

A server program that is not installed skips the test with the reason; where the environment says ``CI=true`` it fails.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers import Testbed
    from tests.servers.mariadb import MariaDB
    from tests.servers.pgbouncer import PgBouncer, PoolMode
    from tests.servers.postgresql import Login, PostgreSQL
    from tests.servers.proxy import CountingProxy
    from tests.servers.shop import Shop

SERVER_FIXTURES = frozenset(
    {"testbed", "postgresql", "postgresql_login", "mariadb", "mariadb_login", "pgbouncer", "shop"}
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers, so that ``-m "not servers"`` leaves the fast tests."""
    for item in items:
        if SERVER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


@contextmanager
def needs_server() -> Iterator[None]:
    """Turn a server that is not installed into a skip, or into a failure in CI."""
    from tests.servers import ServerUnavailable

    try:
        yield
    except ServerUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{error} (a missing server fails where CI=true)", pytrace=False)
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def git() -> str:
    """Return the path of git, for tests that run it; without it they are skipped, or fail in CI."""
    return needed_program("git")


def needed_program(name: str) -> str:
    """Return the path of a program that tests run; without it they are skipped, or fail in CI."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed (which fails where CI=true)", pytrace=False)
        pytest.skip(f"{name} is not installed")
    return path


@contextmanager
def cleaned_up_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the session as Ctrl-C does, so that the servers are stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@pytest.fixture(scope="session")
def testbed() -> Iterator[Testbed]:
    """The bed; nothing runs on it yet."""
    pytest.importorskip("psycopg", reason="no psycopg: pip install 'djconnfix[test]'")
    from tests.servers import Testbed

    with cleaned_up_on_sigterm(), Testbed() as bed:
        yield bed


@pytest.fixture(scope="session")
def postgresql(testbed: Testbed) -> PostgreSQL:
    """A PostgreSQL server for the whole session."""
    with needs_server():
        return testbed.postgresql()


@pytest.fixture(scope="session")
def postgresql_login(postgresql: PostgreSQL) -> Login:
    """An ordinary role with a database of its own."""
    return postgresql.create_database("app")


@pytest.fixture(scope="session")
def mariadb(testbed: Testbed) -> MariaDB:
    """A MariaDB server for the whole session."""
    with needs_server():
        return testbed.mariadb()


@pytest.fixture(scope="session")
def mariadb_login(mariadb: MariaDB) -> Login:
    """An ordinary user with a database of their own."""
    return mariadb.create_database("app")


@pytest.fixture(scope="session")
def pgbouncer(testbed: Testbed, postgresql_login: Login) -> Callable[[PoolMode], PgBouncer]:
    """``pgbouncer("transaction")``: a PgBouncer of that mode in front of `postgresql_login`."""

    def start(mode: PoolMode) -> PgBouncer:
        with needs_server():
            return testbed.pgbouncer(postgresql_login, mode)

    return start


@pytest.fixture
def proxy() -> Iterator[Callable[..., CountingProxy]]:
    """``proxy(port, delay=0.05)``: a counting proxy in front of a port, for one test."""
    from tests.servers.proxy import CountingProxy

    started: list[CountingProxy] = []

    def start(port: int, *, delay: float = 0.0) -> CountingProxy:
        started.append(CountingProxy(port, delay=delay))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def shop(testbed: Testbed, postgresql: PostgreSQL) -> Shop:
    """A fresh copy of the bundled shop, with a database of its own."""
    from tests.servers.shop import Shop

    return Shop(testbed, postgresql)
