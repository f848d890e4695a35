"""Edits: stretches of a file's text and what stands there instead."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class CannotEditError(Exception):
    """An edit that would not be sure, so it is not made.

    Attributes:
        reason: one clause for a person, without the path.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def not_too_deep() -> Iterator[None]:
    """Refuse what takes more of the stack than is left: a change, its layout and its proof go down into a statement.

    Raises:
        CannotEditError: instead of `RecursionError`.
    """
    try:
        yield
    except RecursionError:
        raise CannotEditError("the statement is nested too deeply") from None


@dataclass(frozen=True, slots=True)
class Refused:
    """What a rewrite gives back instead of edits, with one clause that says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement. `start` and `end` are character offsets into `SourceFile.text` of the file at `path`."""

    path: str
    start: int
    end: int
    replacement: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with the edits made.

    Raises:
        ValueError: an edit lies outside the text, or two of them overlap or insert at the same place.
    """
    pieces: list[str] = []
    position = 0
    last: Edit | None = None
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if not 0 <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit.path}: the edit {edit.start}:{edit.end} lies outside the text")
        if edit.start < position or (last is not None and edit.start == last.start):
            raise ValueError(f"{edit.path}: edits overlap at {edit.start}")
        pieces += (text[position : edit.start], edit.replacement)
        position = edit.end
        last = edit
    return "".join((*pieces, text[position:]))


def trimmed(edit: Edit, text: str) -> Edit:
    """Return the same edit of this text without the characters at both ends that stay as they are."""
    old, new = text[edit.start : edit.end], edit.replacement
    head = _common_prefix(old, new)
    tail = _common_prefix(old[head:][::-1], new[head:][::-1])
    return Edit(edit.path, edit.start + head, edit.end - tail, new[head : len(new) - tail])


def edits_between(path: str, old: str, new: str) -> tuple[Edit, ...]:
    """Return the smallest line-wise edits that turn one text into the other, each trimmed to what differs."""
    if old == new:
        return ()
    from djconnfix.fix.comparison import opcodes

    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    edits = []
    for tag, first, last, new_first, new_last in opcodes(before, after):
        if tag != "equal":
            replacement = "".join(after[new_first:new_last])
            edits.append(trimmed(Edit(path, starts[first], starts[last], replacement), old))
    return tuple(edits)


def _common_prefix(one: str, other: str) -> int:
    shortest = min(len(one), len(other))
    return next((i for i in range(shortest) if one[i] != other[i]), shortest)
