"""Every way through a piece of code, and the state of the transaction along it.

A small abstract interpreter over statements. It keeps, for each distinct state that can reach a point, one path that
leads there. Branches whose test the state decides (`get_autocommit()`, `in_atomic_block`, a flag set before, the same
test again, the status of a response to a view that raised) are taken one way only; all others both ways. Helpers of
the same module are followed. What grows beyond `MAX_STATES` is given up (`TooComplexError`), never guessed.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from djconnfix.code.effects import Effect, dirty_test, effect_of
from djconnfix.code.names import FUNCTIONS, Function, own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.code.names import Names

MAX_STATES = 300
MAX_DEPTH = 4


class TooComplexError(Exception):
    """The code has more distinguishable paths than are followed."""


@dataclass(frozen=True, slots=True)
class State:
    """What holds at a point of a path.

    Attributes:
        manual: autocommit is off, or the old transaction management was entered.
        begun: the code itself switched it off on this path.
        open: a transaction of the manual mode may be open.
        atomic: how many `atomic` blocks stand open.
        marked: the open `atomic` block was marked for rollback.
        failed: the view raised, and its response is the error page.
        kept_failure: the work of a view that raised was committed.
        dirty: how the last dirty test came out, None when something may have changed that since.
        dirty_skipped: a dirty test was false on this path.
        ended: a commit or rollback was reached on this path.
        assumed: tests taken, by text and outcome.
    """

    manual: bool = False
    begun: bool = False
    open: bool = False
    atomic: int = 0
    marked: bool = False
    failed: bool = False
    kept_failure: bool = False
    dirty: bool | None = None
    dirty_skipped: bool = False
    ended: bool = False
    assumed: frozenset[tuple[str, bool]] = frozenset()


Step = tuple[ast.AST, str]
Trace = tuple[Step, ...]
States = dict[State, Trace]


@dataclass(slots=True)
class Outcome:
    """The states in which a piece of code is left, by the way it is left.

    `raised` was raised by the code itself; `escaped` is an exception out of something it calls.
    """

    falls: States = field(default_factory=dict)
    returns: States = field(default_factory=dict)
    raised: States = field(default_factory=dict)
    escaped: States = field(default_factory=dict)
    breaks: States = field(default_factory=dict)
    continues: States = field(default_factory=dict)

    def absorb(self, other: Outcome, *, falls: bool = False) -> None:
        """Add the ways of another outcome; its fall-through only when asked."""
        for name in ("returns", "raised", "escaped", "breaks", "continues", *(("falls",) if falls else ())):
            merge(getattr(self, name), getattr(other, name))


def merge(into: States, more: States) -> None:
    """Add states that are not there yet."""
    for state, trace in more.items():
        known = into.get(state)
        if known is None or len(trace) < len(known):
            into[state] = trace
    if len(into) > MAX_STATES:
        raise TooComplexError


@dataclass(frozen=True, slots=True)
class Subject:
    """What is followed.

    Attributes:
        names: resolves its expressions.
        scope: the functions around it, outermost first.
        methods: the methods of its class, by name.
        inside: calls that run the rest of the site (`get_response`): they open a transaction and may fail.
        before_view: the class' `process_view`.
        on_exception: the class' `process_exception`.
        converts: exceptions of those calls arrive as responses (a Django middleware).
        escapes: calls outside `try` may raise too.
        dirty: how dirty tests come out; None: both ways.
    """

    names: Names
    scope: tuple[Function, ...] = ()
    methods: Mapping[str, Function] = field(default_factory=dict)
    inside: frozenset[int] = frozenset()
    before_view: Function | None = None
    on_exception: Function | None = None
    converts: bool = False
    escapes: bool = False
    dirty: bool | None = None


class Flow:
    """Follows one subject."""

    def __init__(self, subject: Subject, bodies: Iterable[ast.AST]) -> None:
        self.subject = subject
        self.names = subject.names
        self.scope = subject.scope
        self._repeated = _repeated_tests(bodies)
        self._calls: list[Function] = []
        self._in_try = 0

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
                after = self._evaluate(node.value, states) if node.value else Outcome(falls=states)
                after.returns.update({s: (*t, (node, "returns")) for s, t in after.falls.items()})
                after.falls = {}
                return after
            case ast.Raise():
                after = self._evaluate(node.exc, states) if node.exc else Outcome(falls=states)
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
                return self._assign(targets, value, states)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                return self._assign([target], value, states)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                return Outcome(falls=dict(states))
            case ast.Expr(value=ast.IfExp() as choice):
                return self._ternary(choice, states)
            case ast.Expr(value=ast.BoolOp() as chain):
                return self._short_circuit(chain, states)
            case _:
                return self._evaluate(node, states)

    def _if(self, node: ast.If, states: States) -> Outcome:
        outcome = Outcome()
        yes, no = self._branch(node.test, states, outcome)
        then = self.run(node.body, yes)
        other = self.run(node.orelse, no)
        outcome.absorb(then, falls=True)
        outcome.absorb(other, falls=True)
        return outcome

    def _ternary(self, node: ast.IfExp, states: States) -> Outcome:
        outcome = Outcome()
        yes, no = self._branch(node.test, states, outcome)
        outcome.absorb(self._evaluate(node.body, yes), falls=True)
        outcome.absorb(self._evaluate(node.orelse, no), falls=True)
        return outcome

    def _short_circuit(self, node: ast.BoolOp, states: States) -> Outcome:
        """`test and commit()`: the last operand is run for its effect."""
        outcome = Outcome()
        *tests, last = node.values
        test = tests[0] if len(tests) == 1 else ast.copy_location(ast.BoolOp(node.op, tests), node)
        yes, no = self._branch(test, states, outcome)
        run, skip = (yes, no) if isinstance(node.op, ast.And) else (no, yes)
        outcome.absorb(self._evaluate(last, run), falls=True)
        merge(outcome.falls, skip)
        return outcome

    def _match(self, node: ast.Match, states: States) -> Outcome:
        outcome = self._evaluate(node.subject, states)
        start, outcome.falls = outcome.falls, {}
        exhaustive = False
        for case in node.cases:
            outcome.absorb(self.run(case.body, start), falls=True)
            exhaustive |= case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
        if not exhaustive:
            merge(outcome.falls, start)
        return outcome

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, states: States) -> Outcome:
        outcome = Outcome()
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        if isinstance(node, ast.While):
            entering = dict(states)
        else:
            head = self._evaluate(node.iter, states)
            outcome.absorb(head)
            entering = head.falls
        ends: States = {} if endless or self._is_never_empty(node) else dict(entering)
        seen: States = {}
        frontier = entering
        while frontier:
            if isinstance(node, ast.While) and not endless:
                frontier, leaving = self._branch(node.test, frontier, outcome)
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
                head = self._evaluate(managed, current)
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
                depth = state.atomic - blocks
                after = replace(state, atomic=depth, marked=state.marked and depth > 0)
                if depth == 0 and not state.manual:
                    kept = state.failed and not rolls_back and not state.marked
                    after = replace(after, ended=True, kept_failure=state.kept_failure or kept)
                    if kept:
                        trace = (*trace, (node, "the atomic block ends and commits"))
                merge(states, {after: trace})
            setattr(left, way, states)
        return left

    def _assign(self, targets: list[ast.expr], value: ast.expr, states: States) -> Outcome:
        outcome = self._evaluate(value, states)
        texts = [ast.unparse(t) for t in targets]
        roots = {
            n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and not isinstance(t, ast.Attribute)
        }
        roots |= {text for text in texts if "." in text}
        constant = value.value if isinstance(value, ast.Constant) else None
        after: States = {}
        for state, trace in outcome.falls.items():
            kept = frozenset((text, truth) for text, truth in state.assumed if not _mentions(text, roots))
            if isinstance(value, ast.Constant):
                kept |= {(text, bool(constant)) for text in texts if text in self._repeated}
            merge(after, {replace(state, assumed=kept): trace})
        outcome.falls = after
        return outcome

    # -- expressions --------------------------------------------------------------------------------------------

    def _evaluate(self, node: ast.AST, states: States) -> Outcome:
        """Follow the calls of an expression (or simple statement) in order."""
        outcome = Outcome()
        current = dict(states)
        for call in _calls_in_order(node):
            current = self._call(call, current, outcome)
        if isinstance(node, ast.stmt | ast.expr) and any(
            isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(node)
        ):
            merge(outcome.escaped, {s: (*t, (node, "the code at `yield` raises")) for s, t in current.items()})
            current = {replace(s, open=s.open or s.manual): t for s, t in current.items()}
        outcome.falls = current
        return outcome

    def _call(self, call: ast.Call, states: States, outcome: Outcome) -> States:
        effect = effect_of(call, self.names, self.scope)
        if id(call) in self.subject.inside:
            return self.inside(call, states, outcome)
        if effect is None:
            helper = self._helper(call)
            if helper is not None:
                inner = self.call(helper, states)
                merge(outcome.raised, inner.raised)
                merge(outcome.escaped, inner.escaped)
                return inner.returns or inner.falls
        if self._in_try or self.subject.escapes:
            merge(outcome.escaped, {s: (*t, (call, "raises")) for s, t in states.items()})
        after: States = {}
        if effect is None:
            for state, trace in states.items():
                merge(after, {replace(state, open=state.open or (state.manual and not state.ended)): trace})
            return after
        for state, trace in states.items():
            merge(after, {_apply(state, effect): (*trace, (call, f"`{ast.unparse(call)}`"))})
        return after

    def inside(self, node: ast.AST, states: States, outcome: Outcome) -> States:
        """Follow the rest of the site: the view, its exception, and what the class does about that."""
        if self.subject.before_view is not None:
            before = self.call(self.subject.before_view, states)
            merge(outcome.raised, before.raised)
            states = before.returns or before.falls
        well: States = {}
        broken: States = {}
        for state, trace in states.items():
            here = replace(state, open=state.open or state.manual, ended=state.ended and not state.manual, dirty=None)
            merge(well, {here: trace})
            merge(broken, {replace(here, failed=True): (*trace, (node, "the view raises an exception"))})
        if not self.subject.converts:
            merge(outcome.escaped, broken)
            return well
        if self.subject.on_exception is not None:
            handled = self.call(self.subject.on_exception, broken)
            merge(outcome.raised, handled.raised)
            broken = handled.returns or handled.falls
        merge(well, {s: (*t, (node, "Django turns the exception into an error response")) for s, t in broken.items()})
        return well

    def _helper(self, call: ast.Call) -> Function | None:
        match call.func:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self.subject.methods.get(name)
            case ast.Name():
                found = self.names.definition(call.func, self.scope)
                return found if isinstance(found, FUNCTIONS) and not _is_generator(found) else None
            case _:
                return None

    # -- tests --------------------------------------------------------------------------------------------------

    def _branch(self, test: ast.expr, states: States, outcome: Outcome) -> tuple[States, States]:
        """Return the states in which a test comes out true and those in which it comes out false."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                yes, no = self._branch(inner, states, outcome)
                return no, yes
            case ast.BoolOp(op=op, values=values):
                passing: States = dict(states)
                stopped: States = {}
                for value in values:
                    yes, no = self._branch(value, passing, outcome)
                    passing, out = (yes, no) if isinstance(op, ast.And) else (no, yes)
                    merge(stopped, out)
                return (passing, stopped) if isinstance(op, ast.And) else (stopped, passing)
            case _:
                return self._leaf(test, states, outcome)

    def _leaf(self, test: ast.expr, states: States, outcome: Outcome) -> tuple[States, States]:
        is_dirty = dirty_test(test, self.names, self.scope) is not None
        if not is_dirty:
            evaluated = self._evaluate(test, states)
            outcome.absorb(evaluated)
            states = evaluated.falls
        text, positive = _normal(test)
        shown = ast.unparse(test)
        yes: States = {}
        no: States = {}
        for state, trace in states.items():
            if is_dirty:
                known = state.dirty if self.subject.dirty is None else self.subject.dirty
                if known is not False:
                    merge(yes, {replace(state, dirty=True): (*trace, (test, f"`{shown}` is true"))})
                if known is not True:
                    skipped = replace(state, dirty=False, dirty_skipped=True)
                    merge(no, {skipped: (*trace, (test, f"`{shown}` is false: nothing was written"))})
                continue
            decided = self._decide(test, state)
            if decided is None and (text, True) in state.assumed:
                decided = positive
            if decided is None and (text, False) in state.assumed:
                decided = not positive
            for truth, into in ((True, yes), (False, no)):
                if decided is not None and decided is not truth:
                    continue
                after = state
                if decided is None and text in self._repeated:
                    after = replace(state, assumed=state.assumed | {(text, truth is positive)})
                word = "true" if truth else "false"
                merge(into, {after: trace if decided is not None else (*trace, (test, f"`{shown}` is {word}"))})
        return yes, no

    def _decide(self, test: ast.expr, state: State) -> bool | None:
        match test:
            case ast.Constant(value=value):
                return bool(value)
            case ast.Call(func=function):
                dotted = self.names.resolve(function, self.scope)
                if dotted in _GET_AUTOCOMMIT:
                    return not state.manual
                if dotted == "django.db.transaction.is_managed":
                    return True if state.manual else None
                return None
            case ast.Attribute(attr="in_atomic_block"):
                return state.atomic > 0 if self.names.resolve(test, self.scope) else None
            case ast.Compare(
                left=ast.Attribute(attr="status_code"), ops=[op], comparators=[ast.Constant(value=int(n))]
            ):
                return _compare_500(op, n) if state.failed else None
            case _:
                return None


