"""Transactions that raw SQL begins or ends, of which Django learns nothing."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from djconnfix.code.effects import alias_of
from djconnfix.code.kinds import RAW_TRANSACTION
from djconnfix.code.names import Assigned, Function, own_nodes
from djconnfix.code.places import Place, is_migration, place_of
from djconnfix.code.walk import functions_below
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.code.names import Names

_STATEMENT = re.compile(
    r"\s*(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK)(\s+(WORK|TRANSACTION))?\s*;?\s*\Z", re.IGNORECASE
)
_CURSORS = frozenset({"django.db.connection.cursor", "django.db.connections[].cursor"})


def raw_transaction_facts(names: Names) -> Iterator[CodeFact]:
    """Yield, for each function, `BEGIN`, `COMMIT` or `ROLLBACK` sent through a cursor of Django's.

    A cursor counts when it was made by `connection.cursor()` in the same function. `BEGIN IMMEDIATE` and the like say
    what Django has no word for, and are left alone.
    """
    source = names.module.source
    if is_migration(source.path):
        return
    for function, place in functions_of(names.module.tree, Place()):
        found = [call for call in _calls(function) if _ends_or_begins(call, function, place, names)]
        if not found:
            continue
        first = found[0]
        yield CodeFact(
            kind=RAW_TRANSACTION,
            location=source.node_location(first),
            name=place.name,
            place=place_of(source.path, function, place.owner),
            path_lines=tuple((source.node_location(call), f"`{_said(call)}`") for call in found[1:]),
            detail={"said": _said(first), "atomic": "yes" if _in_atomic(first, function, place, names) else "no"},
            dotted=".".join([names.module.dotted, place.name]),
        )


def functions_of(node: ast.Module | ast.ClassDef | Function, place: Place) -> Iterator[tuple[Function, Place]]:
    """Yield the functions below a node, each with the place inside it."""
    for child in functions_below(node.body):
        if isinstance(child, ast.ClassDef):
            yield from functions_of(child, Place(place.scope, child))
        else:
            inner = Place((*place.scope, child), place.owner)
            yield child, inner
            yield from functions_of(child, inner)


def _calls(function: Function) -> Iterator[ast.Call]:
    for node in own_nodes(function.body):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "execute":
            yield node


def _ends_or_begins(call: ast.Call, function: Function, place: Place, names: Names) -> bool:
    if len(call.args) != 1 or not _STATEMENT.match(_text(call)):
        return False
    assert isinstance(call.func, ast.Attribute)
    return _is_django_cursor(call.func.value, function, place, names)


def _is_django_cursor(node: ast.expr, function: Function, place: Place, names: Names) -> bool:
    match node:
        case ast.Call(func=made):
            return names.resolve(made, place.scope) in _CURSORS
        case ast.Name(id=name):
            items = [i for w in own_nodes(function.body) if isinstance(w, (ast.With, ast.AsyncWith)) for i in w.items]
            given = [
                i.context_expr for i in items if isinstance(i.optional_vars, ast.Name) and i.optional_vars.id == name
            ]
            bound = names.binding(name, place.scope)
            if isinstance(bound, Assigned) and not bound.each:
                given.append(bound.value)
            return bool(given) and all(
                isinstance(g, ast.Call) and names.resolve(g.func, place.scope) in _CURSORS for g in given
            )
        case _:
            return False


def _in_atomic(call: ast.Call, function: Function, place: Place, names: Names) -> bool:
    """Whether the statement stands inside `atomic` of the default alias, as far as the function shows."""
    blocks: list[ast.expr] = list(function.decorator_list)
    for node in own_nodes(function.body):
        if isinstance(node, ast.With) and any(inner is call for inner in ast.walk(node)):
            blocks += [item.context_expr for item in node.items]
    for block in blocks:
        called = block.func if isinstance(block, ast.Call) else block
        if names.resolve(called, place.scope) == "django.db.transaction.atomic":
            return not isinstance(block, ast.Call) or alias_of(block, 0) == "default"
    return False


def _text(call: ast.Call) -> str:
    given = call.args[0]
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else ""


def _said(call: ast.Call) -> str:
    return " ".join(_text(call).strip(" ;\n").upper().split())
