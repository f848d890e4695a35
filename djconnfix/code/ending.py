"""What would make every path end its transaction, as steps; nothing where that is not sure."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.branches import missing_branch
from djconnfix.code.effects import Dirt, Effect
from djconnfix.code.names import FUNCTIONS, own_nodes
from djconnfix.code.paths import worst
from djconnfix.code.regions import atomic_region
from djconnfix.code.requests import Ends
from djconnfix.code.spelling import source_text, spelt
from djconnfix.code.steps import Step
from djconnfix.code.units import BACK, BEGINS, ENDS, Unit
from djconnfix.code.unused import unused_imports
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.code.states import Trace


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps, and why they are right or why there are none."""

    steps: tuple[Step, ...]
    why: str


def plan_ending(unit: Unit, trace: Trace, *, begun_elsewhere: bool) -> Plan:
    """Decide what makes every path end, or why nothing sure does."""
    guards = unit.guards
    if steps := missing_branch(unit, trace):
        return Plan(steps, "what is not committed is lost at the end of the request anyway; now it ends there")
    if not guards:
        return Plan((), "what decides over the end of the transaction may be policy, which a person has to weigh")
    if refused := next((g for g in guards if g.refusal), None):
        return Plan((), f"line {refused.statement.lineno}: {refused.refusal}")
    own_flag = any(g.test.dirt is not Dirt.DJANGO for g in guards)
    always = unit.follow(begun_elsewhere, True)
    if worst(without_failed_ends(always, unit), lambda s: s.open):
        return Plan((), "another path leaves the transaction open as well")
    if own_flag and not begun_elsewhere and not _always_begins(unit):
        return Plan((), "the transaction is begun for some requests only")
    steps = tuple(g.step for g in guards if g.step is not None)
    imports = tuple(
        unused_imports([g.statement if g.step and g.step.what == "remove" else g.test.node for g in guards], unit.names)
    )
    restore = _switch_after_commit(unit, always) if not begun_elsewhere else None
    if restore is not None:
        steps = _joined(steps, restore)
        return Plan((*steps, *imports), "every request ends in commit or rollback, and autocommit is switched on again")
    return Plan(
        (*steps, *imports),
        "every request ends in commit or rollback; ending an empty transaction costs next to nothing",
    )


def _always_begins(unit: Unit) -> bool:
    """Whether autocommit is off whenever the view is entered."""
    for statement in unit.first.body if unit.first else ():
        calls = [n for n in own_nodes([statement]) if isinstance(n, ast.Call)]
        effects = {_effect(call, unit) for call in calls}
        if not BEGINS.isdisjoint(effects):
            return isinstance(statement, ast.Expr)
        if any(isinstance(n, (ast.Return, ast.Raise)) for n in own_nodes([statement])):
            return False
        if any(id(call) in unit.calls for call in calls):
            return False
    return unit.removed_base


def _effect(call: ast.Call, unit: Unit) -> Effect | None:
    return next((effect for known, effect, _ in unit.effects if known is call), None)


def restore_plan(unit: Unit, ends: Ends) -> Plan:
    """Return what switches autocommit on again on every path, or why nothing sure does."""
    if unit.place not in {"command", "middleware"} and isinstance(unit.node, FUNCTIONS) and not unit.guards:
        steps = atomic_region(unit.node, unit.names, unit.scope)
        if steps:
            return Plan(steps, "with one commit at its end, the block says the same and ends well on every path")
    step = _switch_after_commit(unit, ends) or _switch_in_finally(unit, ends)
    if step is None:
        return Plan((), "no single place follows the end of every transaction")
    return Plan((step,), "autocommit is switched on again when the transaction has ended")


def _switch_after_commit(unit: Unit, always: Ends) -> Step | None:
    """Return the step that switches autocommit on after the last commit, None when it is on or no place is sure."""
    if not always.responses or not all(state.manual and not state.open for state in always.responses):
        return None
    if not unit.does(Effect.AUTOCOMMIT_OFF) or unit.last is None or unit.place != "middleware":
        return None
    commits = [call for call, effect, f in unit.effects if effect is Effect.COMMIT and f is unit.last]
    if len(commits) != 1:
        return None
    (call,) = commits
    body = unit.last.body
    index = next((i for i, s in enumerate(body) if any(n is call for n in own_nodes([s]))), None)
    switch = spelt(call, "set_autocommit", unit.source)
    if index is None or switch is None or not _is_bare_end(body[index], call, unit):
        return None
    if not _are_removed([s for s in body[:index] if any(isinstance(n, ast.Return) for n in own_nodes([s]))], unit):
        return None
    if index + 1 >= len(body) or not isinstance(body[-1], ast.Return):
        return None
    return Step("insert-after", *unit.source.node_span(body[index]), (), switch)


