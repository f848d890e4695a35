"""Writing on one line what stood on several only because it was too long, as black and ruff format would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.fix.explode import bracketed, path_to
from djconnfix.fix.rewrite import replace_nodes
from djconnfix.fix.sequence import sequence_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from djconnfix.fix.rewrite import Replace


def joins(
    before: cst.Module, old: cst.CSTNode, after: cst.Module, new: cst.CSTNode
) -> Iterator[tuple[cst.Module, cst.Module]]:
    """Yield both states of a slice with the brackets around a replaced node on one line, the outermost ones first.

    Only brackets whose items share one line of their own are joined, without a comma behind the last one: whoever
    wrote an item a line, or that comma, wants the lines.

    Args:
        before: the slice as it is in the file.
        old: a node of `before`.
        after: the slice with that node replaced.
        new: what stands in its place.
    """
    chain: list[tuple[cst.CSTNode, cst.CSTNode]] = []
    for one, other in zip(reversed(path_to(before, old)), reversed(path_to(after, new)), strict=False):
        was, is_ = bracketed(one), bracketed(other)
        if was is None or is_ is None or (was.on_one_line and is_.on_one_line):
            continue
        if not (was.shares_a_line and is_.shares_a_line):
            break
        chain.append((one, other))
    for count in range(len(chain), 0, -1):
        changes: dict[cst.CSTNode, Replace] = {one: _joined for one, _ in chain[:count]}
        changed: dict[cst.CSTNode, Replace] = {other: _joined for _, other in chain[:count]}
        yield replace_nodes(before, changes), replace_nodes(after, changed)


def _joined(node: cst.CSTNode) -> cst.CSTNode:
    return sequence_of(node).joined().build()
