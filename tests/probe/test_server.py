"""What live servers say to an ordinary role, and what becomes of it."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from djconnfix.live_facts import ServerFacts
from djconnfix.probe.errors import ProbeError
from djconnfix.probe.server import read_server
from tests.conftest import needs_server
from tests.rules.build import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.probe.target import Target
    from tests.servers import Testbed
    from tests.servers.mariadb import MariaDB
    from tests.servers.postgresql import Login, PostgreSQL

KNOWN = ServerFacts("default", at())
NO_TLS = {"OPTIONS": {"ssl_disabled": True}}


def read(target: Target) -> ServerFacts:
    return read_server(target, KNOWN, 10)


def test_limits_and_time_outs_of_postgresql(testbed: Testbed, target: Callable[..., Target]) -> None:
    limits = {"max_connections": "40", "superuser_reserved_connections": "2", "reserved_connections": "3"}
    timeouts = {"idle_session_timeout": "90s", "idle_in_transaction_session_timeout": "2min"}
    with needs_server():
        server = testbed.postgresql(settings=limits | timeouts)
    login = server.create_database("limits")
    server.query("ALTER ROLE limits CONNECTION LIMIT 12")
    found = read(target("postgresql", login, CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True))
    assert (found.product, found.version[0]) == (
        "PostgreSQL",
        int(server.query("SHOW server_version_num")[0][0]) // 10000,
    )
    assert (found.max_connections, found.reserved, found.usable, found.own_limit) == (40, 5, 35, 12)
    assert (found.idle_timeout, found.idle_in_transaction_timeout) == (90, 120)
    assert (found.connections, found.own_connections) == (1, 1)
    assert (found.local, found.encrypted, found.pooler, found.unseen) == (True, False, None, ())
    assert (found.conn_max_age, found.health_checks, found.pool) == (60, True, False)
    assert found.minimum


def test_limits_and_time_outs_of_mariadb(testbed: Testbed, target: Callable[..., Target]) -> None:
    with needs_server():
        server = testbed.mariadb({"max-connections": "25", "wait-timeout": "300"})
    found = read(target("mysql", server.create_database("limits"), **NO_TLS))
    assert (found.product, found.version[0]) == ("MariaDB", 10)
    assert (found.max_connections, found.usable, found.idle_timeout) == (25, 25, 300)
    assert found.connections >= found.own_connections == 1
    assert [each.partition(" (")[0] for each in found.unseen] == ["transactions that idle"]


def test_a_transaction_that_idles_is_seen_with_its_locks_and_those_who_wait(
    postgresql: PostgreSQL, postgresql_login: Login, target: Callable[..., Target]
) -> None:
    with ExitStack() as stack:
        idle = stack.enter_context(postgresql.connect(postgresql_login, application_name="shop"))
        idle.execute("CREATE TABLE IF NOT EXISTS shop_order (n int)")
        idle.execute("BEGIN")
        idle.execute("SELECT * FROM shop_order")
        time.sleep(0.2)
        assert [each.blocks for each in read(target("postgresql", postgresql_login)).idle_transactions] == [0]
        waiting = stack.enter_context(postgresql.connect(replace(postgresql.login(), database="app")))
        thread = threading.Thread(target=waiting.execute, args=("ALTER TABLE shop_order ADD COLUMN m int",))
        thread.start()
        try:
            give_up = time.monotonic() + 10
            while not postgresql.query("SELECT 1 FROM pg_locks WHERE NOT granted") and time.monotonic() < give_up:
                time.sleep(0.02)
            [seen] = read(target("postgresql", postgresql_login)).idle_transactions
        finally:
            idle.execute("ROLLBACK")
            thread.join(10)
    assert (seen.application, seen.tables, seen.blocks) == ("shop", ("shop_order",), 1)
    assert seen.seconds >= 0.2


def test_sessions_of_other_roles_are_counted_and_not_judged(
    postgresql: PostgreSQL, postgresql_login: Login, target: Callable[..., Target]
) -> None:
    other = postgresql.create_database("neighbour")
    with postgresql.connect(other) as idle:
        idle.execute("BEGIN")
        idle.execute("SELECT 1")
        found = read(target("postgresql", postgresql_login))
    assert found.connections > found.own_connections
    assert found.idle_transactions == ()


def test_with_the_privilege_mariadb_tells_its_transactions(mariadb: MariaDB, target: Callable[..., Target]) -> None:
    login = mariadb.create_database("watched")
    mariadb.query("GRANT PROCESS ON *.* TO watched@localhost")
    with mariadb.connect(login) as idle, idle.cursor() as cursor:
        cursor.execute("CREATE TABLE orders (n int) ENGINE=InnoDB")
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM orders FOR UPDATE")
        cursor.fetchall()
        found = read(target("mysql", login, **NO_TLS))
    assert len(found.idle_transactions) == 1
    assert found.unseen == ()


def test_tls_is_told_for_each_leg(testbed: Testbed, target: Callable[..., Target]) -> None:
    with needs_server():
        server = testbed.postgresql(tls=True)
        login = server.create_database("legs")
        bouncer = testbed.pgbouncer(login, "transaction", {"server_tls_sslmode": "disable"})
    direct = read(target("postgresql", login, OPTIONS={"sslmode": "require"}))
    assert (direct.encrypted, direct.server_encrypted) == (True, None)
    through = read(target("postgresql", bouncer.login))
    assert (through.encrypted, through.server_encrypted) == (False, False)


def test_a_server_that_refuses_is_one_line(postgresql_login: Login, target: Callable[..., Target]) -> None:
    with pytest.raises(ProbeError, match=r'^password authentication failed for user "\*\*\*"$'):
        read(target("postgresql", postgresql_login, PASSWORD="wrong"))


def test_nothing_is_left_behind(postgresql: PostgreSQL, target: Callable[..., Target]) -> None:
    login = postgresql.create_database("visited")
    read(target("postgresql", login))
    give_up = time.monotonic() + 10
    while postgresql.sessions(login) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert postgresql.sessions(login) == 0
