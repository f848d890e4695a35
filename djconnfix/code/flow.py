"""Every way through a piece of code, and the state of the transaction along it.

A small abstract interpreter over statements. It keeps, for each distinct state that can reach a point, one path that
leads there. Branches whose test the state decides (`get_autocommit()`, `in_atomic_block`, a flag set before, the same
test again, the status of a response to a view that raised) are taken one way only; all others both ways. Helpers of
the same module are followed. What grows beyond `MAX_STATES` is given up (`TooComplexError`), never guessed.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.conditions import decide, value_test
from djconnfix.code.expressions import Expressions, Subject
from djconnfix.code.states import MAX_STATES, Outcome, States, TooComplexError, merge
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.code.names import Function

MAX_DEPTH = 4


class Flow(Expressions):
    """Follows the statements of one subject."""

    def __init__(self, subject: Subject, bodies: Iterable[ast.AST]) -> None:
        super().__init__(subject, bodies)
        self._calls: list[Function] = []

    def run(self, body: list[ast.stmt], start: States) -> Outcome:
        """Follow statements one after the other."""
        outcome = Outcome()
        current = dict(start)
        for statement in body:
            if not current:
                break
            step = self._statement(statement, current)
            outcome.absorb(step)
            current = step.falls
            if len(current) > MAX_STATES:
                raise TooComplexError
        outcome.falls = current
        return outcome

    def call(self, function: Function, start: States) -> Outcome:
        """Follow a function's body; falling off its end counts as returning."""
        if function in self._calls or len(self._calls) >= MAX_DEPTH:
            return Outcome(falls=dict(start))
        self._calls.append(function)
        scope, self.scope = self.scope, (*self.subject.scope, function)
        atomics = sum(self._is_atomic(decorator) for decorator in function.decorator_list)
        if atomics:
            start = {replace(s, atomic=s.atomic + atomics): t for s, t in start.items()}
        try:
            inner = self.run(function.body, start)
        finally:
            self._calls.pop()
            self.scope = scope
        merge(inner.returns, inner.falls)
        inner.falls = {}
        return self._leave_atomic(function, inner, atomics) if atomics else inner

    def _is_atomic(self, decorator: ast.expr) -> bool:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        return self.names.resolve(named, self.subject.scope) == "django.db.transaction.atomic"

    # -- statements ---------------------------------------------------------------------------------------------

    def _statement(self, node: ast.stmt, states: States) -> Outcome:
        match node:
            case ast.If():
                return self._if(node, states)
            case ast.Return():
                after = self.evaluate(node.value, states) if node.value else Outcome(falls=states)
                after.returns.update({s: (*t, (node, "returns")) for s, t in after.falls.items()})
                after.falls = {}
                return after
            case ast.Raise():
                after = self.evaluate(node.exc, states) if node.exc else Outcome(falls=states)
                merge(after.raised, {s: (*t, (node, "raises")) for s, t in after.falls.items()})
                after.falls = {}
                return after
            case ast.Try():
                return self._try(node, states)
            case ast.With() | ast.AsyncWith():
                return self._with(node, states)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, states)
            case ast.Break():
                return Outcome(breaks=dict(states))
            case ast.Continue():
                return Outcome(continues=dict(states))
            case ast.Match():
                return self._match(node, states)
            case ast.Assign(targets=targets, value=value):
                return self.assign(targets, value, states)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                return self.assign([target], value, states)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                return Outcome(falls=dict(states))
            case ast.Expr(value=ast.IfExp() as choice):
                return self._ternary(choice, states)
            case ast.Expr(value=ast.BoolOp() as chain):
                return self._short_circuit(chain, states)
            case _:
                return self.evaluate(node, states)

    def _if(self, node: ast.If, states: States) -> Outcome:
        outcome = Outcome()
        yes, no = self.branch(node.test, states, outcome)
        then = self.run(node.body, yes)
        other = self.run(node.orelse, no)
        outcome.absorb(then, falls=True)
        outcome.absorb(other, falls=True)
        return outcome

    def _ternary(self, node: ast.IfExp, states: States) -> Outcome:
        outcome = Outcome()
        yes, no = self.branch(node.test, states, outcome)
        outcome.absorb(self.evaluate(node.body, yes), falls=True)
        outcome.absorb(self.evaluate(node.orelse, no), falls=True)
        return outcome

    def _short_circuit(self, node: ast.BoolOp, states: States) -> Outcome:
        """`test and commit()`: the last operand is run for its effect."""
        outcome = Outcome()
        *tests, last = node.values
        test = tests[0] if len(tests) == 1 else ast.copy_location(ast.BoolOp(node.op, tests), node)
        yes, no = self.branch(test, states, outcome)
        run, skip = (yes, no) if isinstance(node.op, ast.And) else (no, yes)
        outcome.absorb(self.evaluate(last, run), falls=True)
        merge(outcome.falls, skip)
        return outcome

    def _match(self, node: ast.Match, states: States) -> Outcome:
        outcome = self.evaluate(node.subject, states)
        start, outcome.falls = outcome.falls, {}
        exhaustive = False
        for case in node.cases:
            outcome.absorb(self.run(case.body, self._matched(node.subject, case.pattern, start)), falls=True)
            exhaustive |= case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
        if not exhaustive:
            merge(outcome.falls, start)
        return outcome

    def _matched(self, subject: ast.expr, pattern: ast.pattern, states: States) -> States:
        """Return the states in which a `case` with a plain value is entered: they know the subject's value."""
        if not isinstance(pattern, ast.MatchValue):
            return states
        test = value_test(subject, pattern)
        text = ast.unparse(test)
        matched: States = {}
        for state, trace in states.items():
            if (text, False) not in state.assumed and decide(test, state, self.names, self.scope) is not False:
                known = state.assumed | {(text, True)} if self.remembers(text) else state.assumed
                merge(matched, {replace(state, assumed=known): trace})
        return matched

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, states: States) -> Outcome:
        outcome = Outcome()
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        if isinstance(node, ast.While):
            entering = dict(states)
        else:
            head = self.evaluate(node.iter, states)
            outcome.absorb(head)
            entering = head.falls
        ends: States = {} if endless or self._is_never_empty(node) else dict(entering)
        seen: States = {}
        frontier = entering
        while frontier:
            if isinstance(node, ast.While) and not endless:
                frontier, leaving = self.branch(node.test, frontier, outcome)
                merge(ends, leaving)
            merge(seen, frontier)
            turn = self.run(node.body, frontier)
            merge(outcome.returns, turn.returns)
            merge(outcome.raised, turn.raised)
            merge(outcome.escaped, turn.escaped)
            merge(outcome.falls, turn.breaks)
            again = dict(turn.falls)
            merge(again, turn.continues)
            if not endless:
                merge(ends, again)
            frontier = {s: t for s, t in again.items() if s not in seen}
        last = self.run(node.orelse, ends)
        outcome.absorb(last, falls=True)
        return outcome

    def _is_never_empty(self, node: ast.stmt) -> bool:
        """A loop over the aliases runs at least once."""
        if not isinstance(node, ast.For):
            return False
        target = node.iter
        if isinstance(target, ast.Call):
            target = target.args[0] if isinstance(target.func, ast.Name) and target.args else target.func
            if isinstance(target, ast.Attribute) and target.attr in {"all", "keys", "items", "values"}:
                target = target.value
        if isinstance(target, (ast.List, ast.Tuple)):
            return bool(target.elts)
        return self.names.resolve(target, self.scope) in {"django.db.connections", "django.conf.settings.DATABASES"}

    def _try(self, node: ast.Try, states: States) -> Outcome:
        self._in_try += 1
        try:
            body = self.run(node.body, states)
        finally:
            self._in_try -= 1
        result = Outcome()
        result.absorb(body)
        thrown: States = {}
        merge(thrown, body.raised)
        merge(thrown, body.escaped)
        if node.handlers:
            catches_all = any(_catches_all(h) for h in node.handlers)
            if catches_all:
                result.raised, result.escaped = {}, {}
            for handler in node.handlers:
                entered = {s: (*t, (handler, "an exception is caught")) for s, t in thrown.items()}
                result.absorb(self.run(handler.body, entered), falls=True)
        other = self.run(node.orelse, body.falls)
        result.absorb(other, falls=True)
        return self._finally(node.finalbody, result) if node.finalbody else result

    def _finally(self, body: list[ast.stmt], before: Outcome) -> Outcome:
        after = Outcome()
        for way in ("falls", "returns", "raised", "escaped", "breaks", "continues"):
            states: States = getattr(before, way)
            if not states:
                continue
            end = self.run(body, states)
            after.absorb(end)
            merge(getattr(after, way), end.falls)
        return after

    def _with(self, node: ast.With | ast.AsyncWith, states: States) -> Outcome:
        outcome = Outcome()
        current = states
        atomics = 0
        swallows = False
        for item in node.items:
            managed = item.context_expr
            called = managed.func if isinstance(managed, ast.Call) else managed
            dotted = self.names.resolve(called, self.scope)
            if dotted == "django.db.transaction.atomic":
                atomics += 1
                current = {
                    replace(s, atomic=s.atomic + 1): (*t, (item.context_expr, "opens an atomic block"))
                    for s, t in current.items()
                }
            else:
                swallows |= dotted == "contextlib.suppress"
                head = self.evaluate(managed, current)
                outcome.absorb(head)
                current = head.falls
        if swallows or atomics:
            self._in_try += 1
        try:
            body = self.run(node.body, current)
        finally:
            if swallows or atomics:
                self._in_try -= 1
        if swallows:
            merge(body.falls, body.escaped)
            body.escaped = {}
        if atomics:
            body = self._leave_atomic(node, body, atomics)
        outcome.absorb(body, falls=True)
        return outcome

    @staticmethod
    def _leave_atomic(node: ast.AST, body: Outcome, blocks: int) -> Outcome:
        left = Outcome()
        for way in ("falls", "returns", "raised", "escaped", "breaks", "continues"):
            rolls_back = way in {"raised", "escaped"}
            states: States = {}
            for state, trace in getattr(body, way).items():
                depth, path = state.atomic - blocks, trace
                after = replace(state, atomic=depth, marked=state.marked and depth > 0)
                if depth == 0 and not state.manual:
                    kept = state.spoilt and not rolls_back and not state.marked
                    after = replace(after, ended=True, spoilt=False, kept_failure=state.kept_failure or kept)
                    if kept:
                        path = (*trace, (node, "the atomic block ends and commits"))
                merge(states, {after: path})
            setattr(left, way, states)
        return left


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(k is None or (isinstance(k, ast.Name) and k.id in {"Exception", "BaseException"}) for k in kinds)
