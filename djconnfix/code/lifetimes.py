"""Connections outside requests, where nothing closes them, and what a connection carries over. Heuristics.

A query is taken to be anything that goes through a manager called `objects`, or `save()` and `delete()` of something.
Each fact is one place; that nothing closes the connection further away cannot be seen.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.effects import CLOSES, Effect, effect_of, last_name
from djconnfix.code.kinds import (
    FORK_AFTER_QUERY,
    LOOP_WITHOUT_CLOSE,
    QUERY_AT_IMPORT,
    SESSION_STATE,
    STREAM_AFTER_QUERY,
    THREAD_WITHOUT_CLOSE,
)
from djconnfix.code.mentions import mentioning
from djconnfix.code.names import FUNCTIONS, Function, own_nodes
from djconnfix.code.places import Place, is_migration, place_of
from djconnfix.code.session_state import changed_session, may_change_sessions
from djconnfix.code.walk import children, functions_below
from djconnfix.code.words import has_any
from djconnfix.facts import CodeFact
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from djconnfix.code.names import Names

_EVALUATES = frozenset(
    {
        *("aggregate", "count", "create", "delete", "earliest", "exists"),
        *("first", "get", "get_or_create", "last", "latest", "update"),
    }
)
_COLLECTS = frozenset({"dict", "frozenset", "len", "list", "max", "min", "set", "sorted", "sum", "tuple"})
_THREADS = frozenset({"threading.Thread", "threading.Timer"})
_FORKS = frozenset({"multiprocessing.Process", "multiprocessing.Pool", "multiprocessing.pool.Pool", "os.fork"})
_STREAMS = frozenset({"django.http.StreamingHttpResponse", "django.http.response.StreamingHttpResponse"})
_CALLED = frozenset({name.rpartition(".")[2] for name in _THREADS | _FORKS | _STREAMS} | {"submit", "execute"})
# Words without which no function holds any of the facts below: something queries, and something outlives a request.
_QUERIES = (b"objects", b"save", b"refresh_from_db")
_CALLED_WORDS = tuple(name.encode() for name in sorted(_CALLED - {"execute"}))


def lifetime_facts(names: Names) -> Iterator[CodeFact]:
    """Yield what a module does with connections outside the life of a request."""
    path = names.module.source.path
    if is_migration(path):
        return
    data = names.module.source.data
    yield from _at_import(names)
    queries = has_any(data, _QUERIES) and (has_any(data, _CALLED_WORDS) or b"while" in data)
    if not queries and not may_change_sessions(data):
        return
    outlives = mentioning(names.module.source, (*_CALLED, "while"))
    for function, place in _functions(names.module.tree.body, Place()):
        if not outlives(function):
            continue
        for node in own_nodes(function.body):
            kind = type(node)
            if kind is not ast.Call and kind is not ast.While:
                continue
            if isinstance(node, ast.While):
                yield from _loop(node, function, place, names)
            elif isinstance(node, ast.Call):
                yield from _call(node, function, place, names)


def _functions(body: Iterable[ast.stmt], place: Place) -> Iterator[tuple[Function, Place]]:
    for node in functions_below(body):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, Place(place.scope, node))
        else:
            inner = Place((*place.scope, node), place.owner)
            yield node, inner
            yield from _functions(node.body, inner)


def _call(node: ast.Call, function: Function, place: Place, names: Names) -> Iterator[CodeFact]:
    called = last_name(node.func, names, place.scope)
    if called not in _CALLED:
        return
    dotted = names.resolve(node.func, place.scope) if called not in {"submit", "execute"} else ""
    if dotted in _STREAMS and _queries_before(node, function) and not _closes(function.body, place, names):
        yield _fact(STREAM_AFTER_QUERY, node, place, names)
    elif dotted in _FORKS and _queries_before(node, function) and not _closes(function.body, place, names):
        yield _fact(FORK_AFTER_QUERY, node, place, names)
    elif dotted in _THREADS or _is_submit(node):
        target = _target(node, names, place)
        if target is not None and has_query(target.body) and not _closes(target.body, place, names):
            yield _fact(THREAD_WITHOUT_CLOSE, node, place, names, target.name)
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "execute" and node.args:
        runs_once = place_of(names.module.source.path, function, place.owner) in {"command", "test"}
        if not runs_once and (changed := changed_session(node, function, names)) is not None:
            yield replace(_fact(SESSION_STATE, node, place, names, changed.statement), alias=changed.alias)


def _loop(node: ast.While, function: Function, place: Place, names: Names) -> Iterator[CodeFact]:
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value) and not _is_left(node.body)
    in_command = place.owner is not None and any(
        names.resolve(base).startswith("django.core.management") for base in place.owner.bases
    )
    if endless and in_command and has_query(node.body) and not _closes(function.body, place, names):
        yield _fact(LOOP_WITHOUT_CLOSE, node, place, names)


def _is_left(body: Iterable[ast.stmt]) -> bool:
    """Whether a loop ends by itself: a page after the other, or until something is done."""
    for node in body:
        match node:
            case ast.Break() | ast.Return():
                return True
            case ast.For(orelse=orelse) | ast.While(orelse=orelse):
                inner = [n for n in own_nodes(node.body) if isinstance(n, ast.Return)]
                if inner or _is_left(orelse):
                    return True
            case ast.If() | ast.With() | ast.Try():
                parts = (getattr(node, name, ()) for name in ("body", "orelse", "finalbody"))
                if any(_is_left(part) for part in parts):
                    return True
            case _:
                continue
    return False


def _at_import(names: Names) -> Iterator[CodeFact]:
    """Queries that run when the module is imported: outside functions, and not merely built."""
    if _is_script(names):
        return
    stack: list[ast.AST] = [n for n in names.module.tree.body if not isinstance(n, FUNCTIONS)]
    while stack:
        node = stack.pop()
        if isinstance(node, (*FUNCTIONS, ast.Lambda)) or (
            isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
        ):
            continue
        if _evaluates_query(node):
            yield _fact(QUERY_AT_IMPORT, node.iter if isinstance(node, ast.For) else node, Place(), names)
            continue
        stack.extend(children(node))


def _is_script(names: Names) -> bool:
    """Whether a file is run, and not imported: it sets Django up itself, or no package can hold it."""
    folders = names.module.source.path.split("/")[:-1]
    if any(not folder.isidentifier() or folder in {"bin", "scripts"} for folder in folders):
        return True
    return b"django.setup(" in names.module.source.data


def _evaluates_query(node: ast.AST) -> bool:
    match node:
        case ast.For(iter=query):
            return _is_manager_chain(query)
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in _EVALUATES:
            return _is_manager_chain(owner)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _COLLECTS:
            return _is_manager_chain(first)
        case _:
            return False


def _is_manager_chain(node: ast.expr) -> bool:
    """`Model.objects...`, through any number of calls."""
    while True:
        match node:
            case ast.Call(func=ast.Attribute(value=owner)):
                node = owner
            case ast.Attribute(value=ast.Name(id=model), attr="objects"):
                return model[:1].isupper()
            case _:
                return False


def has_query(body: Sequence[ast.AST]) -> bool:
    """Whether statements seem to query through a manager, or save something."""
    return any(_is_query(node) for node in own_nodes(body))


def _is_query(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="objects"):
            return True
        case ast.Call(func=ast.Attribute(attr="save" | "refresh_from_db"), args=[]):
            return True
        case _:
            return False


def _queries_before(node: ast.Call, function: Function) -> bool:
    return any(
        _is_query(other) and other.lineno < node.lineno
        for other in own_nodes(function.body)
        if hasattr(other, "lineno")
    )


def _closes(body: Sequence[ast.AST], place: Place, names: Names) -> bool:
    calls = (node for node in own_nodes(body) if isinstance(node, ast.Call))
    return any(
        effect_of(call, names, place.scope) in CLOSES | {Effect.CLOSE_OLD} or _says_close(call) for call in calls
    )


def _says_close(call: ast.Call) -> bool:
    """A helper whose name says that it closes connections is taken at its word."""
    name = ast.unparse(call.func).lower()
    return "close" in name and "connection" in name


def _is_submit(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "submit"


def _target(node: ast.Call, names: Names, place: Place) -> Function | None:
    given = next((k.value for k in node.keywords if k.arg in {"target", "function"}), None)
    if given is None and _is_submit(node) and node.args:
        given = node.args[0]
    found = names.definition(given, place.scope) if given is not None else None
    return found if isinstance(found, FUNCTIONS) else None


def _fact(kind: str, node: ast.AST, place: Place, names: Names, subject: str = "") -> CodeFact:
    source = names.module.source
    location = source.node_location(node)
    if isinstance(node, ast.While):
        start, _ = source.node_span(node)
        location = source.location(start, start + len("while"))
    function = place.scope[-1] if place.scope else None
    return CodeFact(
        kind=kind,
        location=location,
        name=place.name,
        place=place_of(source.path, function, place.owner),
        detail={"subject": subject},
        dotted=".".join(part for part in (names.module.dotted, place.name) if part),
    )
