"""How the lines of one text became those of another, in a time that grows as the texts do."""

from __future__ import annotations

from bisect import bisect_left
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Opcode = tuple[str, int, int, int, int]
    Ends = tuple[int, int]  # a line of the one and a line of the other
    Block = tuple[int, int, int]  # a line of the one, a line of the other, and how many are equal from there

_FEW = 600  # lines of both that are compared with each other, whatever they are
_PAIRS = 200_000  # of lines that may be equal


def opcodes(before: Sequence[str], after: Sequence[str]) -> list[Opcode]:
    """Return what `difflib.SequenceMatcher` gives for few lines; of many, those that occur once lead the way."""
    if len(before) + len(after) <= _FEW:
        return list(SequenceMatcher(None, before, after, autojunk=False).get_opcodes())
    found: list[Opcode] = []
    line = other = 0
    for start, other_start, length in (*_joined(_blocks(before, after)), (len(before), len(after), 0)):
        if line < start or other < other_start:
            tag = "replace" if line < start and other < other_start else "delete" if line < start else "insert"
            found.append((tag, line, start, other, other_start))
        if length:
            found.append(("equal", start, start + length, other_start, other_start + length))
        line, other = start + length, other_start + length
    return found


def grouped(before: Sequence[str], after: Sequence[str], context: int) -> Iterator[list[Opcode]]:
    """Yield the opcodes of each hunk, with this many equal lines around what differs."""
    matcher = _Known(None, "", "")
    matcher.known = opcodes(before, after)
    for group in matcher.get_grouped_opcodes(context):
        yield list(group)


class _Known(SequenceMatcher[str]):
    """A matcher that is told its opcodes."""

    known: Sequence[Opcode]

    def get_opcodes(self) -> Any:
        """Return what it was told."""
        return [*self.known]


def _joined(blocks: Iterator[Block]) -> Iterator[Block]:
    """Join blocks that follow each other."""
    start = other = length = 0
    for each in blocks:
        if each[:2] == (start + length, other + length):
            length += each[2]
            continue
        if length:
            yield start, other, length
        start, other, length = each
    if length:
        yield start, other, length


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[Block]:
    line = other = 0
    for start, other_start in (*_anchors(before, after), (len(before), len(after))):
        yield from _between(before, after, (line, other), (start, other_start))
        if start < len(before):
            yield start, other_start, 1
        line, other = start + 1, other_start + 1


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the most lines that occur once in both, and in the same order in both."""
    once, other_once = _once(before), _once(after)
    pairs = [(number, other_once[line]) for line, number in once.items() if line in other_once]
    tops: list[int] = []  # of each length, the least last line of a sequence of so many
    ends: list[int] = []
    above: list[int] = []
    for index, (_, other) in enumerate(pairs):
        place = bisect_left(tops, other)
        above.append(ends[place - 1] if place else -1)
        tops[place : place + 1] = [other]
        ends[place : place + 1] = [index]
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = above[index]
    return chain[::-1]


def _once(lines: Sequence[str]) -> dict[str, int]:
    """Return the lines that occur once, with their numbers, in order."""
    found: dict[str, int] = {}
    often: set[str] = set()
    for number, line in enumerate(lines):
        if line in found:
            often.add(line)
        found[line] = number
    return {line: number for line, number in found.items() if line not in often}


def _between(before: Sequence[str], after: Sequence[str], start: Ends, stop: Ends) -> Iterator[Block]:
    """Yield what is equal between two anchors: at both ends, and inside where that is not too much to look at."""
    (line, other), (end, other_end) = start, stop
    while line < end and other < other_end and before[line] == after[other]:
        line, other = line + 1, other + 1
    yield *start, line - start[0]
    while line < end and other < other_end and before[end - 1] == after[other_end - 1]:
        end, other_end = end - 1, other_end - 1
    if 0 < (end - line) * (other_end - other) <= _PAIRS:
        inside = SequenceMatcher(None, before[line:end], after[other:other_end], autojunk=False)
        for first, second, length in inside.get_matching_blocks():
            yield line + first, other + second, length
    yield end, other_end, stop[0] - end
