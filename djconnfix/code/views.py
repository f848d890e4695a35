"""What views do against the transaction or the connection of their request."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.closing import closing_statements, removal_steps
from djconnfix.code.effects import alias_of
from djconnfix.code.kinds import CLOSED_PER_REQUEST, DURABLE_IN_VIEW, ERROR_RETURNED, OPTED_OUT_IN_VAIN
from djconnfix.code.lifetimes import has_query
from djconnfix.code.names import FUNCTIONS, Function, own_nodes
from djconnfix.code.places import Place, place_of
from djconnfix.code.raw_sql import functions_of
from djconnfix.code.steps import encode
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djconnfix.code.names import Names

_HANDLERS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_ACTIONS = frozenset({"create", "destroy", "list", "partial_update", "retrieve", "update"})
_REFUSALS = frozenset({"HttpResponseBadRequest", "HttpResponseServerError", "HttpResponseForbidden"})
_KEEPS_OPEN = ("stream", "event", "websocket", "fork", "thread", "sleep")


def view_facts(names: Names, middleware: frozenset[int]) -> Iterator[CodeFact]:
    """Yield what the views of a module do that their request's transaction or connection does not bear.

    Args:
        names: resolves the module's names.
        middleware: its middleware, functions and classes, which are none.
    """
    for function, place in functions_of(names.module.tree, Place()):
        if id(function) in middleware or id(place.owner) in middleware:
            continue
        where = place_of(names.module.source.path, function, place.owner)
        if where == "view" or _is_handler(function, place):
            yield from _opted_out_in_vain(function, place, names)
        if where != "view" or isinstance(function, ast.AsyncFunctionDef):
            continue
        yield from _closes(function, place, names)
        yield from _durable(function, place, names)
        yield from _error_returned(function, place, names)


def _is_handler(function: Function, place: Place) -> bool:
    bases = [ast.unparse(base) for base in place.owner.bases] if place.owner else []
    return len(place.scope) == 1 and any(base.endswith(("View", "ViewSet")) or "ViewSet" in base for base in bases)


def _closes(function: Function, place: Place, names: Names) -> Iterator[CodeFact]:
    """The last thing a view does before it answers is to close: not before something slow, and not for a stream."""
    if len(place.scope) != 1:
        return
    source = names.module.source
    closes = [c for c in closing_statements(function, names, place.scope) if _is_last(c.statement, function)]
    if not closes or not _answers(function) or _runs_elsewhere(function, names):
        return
    spelt = ast.unparse(function).lower()  # asked last: it takes as long as all the rest
    if any(word in spelt for word in _KEEPS_OPEN):
        return
    first = closes[0]
    yield _fact(
        CLOSED_PER_REQUEST, first.call, place, names,
        rewrite="remove-close", span=function, alias="",
        detail={"call": ast.unparse(first.call), "empty": "no", **encode(removal_steps(closes, names, source))},
    )  # fmt: skip


def _answers(function: Function) -> bool:
    """A view returns its response; a receiver or a worker that is handed a request returns nothing."""
    return any(isinstance(n, ast.Return) and n.value is not None for n in own_nodes(function.body))


def _runs_elsewhere(function: Function, names: Names) -> bool:
    """Whether the function is handed on as what a thread, a process or a pool runs."""
    return any(
        isinstance(n, ast.keyword)
        and n.arg == "target"
        and isinstance(n.value, ast.Name)
        and n.value.id == function.name
        for n in ast.walk(names.module.tree)
    )


def _is_last(statement: ast.stmt, function: Function) -> bool:
    if statement not in function.body:
        return isinstance(function.body[-1], ast.Try) and statement in function.body[-1].finalbody
    after = function.body[function.body.index(statement) + 1 :]
    return not after or (len(after) == 1 and isinstance(after[0], ast.Return)) or isinstance(statement, ast.Try)


def _durable(function: Function, place: Place, names: Names) -> Iterator[CodeFact]:
    """`atomic(durable=True)` in a view, which may not stand inside the transaction of its request."""
    if len(place.scope) != 1 or _may_be_opted_out(function, place, names):
        return
    for node in (*function.decorator_list, *own_nodes(function.body)):
        if not isinstance(node, ast.Call) or names.resolve(node.func, place.scope) != "django.db.transaction.atomic":
            continue
        if any(
            k.arg == "durable" and isinstance(k.value, ast.Constant) and k.value.value is True for k in node.keywords
        ):
            yield _fact(DURABLE_IN_VIEW, node, place, names, alias=alias_of(node, 0))


def _may_be_opted_out(function: Function, place: Place, names: Names) -> bool:
    """Whether a decorator takes the view out of its request's transaction, or may do so."""
    decorators = [*function.decorator_list, *(place.owner.decorator_list if place.owner else [])]
    if place.owner is not None and any(isinstance(n, FUNCTIONS) and n.name == "dispatch" for n in place.owner.body):
        return True
    for decorator in decorators:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        dotted = names.resolve(called, ())
        if not dotted.startswith("django.") or "non_atomic_requests" in ast.unparse(decorator):
            return True
    return False


