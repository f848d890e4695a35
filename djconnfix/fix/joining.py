"""Writing on one line what stood on several only because it was too long, as black and ruff format would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from djconnfix.fix.explode import bracketed, path_to
from djconnfix.fix.rewrite import replace_nodes
from djconnfix.fix.sequence import Sequence, sequence_of
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as Several


@dataclass(frozen=True, slots=True)
class Joined:
    """Both states of a slice with some brackets on one line.

    Attributes:
        before: None when something in the brackets had lines of its own, so that they could not be on one.
        after: with the replaced node.
        comments: what stood behind the items, or behind the opening bracket, and goes to the end of the line.
    """

    before: cst.Module | None
    after: cst.Module
    comments: tuple[str, ...]


def joins(before: cst.Module, old: cst.CSTNode, after: cst.Module, new: cst.CSTNode) -> Iterator[Joined]:
    """Yield a slice with the brackets around a replaced node on one line, the outermost ones first.

    Only brackets whose items share one line of their own are joined, without a comma behind the last one: whoever wrote
    an item a line, or that comma, wants the lines.

    Args:
        before: the slice as it is in the file.
        old: a node of `before`.
        after: the slice with that node replaced.
        new: what stands in its place.
    """
    chain: list[tuple[cst.CSTNode, cst.CSTNode]] = []
    for one, other in zip(reversed(path_to(before, old)), reversed(path_to(after, new)), strict=False):
        inside, within = bracketed(one), bracketed(other)
        if inside is None or within is None or (inside.on_one_line and within.on_one_line):
            continue
        if not (inside.shares_a_line and within.shares_a_line):
            break
        chain.append((one, other))
    for count in range(len(chain), 0, -1):
        one, other = chain[count - 1]
        first, second = ({pair[side]: _joined for pair in chain[:count]} for side in (0, 1))
        if not _on_lines(other, len(second)):
            was = None if _on_lines(one, len(first)) else replace_nodes(before, first)
            comments = tuple(text for node in second for text in line_comments(sequence_of(node)))
            yield Joined(was, replace_nodes(after, second), comments)


def line_comments(sequence: Sequence) -> Iterator[str]:
    """Yield the comments behind the opening bracket and behind the last item."""
    for gap in dict.fromkeys((sequence.gaps[0], sequence.gaps[-1])):  # one and the same when nothing is in between
        if isinstance(gap, cst.ParenthesizedWhitespace) and gap.first_line.comment is not None:
            yield gap.first_line.comment.value


def with_comments(before: Iterable[str], text: str, comments: Several[str]) -> str | None:
    """Return a text with its comment behind the one line that was not there before; None when it is not one of each."""
    lines = text.splitlines(keepends=True)
    known = set(before)
    new = [number for number, line in enumerate(lines) if line.rstrip("\r\n") not in known]
    if not comments:
        return text
    if len(comments) > 1 or len(new) != 1 or "#" in lines[new[0]]:
        return None
    line = lines[new[0]]
    body = line.rstrip("\r\n")
    lines[new[0]] = "  ".join((body, *comments)) + line[len(body) :]
    return "".join(lines)


def _joined(node: cst.CSTNode) -> cst.CSTNode:
    return sequence_of(node).joined().build()


def _on_lines(node: cst.CSTNode, joined: int) -> bool:
    """Whether there are line breaks in a node besides those of so many brackets that are joined."""
    return cst.Module(()).code_for_node(node).count("\n") > 2 * joined
