"""Facts about transactions: which paths of a middleware or function leave one open, and what would end it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.effects import Dirt, Effect, alias_of
from djconnfix.code.ending import Plan, plan_ending, restore_plan, status_test, without_failed_ends
from djconnfix.code.kinds import (
    ASYNC_TRANSACTION,
    FAILURE_COMMITTED,
    LEFT_OPEN,
    MIDDLEWARE_TRANSACTION,
    NOT_RESTORED,
)
from djconnfix.code.names import own_nodes
from djconnfix.code.paths import condition, last_decision, path_lines, worst
from djconnfix.code.requests import Ends
from djconnfix.code.states import TooComplexError
from djconnfix.code.steps import encode
from djconnfix.code.units import BEGINS
from djconnfix.code.walk import all_nodes
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djconnfix.code.names import Function
    from djconnfix.code.states import Trace
    from djconnfix.code.units import Unit


_HANDLES = frozenset({Effect.AUTOCOMMIT_OFF, Effect.COMMIT, Effect.ENTER, Effect.ROLLBACK})


def transaction_facts(unit: Unit) -> Iterator[CodeFact]:
    """Yield what a middleware or a function does wrong with transactions."""
    middleware = unit.place == "middleware"
    by_hand = unit.begins or unit.does(Effect.COMMIT, Effect.ROLLBACK)
    if not by_hand and not (middleware and b"atomic" in unit.source.data):
        return
    if (not middleware and not unit.begins and not unit.guards) or unit.defers:
        return
    if isinstance(unit.first, ast.AsyncFunctionDef) and middleware and by_hand:
        at = next((call for call, effect, _ in unit.effects if effect in _HANDLES), unit.first)
        plan = Plan((), "the transaction API is synchronous")
        yield _fact(unit, ASYNC_TRANSACTION, at, (), plan=plan, rewrite="", detail={})
        return
    if middleware:
        yield from _wraps(unit)
    try:
        ends = unit.follow(False, None)
        left_open = list(_left_open(unit, ends))
        yield from left_open
        if not left_open:
            yield from _not_restored(unit, ends)
        if middleware:
            yield from _failure_committed(unit, ends)
    except TooComplexError:
        return


def _wraps(unit: Unit) -> Iterator[CodeFact]:
    """Yield where a middleware begins the transaction of a request, and whether it gives up more than failures."""
    at: ast.AST | None = next((call for call, effect, _ in unit.effects if effect in BEGINS), None)
    for function in unit.functions:
        for node in own_nodes(function.body):
            if isinstance(node, ast.With) and any(id(inner) in unit.calls for inner in all_nodes(node)):
                at = at or next(
                    (i.context_expr for i in node.items if _is_atomic(i.context_expr, function, unit)), None
                )
    if at is not None:
        tests = {ast.unparse(n) for f in unit.functions for n in own_nodes(f.body) if isinstance(n, ast.Compare)}
        refuses = any("status_code" in test and "5" not in test for test in tests)
        detail = {"call": ast.unparse(at), "refuses": "yes" if refuses else "no"}
        yield _fact(unit, MIDDLEWARE_TRANSACTION, at, (), plan=Plan((), ""), rewrite="", detail=detail)


def _is_atomic(node: ast.expr, function: Function, unit: Unit) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return unit.names.resolve(called, (*unit.scope, function)) == "django.db.transaction.atomic"


def _fact(
    unit: Unit, kind: str, at: ast.AST, trace: Trace, *, plan: Plan, rewrite: str, detail: Mapping[str, str]
) -> CodeFact:
    return CodeFact(
        kind=kind,
        location=unit.source.node_location(at),
        name=unit.name,
        place=unit.place,
        path_lines=path_lines(trace, unit.source),
        rewrite=rewrite if plan.steps else "",
        rewrite_span=unit.source.node_location(unit.node),
        why=plan.why,
        detail={**detail, **encode(plan.steps)},
        dotted=unit.dotted,
        alias=unit.alias,
    )


def _left_open(unit: Unit, ends: Ends) -> Iterator[CodeFact]:
    begun_elsewhere = not unit.begins
    if begun_elsewhere:
        if not unit.guards:
            return
        ends = unit.follow(True, None)
    # A function other than a middleware is judged by its dirty tests alone: what else it leaves open is its caller's.
    found = worst(ends, lambda s: s.open and (unit.place == "middleware" or s.dirty_skipped))
    if found is None:
        return
    state, trace = found
    guard = next((g for g in unit.guards if any(node is g.test.node for node, _ in trace)), None)
    if guard is None and unit.guards and state.dirty_skipped:
        guard = unit.guards[0]
    at: ast.AST = guard.statement if guard else last_decision(trace, unit.node)
    detail = {
        "test": guard.test.dirt.value if guard else "path",
        "condition": ast.unparse(guard.test.node) if guard else condition(trace),
        "begun": "elsewhere" if begun_elsewhere else "here",
        "api": "removed" if unit.uses_removed_api else "current",
        "restored": "no" if state.manual else "yes",
        "managed": "yes" if _asks_managed(unit) else "no",
    }
    if begun_elsewhere and guard is not None and guard.test.dirt is not Dirt.DJANGO and unit.place != "middleware":
        return
    plan = plan_ending(unit, trace, begun_elsewhere=begun_elsewhere)
    yield _fact(unit, LEFT_OPEN, at, trace, plan=plan, rewrite="end-every-path", detail=detail)


def _asks_managed(unit: Unit) -> bool:
    """Whether `transaction.is_managed()` is asked anywhere, which Django 1.6 and 1.7 answer with None."""
    nodes = (n for f in unit.functions for n in own_nodes(f.body))
    return any(isinstance(n, ast.Attribute) and n.attr == "is_managed" for n in nodes)


def _not_restored(unit: Unit, ends: Ends) -> Iterator[CodeFact]:
    found = worst(without_failed_ends(ends, unit), lambda s: s.manual and s.begun)
    switched = next((c for c, effect, _ in unit.effects if effect is Effect.AUTOCOMMIT_OFF), None)
    if found is None or switched is None or unit.uses_removed_api:
        return
    state, trace = found
    yield _fact(
        unit,
        NOT_RESTORED,
        switched,
        trace,
        plan=restore_plan(unit, ends),
        rewrite="restore-autocommit",
        detail={"ended": "no" if state.open else "yes", "condition": condition(trace)},
    )


def _failure_committed(unit: Unit, ends: Ends) -> Iterator[CodeFact]:
    # A path that asks anything of the response may well have told the failure from a success.
    asks = _asks_the_response(unit)
    unasked = {s: t for s, t in ends.responses.items() if not any(id(node) in asks for node, _ in t)}
    found = worst(Ends(unasked, {}), lambda s: s.kept_failure)
    if found is None:
        return
    _, trace = found
    commits = [node for node, words in trace if "commit" in words]
    block = commits[-1] if commits else unit.node
    form = "commit" if isinstance(block, ast.Call) else "atomic"
    at: ast.AST = block if isinstance(block, ast.Call) else unit.first or unit.node
    if isinstance(block, ast.With):
        at = block.items[0].context_expr
    plan = status_test(block, unit)
    detail = {
        "form": form,
        "alias": alias_of(at, 0) if isinstance(block, ast.With) and isinstance(at, ast.Call) else unit.alias,
    }
    yield _fact(unit, FAILURE_COMMITTED, at, trace, plan=plan, rewrite="roll-back-errors", detail=detail)


def _asks_the_response(unit: Unit) -> set[int]:
    """Return the tests of a response, also through a name that holds one, and what stands under a `match` of it."""
    found: set[int] = set()
    for function in unit.functions:
        about = {
            target.id
            for node in own_nodes(function.body)
            if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Call) and _is_about(node.value, set())
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in own_nodes(function.body):
            if isinstance(node, (ast.If, ast.While, ast.IfExp)) and _is_about(node.test, about):
                found.update(map(id, all_nodes(node.test)))
            elif isinstance(node, ast.Match) and _is_about(node.subject, about):
                found.update(id(inner) for case in node.cases for inner in ast.walk(case))
    return found


def _is_about(node: ast.expr, names: set[str]) -> bool:
    return "response" in ast.unparse(node) or any(isinstance(n, ast.Name) and n.id in names for n in all_nodes(node))
