"""`try`: what may raise runs on its own branch, and the handlers on the other."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from djconnfix.settings.choices import guarded, possible, restrict
from djconnfix.settings.completions import Abrupt, Completion, Either, either, resume
from djconnfix.settings.phrases import code, text_of
from djconnfix.settings.values import FALSE, TRUE, UNBOUND, Atom, Unknown

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine

# Handlers of these only run for what the evaluator sees raise.
_PRECISE = frozenset(
    {"ImportError", "ModuleNotFoundError", "KeyError", "NameError", "AttributeError", "LookupError", "IndexError"}
)


def try_block(machine: Machine, statement: ast.Try) -> Completion:
    """Run `try/except/else/finally`."""
    completion = _body(machine, statement)
    if not statement.finalbody:
        return completion
    from djconnfix.settings.statements import run_block

    last = run_block(machine, statement.finalbody)
    return completion if last is None else last


def _body(machine: Machine, statement: ast.Try) -> Completion:
    from djconnfix.settings.statements import run_block

    if not statement.handlers:
        return resume(machine, run_block(machine, statement.body), lambda: run_block(machine, statement.orelse))
    risks, machine.risks = machine.risks, 0
    outer, machine.risky = machine.risky, frozenset()
    machine.catching += 1
    machine.awaiting.append(tuple(name for handler in statement.handlers for name in _names(handler)))
    log = machine.store.begin()
    try:
        completion = run_block(machine, statement.body)
    finally:
        changes = machine.store.rewind(log)
        machine.catching -= 1
        machine.awaiting.pop()
        risky, machine.risks = machine.risks > 0, risks
        kinds, machine.risky = machine.risky, outer
    if _raises(completion) or not ((risky and _broad(statement)) or _awaits(statement, kinds)):
        machine.store.replay(changes)
        return _handled(machine, statement, completion)
    key = machine.occurrence(f"{code(statement.body[-1])} succeeds")
    atom = Atom(key, key.rpartition("#")[0], key.rpartition("#")[0].replace(" succeeds", " fails"))

    def succeeded() -> Completion:
        machine.store.replay(changes)
        return _handled(machine, statement, completion)

    test = guarded(atom, TRUE, FALSE)
    then, orelse = machine.fork(test, succeeded, lambda: _handler(machine, statement, ()))
    return either(test, then, orelse)


def _handled(machine: Machine, statement: ast.Try, completion: Completion) -> Completion:
    """Run the handlers where something was raised and the `else` block where nothing was."""
    from djconnfix.settings.statements import run_block

    if completion is None:
        return run_block(machine, statement.orelse)
    if isinstance(completion, Abrupt):
        return _handler(machine, statement, completion.exception) if completion.kind == "raise" else completion
    test = restrict(completion.test, machine.known)
    if not possible(test, False):
        return _handled(machine, statement, completion.then)
    if not possible(test, True):
        return _handled(machine, statement, completion.orelse)
    then, orelse = machine.fork(
        test,
        lambda: _handled(machine, statement, completion.then),
        lambda: _handled(machine, statement, completion.orelse),
    )
    return either(test, then, orelse)


def _handler(machine: Machine, statement: ast.Try, exception: tuple[str, ...]) -> Completion:
    from djconnfix.settings.statements import run_block

    for handler in statement.handlers:
        if _catches(handler, exception):
            if handler.name:
                hidden = Unknown("an exception", f"exception {'.'.join(exception[:1])}")
                machine.bind(machine.frames[-1].scope, handler.name, hidden)
            machine.handling.append(exception)
            try:
                completion = run_block(machine, handler.body)
            finally:
                machine.handling.pop()
            if handler.name:
                machine.bind(machine.frames[-1].scope, handler.name, UNBOUND)
            return completion
    return Abrupt("raise", exception=exception)


def _names(handler: ast.ExceptHandler) -> list[str]:
    if handler.type is None:
        return ["BaseException"]
    nodes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [text_of(node).rsplit(".", 1)[-1] for node in nodes]


def _catches(handler: ast.ExceptHandler, exception: tuple[str, ...]) -> bool:
    if not exception:  # whatever it is, the first handler may be for it
        return True
    return any(_is_kind(each, name) for name in _names(handler) for each in exception)


def is_awaited(machine: Machine, exception: tuple[str, ...]) -> bool:
    """Whether a `try` statement around what is run has a handler for an exception; for an unknown one, a broad one."""
    names = {name for each in machine.awaiting for name in each}
    if not exception:
        return not names.isdisjoint(("Exception", "BaseException"))
    return any(_is_kind(each, name) for each in exception for name in names)


def _is_kind(exception: str, name: str) -> bool:
    """Whether an exception class is caught by a handler for another, as far as names tell."""
    raised, caught = getattr(builtins, exception, None), getattr(builtins, name, None)
    if name == exception or (exception == "ImportError" and name == "ModuleNotFoundError"):
        return True
    if isinstance(raised, type) and isinstance(caught, type) and issubclass(raised, caught):
        return True
    return raised is None and name in ("Exception", "BaseException")


def _awaits(statement: ast.Try, kinds: frozenset[str]) -> bool:
    """Whether a handler is for an exception that may be raised, or not, for reasons out of sight."""
    return any(_catches(handler, (kind,)) for handler in statement.handlers for kind in kinds)


def _broad(statement: ast.Try) -> bool:
    return any(name not in _PRECISE for handler in statement.handlers for name in _names(handler))


def _raises(completion: Completion) -> bool:
    if isinstance(completion, Abrupt):
        return completion.kind == "raise"
    if isinstance(completion, Either):
        return _raises(completion.then) or _raises(completion.orelse)
    return False
