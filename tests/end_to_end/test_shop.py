"""The bundled shop under gunicorn on a real PostgreSQL, before the fix and after it. Counts, never seconds.

Shows what these rules say, and that their fixes work: conn-max-age-zero, connection-close-per-request,
middleware-conditional-commit, autocommit-false.
"""

from __future__ import annotations

import urllib.error
from typing import TYPE_CHECKING

import pytest

from tests.servers.load import Browser
from tests.servers.side_by_side import printed_budget

if TYPE_CHECKING:
    from tests.servers.postgresql import PostgreSQL
    from tests.servers.shop import Shop

REQUESTS = 120
THREADS = 2 * 4  # Procfile: --workers 2 --threads 4
ALIASES = 2

BLOCKED_DDL = "SET lock_timeout = '500ms'; ALTER TABLE store_product ALTER COLUMN stock SET DEFAULT 1"


@pytest.fixture
def fixed_shop(shop: Shop) -> Shop:
    settings = shop.install_djconnfix()
    untouched = settings.read_bytes()
    result = shop.manage("connfix", "--unsafe-fixes", check=False)
    assert settings.read_bytes() != untouched, result.stdout + result.stderr
    return shop


def ddl_is_blocked(shop: Shop) -> bool:
    import psycopg

    with shop.postgresql.connect(shop.login) as connection:
        try:
            connection.execute(BLOCKED_DDL.encode())
        except psycopg.errors.LockNotAvailable:
            return True
    return False


@pytest.mark.proves("DCF101", "DCF301", "DCF210", "DCF201")
def test_before_the_fix_every_request_connects_and_transactions_stay_open(shop: Shop) -> None:
    measured = shop.measure(requests=REQUESTS)
    assert (measured.load.requests, measured.load.failures) == (REQUESTS, 0)
    assert measured.new_connections >= REQUESTS
    assert measured.idle_in_transaction > 0


@pytest.mark.proves("DCF210", "DCF201")
def test_before_the_fix_a_finished_read_blocks_a_migration(shop: Shop) -> None:
    web = shop.serve()
    try:
        Browser(web.url).get("/")
        assert ddl_is_blocked(shop)
    finally:
        web.stop()


@pytest.mark.proves("DCF101", "DCF301", "DCF210", "DCF201")
def test_after_the_fix_connections_are_reused_and_no_transaction_is_left_open(fixed_shop: Shop) -> None:
    measured = fixed_shop.measure(requests=REQUESTS)
    assert (measured.load.requests, measured.load.failures) == (REQUESTS, 0)
    assert measured.new_connections <= THREADS * ALIASES
    assert 0 < measured.open_connections <= THREADS * ALIASES == printed_budget(fixed_shop)
    assert measured.idle_in_transaction == 0


@pytest.mark.proves("DCF210", "DCF201")
def test_after_the_fix_a_finished_read_blocks_nothing(fixed_shop: Shop) -> None:
    web = fixed_shop.serve()
    try:
        Browser(web.url).get("/")
        assert not ddl_is_blocked(fixed_shop)
    finally:
        web.stop()


@pytest.mark.parametrize("state", ["before", "after"])
def test_an_order_is_committed_and_a_failed_one_is_not(
    request: pytest.FixtureRequest, postgresql: PostgreSQL, state: str
) -> None:
    shop: Shop = request.getfixturevalue("shop" if state == "before" else "fixed_shop")
    web = shop.serve()
    try:
        assert "Thank you, Ada" in shop.buy(web)
        assert (shop.count("store_order"), shop.count("store_orderline")) == (1, 1)

        with shop.postgresql.connect(shop.login) as connection:
            # the order row is written first, then its lines: a failure half-way through
            connection.execute("ALTER TABLE store_orderline ADD CONSTRAINT no_more_lines CHECK (false) NOT VALID")
        with pytest.raises(urllib.error.HTTPError, match="500"):
            shop.buy(web)
        assert (shop.count("store_order"), shop.count("store_orderline")) == (1, 1)
    finally:
        web.stop()


def test_after_the_fix_a_second_run_changes_nothing(fixed_shop: Shop) -> None:
    files = {path: path.read_bytes() for path in fixed_shop.folder.rglob("*.py")}
    result = fixed_shop.manage("connfix", "--unsafe-fixes", "--check", "--dry-run", check=False)
    assert "+++" not in result.stdout
    assert (result.returncode, result.stderr) == (0, "djconnfix: nothing would change\n")
    assert {path: path.read_bytes() for path in fixed_shop.folder.rglob("*.py")} == files
