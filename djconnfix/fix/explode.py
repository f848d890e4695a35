"""Spreading a line that has grown too long over several, in a way that black and ruff format leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from djconnfix.fix.rewrite import replace_nodes
from djconnfix.fix.sequence import Bracketed, Sequence, sequence_of

if TYPE_CHECKING:
    from djconnfix.fix.rewrite import Replace


def explode(module: cst.Module, target: cst.CSTNode, unit: str) -> cst.Module:
    """Return the module with a sequence, and those around it on the same line, written one item a line.

    Args:
        module: a slice.
        target: the display or call, a node of `module`.
        unit: one step of indentation.
    """
    path = _path_to(module, target)
    inside = {id(node) for node in path}
    chain: list[Bracketed] = []
    margin = ""
    for node in reversed(path):
        sequence = _sequence(node)
        if sequence is None or not (node is target or any(id(item) in inside for item in sequence.items)):
            continue
        if not sequence.on_one_line:
            margin = _margin(sequence, inside)
            break
        chain.append(sequence.node)
    changes: dict[cst.CSTNode, Replace] = {
        node: _exploder(margin + unit * depth, unit) for depth, node in enumerate(reversed(chain))
    }
    return replace_nodes(module, changes) if changes else module


def _exploder(margin: str, unit: str) -> Replace:
    return lambda node: sequence_of(node).exploded(margin, unit).build()


def _sequence(node: cst.CSTNode) -> Sequence | None:
    if isinstance(node, (cst.Dict, cst.List, cst.Set, cst.Call)) or (isinstance(node, cst.Tuple) and node.lpar):
        found = sequence_of(node)
        return found if found.items else None
    return None


def _margin(sequence: Sequence, inside: set[int]) -> str:
    """Return the indentation, within its block, of the line on which the item on the path begins."""
    margin = ""
    for gap, item in zip(sequence.gaps, sequence.items, strict=False):
        if isinstance(gap, cst.ParenthesizedWhitespace):
            margin = gap.last_line.value
        if id(item) in inside:
            break
    return margin


def _path_to(module: cst.Module, target: cst.CSTNode) -> list[cst.CSTNode]:
    """Return the nodes from the module down to the target; empty when it is not there."""
    path: list[cst.CSTNode] = []

    class Finder(cst.CSTVisitor):
        def __init__(self) -> None:
            self.stack: list[cst.CSTNode] = []

        def on_visit(self, node: cst.CSTNode) -> bool:
            self.stack.append(node)
            if node is target:
                path[:] = self.stack
            return not path

        def on_leave(self, original_node: cst.CSTNode) -> None:
            self.stack.pop()

    module.visit(Finder())
    return path
