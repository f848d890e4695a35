"""Comparing many lines: what comes out leads from one text to the other, and keeps what is equal."""

from __future__ import annotations

import random
from difflib import SequenceMatcher
from itertools import pairwise

import pytest

from djconnfix.fix import comparison
from djconnfix.fix.comparison import grouped, opcodes


def aliases(count, *more):
    entry = ['"ENGINE": "x",', *more, "},"]
    return [line for n in range(count) for line in (f'"a{n}": {{', *entry)]


CASES = {
    "nothing": ([], []),
    "all new": ([], aliases(300)),
    "all gone": (aliases(300), []),
    "the same": (aliases(300), aliases(300)),
    "entries in each": (aliases(400), aliases(400, '"CONN_MAX_AGE": 60,', '"CONN_HEALTH_CHECKS": True,')),
    "entries from each": (aliases(400, '"CONN_MAX_AGE": 60,'), aliases(400)),
    "other entries in each": (aliases(400, '"A": 1,'), aliases(400, '"A": 2,')),
    "no line occurs once": (["a", "b"] * 400, ["a", "b", "c"] * 300),
    "parts change places": ([str(n) for n in range(800)], [str(n) for n in (*range(400, 800), *range(400))]),
    "one line in the middle": (["a"] * 400 + ["x"] + ["a"] * 400, ["a"] * 800),
}


def patched(before, after, codes):
    """Return what the opcodes make of the first text, having required that they cover both, in order."""
    made, line, other = [], 0, 0
    for tag, first, last, new_first, new_last in codes:
        assert (first, new_first) == (line, other)
        assert (tag == "equal") == (before[first:last] == after[new_first:new_last])
        assert (
            tag
            == {(True, True): tag, (True, False): "delete", (False, True): "insert"}[first < last, new_first < new_last]
        )
        made += after[new_first:new_last]
        line, other = last, new_last
    assert (line, other) == (len(before), len(after))
    return made


@pytest.mark.parametrize("case", CASES)
def test_opcodes_lead_from_one_to_the_other(case):
    before, after = CASES[case]
    assert patched(before, after, opcodes(before, after)) == after


@pytest.mark.parametrize("case", ["entries in each", "entries from each", "other entries in each"])
def test_what_is_equal_among_many_lines_is_found(case):
    before, after = CASES[case]
    same = sum(last - first for tag, first, last, *_ in opcodes(before, after) if tag == "equal")
    assert same == sum(line in set(after) for line in before)


@pytest.mark.parametrize("seed", range(20))
def test_any_two_texts(seed, monkeypatch):
    chance = random.Random(seed)
    monkeypatch.setattr(comparison, "_FEW", 0)
    monkeypatch.setattr(comparison, "_PAIRS", seed * 2)
    before = [str(chance.randrange(12)) for _ in range(chance.randrange(30))]
    after = [each for each in before if chance.random() > 0.3]
    after[5:5] = [str(chance.randrange(20)) for _ in range(5)]
    codes = opcodes(before, after)
    assert patched(before, after, codes) == after
    assert all(one[0] != "equal" or other[0] != "equal" for one, other in pairwise(codes))


def test_few_lines_are_compared_as_ever():
    before, after = aliases(20), aliases(20, '"A": 1,')
    assert opcodes(before, after) == SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    groups = [
        [tuple(each) for each in group]
        for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(3)
    ]
    assert [[tuple(each) for each in group] for group in grouped(before, after, 3)] == groups


def test_the_work_on_ten_thousand_lines_is_bounded(monkeypatch):
    looked_at = []

    class Counting(SequenceMatcher):
        def __init__(self, junk, one, other, autojunk=True):
            looked_at.append(len(one) * len(other))
            super().__init__(junk, one, other, autojunk)

    monkeypatch.setattr(comparison, "SequenceMatcher", Counting)
    before, after = CASES["entries in each"]
    assert patched(before, after, opcodes(before, after)) == after
    assert patched(["a"] * 5_000, ["b"] * 5_000, opcodes(["a"] * 5_000, ["b"] * 5_000)) == ["b"] * 5_000
    assert sum(looked_at) < 10_000
