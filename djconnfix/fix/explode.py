"""Spreading a line that has grown too long over several, in a way that black and ruff format leave alone."""

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

_COMPREHENSIONS = (cst.DictComp, cst.ListComp)


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
        if isinstance(node, _COMPREHENSIONS) and not _goes_on(node):
            chain.append(node)
            continue
        if chain and _splits(node, path):
            chain.append(node)
            continue
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
        changes: dict[cst.CSTNode, Replace] = {}
        depth = 0
        for node in outer:
            changes[node] = _exploder(margin + unit * depth, unit)
            depth += not isinstance(node, cst.BinaryOperation)  # operands stand below each other
        if isinstance(outer[-1], _COMPREHENSIONS):
            yield replace_nodes(module, {**changes, outer[-1]: _opener(margin + unit * (depth - 1), unit)})
        yield replace_nodes(module, changes)


def _exploder(margin: str, unit: str) -> Replace:
    def exploded(node: cst.CSTNode) -> cst.CSTNode:
        if isinstance(node, _COMPREHENSIONS):
            return _spread(node, margin, unit)
        if isinstance(node, cst.BinaryOperation):
            return _stacked(node, margin)
        return sequence_of(node).exploded(margin, unit).build()

    return exploded


def _splits(node: cst.CSTNode, path: list[cst.CSTNode]) -> bool:
    """Whether a node is a merge, written on one line, that is a whole item inside brackets."""
    if not isinstance(node, cst.BinaryOperation) or not isinstance(node.operator, cst.BitOr):
        return False
    parent = path[next(i for i, each in enumerate(path) if each is node) - 1]
    in_one_line = isinstance(node.operator.whitespace_before, cst.SimpleWhitespace)
    items = (cst.Arg, cst.DictElement, cst.Element, *_COMPREHENSIONS)
    return not node.lpar and in_one_line and isinstance(parent, items)


def _stacked(node: cst.BinaryOperation, margin: str) -> cst.BinaryOperation:
    """Return a merge with each operand but the first on a line of its own, behind its operator."""
    left = node.left
    if isinstance(left, cst.BinaryOperation) and isinstance(left.operator, cst.BitOr) and not left.lpar:
        left = _stacked(left, margin)
    return node.with_changes(left=left, operator=node.operator.with_changes(whitespace_before=_line(margin)))


def _goes_on(node: cst.DictComp | cst.ListComp) -> bool:
    return isinstance(node.for_in.whitespace_before, cst.ParenthesizedWhitespace)


def _opener(margin: str, unit: str) -> Replace:
    return lambda node: _opened(node, margin, unit) if isinstance(node, _COMPREHENSIONS) else node


def _opened(node: cst.DictComp | cst.ListComp, margin: str, unit: str) -> cst.CSTNode:
    """Return a comprehension on a line between those of its brackets."""
    inner, outer = _line(margin + unit), _line(margin)
    if isinstance(node, cst.DictComp):
        lbrace, rbrace = node.lbrace, node.rbrace
        return node.with_changes(
            lbrace=lbrace.with_changes(whitespace_after=inner), rbrace=rbrace.with_changes(whitespace_before=outer)
        )
    left, right = node.lbracket, node.rbracket
    return node.with_changes(
        lbracket=left.with_changes(whitespace_after=inner), rbracket=right.with_changes(whitespace_before=outer)
    )


def _spread(node: cst.DictComp | cst.ListComp, margin: str, unit: str) -> cst.CSTNode:
    """Return a comprehension with its element and each of its clauses on lines of their own."""
    return _opened(node.with_changes(for_in=_clauses(node.for_in, margin + unit)), margin, unit)


def _clauses(clause: cst.CompFor, margin: str) -> cst.CompFor:
    return clause.with_changes(
        whitespace_before=_line(margin),
        ifs=[each.with_changes(whitespace_before=_line(margin)) for each in clause.ifs],
        inner_for_in=_clauses(clause.inner_for_in, margin) if clause.inner_for_in else None,
    )


def _line(margin: str) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(margin))


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
