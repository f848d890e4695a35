"""What a test says: its text and polarity, whether a state decides it, and what may change it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from djconnfix.code.names import FUNCTIONS
from djconnfix.code.walk import all_nodes, children

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.code.names import Function, Names
    from djconnfix.code.states import State

_GET_AUTOCOMMIT = frozenset(
    {
        "django.db.transaction.get_autocommit",
        "django.db.connection.get_autocommit",
        "django.db.connections[].get_autocommit",
    }
)


def decide(test: ast.expr, state: State, names: Names, scope: tuple[Function, ...]) -> bool | None:
    """Return how a test must come out in a state, None when the state does not tell."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Call(func=function):
            dotted = names.resolve(function, scope)
            if dotted in _GET_AUTOCOMMIT:
                return not state.manual
            if dotted == "django.db.transaction.is_managed":
                return True if state.manual else None
            return None
        case ast.Attribute(attr="in_atomic_block"):
            return state.atomic > 0 if names.resolve(test, scope) else None
        case ast.Compare(left=ast.Attribute(attr="status_code"), ops=[op], comparators=[ast.Constant(value=int(n))]):
            return _compare_500(op, n) if state.failed else None
        case _:
            return None


def _compare_500(op: ast.cmpop, number: int) -> bool | None:
    match op:
        case ast.GtE():
            return number <= 500
        case ast.Gt():
            return number < 500
        case ast.Lt():
            return number > 500
        case ast.LtE():
            return number >= 500
        case ast.Eq():
            return number == 500
        case ast.NotEq():
            return number != 500
        case _:
            return None


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.NotEq: ast.Eq,
    ast.NotIn: ast.In,
    ast.IsNot: ast.Is,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
}


def normal(test: ast.expr, known: Mapping[str, ast.expr] = MappingProxyType({})) -> tuple[str, bool]:
    """Return a test's text and polarity, so that `a != b` is the contrary of `a == b`.

    Args:
        test: the test.
        known: what names stand for (see `lasting`).
    """
    match test:
        case ast.Name(id=name) if name in known:
            return normal(known[name])
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            text, positive = normal(inner, known)
            return text, not positive
        case ast.Compare(ops=[op]) if type(op) in _OPPOSITE:
            twin = ast.Compare(test.left, [_OPPOSITE[type(op)]()], test.comparators)
            return ast.unparse(twin), False
        case _:
            return ast.unparse(test), True


_TESTING = frozenset({ast.If, ast.While, ast.IfExp, ast.Match, ast.Assign})


def repeated_tests(bodies: Iterable[ast.AST]) -> frozenset[str]:
    """Return the texts of the tests that are asked more than once, or of a name that is set to a constant."""
    counts: Counter[str] = Counter()
    for body in bodies:
        nodes = [node for node in all_nodes(body) if type(node) in _TESTING]
        known = lasting(body) if isinstance(body, FUNCTIONS) and any(type(n) is not ast.Assign for n in nodes) else {}
        for node in nodes:
            if isinstance(node, (ast.If, ast.While, ast.IfExp)):
                counts.update(_leaf_texts(node.test, known))
            elif isinstance(node, ast.Match):
                values = (c.pattern for c in node.cases if isinstance(c.pattern, ast.MatchValue))
                counts.update(ast.unparse(value_test(node.subject, value)) for value in values)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                counts.update(ast.unparse(t) for t in node.targets)
    return frozenset(text for text, count in counts.items() if count > 1)


def value_test(subject: ast.expr, pattern: ast.MatchValue) -> ast.Compare:
    """Return the test that a `case` with a plain value stands for."""
    return ast.Compare(subject, [ast.Eq()], [pattern.value])


def _leaf_texts(test: ast.expr, known: Mapping[str, ast.expr]) -> list[str]:
    if isinstance(test, ast.BoolOp):
        return [text for value in test.values for text in _leaf_texts(value, known)]
    return [normal(test, known)[0]]


_PLAIN_CALLS = frozenset({"bool", "getattr", "hasattr", "isinstance", "len"})


def lasting(function: Function) -> dict[str, ast.expr]:
    """Return the names that a function sets once, outside of loops, to what a request has or a method of `self` says.

    Such an expression says the same whenever it is asked during a request: a test of the name is a test of it.
    """
    found: dict[str, list[ast.expr | None]] = {}
    pending: list[tuple[ast.AST, bool]] = [(statement, False) for statement in function.body]
    while pending:
        node, looped = pending.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, []).append(None)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = node.value if not looped and _says_the_same(node.value) else None
            found.setdefault(node.targets[0].id, []).append(value)
            pending.append((node.value, looped))
            continue
        inside = looped or isinstance(node, (ast.For, ast.AsyncFor, ast.While))
        pending += [(child, inside) for child in children(node)]
    return {name: values[0] for name, values in found.items() if len(values) == 1 and values[0] is not None}


def _says_the_same(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"))) | ast.Call(func=ast.Attribute(attr="get")):
            return all(_says_the_same(argument) for argument in value.args) and not value.keywords
        case ast.Call(func=ast.Name(id=name)):
            return name in _PLAIN_CALLS and all(_says_the_same(argument) for argument in value.args)
        case ast.Attribute(value=inner):
            return _says_the_same(inner)
        case ast.Compare(left=left, comparators=others):
            return _says_the_same(left) and all(_says_the_same(other) for other in others)
        case ast.UnaryOp(operand=inner):
            return _says_the_same(inner)
        case _:
            return isinstance(value, ast.Name | ast.Constant)


_WORD = re.compile(r"[A-Za-z_][\w.]*")


def mentions(text: str, names: set[str]) -> bool:
    """Whether a test's text reads one of these names or dotted attributes."""
    for word in _WORD.findall(text):
        parts = word.split(".")
        if any(".".join(parts[:n]) in names for n in range(1, len(parts) + 1)):
            return True
    return False
