"""Facts about transactions: which paths of a middleware or function leave one open, and what would end it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.code.effects import Dirt, Effect, alias_of, effect_of
from djconnfix.code.flow import TooComplexError
from djconnfix.code.guards import guards_of
from djconnfix.code.kinds import FAILURE_COMMITTED, LEFT_OPEN, NOT_RESTORED
from djconnfix.code.names import Function, own_nodes
from djconnfix.code.requests import Middleware, follow_request
from djconnfix.code.steps import Step, encode
from djconnfix.code.unused import unused_imports
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from djconnfix.code.flow import State, States, Trace
    from djconnfix.code.guards import Guard
    from djconnfix.code.names import Names
    from djconnfix.code.requests import Ends
    from djconnfix.source import Location, SourceFile

MAX_PATH_LINES = 12
_BEGINS = frozenset({Effect.AUTOCOMMIT_OFF, Effect.ENTER})
_REWRITE = "end-every-path"


def middleware_facts(middleware: Middleware, names: Names) -> Iterator[CodeFact]:
    """Yield what a middleware does wrong with transactions."""
    reading = _Reading(middleware, names)
    if not (reading.ends or reading.atomic):
        return
    try:
        ends = follow_request(middleware, names)
        left_open = list(_left_open(reading, ends))
        yield from left_open
        if not left_open:
            yield from _not_restored(reading, ends)
        yield from _failure_committed(reading, ends)
    except TooComplexError:
        return


class _Reading:
    """A middleware's calls and tests, found once."""

    def __init__(self, middleware: Middleware, names: Names) -> None:
        self.middleware = middleware
        self.names = names
        self.source: SourceFile = names.module.source
        self.functions: tuple[Function, ...] = tuple(_all_functions(middleware))
        self.effects: list[tuple[ast.Call, Effect, Function]] = [
            (node, effect, function)
            for function in self.functions
            for node in own_nodes(function.body)
            if isinstance(node, ast.Call)
            if (effect := effect_of(node, names, (*middleware.scope, function))) is not None
        ]
        self.guards: list[Guard] = [
            guard for function in self.functions for guard in guards_of(function, names, middleware.scope, self.source)
        ]

    @property
    def begins(self) -> bool:
        """Whether it switches autocommit off itself."""
        return any(effect in _BEGINS for _, effect, _ in self.effects) or self.middleware.removed_base

    @property
    def ends(self) -> bool:
        return any(effect in {Effect.COMMIT, Effect.ROLLBACK} or effect in _BEGINS for _, effect, _ in self.effects)

    @property
    def atomic(self) -> bool:
        return b"atomic" in self.source.data

    @property
    def alias(self) -> str:
        """The alias that it handles, empty when that is computed."""
        places = {Effect.AUTOCOMMIT_OFF: 1, Effect.COMMIT: 0, Effect.ROLLBACK: 0}
        named = {alias_of(call, places[effect]) for call, effect, _ in self.effects if effect in places}
        return named.pop() if len(named) == 1 else ("" if named else "default")

    @property
    def uses_removed_api(self) -> bool:
        return (
            self.middleware.removed_base
            or any(effect in {Effect.ENTER, Effect.LEAVE, Effect.MANAGED} for _, effect, _ in self.effects)
            or any(guard.test.dirt is Dirt.DJANGO for guard in self.guards)
        )

    def fact(self, kind: str, at: ast.AST, trace: Trace, **more: object) -> CodeFact:
        node = self.middleware.node
        dotted = f"{self.names.module.dotted}.{self.middleware.name}"
        return CodeFact(
            kind=kind,
            location=self.source.node_location(at),
            name=self.middleware.name,
            place="middleware",
            path_lines=path_lines(trace, self.source),
            rewrite_span=self.source.node_location(node),
            dotted=dotted,
            alias=self.alias,
            **more,  # type: ignore[arg-type]
        )


def _all_functions(middleware: Middleware) -> Iterable[Function]:
    return middleware.methods.values() or middleware.functions.values()


