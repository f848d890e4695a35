"""Displays of dictionaries, lists, tuples and sets, and f-strings."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.displays import items_of, merge_into, write_entry
from djconnfix.settings.expressions import evaluate, evaluate_used
from djconnfix.settings.operators import MAX_BITS, lift
from djconnfix.settings.phrases import short, text_of
from djconnfix.settings.store import Item, ListContent
from djconnfix.settings.trace import CreationKind, WriteKind
from djconnfix.settings.values import Const, CreationSite, Slot, Value, WriteSite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin

MAX_SPEC = 5  # longer ones could ask for a text without end


def build(machine: Machine, node: ast.expr) -> Value:
    """Return what a display or an f-string gives."""
    if isinstance(node, ast.Dict):
        return _dict(machine, node)
    if isinstance(node, ast.JoinedStr):
        return _joined(machine, node)
    assert isinstance(node, (ast.List, ast.Tuple, ast.Set))
    return _sequence(machine, node)


def _dict(machine: Machine, node: ast.Dict) -> Value:
    result = machine.new_dict(CreationSite(CreationKind.DISPLAY, machine.here(node)))
    held: dict[object, Value] = {}  # entries that are not in the heap yet: nobody can look at them before the end
    for key_node, value_node in zip(node.keys, node.values, strict=False):
        if isinstance(key_node, ast.Constant) and isinstance(key_node.value, str):
            origin = machine.here(value_node)
            value = _value(machine, value_node, origin)
            site = WriteSite(WriteKind.ENTRY, origin, node, key_node)
            slot = held[key_node.value] = Slot(value, site)
            machine.record(result.object, key_node.value, site, slot)
            continue
        machine.fill(result, held)
        held = {}
        if key_node is None:
            merge_into(
                machine,
                result,
                evaluate(machine, value_node),
                f"what `**{short(text_of(value_node))}` adds cannot be seen",
            )
            continue
        key = evaluate(machine, key_node)
        value = evaluate(machine, value_node)
        site = WriteSite(WriteKind.ENTRY, machine.here(value_node), node, key_node)
        write_entry(machine, result, key, value, site)
    machine.fill(result, held)
    return result


def _value(machine: Machine, node: ast.expr, origin: Origin) -> Value:
    """Return an entry's value; plain data is no step besides that of its entry."""
    if isinstance(node, ast.Constant) and not (isinstance(node.value, int) and node.value.bit_length() > MAX_BITS):
        return Const(node.value, origin)
    return evaluate(machine, node)


def _sequence(machine: Machine, node: ast.List | ast.Tuple | ast.Set) -> Value:
    items: list[Item] = []
    unseen: tuple[str, ...] = ()
    for each in node.elts:
        if not isinstance(each, ast.Starred):
            items.append(Item(evaluate(machine, each)))
            continue
        spread, reasons = items_of(machine, evaluate_used(machine, each.value))
        items.extend(spread)
        unseen = (*unseen, *reasons)
    kind = type(node).__name__.lower()
    site = CreationSite(CreationKind.DISPLAY, machine.here(node))
    return machine.new_list(ListContent(tuple(items), kind, unseen, site), machine.here(node))


def _joined(machine: Machine, node: ast.JoinedStr) -> Value:
    parts = [
        _formatted(machine, each) if isinstance(each, ast.FormattedValue) else evaluate(machine, each)
        for each in node.values
    ]
    return lift(
        machine,
        parts,
        lambda data: "".join(str(each) for each in data),
        lambda keys: "f'" + "".join(f"{{{key}}}" for key in keys) + "'",
        machine.here(node),
    )


def _converted(conversion: int, data: object) -> object:
    if conversion == ord("r"):
        return repr(data)
    if conversion == ord("a"):
        return ascii(data)
    return str(data) if conversion == ord("s") else data


def _formatted(machine: Machine, node: ast.FormattedValue) -> Value:
    value = evaluate(machine, node.value)
    if node.format_spec is None and node.conversion in (-1, ord("s")):
        return value
    spec: Value = Const("") if node.format_spec is None else evaluate(machine, node.format_spec)

    def compute(data: Sequence[object]) -> object:
        if len(str(data[1])) > MAX_SPEC:
            raise ValueError
        return format(_converted(node.conversion, data[0]), str(data[1]))

    return lift(machine, (value, spec), compute, lambda keys: f"format({keys[0]})", machine.here(node))
