"""Conditions and loops that would be left with nothing in them when a statement goes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djconnfix.source import SourceFile

# Calls that do nothing but give back a value.
_HARMLESS = frozenset(
    {
        "bool", "endswith", "enumerate", "get", "getenv", "items", "keys", "len", "list", "lower", "set", "sorted",
        "startswith", "strip", "tuple", "upper", "values",
    }
)  # fmt: skip
_PLAIN = (
    ast.Attribute, ast.BoolOp, ast.Call, ast.Compare, ast.Constant, ast.List, ast.Name, ast.Set, ast.Subscript,
    ast.Tuple, ast.UnaryOp, ast.boolop, ast.cmpop, ast.expr_context, ast.keyword, ast.unaryop,
)  # fmt: skip


def emptied_with(source: SourceFile, statement: ast.stmt) -> ast.stmt:
    """Return the outermost condition or loop that holds nothing but this statement, itself when there is none.

    One stays when something else depends on it: another branch, a comment, a name that it binds, a test that does more
    than look.
    """
    around = _around(source.tree, statement)
    parent = around.get(statement)
    while parent is not None and _only_holds(source, parent, statement, around):
        statement, parent = parent, around.get(parent)
    return statement


def _around(tree: ast.Module, statement: ast.stmt) -> dict[ast.stmt, ast.stmt]:
    """Return what each of the statements around one stands in, innermost first."""
    found: dict[ast.stmt, ast.stmt] = {}
    pending: list[tuple[ast.stmt, dict[ast.stmt, ast.stmt]]] = [(each, {}) for each in tree.body]
    while pending:
        node, path = pending.pop()
        if node is statement:
            return path
        inside = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))
        pending.extend((child, {**path, child: node}) for child in inside)
    return found


def _only_holds(source: SourceFile, outer: ast.stmt, inner: ast.stmt, around: dict[ast.stmt, ast.stmt]) -> bool:
    if not isinstance(outer, (ast.If, ast.For)) or outer.orelse or len(outer.body) != 1 or outer.body[0] is not inner:
        return False
    holder = around.get(outer)
    if isinstance(holder, ast.If) and holder.orelse == [outer]:
        return False  # an `elif` decides whether what follows it is reached
    if not _looks_only(outer.test if isinstance(outer, ast.If) else outer.iter) or _commented(source, outer, inner):
        return False
    return isinstance(outer, ast.If) or not _needed(source.tree, outer)


def _looks_only(node: ast.expr) -> bool:
    """Whether evaluating an expression does nothing else, and does not fail where the environment lacks something."""
    for each in ast.walk(node):
        if not isinstance(each, _PLAIN):
            return False
        if isinstance(each, ast.Call):
            name = each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
            if name not in _HARMLESS:
                return False
        if isinstance(each, ast.Subscript) and "environ" in ast.dump(each.value):
            return False
    return True


def _commented(source: SourceFile, outer: ast.stmt, inner: ast.stmt) -> bool:
    """Whether a comment stands on a line of the outer statement that the inner one has no part in."""
    first = source.position(source.node_span(inner)[0])[0]
    begin = source.position(source.node_span(outer)[0])[0]
    return first == begin or any("#" in source.line_text(line) for line in range(begin, first))


def _needed(tree: ast.Module, loop: ast.For) -> bool:
    """Whether anything but the loop reads a name that it binds, or the name is a setting."""
    bound = {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
    inside = {id(each) for each in ast.walk(loop)}
    others = (each for each in ast.walk(tree) if isinstance(each, ast.Name) and id(each) not in inside)
    plain = all(isinstance(each, (ast.Name, ast.Tuple, ast.expr_context)) for each in ast.walk(loop.target))
    return not plain or any(map(str.isupper, bound)) or any(each.id in bound for each in others)
