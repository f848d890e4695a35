"""Spreading a line that has grown too long over several, one item a line, which formatters leave alone."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from djconnfix.fix.rewrite import replace_nodes
from djconnfix.fix.sequence import Sequence, sequence_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.fix.rewrite import Replace


def explosions(module: cst.Module, target: cst.CSTNode, unit: str) -> Iterator[cst.Module]:
    """Yield the module with more and more of the sequences around a node written one item a line, outermost first.

    Args:
        module: a slice.
        target: a node of `module`; when it is a display or call, the last one yielded has it spread, too.
        unit: one step of indentation.
    """
    path = path_to(module, target)
    inside = {id(node) for node in path}
    chain: list[cst.CSTNode] = []
    for node in reversed(path):
        sequence = bracketed(node)
        if sequence is None or not (node is target or any(id(item) in inside for item in sequence.items)):
            continue
        if sequence.on_line_between:
            chain.append(sequence.node)
            break
        if not sequence.on_one_line:
            break
        chain.append(sequence.node)
    margin = _margin(module, chain[-1]) if chain else ""
    for count in range(1, len(chain) + 1):
        outer = list(reversed(chain))[:count]
        yield replace_nodes(module, {node: _exploder(margin + unit * depth, unit) for depth, node in enumerate(outer)})


def _exploder(margin: str, unit: str) -> Replace:
    return lambda node: sequence_of(node).exploded(margin, unit).build()


def bracketed(node: cst.CSTNode) -> Sequence | None:
    """Return the inside of a node's brackets, None when it has none or nothing stands in them."""
    if isinstance(node, (cst.Dict, cst.List, cst.Set, cst.Call)) or (isinstance(node, cst.Tuple) and node.lpar):
        found = sequence_of(node)
        return found if found.items else None
    return None


def _margin(module: cst.Module, node: cst.CSTNode) -> str:
    """Return the indentation of the line on which a node of the module begins."""
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    line = StringIO(module.code, newline=None).readlines()[positions[node].start.line - 1]
    return line[: len(line) - len(line.lstrip(" \t"))]


def path_to(module: cst.Module, target: cst.CSTNode) -> list[cst.CSTNode]:
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