_GET_AUTOCOMMIT = frozenset(
    {
        "django.db.transaction.get_autocommit",
        "django.db.connection.get_autocommit",
        "django.db.connections[].get_autocommit",
    }
)


def _apply(state: State, effect: Effect) -> State:
    match effect:
        case Effect.AUTOCOMMIT_OFF | Effect.ENTER:
            return replace(state, manual=True, begun=True, ended=False)
        case Effect.AUTOCOMMIT_ON | Effect.AUTOCOMMIT_BACK | Effect.LEAVE:
            return replace(state, manual=False, begun=False)  # what is open stays open: it is an error, or worse
        case Effect.COMMIT if state.manual:
            kept = state.kept_failure or (state.failed and state.open)
            return replace(state, open=False, ended=True, dirty=None, kept_failure=kept)
        case Effect.COMMIT:
            return replace(state, ended=True, dirty=None)
        case Effect.ROLLBACK:
            return replace(state, open=False, ended=True, dirty=None)
        case Effect.SET_ROLLBACK:
            return replace(state, marked=state.atomic > 0)
        case Effect.CLOSE | Effect.CLOSE_ALL:
            return replace(state, open=False, manual=False, begun=False)
        case _:
            return state


def _compare_500(op: ast.cmpop, number: int) -> bool | None:
    match op:
        case ast.GtE():
            return number <= 500
        case ast.Gt():
            return number < 500
        case ast.Lt():
            return number > 500
        case ast.LtE():
            return number >= 500
        case ast.Eq():
            return number == 500
        case ast.NotEq():
            return number != 500
        case _:
            return None


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(k is None or (isinstance(k, ast.Name) and k.id in {"Exception", "BaseException"}) for k in kinds)