def _switch_in_finally(unit: Unit, ends: Ends) -> Step | None:
    """Return the step that adds `finally` to the `try` that directly follows the switch to manual."""
    if unit.first is None or unit.first is not unit.last or unit.guards:
        return None
    body = unit.first.body
    off = [(i, s.value) for i, s in enumerate(body) if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)]
    found = [(i, call) for i, call in off if _effect(call, unit) is Effect.AUTOCOMMIT_OFF]
    if len(found) != 1 or sum(e is Effect.AUTOCOMMIT_OFF for _, e, _ in unit.effects) != 1 or unit.does(*BACK):
        return None
    index, call = found[0]
    block = body[index + 1] if index + 1 < len(body) else None
    if not isinstance(block, ast.Try) or block.finalbody:
        return None
    inside = set(map(id, ast.walk(block)))
    if any(effect in ENDS and id(c) not in inside for c, effect, _ in unit.effects):
        return None
    if worst(without_failed_ends(ends, unit), lambda s: s.manual and not s.ended):
        return None
    switch = spelt(call, "set_autocommit", unit.source)
    return (switch and Step("insert-after", *unit.source.node_span(block), (), f"finally:\n    {switch}")) or None


def without_failed_ends(ends: Ends, unit: Unit) -> Ends:
    """Leave out the paths on which a commit or rollback raises itself: nothing in the code can mend those."""
    raised = {
        state: trace
        for state, trace in ends.raised.items()
        if not any(words == "raises" and _cannot_fail_well(node, unit) for node, words in trace)
    }
    return Ends(ends.responses, raised)


def _cannot_fail_well(node: ast.AST, unit: Unit) -> bool:
    return isinstance(node, ast.Call) and _effect(node, unit) in {*ENDS, Effect.AUTOCOMMIT_OFF}


def _is_bare_end(statement: ast.stmt, call: ast.Call, unit: Unit) -> bool:
    """The commit is the statement itself, or stands in the body of a guard that is dropped."""
    if isinstance(statement, ast.Expr):
        return True
    is_guard = any(g.statement is statement and g.step and g.step.what == "drop-test" for g in unit.guards)
    return (
        is_guard
        and isinstance(statement, ast.If)
        and any(isinstance(s, ast.Expr) and s.value is call for s in statement.body)
        and not isinstance(statement.test, ast.BoolOp)
    )


def _are_removed(statements: Sequence[ast.stmt], unit: Unit) -> bool:
    removed = [g.statement for g in unit.guards if g.step and g.step.what == "remove"]
    return all(any(s is r for r in removed) for s in statements)


def _joined(steps: tuple[Step, ...], restore: Step) -> tuple[Step, ...]:
    """Put the inserted statement into the step that changes the same statement, so that edits do not touch."""
    joined = [
        Step(s.what, s.start, s.end, s.marks, restore.text) if (s.start, s.end) == (restore.start, restore.end) else s
        for s in steps
    ]
    return tuple(joined) if joined != list(steps) else (*steps, restore)


_ROLLED_BACK = "the work of a request that failed is rolled back"
_NO_SURE_EDIT = Plan((), "the form of the code allows no sure edit")


def status_test(block: ast.AST, unit: Unit) -> Plan:
    """Return what makes `with atomic(): response = get_response(request)` roll back error responses."""
    if not isinstance(block, ast.With) or len(block.items) != 1 or len(block.body) != 1:
        return _NO_SURE_EDIT
    managed = block.items[0].context_expr
    if not isinstance(managed, ast.Call) or not isinstance(managed.func, ast.Attribute) or managed.args:
        return _NO_SURE_EDIT
    if any(k.arg != "using" for k in managed.keywords):
        return _NO_SURE_EDIT
    start, end = unit.source.node_span(managed.func.value)
    owner = unit.source.text[start:end]
    using = "".join(f", using={source_text(k.value, unit.source)}" for k in managed.keywords)
    only = block.body[0]
    start, end = unit.source.node_span(only)
    match only:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if id(call) in unit.calls:
            text = f"if {name}.status_code >= 500:\n    {owner}.set_rollback(True{using})"
            return Plan((Step("insert-after", start, end, (), text),), _ROLLED_BACK)
        case ast.Return(value=ast.Call() as call) if id(call) in unit.calls:
            span = unit.source.node_span(call)
            text = f"if response.status_code >= 500:\n    {owner}.set_rollback(True{using})\nreturn response"
            taken = {n.id for f in unit.functions for n in ast.walk(f) if isinstance(n, ast.Name)}
            step = Step("bind-return", start, end, span, text)
            return _NO_SURE_EDIT if "response" in taken else Plan((step,), _ROLLED_BACK)
        case _:
            return _NO_SURE_EDIT
