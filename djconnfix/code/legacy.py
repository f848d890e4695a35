"""Uses of what Django has removed, and of its closing signals."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.code.effects import REMOVED
from djconnfix.code.kinds import OLD_STYLE, REMOVED_API, REMOVED_BASE, REMOVED_CLOSE_CONNECTION, SIGNALS_DISCONNECTED
from djconnfix.code.names import FUNCTIONS, Function
from djconnfix.code.places import place_of
from djconnfix.code.requests import HOOKS, REMOVED_MIDDLEWARE
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.code.names import Names

_CLOSERS = frozenset(
    {"django.db.close_old_connections", "django.db.close_connection", "django.db.utils.close_connection"}
)
_SIGNALS = frozenset(
    {
        "django.core.signals.request_started",
        "django.core.signals.request_finished",
        "django.core.handlers.base.request_started",
        "django.core.handlers.base.request_finished",
    }
)


@dataclass(frozen=True, slots=True)
class _Place:
    """The functions and the class around a node."""

    scope: tuple[Function, ...] = ()
    owner: ast.ClassDef | None = None

    @property
    def name(self) -> str:
        parts = [*([self.owner.name] if self.owner else []), *(f.name for f in self.scope)]
        return ".".join(parts)


def legacy_facts(names: Names) -> Iterator[CodeFact]:
    """Yield one fact for each removed name in each function, and for signals that are disconnected."""
    reported: set[tuple[str, str]] = set()
    for node, place in _nodes(names.module.tree, _Place()):
        for kind, api in _findings(node, place, names):
            if (kind + api, place.name) not in reported:
                reported.add((kind + api, place.name))
                yield _fact(kind, api, node, place, names)


def _nodes(node: ast.AST, place: _Place) -> Iterator[tuple[ast.AST, _Place]]:
    for child in ast.iter_child_nodes(node):
        yield child, place
        if isinstance(child, FUNCTIONS):
            for decorator in child.decorator_list:
                yield from _nodes(ast.Expr(decorator), place)
            inner = _Place((*place.scope, child), place.owner)
            for part in (child.args, *child.body):
                yield part, inner
                yield from _nodes(part, inner)
        elif isinstance(child, ast.ClassDef):
            yield from _nodes(child, _Place(place.scope, child))
        else:
            yield from _nodes(child, place)


def _findings(node: ast.AST, place: _Place, names: Names) -> Iterator[tuple[str, str]]:
    match node:
        case ast.ImportFrom(module=str() as module, names=aliases, level=0):
            for alias in aliases:
                yield from _removed(f"{module}.{alias.name}")
        case ast.Attribute(attr=name) if name in REMOVED or name == "close_connection":
            yield from _removed(names.resolve(node, place.scope))
        case ast.Call(func=ast.Attribute(attr="disconnect", value=signal), args=[receiver, *_]):
            dotted = names.resolve(signal, place.scope)
            if (
                dotted in _SIGNALS
                and names.resolve(receiver, place.scope) in _CLOSERS
                and not _reconnects(place, names)
            ):
                yield SIGNALS_DISCONNECTED, dotted.rpartition(".")[2]
        case ast.ClassDef():
            yield from _class(node, place, names)
        case _:
            return


def _removed(dotted: str) -> Iterator[tuple[str, str]]:
    owner, _, name = dotted.rpartition(".")
    if (owner == "django.db.transaction" and name in REMOVED) or (
        owner in {"django.db.connection", "django.db.connections[]"} and name in REMOVED - {"abort", "autocommit"}
    ):
        yield REMOVED_API, name
    elif dotted == "django.db.close_connection":
        yield REMOVED_CLOSE_CONNECTION, name


def _reconnects(place: _Place, names: Names) -> bool:
    """Disconnect, do something, connect again: a nested request, done right."""
    if not place.scope:
        return False
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
        and names.resolve(node.func.value, place.scope) in _SIGNALS
        for node in ast.walk(place.scope[0])
    )


def _class(node: ast.ClassDef, place: _Place, names: Names) -> Iterator[tuple[str, str]]:
    bases = [names.resolve(base, place.scope) for base in node.bases]
    if REMOVED_MIDDLEWARE in bases:
        yield REMOVED_BASE, node.name
        return
    methods = {item.name for item in node.body if isinstance(item, FUNCTIONS)}
    plain = all(isinstance(base, ast.Name) and base.id == "object" for base in node.bases)
    if plain and not methods.isdisjoint(HOOKS) and methods.isdisjoint({"__init__", "__call__", "__new__"}):
        yield OLD_STYLE, node.name


def _fact(kind: str, api: str, node: ast.AST, place: _Place, names: Names) -> CodeFact:
    source = names.module.source
    at: ast.AST = node
    if isinstance(node, ast.ClassDef) and node.bases and kind == REMOVED_BASE:
        at = node.bases[0]
    location = source.node_location(at)
    if isinstance(node, ast.ClassDef) and kind == OLD_STYLE:
        start, _ = source.node_span(node)
        location = source.location(start, start + len("class ") + len(node.name))
    owner = node if isinstance(node, ast.ClassDef) else place.owner
    function = place.scope[-1] if place.scope else None
    return CodeFact(
        kind=kind,
        location=location,
        name=node.name if isinstance(node, ast.ClassDef) else place.name,
        place=place_of(source.path, function, owner),
        dotted=f"{names.module.dotted}.{owner.name}" if owner is not None else "",
        detail={"api": api},
    )
