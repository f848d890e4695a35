"""Code that reaches into how connections are made, kept and shared between threads."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from djconnfix.code.effects import CLOSES, Effect, effect_of
from djconnfix.code.kinds import (
    CONSUMER_QUERY,
    ENGINE_OVERRIDES,
    OPENED_BY_MIDDLEWARE,
    POOL_POKED,
    QUERY_PER_CONNECTION,
    THREADS_OF_THEIR_OWN,
)
from djconnfix.code.lifetimes import has_query
from djconnfix.code.names import FUNCTIONS, ONE_CONNECTION, Function, own_nodes
from djconnfix.code.places import Place, place_of
from djconnfix.code.walk import blocks, children
from djconnfix.code.words import has_any
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from djconnfix.code.names import Names
    from djconnfix.code.requests import Middleware

    Below = Callable[[ast.AST], list[ast.AST]]

_CREATED = "django.db.backends.signals.connection_created"
_CONNECTIONS = frozenset({"django.db.connection", ONE_CONNECTION})
_ASYNC = frozenset({"asgiref.sync.sync_to_async"})
_OVERRIDDEN = frozenset({"_close", "close", "close_if_unusable_or_obsolete", "get_new_connection"})
# What `wiring_facts` looks at in expressions; without any, they need not be walked.
_SPELT = (b"sync_to_async", b"_connection_pools", b"connection_created")
_POOL = re.compile(rb"\.(?:\s|\\|#[^\n]*\n)*pool\b")
_OPENS = frozenset(
    f"{owner}.{name}"
    for owner in ("django.db.connection", ONE_CONNECTION, "django.db.transaction")
    for name in ("ensure_connection", "get_autocommit")
)


def wiring_facts(names: Names) -> Iterator[CodeFact]:
    """Yield what a module does to connections beneath the surface."""
    nodes: list[tuple[ast.AST, Place]] = []
    data = names.module.source.data
    wraps = b"sync_to_async" in data
    _collect(names.module.tree, Place(), nodes, children if has_any(data, _SPELT) or _POOL.search(data) else blocks)
    for node, place in nodes:
        match node:
            case ast.FunctionDef() if any(_receives(d, place, names) for d in node.decorator_list) and _queries(node):
                yield _fact(QUERY_PER_CONNECTION, _name_of(node, names), Place((node,)), names)
            case ast.Call(func=ast.Attribute(attr="connect", value=signal), args=[receiver, *_]):
                found = names.definition(receiver, place.scope)
                if names.resolve(signal, place.scope) == _CREATED and isinstance(found, FUNCTIONS) and _queries(found):
                    yield _fact(QUERY_PER_CONNECTION, node, Place((found,)), names)
            case ast.Attribute(attr="pool" | "_connection_pools", value=owner):
                if names.resolve(owner, place.scope) in _CONNECTIONS:
                    yield _fact(POOL_POKED, node, place, names)
            case ast.ClassDef(name="DatabaseWrapper"):
                yield from _engine(node, names)
            case ast.Call(func=called) if wraps and names.resolve(called, place.scope) in _ASYNC:
                yield from _threads(node, place, names)
            case _:
                continue


def opening_facts(middleware: Middleware, names: Names) -> Iterator[CodeFact]:
    """Yield the call by which a middleware opens a connection, also for requests that need none."""
    for function in middleware.functions.values():
        for node in own_nodes(function.body):
            if isinstance(node, ast.Call) and names.resolve(node.func, (*middleware.scope, function)) in _OPENS:
                yield _fact(
                    OPENED_BY_MIDDLEWARE, node, Place((function,)), names, name=middleware.name, where="middleware"
                )
                return


def _collect(node: ast.AST, place: Place, found: list[tuple[ast.AST, Place]], below: Below) -> None:
    """Add the nodes below a node that `wiring_facts` looks at, each with what stands around it."""
    for child in below(node):
        if isinstance(child, (ast.Call, ast.Attribute, ast.ClassDef, ast.FunctionDef)):
            found.append((child, place))
        inner = place
        if isinstance(child, FUNCTIONS):
            inner = Place((*place.scope, child), place.owner)
        elif isinstance(child, ast.ClassDef):
            inner = Place(place.scope, child)
        _collect(child, inner, found, below)


def _receives(decorator: ast.expr, place: Place, names: Names) -> bool:
    match decorator:
        case ast.Call(func=called, args=[signal, *_]):
            is_receiver = names.resolve(called, place.scope) == "django.dispatch.receiver"
            return is_receiver and names.resolve(signal, place.scope) == _CREATED
        case _:
            return False


def _queries(function: Function) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "execute" for n in own_nodes(function.body))


def _name_of(function: Function, names: Names) -> ast.AST:
    """A node as wide as the decorator, so that a whole function is not underlined."""
    return function.decorator_list[0] if function.decorator_list else function


def _engine(node: ast.ClassDef, names: Names) -> Iterator[CodeFact]:
    bases = [names.resolve(base) for base in node.bases]
    if not any(base.startswith("django.") and base.endswith(".DatabaseWrapper") for base in bases):
        return
    for item in node.body:
        if isinstance(item, FUNCTIONS) and item.name in _OVERRIDDEN:
            at = names.module.source
            start, _ = at.node_span(item)
            begin = at.text.index(item.name, start)
            yield CodeFact(
                kind=ENGINE_OVERRIDES,
                location=at.location(begin, begin + len(item.name)),
                name=f"{node.name}.{item.name}",
                place="module",
                detail={"call": item.name},
                dotted=names.module.dotted,
            )


def _threads(node: ast.Call, place: Place, names: Names) -> Iterator[CodeFact]:
    """`sync_to_async` around queries: in a consumer, or in threads that nothing closes connections of."""
    given = node.args[0] if node.args else None
    if given is None:
        return
    target = names.definition(given, place.scope)
    body = [given] if not isinstance(target, FUNCTIONS) else list(target.body)
    if not has_query(body) or _closes(body, place, names):
        return
    apart = any(
        k.arg == "thread_sensitive" and isinstance(k.value, ast.Constant) and not k.value.value for k in node.keywords
    )
    in_consumer = place.owner is not None and any(
        names.resolve(base).startswith("channels.") for base in place.owner.bases
    )
    if apart:
        yield _fact(THREADS_OF_THEIR_OWN, node, place, names)
    elif in_consumer:
        yield _fact(CONSUMER_QUERY, node, place, names)


def _closes(body: Sequence[ast.AST], place: Place, names: Names) -> bool:
    calls = (n for part in body for n in ast.walk(part) if isinstance(n, ast.Call))
    return any(effect_of(call, names, place.scope) in CLOSES | {Effect.CLOSE_OLD} for call in calls)


def _fact(kind: str, node: ast.AST, place: Place, names: Names, *, name: str = "", where: str = "") -> CodeFact:
    source = names.module.source
    function = place.scope[-1] if place.scope else None
    return CodeFact(
        kind=kind,
        location=source.node_location(node),
        name=name or place.name,
        place=where or place_of(source.path, function, place.owner),
        detail={"call": ast.unparse(node)},
        dotted=".".join(part for part in (names.module.dotted, name or place.name) if part),
    )
