"""Connections that a middleware closes by hand after each response."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.effects import CLOSES, effect_of
from djconnfix.code.kinds import CLOSED_PER_REQUEST
from djconnfix.code.steps import Step, encode
from djconnfix.code.unused import unused_imports
from djconnfix.facts import CodeFact
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.code.names import Function, Names
    from djconnfix.code.requests import Middleware
    from djconnfix.source import SourceFile

_REWRITE = "remove-close"
_REQUEST_PATH = frozenset({"__call__", "process_request", "process_response"})


@dataclass(frozen=True, slots=True)
class Close:
    """A close on the way of every request, and the whole statement that consists of it."""

    call: ast.Call
    statement: ast.stmt
    function: Function
    unwraps: bool = False  # the statement is a `try` whose `finally` does nothing but close


def closing_facts(middleware: Middleware, names: Names) -> Iterator[CodeFact]:
    """Yield the unconditional closes of a middleware; those under a test of the project's own are its policy."""
    source = names.module.source
    if _streams(middleware.node, source):
        return  # closes before or after a stream are somebody's decision
    functions = [f for name, f in middleware.functions.items() if name in _REQUEST_PATH or f is middleware.entry]
    closes = [c for f in functions for c in closing_statements(f, names, (*middleware.scope, f))]
    if not closes or any(isinstance(f, ast.AsyncFunctionDef) for f in functions):
        return
    steps = removal_steps(closes, names, source)
    empty = _does_nothing_else(middleware, closes)
    first = closes[0]
    yield CodeFact(
        kind=CLOSED_PER_REQUEST,
        location=source.node_location(first.call),
        name=middleware.name,
        place="middleware",
        path_lines=tuple((source.node_location(c.call), "closes the connection") for c in closes),
        rewrite=_REWRITE,
        rewrite_span=source.node_location(middleware.node),
        why="Django gives connections back itself when a request ends, as CONN_MAX_AGE says",
        dotted=f"{names.module.dotted}.{middleware.name}",
        alias="",
        detail={"call": ast.unparse(first.call), "empty": "yes" if empty else "no", **encode(steps)},
    )


def _streams(node: ast.ClassDef | Function, source: SourceFile) -> bool:
    """Whether anything in a middleware is named for streams; its text, which is at hand, is looked at first."""
    first = source.node_span((*node.decorator_list, node)[0])[0]
    if source.refused is None and "streaming" not in source.text[first : source.node_span(node)[1]].lower():
        return False
    return "streaming" in ast.unparse(node).lower()


def closing_statements(function: Function, names: Names, scope: tuple[Function, ...]) -> Iterator[Close]:
    """Yield the statements of a function that do nothing but close, on the way of every call."""
    yield from _closes_in(function.body, function, names, scope)


def _closes_in(
    body: Sequence[ast.stmt], function: Function, names: Names, scope: tuple[Function, ...]
) -> Iterator[Close]:
    for statement in body:
        call = _only_close(statement, names, scope)
        if call is not None:
            yield Close(call, statement, function)
        elif isinstance(statement, ast.Try):
            in_final = [_only_close(s, names, scope) for s in statement.finalbody]
            if in_final and all(in_final) and not statement.handlers and not statement.orelse:
                yield Close(next(c for c in in_final if c), statement, function, unwraps=True)
            elif len(statement.finalbody) > 1:
                yield from _closes_in(statement.finalbody, function, names, scope)


def _only_close(statement: ast.stmt, names: Names, scope: tuple[Function, ...]) -> ast.Call | None:
    """Return the close that a statement consists of, also in a loop over the aliases or under a test of its state."""
    match statement:
        case ast.Expr(value=ast.Call() as call):
            return call if effect_of(call, names, scope) in CLOSES else None
        case ast.For(body=[inner], orelse=[]):
            return _only_close(inner, names, scope)
        case ast.If(test=test, body=[inner], orelse=[]):
            return _only_close(inner, names, scope) if _asks_the_connection(test, names, scope) else None
        case _:
            return None


def _asks_the_connection(test: ast.expr, names: Names, scope: tuple[Function, ...]) -> bool:
    """Whether a test only asks whether there is something to close."""
    match test:
        case ast.BoolOp(values=values):
            return all(_asks_the_connection(value, names, scope) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _asks_the_connection(inner, names, scope)
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return _asks_the_connection(left, names, scope)
        case ast.Attribute(attr="connection" | "in_atomic_block", value=owner):
            return names.resolve(owner, scope) in {"django.db.connection", "django.db.connections[]"}
        case _:
            return False


def removal_steps(closes: Sequence[Close], names: Names, source: SourceFile) -> list[Step]:
    """Return what removes these statements, and the imports that nothing uses then."""
    steps = [Step("unwrap-try" if close.unwraps else "remove", *source.node_span(close.statement)) for close in closes]
    gone = [s for c in closes for s in (c.statement.finalbody if isinstance(c.statement, ast.Try) else [c.statement])]
    return [*steps, *unused_imports(gone, names)]


def _does_nothing_else(middleware: Middleware, closes: Sequence[Close]) -> bool:
    """Whether requests would merely pass through, once the closes are gone."""
    if not middleware.methods:
        bodies = [middleware.entry.body] if middleware.entry else []
    else:
        if any(name not in {"__init__", *_REQUEST_PATH} for name in middleware.methods):
            return False
        if not _init_is_plain(middleware.methods.get("__init__")):
            return False
        bodies = [f.body for name, f in middleware.methods.items() if name != "__init__"]
    return all(_passes_through(body, middleware, closes) for body in bodies)


def _init_is_plain(init: Function | None) -> bool:
    if init is None:
        return True
    return all(
        (isinstance(s, ast.Assign) and isinstance(s.value, ast.Name)) or _is_docstring(s) or _is_super(s)
        for s in init.body
    )


def _is_super(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("super(")


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _passes_through(body: Sequence[ast.stmt], middleware: Middleware, closes: Sequence[Close]) -> bool:
    for statement in body:
        close = next((c for c in closes if c.statement is statement), None)
        if close is not None:
            if close.unwraps and not _passes_through(close.statement.body, middleware, closes):  # type: ignore[attr-defined]
                return False
            continue
        match statement:
            case ast.Return(value=None | ast.Name() | ast.Constant(value=None)) | ast.Pass():
                continue
            case ast.Return(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call) if (
                id(call) in middleware.calls
            ):
                continue
            case _ if _is_docstring(statement):
                continue
            case _:
                return False
    return True
