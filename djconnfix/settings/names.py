"""Module-level names that look like keys of an alias, and whether anything reads them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.facts import ModuleName
from djconnfix.settings.convert import value_of
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.settings.contexts import Context
    from djconnfix.settings.machine import Machine
    from djconnfix.source import SourceFile

ALIAS_KEYS = frozenset(
    {
        "ATOMIC_REQUESTS",
        "AUTOCOMMIT",
        "CONN_HEALTH_CHECKS",
        "CONN_MAX_AGE",
        "DISABLE_SERVER_SIDE_CURSORS",
        "TRANSACTIONS_MANAGED",
        "USE_TZ",
    }
)


def module_names(machine: Machine, contexts: Sequence[Context], paths: Sequence[str]) -> tuple[ModuleName, ...]:
    """Return the names of `ALIAS_KEYS` that modules or settings classes bind."""
    wanted = {name for context in contexts for name in context.settings if name in ALIAS_KEYS}
    if not wanted:
        return ()
    found: list[ModuleName] = []
    spelt = [name.encode() for name in wanted]
    # A module that does not hold the word neither binds nor reads it; most modules of a project's settings do not.
    trees = [each for each in _sources(machine, paths) if any(word in each.data for word in spelt)]
    read = {name for source in trees for name in _read_names(source.tree)}
    for source in trees:
        for target, statement in _bindings(source.tree.body):
            if target.id not in wanted:
                continue
            context = next(each for each in contexts if target.id in each.settings)
            location = source.node_location(statement)
            value = value_of(machine, context.get(target.id), context.known, location)
            found.append(ModuleName(target.id, value, location, target.id in read))
    return tuple(found)


def _sources(machine: Machine, paths: Sequence[str]) -> Iterator[SourceFile]:
    for path in paths:
        try:
            source = machine.tree.source(path)
            _ = source.tree
        except UnreadableError:
            continue
        yield source


def _bindings(body: Sequence[ast.stmt]) -> Iterator[tuple[ast.Name, ast.stmt]]:
    for statement in body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target, statement
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target, statement
        elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.ClassDef)):
            yield from _bindings(statement.body)
            yield from _bindings(getattr(statement, "orelse", []))
            for handler in getattr(statement, "handlers", []):
                yield from _bindings(handler.body)


def _read_names(tree: ast.Module) -> Iterator[str]:
    """Yield names that something reads: as a name, an attribute, an import, or by subscript of a namespace."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.value, ast.Call)
            and isinstance(node.slice.value, str)
        ):
            yield node.slice.value
