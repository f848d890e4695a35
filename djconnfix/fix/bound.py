"""Whether a name is surely bound where a statement stands, by the text alone.

The evaluator takes a name for bound where a module that cannot be seen may bind it (`from .local import *`). Whoever
writes a statement that uses the name needs more: something further up, in the same block or around it, that binds it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def is_bound(tree: ast.Module, statement: ast.stmt, name: str) -> bool:
    """Whether each way to what follows a statement binds a name, or a star import that may.

    Blocks that may be passed over do not count.
    """
    return any(name in bound or "*" in bound for bound in _bound_before(tree.body, statement))


def _bound_before(block: Sequence[ast.stmt], statement: ast.stmt) -> Iterator[frozenset[str]]:
    index = next(i for i, each in enumerate(block) if _holds((each,), statement))
    yield from map(_binds, block[:index])
    if block[index] is statement:
        yield _binds(statement)
        return
    yield _by_head(block[index])
    yield from _bound_before(next(inner for inner in _blocks(block[index]) if _holds(inner, statement)), statement)


def _blocks(statement: ast.stmt) -> list[Sequence[ast.stmt]]:
    named = [getattr(statement, field, None) for field in ("body", "orelse", "finalbody")]
    parts = [part.body for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))]
    return [block for block in (*named, *parts) if isinstance(block, list)]


def _holds(block: Sequence[ast.stmt], statement: ast.stmt) -> bool:
    return any(node is statement for each in block for node in ast.walk(each))


def _by_head(statement: ast.stmt) -> frozenset[str]:
    """Return what the head of a compound statement binds for what is in it."""
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        return _stored(statement.target)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return frozenset().union(*(_stored(item.optional_vars) for item in statement.items if item.optional_vars))
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return frozenset(node.arg for node in ast.walk(statement.args) if isinstance(node, ast.arg))
    return frozenset()


def _binds(statement: ast.stmt) -> frozenset[str]:
    """Return what a statement binds, whatever happens in it."""
    if isinstance(statement, ast.Assign):
        return frozenset().union(*map(_stored, statement.targets))
    if isinstance(statement, ast.AnnAssign):
        return _stored(statement.target) if statement.value is not None else frozenset()
    if isinstance(statement, ast.AugAssign):
        return _stored(statement.target)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return frozenset((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return frozenset({statement.name})
    return frozenset()


def _stored(target: ast.AST) -> frozenset[str]:
    return frozenset(
        node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
