"""Edits of texts: what is applied, what is refused, and the smallest edits between two texts."""

from __future__ import annotations

import pytest

from djconnfix.fix.edits import Edit, apply, edits_between, trimmed


def edit(start: int, end: int, replacement: str) -> Edit:
    return Edit("a.py", start, end, replacement)


def test_edits_are_applied_whatever_their_order() -> None:
    assert apply("abcdef", [edit(4, 5, "E"), edit(0, 1, ""), edit(2, 2, "-")]) == "b-cdEf"


@pytest.mark.parametrize(
    "edits",
    [
        [edit(0, 3, "x"), edit(2, 4, "y")],
        [edit(2, 2, "x"), edit(2, 2, "y")],
        [edit(2, 2, "x"), edit(2, 4, "y")],
        [edit(5, 7, "x")],
        [edit(-1, 2, "x")],
        [edit(3, 2, "x")],
    ],
    ids=[
        "overlap",
        "same insertion",
        "insertion at a replacement",
        "past the end",
        "before the beginning",
        "backwards",
    ],
)
def test_edits_that_collide_or_lie_outside_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match=r"overlap|outside"):
        apply("abcdef", edits)


def test_an_edit_is_trimmed_to_what_differs() -> None:
    assert trimmed(edit(0, 6, "abXdef"), "abcdef") == edit(2, 3, "X")
    assert trimmed(edit(0, 4, "aaaaa"), "aaaa") == edit(4, 4, "a")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a\nb\nc\n", "a\nb\nc\n", 0),
        ("a\nb\nc\n", "a\nX\nc\n", 1),
        ("a\nb\nc\nd\n", "A\nb\nc\nD", 2),
        ("", "a\n", 1),
        ("a\r\nb\r\n", "a\r\nx\r\nb\r\n", 1),
    ],
)
def test_edits_between_two_texts_lead_from_one_to_the_other(old: str, new: str, expected: int) -> None:
    edits = edits_between("a.py", old, new)
    assert len(edits) == expected
    assert apply(old, edits) == new
