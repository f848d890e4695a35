"""Statements: what they do to the state, and how a block of them ends."""

from __future__ import annotations

import ast
import builtins
from functools import partial
from typing import TYPE_CHECKING

from djconnfix.settings.assignments import assign, augmented
from djconnfix.settings.choices import guarded, possible, restrict
from djconnfix.settings.completions import Abrupt, Completion, branch, either, resume
from djconnfix.settings.deletions import delete
from djconnfix.settings.expressions import evaluate, make_function
from djconnfix.settings.imports import import_from, import_names
from djconnfix.settings.loops import for_loop, while_loop
from djconnfix.settings.phrases import negated, text_of
from djconnfix.settings.store import ClassContent
from djconnfix.settings.tries import try_block
from djconnfix.settings.values import FALSE, NONE, TRUE, Atom, Dotted, Ref, Value
from djconnfix.settings.withs import with_block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djconnfix.settings.failures import Settled
    from djconnfix.settings.machine import Machine

# What nothing entails: a statement in a loop that is run under other conditions in each round.
SOME_ROUNDS = Atom("some rounds of a loop", "some rounds of a loop", "other rounds of a loop")
_EXITS = frozenset({"sys.exit", "os._exit", "builtins.exit", "builtins.quit"})
_COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def run_block(machine: Machine, statements: Sequence[ast.stmt]) -> Completion:
    """Run statements in order and return how they end."""
    for position, statement in enumerate(statements):
        completion = run(machine, statement)
        if completion is not None:
            return resume(machine, completion, partial(run_block, machine, statements[position + 1 :]))
    return None


def run(machine: Machine, statement: ast.stmt) -> Completion:
    """Run one statement."""
    frame = machine.frames[-1]
    before, frame.statement = frame.statement, statement
    machine.stack.append((frame, statement))
    machine.step()
    key = (id(frame), id(statement))
    earlier = machine.account.assumed.get(key)
    machine.account.assumed[key] = machine.known
    try:
        handler = _HANDLERS.get(type(statement), _pass)
        if machine.catching and not isinstance(statement, _COMPOUND):
            return _guardedly(machine, partial(_settled, machine, statement, handler))
        return handler(machine, statement)
    finally:
        machine.account.ends[key] = machine.moment
        if earlier is not None and machine.account.assumed[key] != earlier:  # another round of a loop
            machine.account.assumed[key] = {SOME_ROUNDS: True}
        machine.stack.pop()
        frame.statement = before


def _settled(machine: Machine, statement: ast.stmt, handler: Callable[[Machine, ast.stmt], Completion]) -> Completion:
    """Run a statement and remember under which conditions what follows it is run."""
    completion = handler(machine, statement)
    machine.account.assumed[id(machine.frames[-1]), id(statement)] = machine.known
    return completion


def _guardedly(machine: Machine, execute: Callable[[], Completion]) -> Completion:
    """Run a simple statement inside a `try`: where it raises, it has no effect."""
    before, machine.raising = machine.raising, None
    outset, machine.outset = machine.outset, machine.known
    outer, machine.settled = machine.settled, []
    count = len(machine.account.events)
    log = machine.store.begin()
    begun, machine.begun = machine.begun, machine.store.depth
    try:
        completion = execute()
    finally:
        machine.begun = begun
        changes = machine.store.rewind(log)
        raised = machine.take_raised(before)
        machine.outset = outset
        settled, machine.settled = machine.settled, outer

    def done(failures: Sequence[Settled]) -> Completion:
        """Go on where none of the failures happens; where one does, what was changed until then stays changed."""
        if not failures:
            machine.store.replay(changes)
            return completion
        test, kinds, until = failures[0]
        test = restrict(test, machine.known)
        failure = Abrupt("raise", exception=kinds)

        def failed() -> None:
            machine.store.replay(until)

        if not possible(test, False):
            failed()
            return failure
        if not possible(test, True):
            return done(failures[1:])
        _, ended = machine.fork(test, failed, lambda: done(failures[1:]))
        return either(test, failure, ended)

    if raised is None:
        return done(settled)
    del machine.account.events[count:]
    test, kinds = raised
    failure = Abrupt("raise", exception=kinds)
    if not possible(test, False):
        return failure
    _, completion = machine.fork(test, lambda: None, lambda: _guardedly(machine, execute))
    return either(test, failure, completion)


def _expression(machine: Machine, statement: ast.Expr) -> Completion:
    value = statement.value
    if isinstance(value, ast.Constant):
        return None
    if isinstance(value, ast.Call):
        function = evaluate(machine, value.func)
        if isinstance(function, Dotted) and function.name in _EXITS:
            return Abrupt("raise", exception=("SystemExit",))
    evaluate(machine, value)
    return None


