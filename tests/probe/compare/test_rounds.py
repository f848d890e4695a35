"""Several rounds of every way, in turn, and what they come to."""

from __future__ import annotations

import argparse
from dataclasses import replace

import pytest

from djconnfix.management.arguments import rounds
from djconnfix.management.compare import Wish, in_turn
from djconnfix.probe.compare.outcome import Outcome, together

ROUND = Outcome(
    "pool", "", False, 100, 1, 1.0, 0.01, 0.03, 0.002, 4, 4, 8, 4, 12, 2, ("OperationalError: gone", "status 500")
)


def test_rounds_are_added_and_their_times_are_medians() -> None:
    found = together(
        [
            ROUND,
            replace(ROUND, seconds=0.5, median=0.02, slow=0.09, work=0.004, standing=6, reasons=("status 500",)),
            replace(ROUND, requests=50, median=0.5, slow=0.04, work=0.003, opened=0),
        ]
    )
    assert (found.requests, found.failures, found.seconds, found.opened) == (250, 3, 2.5, 8)
    assert (found.median, found.slow, found.work) == (0.02, 0.04, 0.003)
    assert (found.standing, found.cut, found.after_cut, found.failures_after_cut) == (6, 12, 36, 6)
    assert found.reasons == ("OperationalError: gone", "status 500")
    assert found.rates == (100.0, 200.0, 50.0)
    assert found.rate == 100.0


def test_one_round_has_no_spread() -> None:
    assert together([ROUND]) == ROUND


@pytest.mark.parametrize("field", ["work", "opened"])
def test_what_one_round_did_not_count_is_not_known(field: str) -> None:
    uncounted = replace(ROUND, **{field: None})  # type: ignore[arg-type]
    assert getattr(together([ROUND, uncounted]), field) is None


def test_a_round_that_could_not_be_measured_is_the_answer() -> None:
    broken = Outcome("pool", "", trouble="it was not done after 61 s")
    assert together([ROUND, broken, ROUND]) == broken


def wish(number: int) -> Wish:
    return Wish(("/",), 3.0, 5.0, rounds=number)


def test_ways_are_measured_in_turn_and_none_is_always_the_first() -> None:
    made: list[str] = []
    said: list[str] = []

    def way(name: str) -> Outcome:
        made.append(name)
        return replace(ROUND, name=name)

    ways = {name: lambda name=name: way(name) for name in ("a", "b", "c")}  # type: ignore[misc]
    found = in_turn(ways, wish(3), said.append)
    assert "".join(made) == "abccbaabc"
    assert [each.name for each in found] == ["a", "b", "c"]
    assert said[:2] == ["measuring a for 1 s, round 1 of 3 ...", "measuring b for 1 s, round 1 of 3 ..."]


def test_a_way_that_cannot_run_is_not_tried_again() -> None:
    made: list[str] = []

    def broken() -> Outcome:
        made.append("broken")
        return Outcome("broken", "", trouble="the project does not start")

    found = in_turn({"broken": broken, "pool": lambda: ROUND}, wish(3), lambda _: None)
    assert made == ["broken"]
    assert [bool(each.trouble) for each in found] == [True, False]
    assert len(found[1].rates) == 3


@pytest.mark.parametrize("text", ["0", "-1", "51", "three", "²"])
def test_a_number_of_rounds_that_is_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be a whole number from 1 to 50"):
        rounds(text)
