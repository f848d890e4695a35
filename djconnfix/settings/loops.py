"""Loops and comprehensions: unrolled over what is known, taken for possible over what is not."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.completions import Completion, either, replace, resume
from djconnfix.settings.displays import items_of, write_entry
from djconnfix.settings.expressions import evaluate, text_of
from djconnfix.settings.operators import key_of
from djconnfix.settings.store import Item, ListContent
from djconnfix.settings.trace import CreationKind, WriteKind
from djconnfix.settings.values import FALSE, NONE, TRUE, Const, CreationSite, Unknown, Value, WriteSite

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.machine import Machine

MAX_ROUNDS = 200


def for_loop(machine: Machine, statement: ast.For) -> Completion:
    """Run a `for` loop."""
    from djconnfix.settings.assignments import assign
    from djconnfix.settings.statements import run_block

    iterated = evaluate(machine, statement.iter)
    items, unseen = items_of(machine, iterated)
    if len(items) > MAX_ROUNDS:
        machine.note(f"a loop runs more than {MAX_ROUNDS} times; the rest was not followed")
        items = items[:MAX_ROUNDS]
    if unseen:
        text = text_of(statement.iter)
        key = key_of(machine, iterated)[:200]
        items.append(Item(Unknown(unseen[0], f"an item of {key}"), _open(machine, f"the loop over `{text[:50]}` runs")))

    def around(place: int) -> Completion:
        if place >= len(items):
            return None
        item = items[place]
        present = restrict(item.present, machine.known)

        def body() -> Completion:
            assign(machine, statement.target, item.value, statement, statement.iter)
            return replace(run_block(machine, statement.body), ("continue",))

        if not possible(present, False):
            completion = body()
        elif not possible(present, True):
            completion = None
        else:
            then, orelse = machine.fork(present, body, lambda: None)
            completion = either(present, then, orelse)
        return resume(machine, completion, lambda: around(place + 1))

    completion = around(0)
    if statement.orelse:
        completion = resume(machine, completion, lambda: run_block(machine, statement.orelse))
    return replace(completion, ("break",))


def _open(machine: Machine, text: str) -> Value:
    from djconnfix.settings.statements import open_condition

    return open_condition(machine, text)


def while_loop(machine: Machine, statement: ast.While) -> Completion:
    """Run a `while` loop: the body once, where its condition may hold."""
    from djconnfix.settings.statements import run_block

    test = restrict(machine.truth(evaluate(machine, statement.test)), machine.known)
    if not possible(test, True):
        return None
    if not possible(test, False):
        test = _open(machine, f"`while {text_of(statement.test)[:50]}` runs")
    then, orelse = machine.fork(test, lambda: run_block(machine, statement.body), lambda: None)
    return replace(either(test, then, orelse), ("break", "continue"))


def comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    """Evaluate a comprehension."""
    from djconnfix.settings.account import Frame

    outer = machine.frames[-1]
    scope = machine.store.new_scope()
    frame = Frame((scope, *outer.scopes), outer.module, outer.source, "function", outer.owner, outer.receiver)
    frame.statement = outer.statement
    machine.frames.append(frame)
    try:
        if isinstance(node, ast.DictComp):
            return _dict_comprehension(machine, node)
        items: list[Item] = []
        reasons: list[str] = []

        def add(present: Value) -> None:
            items.append(Item(evaluate(machine, node.elt), present))

        _rounds(machine, node.generators, TRUE, add, reasons)
        kind = "set" if isinstance(node, ast.SetComp) else "list"
        site = CreationSite(CreationKind.COMPREHENSION, machine.here(node))
        return machine.new_list(ListContent(tuple(items), kind, tuple(reasons), site), machine.here(node))
    finally:
        machine.frames.pop()


def _dict_comprehension(machine: Machine, node: ast.DictComp) -> Value:
    origin = machine.here(node)
    result = machine.new_dict(CreationSite(CreationKind.COMPREHENSION, origin))
    reasons: list[str] = []
    site = WriteSite(WriteKind.OTHER, machine.here(node.value), node, node.key)

    def add(present: Value) -> None:
        def write() -> Value:
            write_entry(machine, result, evaluate(machine, node.key), evaluate(machine, node.value), site)
            return NONE

        machine.choose(present, write, lambda: NONE)

    _rounds(machine, node.generators, TRUE, add, reasons)
    for reason in reasons:
        content = machine.dict_of(result)
        if content is not None:
            machine.store.put(result.object, content.open(reason))
    return result


def _rounds(
    machine: Machine,
    generators: list[ast.comprehension],
    present: Value,
    add: Callable[[Value], None],
    reasons: list[str],
) -> None:
    from djconnfix.settings.assignments import assign

    if not generators:
        add(present)
        return
    generator = generators[0]
    items, unseen = items_of(machine, evaluate(machine, generator.iter))
    reasons.extend(unseen)
    for item in items[:MAX_ROUNDS]:
        assign(machine, generator.target, item.value, generator, generator.iter)
        test = select(present, restrict(item.present, machine.known), FALSE)
        for condition in generator.ifs:
            test = select(test, machine.truth(evaluate(machine, condition)), FALSE)
        if possible(test, True):
            _rounds(machine, generators[1:], test, add, reasons)


__all__ = ["Const", "comprehension", "for_loop", "while_loop"]