# -- a transaction that stays open --------------------------------------------------------------------------------


def _left_open(reading: _Reading, ends: Ends) -> Iterator[CodeFact]:
    begun_elsewhere = not reading.begins
    if begun_elsewhere:
        if not reading.guards:
            return
        ends = follow_request(reading.middleware, reading.names, manual=True)
    found = _worst(ends, lambda s: s.open)
    if found is None:
        return
    state, trace = found
    plan = _plan(reading, begun_elsewhere)
    guard = next((g for g in reading.guards if any(step[0] is g.test.node for step in trace)), None)
    guard = guard or (reading.guards[0] if reading.guards and state.dirty_skipped else None)
    at: ast.AST = guard.statement if guard else _last_decision(trace, reading)
    detail = {
        "test": guard.test.dirt.value if guard else "path",
        "condition": ast.unparse(guard.test.node) if guard else _condition(trace),
        "begun": "elsewhere" if begun_elsewhere else "here",
        "api": "removed" if reading.uses_removed_api else "current",
        "restored": "yes" if not state.manual else "no",
        "line": str(getattr(at, "lineno", 0)),
        **encode(plan.steps),
    }
    yield reading.fact(
        LEFT_OPEN, at, trace, rewrite=_REWRITE if plan.steps else "", why=plan.why, safe=False, detail=detail
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    steps: tuple[Step, ...]
    why: str


def _plan(reading: _Reading, begun_elsewhere: bool) -> _Plan:
    """Decide what makes every path end, or why nothing sure does."""
    guards = reading.guards
    if not guards:
        return _Plan((), "what decides over the end of the transaction may be policy, which a person has to weigh")
    if refused := next((g for g in guards if g.refusal), None):
        return _Plan((), f"line {refused.statement.lineno}: {refused.refusal}")
    own_flag = any(g.test.dirt is not Dirt.DJANGO for g in guards)
    always = follow_request(reading.middleware, reading.names, manual=begun_elsewhere, dirty=True)
    if _worst(always, lambda s: s.open):
        return _Plan((), "another path leaves the transaction open as well")
    if own_flag and not begun_elsewhere and not _always_begins(reading):
        return _Plan((), "the transaction is begun for some requests only")
    steps = tuple(g.step for g in guards if g.step is not None)
    imports = tuple(
        unused_imports(
            [g.statement if g.step and g.step.what == "remove" else g.test.node for g in guards], reading.names
        )
    )
    restore = _restore(reading, always) if not begun_elsewhere else None
    if restore is not None:
        steps = _joined(steps, restore)
        return _Plan(
            (*steps, *imports), "every request ends in commit or rollback, and autocommit is switched on again"
        )
    return _Plan(
        (*steps, *imports),
        "every request ends in commit or rollback; ending an empty transaction costs next to nothing",
    )


def _always_begins(reading: _Reading) -> bool:
    """Whether autocommit is off whenever the view is entered."""
    middleware = reading.middleware
    first = middleware.entry or middleware.functions.get("process_request") or middleware.functions.get("process_view")
    if first is None:
        return False
    for statement in first.body:
        calls = [n for n in own_nodes([statement]) if isinstance(n, ast.Call)]
        effects = {effect_of(c, reading.names, (*middleware.scope, first)) for c in calls}
        if not _BEGINS.isdisjoint(effects):
            return isinstance(statement, ast.Expr)
        if any(isinstance(n, (ast.Return, ast.Raise)) for n in own_nodes([statement])):
            return False
        if any(id(c) in middleware.calls for c in calls):
            return False
    return False


def _restore(reading: _Reading, always: Ends) -> Step | None:
    """Return the step that switches autocommit on after the last commit, None when it is on or no place is sure."""
    if not always.responses or not all(state.manual for state in always.responses):
        return None
    if not any(effect is Effect.AUTOCOMMIT_OFF for _, effect, _ in reading.effects):
        return None
    middleware = reading.middleware
    last = middleware.entry or middleware.functions.get("process_response")
    if last is None:
        return None
    commits = [(c, f) for c, effect, f in reading.effects if effect is Effect.COMMIT and f is last]
    if len(commits) != 1:
        return None
    call, _ = commits[0]
    switch = _switch_on(call, reading)
    for index, statement in enumerate(last.body):
        if any(node is call for node in own_nodes([statement])):
            if not _is_bare_end(statement, call, reading):
                return None
            after = last.body[index + 1 :]
            if any(isinstance(n, ast.Return) for s in last.body[:index] for n in own_nodes([s])) and not _are_removed(
                last.body[:index], reading
            ):
                return None
            if not after or not isinstance(after[-1], ast.Return) or switch is None:
                return None
            start, end = reading.source.node_span(statement)
            return Step("insert-after", start, end, (), switch)
    return None


def _is_bare_end(statement: ast.stmt, call: ast.Call, reading: _Reading) -> bool:
    """The commit is the statement itself, or stands in the body of a guard that is dropped."""
    if isinstance(statement, ast.Expr):
        return True
    is_guard = any(g.statement is statement and g.step and g.step.what == "drop-test" for g in reading.guards)
    return (
        is_guard
        and isinstance(statement, ast.If)
        and any(isinstance(s, ast.Expr) and s.value is call for s in statement.body)
        and not isinstance(statement.test, ast.BoolOp)
    )


def _are_removed(statements: Sequence[ast.stmt], reading: _Reading) -> bool:
    returning = [s for s in statements if any(isinstance(n, ast.Return) for n in own_nodes([s]))]
    removed = [g.statement for g in reading.guards if g.step and g.step.what == "remove"]
    return all(any(s is r for r in removed) for s in returning)


def _switch_on(commit: ast.Call, reading: _Reading) -> str | None:
    """Return `transaction.set_autocommit(True)` in the spelling of a commit."""
    if not isinstance(commit.func, ast.Attribute):
        return None
    start, end = reading.source.node_span(commit.func.value)
    owner = reading.source.text[start:end]
    if commit.args or any(k.arg != "using" for k in commit.keywords):
        return None
    using = "".join(f", using={ast.unparse(k.value)}" for k in commit.keywords)
    return f"{owner}.set_autocommit(True{using})"


def _joined(steps: tuple[Step, ...], restore: Step) -> tuple[Step, ...]:
    """Put the inserted statement into the step that changes the same statement, so that edits do not touch."""
    joined = [
        Step(s.what, s.start, s.end, s.marks, restore.text) if (s.start, s.end) == (restore.start, restore.end) else s
        for s in steps
    ]
    return tuple(joined) if joined != list(steps) else (*steps, restore)


# -- autocommit that stays off ------------------------------------------------------------------------------------


def _not_restored(reading: _Reading, ends: Ends) -> Iterator[CodeFact]:
    found = _worst(ends, lambda s: s.manual and s.begun)
    if found is None or not reading.begins or reading.uses_removed_api:
        return
    _, trace = found
    restore = _restore(reading, ends) if not reading.guards else None
    at = next((c for c, effect, _ in reading.effects if effect is Effect.AUTOCOMMIT_OFF), None)
    yield reading.fact(
        NOT_RESTORED,
        at or reading.middleware.node,
        trace,
        rewrite=_REWRITE if restore else "",
        why="autocommit is switched on again after the last commit"
        if restore
        else "no single place follows every commit",
        detail=encode([restore]) if restore else {},
    )


# -- a failed request that is committed ---------------------------------------------------------------------------


def _failure_committed(reading: _Reading, ends: Ends) -> Iterator[CodeFact]:
    found = _worst(ends, lambda s: s.kept_failure)
    if found is None:
        return
    _, trace = found
    at = next((node for node, _ in reversed(trace) if not isinstance(node, ast.Return)), reading.middleware.node)
    commits = [node for node, words in trace if "commit" in words]
    form = "atomic" if commits and not isinstance(commits[-1], ast.Call) else "commit"
    steps = _status_test(commits[-1], reading) if form == "atomic" else ()
    yield reading.fact(
        FAILURE_COMMITTED,
        commits[-1] if commits and isinstance(commits[-1], ast.With | ast.Call) else at,
        trace,
        rewrite="roll-back-errors" if steps else "",
        why="work of a request that failed is rolled back" if steps else "the form of the code allows no sure edit",
        detail={"form": form, **encode(steps)},
    )


def _status_test(block: ast.AST, reading: _Reading) -> tuple[Step, ...]:
    """Return what makes `with atomic(): response = get_response(request)` roll back error responses."""
    if not isinstance(block, ast.With) or len(block.items) != 1 or len(block.body) != 1:
        return ()
    managed = block.items[0].context_expr
    if not isinstance(managed, ast.Call) or not isinstance(managed.func, ast.Attribute) or managed.args:
        return ()
    if any(k.arg != "using" for k in managed.keywords):
        return ()
    start, end = reading.source.node_span(managed.func.value)
    owner = reading.source.text[start:end]
    using = "".join(f", using={ast.unparse(k.value)}" for k in managed.keywords)
    only = block.body[0]
    start, end = reading.source.node_span(only)
    match only:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if id(call) in reading.middleware.calls:
            text = f"if {name}.status_code >= 500:\n    {owner}.set_rollback(True{using})"
            return (Step("insert-after", start, end, (), text),)
        case ast.Return(value=ast.Call() as call) if id(call) in reading.middleware.calls:
            span = reading.source.node_span(call)
            text = f"if response.status_code >= 500:\n    {owner}.set_rollback(True{using})\nreturn response"
            taken = {n.id for f in reading.functions for n in ast.walk(f) if isinstance(n, ast.Name)}
            return () if "response" in taken else (Step("bind-return", start, end, span, text),)
        case _:
            return ()


# -- what the parts share -----------------------------------------------------------------------------------------


def _worst(ends: Ends, bad: object) -> tuple[State, Trace] | None:
    """Return the shortest path whose end is bad; a read-only request before others."""
    states: States = {**ends.responses, **ends.raised}
    matching = [(s, t) for s, t in states.items() if bad(s)]  # type: ignore[operator]
    if not matching:
        return None
    return min(matching, key=lambda pair: (pair[0].failed, not pair[0].dirty_skipped, len(pair[1])))


def _last_decision(trace: Trace, reading: _Reading) -> ast.AST:
    for node, words in reversed(trace):
        if words.endswith((" is true", " is false")):
            return node
    for node, words in reversed(trace):
        if isinstance(node, (ast.Return, ast.Raise)):
            return node
    return reading.middleware.node


def _condition(trace: Trace) -> str:
    return next((words for _, words in reversed(trace) if words.endswith((" is true", " is false"))), "")


def path_lines(trace: Trace, source: SourceFile) -> tuple[tuple[Location, str], ...]:
    """Return a path as places and words, without its middle when it is long."""
    lines = [(_place(node, source), words) for node, words in trace]
    if len(lines) > MAX_PATH_LINES:
        lines = [*lines[: MAX_PATH_LINES // 2], *lines[-MAX_PATH_LINES // 2 :]]
    return tuple(lines)


def _place(node: ast.AST, source: SourceFile) -> Location:
    if isinstance(
        node, (ast.ClassDef, ast.With, ast.AsyncWith, ast.ExceptHandler, ast.FunctionDef, ast.AsyncFunctionDef)
    ):
        start, _ = source.node_span(node)
        line, _ = source.position(start)
        return source.location(start, start + len(source.line_text(line).rstrip()) - (source.position(start)[1] - 1))
    return source.node_location(node)


def details(fact: CodeFact) -> Mapping[str, str]:
    """Return a fact's details without the steps."""
    return {key: value for key, value in fact.detail.items() if not key.startswith("step ")}