def _opted_out_in_vain(function: Function, place: Place, names: Names) -> Iterator[CodeFact]:
    """`@non_atomic_requests` on a handler of a class: Django asks the function that `as_view()` makes."""
    if place.owner is None or function.name not in _HANDLERS | _ACTIONS or not _is_handler(function, place):
        return
    for decorator in function.decorator_list:
        inner = decorator
        if isinstance(decorator, ast.Call) and names.resolve(decorator.func, ()) == _METHOD_DECORATOR:
            inner = decorator.args[0] if decorator.args else decorator
        called = inner.func if isinstance(inner, ast.Call) else inner
        if names.resolve(called, ()) == "django.db.transaction.non_atomic_requests":
            yield _fact(OPTED_OUT_IN_VAIN, decorator, place, names)


_METHOD_DECORATOR = "django.utils.decorators.method_decorator"


def _error_returned(function: Function, place: Place, names: Names) -> Iterator[CodeFact]:
    """A view that catches an exception, has perhaps written by then, and answers with an error."""
    tries = [node for node in own_nodes(function.body) if isinstance(node, ast.Try) and _writes(node.body)]
    if not tries or _may_be_opted_out(function, place, names) or "atomic" in ast.unparse(function):
        return
    for node in tries:
        for handler in node.handlers:
            last = handler.body[-1]
            if "set_rollback" not in ast.unparse(handler) and isinstance(last, ast.Return) and _refuses(last.value):
                yield _fact(ERROR_RETURNED, last, place, names)


def _writes(body: list[ast.stmt]) -> bool:
    return has_query(body) and any(
        isinstance(n, ast.Attribute) and n.attr in {"save", "create", "bulk_create", "update", "delete"}
        for n in own_nodes(body)
    )


def _refuses(answer: ast.expr | None) -> bool:
    if not isinstance(answer, ast.Call):
        return False
    if ast.unparse(answer.func).rpartition(".")[2] in _REFUSALS:
        return True
    status = next((k.value for k in answer.keywords if k.arg in {"status", "status_code"}), None)
    if isinstance(status, ast.Constant) and isinstance(status.value, int):
        return status.value >= 400
    return isinstance(status, ast.Attribute) and status.attr.startswith(("HTTP_4", "HTTP_5"))


def _fact(
    kind: str,
    node: ast.AST,
    place: Place,
    names: Names,
    *,
    rewrite: str = "",
    span: ast.AST | None = None,
    alias: str = "default",
    detail: Mapping[str, str] | None = None,
) -> CodeFact:
    source = names.module.source
    return CodeFact(
        kind=kind,
        location=source.node_location(node),
        name=place.name,
        place="view",
        rewrite=rewrite,
        rewrite_span=source.node_location(span) if span is not None else None,
        why="Django gives connections back itself when a request ends, as CONN_MAX_AGE says" if rewrite else "",
        detail=detail or {"call": ast.unparse(node)},
        dotted=".".join([names.module.dotted, place.name]),
        alias=alias,
    )
