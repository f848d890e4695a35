"""What must hold for some of the worlds that can be, in as few words as tell them from the others."""

from __future__ import annotations

from itertools import product

import pytest

from djconnfix.settings.conditions import MAX_ALTERNATIVES, describe
from djconnfix.settings.values import Atom

A, B, C, D = (Atom(f"{name} is set", f"{name} is set", f"{name} is not set") for name in "ABCD")
IS_X, IS_Y = (Atom(f"M == {x!r}", f"M == {x!r}", f"M != {x!r}", subject="M", constant=x) for x in "xy")
CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "all": ("AB Ab aB ab", "AB Ab aB ab", ()),
    "one condition": ("AB Ab", "AB Ab aB ab", ("A is set",)),
    "both": ("AB", "AB Ab aB ab", ("A is set", "B is set")),
    "what holds everywhere is not said": ("AB", "AB Ab", ("B is set",)),
    "three of four": ("AB Ab aB", "AB Ab aB ab", ("A is not set and B is set; or A is set",)),
    "two that have nothing in common": (
        "AB ab", "AB Ab aB ab", ("A is set and B is set; or A is not set and B is not set",),
    ),
    "one condition, and one of the others": (
        "ABC ABc AbC", "ABC ABc AbC Abc aBC", ("A is set", "B is not set and C is set; or B is set"),
    ),
    "a world that is told apart by one condition": ("Ab ab", "AB Ab ab", ("B is not set",)),
}  # fmt: skip


def worlds(text: str) -> list[dict[Atom, bool]]:
    """Read worlds: a capital for a condition that holds, a small letter for one that does not."""
    atoms = dict(zip("abcd", (A, B, C, D), strict=True))
    return [{atoms[letter.lower()]: letter.isupper() for letter in word} for word in text.split()]


@pytest.mark.parametrize(("group", "live", "said"), CASES.values(), ids=CASES)
def test_described(group: str, live: str, said: tuple[str, ...]) -> None:
    every = worlds(live)
    assert describe([every[live.split().index(word)] for word in group.split()], every) == said


def test_what_one_value_excludes_goes_without_saying() -> None:
    every = [{IS_X: True, IS_Y: False}, {IS_X: False, IS_Y: True}, {IS_X: False, IS_Y: False}]
    assert describe(every[:1], every) == ("M == 'x'",)
    assert describe(every[1:2], every) == ("M == 'y'",)
    assert describe(every[2:], every) == ("M != 'x'", "M != 'y'")


def test_no_more_alternatives_are_said_than_anybody_reads() -> None:
    every = [dict(zip((A, B, C, D), holds, strict=True)) for holds in product((True, False), repeat=4)]
    odd = [world for world in every if sum(world.values()) % 2]
    (said,) = describe(odd, every)
    assert len(odd) > MAX_ALTERNATIVES
    assert said.split("; or ")[:2] == [
        "A is set and B is set and C is set and D is not set", "A is set and B is set and C is not set and D is set",
    ]  # fmt: skip
    assert said.endswith("; or other combinations")
    assert said.count("; or ") == MAX_ALTERNATIVES


def test_every_condition_is_needed_where_no_two_worlds_differ_in_one() -> None:
    every = worlds("ABC ABc AbC aBC abc")
    assert describe([every[0], every[4]], every) == (
        "A is set and B is set and C is set; or A is not set and B is not set and C is not set",
    )
