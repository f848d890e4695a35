"""Loops and comprehensions: unrolled over what is known, taken for possible over what is not."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.completions import Completion, either, replace, resume
from djconnfix.settings.displays import items_of, write_entry
from djconnfix.settings.doubts import doubt_block
from djconnfix.settings.expressions import evaluate, evaluate_used
from djconnfix.settings.phrases import code, short, text_of
from djconnfix.settings.readings import key_of
from djconnfix.settings.store import Item, ListContent
from djconnfix.settings.trace import CreationKind, WriteKind
from djconnfix.settings.values import FALSE, NONE, TRUE, Const, CreationSite, Unknown, Value, WriteSite

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.machine import Machine

MAX_ROUNDS = 200
MAX_GUESSES = 4  # rounds of a `while` whose condition is open


def for_loop(machine: Machine, statement: ast.For) -> Completion:
    """Run a `for` loop; one that is run over a list sees what its body appends to that."""
    from djconnfix.settings.assignments import assign
    from djconnfix.settings.statements import run_block

    iterated = evaluate_used(machine, statement.iter)
    content = machine.list_of(iterated)
    items, unseen = items_of(machine, iterated)

    def refresh() -> None:
        nonlocal items, unseen, content
        now = machine.list_of(iterated)
        if now is not content and now is not None and now.kind == "list":
            content = now
            items, unseen = items_of(machine, iterated)

    def around(place: int) -> Completion:
        if place >= min(len(items), MAX_ROUNDS):
            if place < len(items):
                machine.note(f"a loop runs more than {MAX_ROUNDS} times; the rest was not followed")
                doubt_block(machine, statement.body, "a loop runs more often than is followed")
            return unseen_round() if unseen else None
        item = items[place]
        present = restrict(item.present, machine.known)

        def body() -> Completion:
            assign(machine, statement.target, item.value, statement, statement.iter)
            ended = replace(run_block(machine, statement.body), ("continue",))
            refresh()
            return ended

        if not possible(present, False):
            completion = body()
        elif not possible(present, True):
            completion = None
        else:
            then, orelse = machine.fork(present, body, lambda: None)
            completion = either(present, then, orelse)
        return resume(machine, completion, lambda: around(place + 1))

    def unseen_round() -> Completion:
        """Run the body for something that cannot be seen; how often, cannot be seen either."""
        text = f"the loop over {code(statement.iter)} runs"
        hidden = Unknown(unseen[0], f"an item of {key_of(machine, iterated)[:200]}")
        test = _open(machine, text)

        def body() -> Completion:
            assign(machine, statement.target, hidden, statement, statement.iter)
            completion = replace(run_block(machine, statement.body), ("continue",))
            doubt_block(machine, statement.body, unseen[0])
            return completion

        then, orelse = machine.fork(test, body, lambda: None)
        return either(test, then, orelse)

    completion = around(0)
    if statement.orelse:
        completion = resume(machine, completion, lambda: run_block(machine, statement.orelse))
    return replace(completion, ("break",))


def _open(machine: Machine, text: str) -> Value:
    from djconnfix.settings.statements import open_condition

    return open_condition(machine, text)


def while_loop(machine: Machine, statement: ast.While) -> Completion:
    """Run a `while` loop: as long as its condition is seen to hold, and a few rounds where that is open."""
    from djconnfix.settings.statements import run_block

    def around(rounds: int, guesses: int) -> Completion:
        value = evaluate(machine, statement.test)
        test = restrict(machine.truth(value), machine.known)
        if not possible(test, True):
            return None
        certain = not possible(test, False)
        if isinstance(value, Unknown) and rounds:  # no round tells more than the first
            guesses = MAX_GUESSES
        if rounds >= MAX_ROUNDS:
            machine.note(f"the loop `while {short(text_of(statement.test))}` was not followed to its end")
        if rounds >= MAX_ROUNDS or guesses >= MAX_GUESSES:
            test, certain = _open(machine, f"`while {short(text_of(statement.test))}` goes on"), False
        last = not certain and (rounds >= MAX_ROUNDS or guesses >= MAX_GUESSES)

        def body() -> Completion:
            completion = replace(run_block(machine, statement.body), ("continue",))
            if last:
                doubt_block(machine, statement.body, "a loop runs more often than is followed")
                return completion
            is_guess = not certain or completion is not None  # whether it goes on is open
            return resume(machine, completion, lambda: around(rounds + 1, guesses + is_guess))

        if certain:
            return body()
        then, orelse = machine.fork(test, body, lambda: None)
        return either(test, then, orelse)

    completion = around(0, 0)
    if statement.orelse:
        completion = resume(machine, completion, lambda: run_block(machine, statement.orelse))
    return replace(completion, ("break",))


def comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    """Evaluate a comprehension."""
    from djconnfix.settings.account import Frame

    outer = machine.frames[-1]
    scope = machine.store.new_scope()
    first = evaluate_used(machine, node.generators[0].iter)  # the only part that sees the names of a class's body
    around = outer.scopes[1:] if outer.kind == "class" else outer.scopes
    frame = Frame((scope, *around), outer.module, outer.source, "comprehension", outer.owner, outer.receiver)
    frame.statement = outer.statement
    machine.frames.append(frame)
    try:
        if isinstance(node, ast.DictComp):
            return _dict_comprehension(machine, node, first)
        items: list[Item] = []
        reasons: list[str] = []

        def add(present: Value) -> None:
            made: list[Value] = []

            def make() -> Value:
                made.append(evaluate(machine, node.elt))
                return made[0]

            machine.choose(present, make, lambda: NONE)
            items.extend(Item(value, present) for value in made)

        _rounds(machine, node.generators, first, TRUE, add, reasons)
        kind = {ast.SetComp: "set", ast.GeneratorExp: "iterator"}.get(type(node), "list")
        site = CreationSite(CreationKind.COMPREHENSION, machine.here(node))
        return machine.new_list(ListContent(tuple(items), kind, tuple(reasons), site), machine.here(node))
    finally:
        machine.frames.pop()


def _dict_comprehension(machine: Machine, node: ast.DictComp, first: Value) -> Value:
    origin = machine.here(node)
    result = machine.new_dict(CreationSite(CreationKind.COMPREHENSION, origin))
    reasons: list[str] = []
    site = WriteSite(WriteKind.OTHER, machine.here(node.value), node, node.key)

    def add(present: Value) -> None:
        def write() -> Value:
            write_entry(machine, result, evaluate(machine, node.key), evaluate(machine, node.value), site)
            return NONE

        machine.choose(present, write, lambda: NONE)

    _rounds(machine, node.generators, first, TRUE, add, reasons)
    for reason in reasons:
        content = machine.dict_of(result)
        if content is not None:
            machine.store.put(result.object, content.open(reason))
    return result


def _rounds(  # noqa: PLR0917
    machine: Machine,
    generators: list[ast.comprehension],
    iterated: Value | None,
    present: Value,
    add: Callable[[Value], None],
    reasons: list[str],
) -> None:
    from djconnfix.settings.assignments import assign

    if not generators:
        add(present)
        return
    generator = generators[0]
    items, unseen = items_of(machine, evaluate_used(machine, generator.iter) if iterated is None else iterated)
    reasons.extend(unseen)
    if len(items) > MAX_ROUNDS:
        reasons.append("a comprehension goes on for longer than is followed")
    for item in items[:MAX_ROUNDS]:
        assign(machine, generator.target, item.value, generator, generator.iter)
        test = select(present, restrict(item.present, machine.known), FALSE)
        for condition in generator.ifs:
            test = select(test, machine.truth(evaluate(machine, condition)), FALSE)
        if possible(test, True):
            _rounds(machine, generators[1:], None, test, add, reasons)


__all__ = ["Const", "comprehension", "for_loop", "while_loop"]