def _calls_in_order(node: ast.AST) -> list[ast.Call]:
    """Return the calls below a node, arguments before the call itself, without those in lambdas."""
    found: list[ast.Call] = []

    def visit(current: ast.AST) -> None:
        if isinstance(current, (ast.Lambda, *FUNCTIONS, ast.ClassDef)):
            return
        for child in ast.iter_child_nodes(current):
            visit(child)
        if isinstance(current, ast.Call):
            found.append(current)

    visit(node)
    return found


def _is_generator(function: Function) -> bool:
    return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(function.body))


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.NotEq: ast.Eq,
    ast.NotIn: ast.In,
    ast.IsNot: ast.Is,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
}


def _normal(test: ast.expr) -> tuple[str, bool]:
    """Return a test's text and polarity, so that `a != b` is the contrary of `a == b`."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            text, positive = _normal(inner)
            return text, not positive
        case ast.Compare(ops=[op]) if type(op) in _OPPOSITE:
            twin = ast.Compare(test.left, [_OPPOSITE[type(op)]()], test.comparators)
            return ast.unparse(twin), False
        case _:
            return ast.unparse(test), True


def _repeated_tests(bodies: Iterable[ast.AST]) -> frozenset[str]:
    """Return the texts of the tests that are asked more than once, or of a name that is set to a constant."""
    counts: Counter[str] = Counter()
    for body in bodies:
        for node in ast.walk(body):
            if isinstance(node, (ast.If, ast.While, ast.IfExp)):
                counts.update(_leaf_texts(node.test))
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                counts.update(ast.unparse(t) for t in node.targets)
    return frozenset(text for text, count in counts.items() if count > 1)


def _leaf_texts(test: ast.expr) -> list[str]:
    if isinstance(test, ast.BoolOp):
        return [text for value in test.values for text in _leaf_texts(value)]
    return [_normal(test)[0]]


_WORD = re.compile(r"[A-Za-z_][\w.]*")


def _mentions(text: str, names: set[str]) -> bool:
    """Whether a test's text reads one of these names or dotted attributes."""
    for word in _WORD.findall(text):
        parts = word.split(".")
        if any(".".join(parts[:n]) in names for n in range(1, len(parts) + 1)):
            return True
    return False
