"""Children of syntax nodes, fast: most of the time that reading code takes goes into walking trees."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})
# Fields that hold no node, or one of the operators and contexts, which say nothing that anybody asks for.
_PLAIN = frozenset(
    {
        *("arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "lineno"),
        *("module", "name", "op", "ops", "rest", "simple", "tag", "type_comment", "type_ignores"),
    }
)
_BODIES = ("body", "orelse", "handlers", "finalbody", "cases")
_blocks: dict[type[ast.AST], tuple[str, ...]] = {}
_known: dict[int, tuple[Sequence[ast.AST], list[ast.AST]]] = {}  # with the body, so that no other gets its identity
_fields: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Constant: (),
    ast.MatchSingleton: (),
    ast.Global: (),
    ast.Nonlocal: (),
}


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes right below a node in the order of the source's grammar, without operators and contexts."""
    kind = type(node)
    fields = _fields.get(kind)
    if fields is None:
        # `ExceptHandler.name` and the like are strings; `TypeAlias.name` is a node.
        plain = _PLAIN - {"name"} if kind.__name__ == "TypeAlias" else _PLAIN
        fields = _fields[kind] = tuple(field for field in kind._fields if field not in plain)
    found: list[ast.AST] = []
    for field in fields:
        value = getattr(node, field, None)
        if value is None:
            continue
        if type(value) is list:
            found += value
        else:
            found.append(value)
    if None in found:  # `{**a}` has a key that is none, a keyword-only parameter a default that is none
        return [each for each in found if each is not None]
    return found


def blocks(node: ast.AST) -> list[ast.AST]:
    """Return the statements, handlers and cases right below one, without any expression."""
    kind = type(node)
    fields = _blocks.get(kind)
    if fields is None:
        names = () if issubclass(kind, ast.expr) else _BODIES  # the body of a lambda is no statement
        fields = _blocks[kind] = tuple(name for name in names if name in kind._fields)
    found: list[ast.AST] = []
    for field in fields:
        found += getattr(node, field)
    return found


def all_nodes(node: ast.AST) -> list[ast.AST]:
    """Return a node and all below it, as `ast.walk` does, without operators and contexts."""
    found = [node]
    for each in found:  # which grows meanwhile
        found += children(each)
    return found


def own_nodes(body: Sequence[ast.AST]) -> Sequence[ast.AST]:
    """Return the nodes of a body without those of the functions, lambdas and classes defined there.

    Most bodies are asked for often; what was found is remembered until `forget_bodies`.
    """
    known = _known.get(id(body))
    if known is not None:
        return known[1]
    found: list[ast.AST] = []
    stack = list(body)
    stack.reverse()
    pop, add = stack.pop, found.append
    while stack:
        node = pop()
        add(node)
        if type(node) not in _SCOPES and (below := children(node)):
            below.reverse()
            stack += below
    _known[id(body)] = (body, found)
    return found


def forget_bodies() -> None:
    """Forget what `own_nodes` remembers; its trees can go."""
    _known.clear()


def functions_below(body: Iterable[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    """Yield the functions and classes that statements define, without entering them; expressions define none."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement
            continue
        for field in _BODIES:
            for part in getattr(statement, field, ()):
                yield from functions_below([part] if isinstance(part, ast.stmt) else part.body)
