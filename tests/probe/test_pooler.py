"""A pooler is recognised in every mode, and a direct server is never taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from djconnfix.facts import PoolMode as Mode
from djconnfix.probe.pooler import detect_pooler, stands_between
from djconnfix.probe.recorder import Recorder
from djconnfix.probe.session import opened
from djconnfix.probe.way import find_way
from tests.conftest import needs_server
from tests.servers.pgbouncer import PoolMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.live_facts import PoolerSeen
    from djconnfix.probe.target import Target
    from tests.servers import Testbed
    from tests.servers.pgbouncer import PgBouncer
    from tests.servers.postgresql import Login
    from tests.servers.proxy import CountingProxy

CONNECTIONS = 50
MODES = pytest.mark.parametrize("mode", get_args(PoolMode))


def verdicts(target: Target) -> list[bool]:
    """Whether something stands between, asked on many connections."""
    way = find_way(target.endpoints[0], 10)
    found = []
    with Recorder(way.address, target.vendor, timeout=10) as recorder:
        for _ in range(CONNECTIONS):
            with opened(target, recorder, way.endpoint, 10, initialise=False) as session:
                found.append(stands_between(target, session))
    return found


def seen(target: Target) -> PoolerSeen | None:
    return detect_pooler(target, find_way(target.endpoints[0], 10), 10)[0]


@MODES
def test_a_pooler_is_recognised_on_every_connection(
    mode: PoolMode, pgbouncer: Callable[[PoolMode], PgBouncer], target: Callable[..., Target]
) -> None:
    assert verdicts(target("postgresql", pgbouncer(mode).login)) == [True] * CONNECTIONS


def test_a_direct_server_is_never_mistaken(
    postgresql_login: Login, mariadb_login: Login, target: Callable[..., Target], proxy: Callable[..., CountingProxy]
) -> None:
    port = proxy(postgresql_login.port).port  # a plain proxy is no pooler
    mysql = target("mysql", mariadb_login, OPTIONS={"ssl_disabled": True})
    assert verdicts(mysql) == [False] * CONNECTIONS
    assert verdicts(target("postgresql", postgresql_login)) == [False] * CONNECTIONS
    assert verdicts(target("postgresql", postgresql_login, PORT=port)) == [False] * CONNECTIONS
    assert seen(target("postgresql", postgresql_login)) is None


@MODES
def test_the_mode_is_told_without_rights(
    mode: PoolMode, testbed: Testbed, postgresql_login: Login, target: Callable[..., Target]
) -> None:
    with needs_server():
        bouncer = testbed.pgbouncer(postgresql_login, mode, {"admin_users": "somebody"})
    for _ in range(3):
        found = seen(target("postgresql", bouncer.login))
        assert found is not None
        assert (found.program, found.version, found.mode) == ("pgbouncer", "", Mode(mode))


@MODES
def test_the_console_tells_its_version_where_it_may_be_asked(
    mode: PoolMode, pgbouncer: Callable[[PoolMode], PgBouncer], target: Callable[..., Target]
) -> None:
    found = seen(target("postgresql", pgbouncer(mode).login))
    assert found is not None
    assert found.version.startswith("1.")
    assert found.mode is Mode(mode)


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_a_pool_of_one_is_no_reason_to_hang(
    mode: PoolMode, testbed: Testbed, postgresql_login: Login, target: Callable[..., Target]
) -> None:
    with needs_server():
        bouncer = testbed.pgbouncer(
            postgresql_login, mode, {"admin_users": "somebody", "default_pool_size": "1", "max_db_connections": "1"}
        )
    made = target("postgresql", bouncer.login)
    found, doubts = detect_pooler(made, find_way(made.endpoints[0], 10), 10)
    assert found is not None
    assert found.mode is (Mode.TRANSACTION if mode == "transaction" else None)
    assert bool(doubts) is (mode == "session")
