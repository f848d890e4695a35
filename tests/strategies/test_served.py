"""Every strategy reached from the same shop, and served by the real servers. Counts, never seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import needs_server
from tests.strategies.shops import StrategyShop, WrittenPgBouncer, djconnfix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import Testbed
    from tests.servers.postgresql import PostgreSQL

REQUESTS = 80
THREADS = 2 * 4  # Procfile: --workers 2 --threads 4
ALIASES = 2


@pytest.fixture
def strategy_shop(testbed: Testbed, postgresql: PostgreSQL) -> StrategyShop:
    return StrategyShop(testbed, postgresql)


@pytest.fixture
def bouncer(
    testbed: Testbed, strategy_shop: StrategyShop, request: pytest.FixtureRequest
) -> Iterator[WrittenPgBouncer]:
    text = strategy_shop.written_pgbouncer(request.param)
    with needs_server():
        started = WrittenPgBouncer(testbed, text, strategy_shop.login)
    yield started
    started.stop()


def follow(shop: StrategyShop, strategy: str) -> None:
    done = shop.follow(strategy)
    assert done.returncode == 0, done.stdout + done.stderr
    again = djconnfix(
        shop.folder, "fix", "--strategy", strategy, "--requirements", "--unsafe-fixes", "--check", "--dry-run"
    )
    assert (again.returncode, again.stdout) == (0, ""), again.stdout + again.stderr


def test_close_per_request(strategy_shop: StrategyShop) -> None:
    follow(strategy_shop, "close-per-request")
    measured = strategy_shop.measure(requests=REQUESTS)
    assert (measured.load.requests, measured.load.failures) == (REQUESTS, 0)
    assert measured.new_connections >= REQUESTS
    assert (measured.open_connections, measured.idle_in_transaction) == (0, 0)


@pytest.mark.parametrize("strategy", ["persistent", "pool", "sqlalchemy-pool"])
def test_connections_stay_open_in_the_processes(strategy_shop: StrategyShop, strategy: str) -> None:
    if strategy == "sqlalchemy-pool":
        pytest.importorskip("dj_db_conn_pool")
    follow(strategy_shop, strategy)
    measured = strategy_shop.measure(requests=REQUESTS)
    assert (measured.load.requests, measured.load.failures) == (REQUESTS, 0)
    assert measured.new_connections <= THREADS * ALIASES
    assert 0 < measured.open_connections <= THREADS * ALIASES
    assert measured.idle_in_transaction == 0


@pytest.mark.parametrize("strategy", ["pool", "sqlalchemy-pool"])
def test_a_pool_keeps_connections_under_asgi(strategy_shop: StrategyShop, strategy: str) -> None:
    pytest.importorskip("uvicorn")
    pytest.importorskip("dj_db_conn_pool")
    procfile = strategy_shop.folder / "Procfile"
    procfile.write_text("web: uvicorn shop.asgi:application\n", encoding="utf-8")
    refused = strategy_shop.follow("persistent")
    assert "each request runs on a thread of its own" in " ".join(refused.stdout.split())
    follow(strategy_shop, strategy)
    measured = strategy_shop.measure(requests=REQUESTS)
    assert (measured.load.requests, measured.load.failures) == (REQUESTS, 0)
    assert measured.new_connections <= 10 * ALIASES
    assert 0 < measured.open_connections <= 10 * ALIASES


@pytest.mark.parametrize(
    ("strategy", "bouncer"),
    [("pgbouncer-session", "session"), ("pgbouncer-transaction", "transaction")],
    indirect=["bouncer"],
)
def test_connections_stay_open_in_pgbouncer(
    strategy_shop: StrategyShop, bouncer: WrittenPgBouncer, strategy: str
) -> None:
    strategy_shop.through = {"DB": bouncer.login, "REPLICA": bouncer.login}
    follow(strategy_shop, strategy)
    measured = strategy_shop.measure(requests=REQUESTS)
    assert (measured.load.requests, measured.load.failures) == (REQUESTS, 0)
    assert measured.new_connections <= THREADS * ALIASES
    assert 0 < measured.open_connections <= THREADS * ALIASES
    assert measured.idle_in_transaction == 0
    web = strategy_shop.serve()
    try:
        assert "Thank you, Ada" in strategy_shop.buy(web)
    finally:
        web.stop()


@pytest.mark.parametrize("bouncer", ["statement"], indirect=True)
def test_statement_mode_serves_what_is_only_read_and_is_refused_for_the_rest(
    strategy_shop: StrategyShop, bouncer: WrittenPgBouncer
) -> None:
    done = strategy_shop.follow("pgbouncer-statement")
    assert done.returncode == 1
    assert "strategy pgbouncer-statement cannot work for alias 'default'" in done.stdout
    strategy_shop.through = {"REPLICA": bouncer.login}
    measured = strategy_shop.measure(requests=24)
    assert (measured.load.requests, measured.load.failures) == (24, 0)
    assert "transaction blocks not allowed" not in bouncer.log


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ("pool", "persistent"),
        ("sqlalchemy-pool", "pool"),
        ("pgbouncer-transaction", "persistent"),
        ("persistent", "close-per-request"),
    ],
)
def test_one_strategy_follows_another(strategy_shop: StrategyShop, there: str, back: str) -> None:
    follow(strategy_shop, there)
    follow(strategy_shop, back)
    web = strategy_shop.serve()
    try:
        assert "Thank you, Ada" in strategy_shop.buy(web)
    finally:
        web.stop()
