"""What the expressions of a path do: the calls in them, and the branches they decide."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.conditions import decide, lasting, mentions, normal, repeated_tests
from djconnfix.code.effects import Effect, dirty_test, effect_of
from djconnfix.code.names import FUNCTIONS, Function, own_nodes
from djconnfix.code.states import Outcome, States, after_effect, merge
from djconnfix.code.walk import all_nodes, children
from djconnfix.records import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.code.names import Names


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
        fails: those calls may fail at all, as far as this code has to deal with it.
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
    fails: bool = True
    escapes: bool = False
    dirty: bool | None = None


_VIEW_RAISES = "the view raises an exception"


class Expressions:
    """Follows the expressions of one subject."""

    def __init__(self, subject: Subject, bodies: Iterable[ast.AST]) -> None:
        self.subject = subject
        self.names = subject.names
        self.scope = subject.scope
        self._repeated = repeated_tests(bodies)
        self._in_try = 0
        self._known: dict[int, dict[str, ast.expr]] = {}

    def remembers(self, text: str) -> bool:
        """Whether a test is asked more than once, so that its outcome is worth keeping."""
        return text in self._repeated

    def call(self, function: Function, start: States) -> Outcome:
        """Follow a function's body."""
        raise NotImplementedError

    def assign(self, targets: list[ast.expr], value: ast.expr, states: States) -> Outcome:
        """Follow an assignment; what was assumed of the names it sets is forgotten."""
        outcome = self.evaluate(value, states)
        texts = [ast.unparse(t) for t in targets]
        roots = {
            n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and not isinstance(t, ast.Attribute)
        }
        roots |= {text for text in texts if "." in text}
        constant = value.value if isinstance(value, ast.Constant) else None
        after: States = {}
        for state, trace in outcome.falls.items():
            kept = frozenset((text, truth) for text, truth in state.assumed if not mentions(text, roots))
            if isinstance(value, ast.Constant):
                kept |= {(text, bool(constant)) for text in texts if text in self._repeated}
            merge(after, {replace(state, assumed=kept): trace})
        outcome.falls = after
        return outcome

    # -- expressions --------------------------------------------------------------------------------------------

    def evaluate(self, node: ast.AST, states: States) -> Outcome:
        """Follow the calls of an expression (or simple statement) in order."""
        outcome = Outcome()
        current = dict(states)
        for call in _calls_in_order(node):
            current = self._call(call, current, outcome)
        if isinstance(node, ast.stmt | ast.expr) and any(
            isinstance(n, (ast.Yield, ast.YieldFrom)) for n in all_nodes(node)
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
                done = inner.returns or inner.falls
                return {state: states.get(state, trace) for state, trace in done.items()}
        after: States = {}
        if effect is None:
            for state, trace in states.items():
                merge(after, {replace(state, open=state.open or (state.manual and not state.ended)): trace})
        if (self._in_try or self.subject.escapes) and self._may_raise(call, effect):
            merge(outcome.escaped, {s: (*t, (call, "raises")) for s, t in (after or states).items()})
        if effect is None:
            return after
        for state, trace in states.items():
            merge(after, {after_effect(state, effect): (*trace, (call, f"`{ast.unparse(call)}`"))})
        return after

    def _lasting(self) -> Mapping[str, ast.expr]:
        """What the names of the function that is followed stand for."""
        function = self.scope[-1] if self.scope else None
        if function is None:
            return {}
        if id(function) not in self._known:
            self._known[id(function)] = lasting(function)
        return self._known[id(function)]

    def _may_raise(self, call: ast.Call, effect: Effect | None) -> bool:
        """Of the calls into `django.db` only those that talk to the server count as raising."""
        if effect is None:
            return not self.names.resolve(call.func, self.scope).startswith("django.db.")
        return effect in {Effect.COMMIT, Effect.ROLLBACK}

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
            if not self.subject.fails:
                continue
            merge(
                broken,
                {replace(here, failed=True, spoilt=here.open or here.atomic > 0): (*trace, (node, _VIEW_RAISES))},
            )
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

    def branch(self, test: ast.expr, states: States, outcome: Outcome) -> tuple[States, States]:
        """Return the states in which a test comes out true and those in which it comes out false."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                yes, no = self.branch(inner, states, outcome)
                return no, yes
            case ast.BoolOp(op=op, values=values):
                passing: States = dict(states)
                stopped: States = {}
                for value in values:
                    yes, no = self.branch(value, passing, outcome)
                    passing, out = (yes, no) if isinstance(op, ast.And) else (no, yes)
                    merge(stopped, out)
                return (passing, stopped) if isinstance(op, ast.And) else (stopped, passing)
            case _:
                return self._leaf(test, states, outcome)

    def _leaf(self, test: ast.expr, states: States, outcome: Outcome) -> tuple[States, States]:
        is_dirty = dirty_test(test, self.names, self.scope) is not None
        if not is_dirty:
            evaluated = self.evaluate(test, states)
            outcome.absorb(evaluated)
            states = evaluated.falls
        text, positive = normal(test, self._lasting())
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
            decided = decide(test, state, self.names, self.scope)
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


def _calls_in_order(node: ast.AST) -> list[ast.Call]:
    """Return the calls below a node, arguments before the call itself, without those in lambdas."""
    found: list[ast.Call] = []

    def visit(current: ast.AST) -> None:
        if isinstance(current, (ast.Lambda, *FUNCTIONS, ast.ClassDef)):
            return
        for child in children(current):
            visit(child)
        if isinstance(current, ast.Call):
            found.append(current)

    visit(node)
    return found


def _is_generator(function: Function) -> bool:
    return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(function.body))
