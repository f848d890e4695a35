"""What is done with a name, before the constant that it holds is changed in its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from djconnfix.source import SourceFile

# Calls that hand a keyword on as it is.
_HANDING_ON = frozenset({"config", "dict", "dj_db_url", "parse", "setdefault", "update"})

# Calls that make another dictionary of one.
_COPYING = frozenset({"copy", "deepcopy", "dict"})

# Methods that say which keys they mean.
_ON_ONE_KEY = frozenset({"get", "pop", "setdefault", "update"})

# Keys that no fix writes: whether one of them is there stays as it is.
_NEVER_ADDED = frozenset({"ENGINE", "HOST", "NAME", "PASSWORD", "PORT", "TEST", "USER"})


def may_become(node: ast.expr, value: object, names: Iterable[str], sources: Iterable[SourceFile]) -> bool:
    """Whether names may hold another value without any statement failing for it.

    A value of the same type goes wherever the old one went, unless the name goes on with what is made of it. Any other
    may only be handed on: code that is overridden later, which no proof looks at, would fail on `int(AGE)` when AGE
    becomes None.

    Args:
        node: the expression that gives the present value.
        value: the new one.
        names: what it is bound to.
        sources: the files that may use them.
    """
    wanted = frozenset(names)
    try:
        if isinstance(node, ast.Constant) and type(node.value) is type(value):
            return not any(_counts_on(source.tree, wanted) for source in sources)
        return all(_handed_on(use, parents) for source in sources for use, parents in _uses(source.tree, wanted))
    except UnreadableError:
        return False  # what it does with the names cannot be seen


def _counts_on(tree: ast.AST, names: frozenset[str]) -> bool:
    """Whether a statement gives one of the names a value that is made of the old one."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound = {each.id for each in targets if isinstance(each, ast.Name)} & names
            used = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
            if bound and (isinstance(node, ast.AugAssign) or bound & used):
                return True
    return False


def may_grow(names: Iterable[str], sources: Iterable[SourceFile]) -> bool:
    """Whether dictionaries under these names may have other keys: nothing is called with what they hold.

    Args:
        names: what they are bound to.
        sources: the files that may use them.
    """
    wanted = frozenset(names)
    try:
        return all(_holds(use, parents) for source in sources for use, parents in _uses(source.tree, wanted))
    except UnreadableError:
        return False


def _uses(tree: ast.AST, names: frozenset[str]) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Yield each place that reads one of the names, with what it stands in, innermost first."""
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while pending:
        node, parents = pending.pop()
        if isinstance(node, ast.Name) and node.id in names:
            if isinstance(node.ctx, ast.Load) or isinstance(parents[0], ast.AugAssign):
                yield node, parents
        elif isinstance(node, ast.Attribute) and node.attr in names:
            yield node, parents
        pending.extend((child, (node, *parents[:1])) for child in ast.iter_child_nodes(node))


def _holds(node: ast.AST, parents: tuple[ast.AST, ...]) -> bool:
    parent = parents[0]
    if isinstance(parent, ast.Subscript):
        return parent.value is node
    if isinstance(parent, ast.Attribute):
        return parent.attr in _ON_ONE_KEY | _COPYING
    if isinstance(parent, ast.Call):
        name = parent.func.attr if isinstance(parent.func, ast.Attribute) else getattr(parent.func, "id", "")
        return name in _COPYING
    if isinstance(parent, ast.Compare):
        asked = parent.left.value if isinstance(parent.left, ast.Constant) else None
        return asked in _NEVER_ADDED and all(isinstance(each, (ast.In, ast.NotIn)) for each in parent.ops)
    return _handed_on(node, parents)


def _handed_on(node: ast.AST, parents: tuple[ast.AST, ...]) -> bool:
    parent = parents[0]
    if isinstance(parent, ast.keyword):
        call = parents[1]
        assert isinstance(call, ast.Call)
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        return name in _HANDING_ON
    if isinstance(parent, ast.Dict):
        return any(value is node for value in parent.values)
    return isinstance(parent, (ast.Assign, ast.AnnAssign)) and parent.value is node
