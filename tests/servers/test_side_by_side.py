"""The comparison of the repaired shop with settings made by hand: its shape, and the connections. Never seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.servers.load import run_load
from tests.servers.shop import PAGES
from tests.servers.side_by_side import CLIENTS, WAYS, Served, Way, results, serve, show

if TYPE_CHECKING:
    from tests.servers import Testbed
    from tests.servers.postgresql import PostgreSQL


def served(name: str, rates: list[float], *, ours: bool = False) -> Served:
    nothing = cast("Any", None)
    work = 1 / max(rates)
    return Served(Way(name, "gunicorn", ours=ours), nothing, nothing, 16 if ours else None, rates, 100, 100 * work)


def test_what_is_ours_is_held_against_the_best_by_hand_round_by_round() -> None:
    ways = [
        served("connfix", [9.0, 20.0, 95.0], ours=True),
        served("slow", [1.0, 2.0, 3.0]),
        served("quick", [10.0, 20.0, 100.0]),
    ]
    found = {each.name: each for each in results("gunicorn", ways)}
    assert found["quick"].ratio == 1.0
    assert found["connfix"].ratio == pytest.approx(0.95)  # of 0.9, 1.0 and 0.95
    assert found["connfix"].work_ratio == pytest.approx(0.95)
    assert (found["connfix"].rate, found["slow"].rate) == (20.0, 2.0)


def test_a_way_that_is_ours_is_never_the_measure() -> None:
    ways = [served("connfix", [50.0], ours=True), served("by hand", [10.0])]
    assert [each.ratio for each in results("gunicorn", ways)] == [5.0, 1.0]


@pytest.mark.parametrize("kind", WAYS)
def test_every_kind_has_ways_of_both_sorts(kind: str) -> None:
    assert {way.ours for way in WAYS[kind]} == {True, False}
    assert all(way.ours is not bool(way.settings) for way in WAYS[kind])
    assert len({way.name for way in WAYS[kind]}) == len(WAYS[kind])


def test_connections_stay_within_the_budget_that_is_printed(testbed: Testbed, postgresql: PostgreSQL) -> None:
    """Under uvicorn; `tests/end_to_end/test_shop.py` has gunicorn."""
    ours = serve(testbed, postgresql, WAYS["uvicorn"][0])
    try:
        load = run_load(ours.web.url, PAGES, clients=CLIENTS, requests=32)
        assert (load.requests, load.failures) == (32, 0)
        assert ours.work(postgresql) > 0
        assert ours.budget is not None
        assert postgresql.sessions(ours.shop.login) <= ours.budget
    finally:
        ours.web.stop()


def test_the_table_has_a_row_for_each_way() -> None:
    found = results("gunicorn", [served("connfix", [9.0], ours=True), served("by hand", [10.0])])
    assert [line.split()[0] for line in show(found).splitlines()] == ["requests/s", "gunicorn", "gunicorn"]
