"""The missing branch: what would end the transaction on the path that does not end it.

Nothing is dropped here. A path that neither commits nor rolls back loses its work when Django drops the connection;
rolling it back says the same and keeps the connection. The change is tried on a copy of the syntax tree, and offered
only when no path of the copy leaves anything behind.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from djconnfix.code.effects import Effect
from djconnfix.code.names import Function, Names, own_nodes
from djconnfix.code.paths import worst
from djconnfix.code.requests import middleware_of
from djconnfix.code.spelling import spelt
from djconnfix.code.states import TooComplexError
from djconnfix.code.steps import Step
from djconnfix.code.units import Unit, middleware_unit
from djconnfix.records import dataclass, replace

if TYPE_CHECKING:
    from djconnfix.code.states import Trace

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Change:
    """Statements for the `else` of a test, before a return, and after the test."""

    at: ast.stmt
    in_else: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def step(self) -> tuple[str, str]:
        """The kind of step and its text."""
        if self.before:
            return "insert-before", "\n".join(self.before)
        lines = ["else:", *(f"    {line}" for line in self.in_else), *self.after]
        return "insert-after", "\n".join(lines)


def missing_branch(unit: Unit, trace: Trace) -> tuple[Step, ...]:
    """Return the steps that end the transaction on this path; nothing when none is sure to."""
    if unit.place != "middleware" or unit.guards or unit.uses_removed_api or not unit.does(Effect.AUTOCOMMIT_OFF):
        return ()
    commit = next((call for call, effect, _ in unit.effects if effect is Effect.COMMIT), None)
    rollback, switch = (spelt(commit, m, unit.source) if commit else None for m in ("rollback", "set_autocommit"))
    if rollback is None or switch is None:
        return ()
    decided = {id(node) for node, words in trace if words.endswith(" is false")}
    taken = {id(node) for node, words in trace if words.endswith(" is true")}
    for function in unit.functions:
        for node in own_nodes(function.body):
            if not isinstance(node, ast.If) or "settings." in ast.unparse(node.test):
                continue
            if id(node.test) in decided and not node.orelse:
                candidates = _else_branches(node, function, unit, rollback, switch)
            elif id(node.test) in taken and isinstance(node.body[-1], ast.Return):
                candidates = [_Change(node.body[-1], before=lines) for lines in ((rollback,), (rollback, switch))]
            else:
                continue
            for change in candidates:
                if _mends(unit, change):
                    what, text = change.step
                    return (Step(what, *unit.source.node_span(change.at), (), text),)
    return ()


def _else_branches(node: ast.If, function: Function, unit: Unit, rollback: str, switch: str) -> list[_Change]:
    calls = [n for s in node.body for n in own_nodes([s]) if isinstance(n, ast.Call)]
    effects = {effect for call, effect, _ in unit.effects if any(call is c for c in calls)}
    if Effect.COMMIT not in effects:
        return []
    if Effect.AUTOCOMMIT_ON in effects:
        return [_Change(node, in_else=(rollback, switch))]
    found = [_Change(node, in_else=(rollback,))]
    if function is unit.last and node in function.body:
        found.append(_Change(node, in_else=(rollback,), after=(switch,)))
    return found


def _mends(unit: Unit, change: _Change) -> bool:
    """Whether no path leaves anything behind once the change is made."""
    module = unit.names.module
    tree = copy.deepcopy(module.tree)
    where = (change.at.lineno, change.at.col_offset)
    if not _insert(tree, where, type(change.at), change):
        return False
    names = Names(replace(module, tree=tree), unit.names.modules)
    for middleware in middleware_of(names):
        if middleware.name == unit.name:
            try:
                ends = middleware_unit(middleware, names).follow(False, None)
            except TooComplexError:
                return False
            return worst(ends, lambda state: state.open or (state.manual and state.begun)) is None
    return False


def _insert(tree: ast.Module, where: Place, kind: type[ast.stmt], change: _Change) -> bool:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            for index, statement in enumerate(block):
                if not isinstance(statement, kind) or (statement.lineno, statement.col_offset) != where:
                    continue
                if isinstance(statement, ast.If):
                    statement.orelse = _parsed(change.in_else)
                block[index + 1 : index + 1] = _parsed(change.after)
                block[index:index] = _parsed(change.before)
                return True
    return False


def _parsed(lines: tuple[str, ...]) -> list[ast.stmt]:
    return ast.parse("\n".join(lines)).body
