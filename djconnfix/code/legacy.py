"""Uses of what Django has removed, and of its closing signals."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from djconnfix.code.effects import REMOVED
from djconnfix.code.kinds import OLD_STYLE, REMOVED_API, REMOVED_BASE, REMOVED_CLOSE_CONNECTION, SIGNALS_DISCONNECTED
from djconnfix.code.names import FUNCTIONS
from djconnfix.code.places import Place, place_of
from djconnfix.code.porting import Use, adds_nothing, port_steps
from djconnfix.code.requests import HOOKS, REMOVED_MIDDLEWARE
from djconnfix.code.steps import encode
from djconnfix.code.walk import all_nodes, blocks, children
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.code.names import Names

    Below = Callable[[ast.AST], list[ast.AST]]

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


_ATTRIBUTES = REMOVED | {"close_connection"}
# An attribute that `_findings` looks at; without any, no expression needs to be walked.
_SPELT = re.compile(rf"\.(?:\s|\\|#[^\n]*\n)*(?:{'|'.join(sorted(_ATTRIBUTES))}|disconnect)\b".encode())


def legacy_facts(names: Names) -> Iterator[CodeFact]:
    """Yield what stands of each removed kind in each function, and the signals that are disconnected."""
    nodes: list[tuple[ast.AST, Place]] = []
    below = children if _SPELT.search(names.module.source.data) else blocks
    _collect(names.module.tree, Place(), nodes, below)
    uses_of = [(node, place, *each) for node, place in nodes for each in _findings(node, place, names)]
    if not uses_of:
        return
    found: dict[tuple[str, str], list[Use]] = {}
    both = _for_both_versions(names)
    for node, place, kind, api in uses_of:
        if id(node) not in both:
            apart = api if kind in {OLD_STYLE, REMOVED_BASE} else ""
            found.setdefault((kind, place.name + apart), []).append(Use(node, api, place))
    for (kind, _), uses in found.items():
        yield _fact(kind, uses, names)


# What a test, or the exception that is caught, is recognised by.
_ASKED = re.compile(rb"hasattr|version|importerror|attributeerror", re.IGNORECASE)


def _for_both_versions(names: Names) -> frozenset[int]:
    """Return the code that runs only on the Django that still has what it uses: it was tested for, or tried."""
    found: set[int] = set()
    if not _ASKED.search(names.module.source.data):
        return frozenset()
    for node in all_nodes(names.module.tree):
        if isinstance(node, ast.If):
            asked = ast.unparse(node.test)
            if "hasattr(" in asked or "VERSION" in asked or "django_version" in asked.lower():
                found.update(id(inner) for statement in (*node.body, *node.orelse) for inner in ast.walk(statement))
        elif isinstance(node, ast.Try):
            caught = [name for h in node.handlers if h.type for name in ast.unparse(h.type).split()]
            if any(name.strip("(,)") in {"ImportError", "AttributeError"} for name in caught):
                parts = (*node.body, *(s for h in node.handlers for s in h.body), *node.orelse)
                found.update(id(inner) for statement in parts for inner in ast.walk(statement))
    return frozenset(found)


def _collect(node: ast.AST, place: Place, found: list[tuple[ast.AST, Place]], below: Below) -> None:
    """Add the nodes below a node that `_findings` looks at, each with what stands around it."""
    for child in below(node):
        if _tells(child):
            found.append((child, place))
        if isinstance(child, FUNCTIONS):
            for decorator in child.decorator_list:
                _collect(ast.Expr(decorator), Place(place.scope, place.owner, child.name), found, below)
            inner = Place((*place.scope, child), place.owner)
            for part in (child.args, *child.body):
                if _tells(part):
                    found.append((part, inner))
                _collect(part, inner, found, below)
        elif isinstance(child, ast.ClassDef):
            _collect(child, Place(place.scope, child), found, below)
        else:
            _collect(child, place, found, below)


def _tells(node: ast.AST) -> bool:
    kind = type(node)
    if kind is ast.Attribute:
        return node.attr in _ATTRIBUTES  # type: ignore[attr-defined]
    return kind is ast.ImportFrom or kind is ast.Call or kind is ast.ClassDef


def _findings(node: ast.AST, place: Place, names: Names) -> Iterator[tuple[str, str]]:
    match node:
        case ast.ImportFrom(module=str() as module, names=aliases, level=0):
            for alias in aliases:
                yield from _removed(f"{module}.{alias.name}")
        case ast.Attribute(attr=name) if name in _ATTRIBUTES:
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


def _reconnects(place: Place, names: Names) -> bool:
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


def _class(node: ast.ClassDef, place: Place, names: Names) -> Iterator[tuple[str, str]]:
    bases = [names.resolve(base, place.scope) for base in node.bases]
    if REMOVED_MIDDLEWARE in bases:
        yield REMOVED_BASE, node.name
        return
    methods = {item.name for item in node.body if isinstance(item, FUNCTIONS)}
    plain = all(isinstance(base, ast.Name) and base.id == "object" for base in node.bases)
    if plain and not methods.isdisjoint(HOOKS) and methods.isdisjoint({"__init__", "__call__", "__new__"}):
        yield OLD_STYLE, node.name


def _fact(kind: str, uses: list[Use], names: Names) -> CodeFact:
    source = names.module.source
    first = uses[0]
    node, place = first.node, first.place
    at: ast.AST = node.bases[0] if isinstance(node, ast.ClassDef) and kind == REMOVED_BASE else node
    location = source.node_location(at)
    if isinstance(node, ast.ClassDef) and kind == OLD_STYLE:
        start, _ = source.node_span(node)
        location = source.location(start, start + len("class ") + len(node.name))
    owner = node if isinstance(node, ast.ClassDef) else place.owner
    function = place.scope[-1] if place.scope else None
    port = port_steps(kind, uses, names)
    detail = {"api": ", ".join(dict.fromkeys(use.api for use in uses))}
    if isinstance(node, ast.ClassDef) and kind == REMOVED_BASE:
        detail["policy"] = "no" if adds_nothing(node, names) else "yes"
    return CodeFact(
        kind=kind,
        location=location,
        name=node.name if isinstance(node, ast.ClassDef) else place.name,
        place=place_of(source.path, function, owner),
        path_lines=tuple((source.node_location(use.node), use.api) for use in uses[1:]),
        rewrite="port-transaction-api" if port else "",
        rewrite_span=source.location(0, len(source.text)) if port else None,
        dotted=f"{names.module.dotted}.{owner.name}" if owner is not None else "",
        detail={**detail, **encode(port)},
    )
