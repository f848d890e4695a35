"""Paths as facts show them, and the choice of the one to show."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.code.requests import Ends
    from djconnfix.code.states import State, States, Trace
    from djconnfix.source import Location, SourceFile

MAX_PATH_LINES = 12
_BLOCKS = (ast.ClassDef, ast.With, ast.AsyncWith, ast.ExceptHandler, ast.FunctionDef, ast.AsyncFunctionDef)
DECISIONS = (" is true", " is false")


def worst(ends: Ends, bad: Callable[[State], bool]) -> tuple[State, Trace] | None:
    """Return the shortest path whose end is bad, a read-only request before others; None when there is none."""
    states: States = {**ends.responses, **ends.raised}
    matching = [(state, trace) for state, trace in states.items() if bad(state)]
    if not matching:
        return None
    return min(matching, key=lambda pair: (pair[0].failed, not pair[0].dirty_skipped, len(pair[1])))


def last_decision(trace: Trace, otherwise: ast.AST) -> ast.AST:
    """Return the test that led astray, else the way out."""
    for node, words in reversed(trace):
        if words.endswith(DECISIONS):
            return node
    return next((node for node, _ in reversed(trace) if isinstance(node, (ast.Return, ast.Raise))), otherwise)


def condition(trace: Trace) -> str:
    """Return the last decision of a path in words, empty when it has none."""
    return next((words for _, words in reversed(trace) if words.endswith(DECISIONS)), "")


def path_lines(trace: Trace, source: SourceFile) -> tuple[tuple[Location, str], ...]:
    """Return a path as places and words, without its middle when it is long."""
    lines = [(_place(node, source), words) for node, words in trace]
    if len(lines) > MAX_PATH_LINES:
        lines = [*lines[: MAX_PATH_LINES // 2], *lines[-MAX_PATH_LINES // 2 :]]
    return tuple(lines)


def _place(node: ast.AST, source: SourceFile) -> Location:
    """A block is pointed at by its first line."""
    if not isinstance(node, _BLOCKS):
        return source.node_location(node)
    start, _ = source.node_span(node)
    line, column = source.position(start)
    return source.location(start, start + max(0, len(source.line_text(line).rstrip()) - (column - 1)))
