"""Comparisons, membership tests and tests for `None`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.choices import restrict, select
from djconnfix.settings.operators import absent, compare, lift, opposite
from djconnfix.settings.phrases import text_of
from djconnfix.settings.process import is_environment, is_set
from djconnfix.settings.readings import plain
from djconnfix.settings.store import presence
from djconnfix.settings.values import FALSE, NONE, TRUE, UNBOUND, Const, Dotted, EnvRead, Ref, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine

_SINGLETONS = (type(None), bool, type(...))


def compared(machine: Machine, op: ast.cmpop, left: Value, right: Value, node: ast.expr) -> Value:
    """Return what one comparison gives."""
    origin = machine.here(node)
    if isinstance(op, (ast.In, ast.NotIn)):
        found = machine.each(right, lambda whole: _contains(machine, left, whole, origin_node=node))
        return found if isinstance(op, ast.In) else opposite(machine, found, origin)
    if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)) and absent(right):
        found = machine.each(left, lambda value: _is_none(machine, value, node))
        return found if isinstance(op, (ast.Is, ast.Eq)) else opposite(machine, found, origin)
    if isinstance(op, (ast.Is, ast.IsNot)):
        same = _is_same(machine, left, right)
        if same is not None:
            return Const(same is isinstance(op, ast.Is), origin)
        if isinstance(left, (Const, Ref)) and isinstance(right, (Const, Ref)):
            return Unknown(
                "whether two values are one object is known only when the settings run",
                machine.occurrence(text_of(node)),
                origin,
            )
    return compare(machine, op, left, right, origin)


def _is_same(machine: Machine, left: Value, right: Value) -> bool | None:
    """Return whether two values are one object, None when that is Python's own business."""
    if isinstance(left, Ref) and isinstance(right, Ref):
        same = left.object == right.object
        kinds = {content.kind for each in (left, right) if (content := machine.list_of(each)) is not None}
        return True if same else None if "tuple" in kinds else False
    if isinstance(left, Dotted) and isinstance(right, Dotted):
        return True if left.name == right.name and left.name.startswith("builtins.") else None
    if not isinstance(left, Const) or not isinstance(right, Const):
        return None
    told_apart = left.value != right.value or any(isinstance(each.value, _SINGLETONS) for each in (left, right))
    return left.value is right.value if told_apart else None


def _is_none(machine: Machine, value: Value, node: ast.expr) -> Value:
    if isinstance(value, Const):
        return Const(value.value is None, machine.here(node))
    if isinstance(value, EnvRead) and value.plain:
        if value.default is None or not absent(value.default):
            return FALSE
        return opposite(machine, machine.truth(value), machine.here(node))
    if isinstance(value, (Unknown, EnvRead, Dotted)):
        return lift(
            machine, (value, NONE), lambda data: data[0] is None, lambda keys: f"{keys[0]} is None", machine.here(node)
        )
    return FALSE


def _contains(machine: Machine, item: Value, whole: Value, origin_node: ast.expr) -> Value:
    origin = machine.here(origin_node)
    seen, data = plain(machine, item)
    if is_environment(whole) and seen and isinstance(data, str):
        return is_set(machine, data)
    mapping = machine.dict_of(whole)
    if mapping is not None and seen:
        try:
            slot = mapping.entries.get(data, UNBOUND)
        except TypeError:
            machine.raises(TRUE, "TypeError")
            return FALSE
        if slot is UNBOUND and mapping.unseen:
            return Unknown(mapping.unseen[0], f"{data!r} in a dictionary that cannot be seen", origin)
        return restrict(presence(slot), machine.known)
    content = machine.list_of(whole)
    if content is not None and seen and not content.unseen:
        result: Value = FALSE
        for each in content.items:
            known, value = plain(machine, each.value)
            if known and (value is data or value == data):
                result = select(result, TRUE, each.present)
            elif not known:
                break
        else:
            return result
    return compare(machine, ast.In(), item, whole, origin)