def _if(machine: Machine, statement: ast.If) -> Completion:
    test = machine.truth(evaluate(machine, statement.test))
    return branch(
        machine, test, lambda: run_block(machine, statement.body), lambda: run_block(machine, statement.orelse)
    )


def _match(machine: Machine, statement: ast.Match) -> Completion:
    from djconnfix.settings.patterns import match_block

    return match_block(machine, statement)


def open_condition(machine: Machine, text: str) -> Value:
    """Return a condition about which nothing is known but its text."""
    key = machine.occurrence(text)
    return guarded(Atom(key, text, negated(text)), TRUE, FALSE)


def _function(machine: Machine, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> Completion:
    from djconnfix.settings.decorators import decorated

    function: Value = make_function(machine, statement)
    for decorator in reversed(statement.decorator_list):
        function = decorated(machine, function, evaluate(machine, decorator), decorator)
    machine.bind(machine.frames[-1].scope, statement.name, function)
    return None


def _class(machine: Machine, statement: ast.ClassDef) -> Completion:
    from djconnfix.settings.classes import define

    return define(machine, statement)


def _return(machine: Machine, statement: ast.Return) -> Completion:
    return Abrupt("return", NONE if statement.value is None else evaluate(machine, statement.value))


def _raise(machine: Machine, statement: ast.Raise) -> Completion:
    if statement.exc is None:
        return Abrupt("raise", exception=machine.handling[-1] if machine.handling else ("RuntimeError",))
    node = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return Abrupt("raise", exception=_kinds(machine, evaluate(machine, node), text_of(node).rsplit(".", 1)[-1]))


def _kinds(machine: Machine, value: Value, name: str) -> tuple[str, ...]:
    """Return the names of an exception's class and of those it derives from."""
    from djconnfix.settings.orders import resolution_order

    if isinstance(value, Dotted):
        return (value.name.rsplit(".", 1)[-1],)
    content = machine.store.content(value.object) if isinstance(value, Ref) else None
    if not isinstance(content, ClassContent):
        return (name,) if hasattr(builtins, name) else ()
    order = resolution_order(machine, value.object)  # type: ignore[union-attr]
    return tuple(
        each.name.rsplit(".", 1)[-1] if isinstance(each, Dotted) else machine.store.content(each).name  # type: ignore[union-attr]
        for each in order
    )


def _assert(machine: Machine, statement: ast.Assert) -> Completion:
    test = restrict(machine.truth(evaluate(machine, statement.test)), machine.known)
    machine.require(test, "AssertionError")
    return None


def _pass(_machine: Machine, _statement: ast.stmt) -> Completion:
    return None


def _assign(machine: Machine, statement: ast.Assign) -> Completion:
    value = evaluate(machine, statement.value)
    for target in statement.targets:
        assign(machine, target, value, statement, statement.value)
    return None


def _annotated(machine: Machine, statement: ast.AnnAssign) -> Completion:
    if statement.value is not None:
        value = evaluate(machine, statement.value)
        assign(machine, statement.target, value, statement, statement.value)
    return None


_HANDLERS: dict[type[ast.stmt], Callable[[Machine, ast.stmt], Completion]] = {
    ast.AnnAssign: _annotated,  # type: ignore[dict-item]
    ast.Assert: _assert,  # type: ignore[dict-item]
    ast.Assign: _assign,  # type: ignore[dict-item]
    ast.AsyncFunctionDef: _function,  # type: ignore[dict-item]
    ast.AugAssign: augmented,  # type: ignore[dict-item]
    ast.Break: lambda _machine, _statement: Abrupt("break"),
    ast.ClassDef: _class,  # type: ignore[dict-item]
    ast.Continue: lambda _machine, _statement: Abrupt("continue"),
    ast.Delete: delete,  # type: ignore[dict-item]
    ast.Expr: _expression,  # type: ignore[dict-item]
    ast.For: for_loop,  # type: ignore[dict-item]
    ast.FunctionDef: _function,  # type: ignore[dict-item]
    ast.If: _if,  # type: ignore[dict-item]
    ast.Import: import_names,  # type: ignore[dict-item]
    ast.ImportFrom: import_from,  # type: ignore[dict-item]
    ast.Match: _match,  # type: ignore[dict-item]
    ast.Raise: _raise,  # type: ignore[dict-item]
    ast.Return: _return,  # type: ignore[dict-item]
    ast.Try: try_block,  # type: ignore[dict-item]
    ast.While: while_loop,  # type: ignore[dict-item]
    ast.With: with_block,  # type: ignore[dict-item]
}
