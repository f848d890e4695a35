"""Assignments: names, attributes, subscripts and patterns, augmented or not, and `del`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.choices import changeable, possible
from djconnfix.settings.displays import items_of, write_entry
from djconnfix.settings.doubts import doubt
from djconnfix.settings.expressions import combine, evaluate
from djconnfix.settings.phrases import code
from djconnfix.settings.process import (
    is_environment,
    pour_variables,
    set_variable,
)
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import ClassContent, DictContent, InstanceContent, ListContent
from djconnfix.settings.trace import WriteKind
from djconnfix.settings.values import (
    NONE,
    TRUE,
    UNBOUND,
    Const,
    Dotted,
    ModuleValue,
    Partial,
    Ref,
    Slot,
    Unknown,
    Value,
    WriteSite,
)

if TYPE_CHECKING:
    from djconnfix.settings.completions import Completion
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin


def assign(machine: Machine, target: ast.expr, value: Value, statement: ast.AST, node: ast.expr) -> None:
    """Assign a value to a target.

    Args:
        machine: the state.
        target: what is assigned to.
        value: what is assigned.
        statement: the statement (or loop) that assigns.
        node: the expression that gives the value.
    """
    if isinstance(target, ast.Name):
        bind_name(machine, target.id, value)
    elif isinstance(target, ast.Subscript):
        _assign_item(machine, target, value, statement, node)
    elif isinstance(target, ast.Attribute):
        assign_attribute(machine, target, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(machine, target, value, statement, node)
    elif isinstance(target, ast.Starred):
        assign(machine, target.value, value, statement, node)


def bind_name(machine: Machine, name: str, value: Value) -> None:
    """Bind a name in the current scope, or in the one that `global` or `nonlocal` names."""
    frame = machine.frames[-1]
    scope = frame.scope
    if name in frame.outer_names:
        scope = next(
            (each for each in frame.scopes[1:] if machine.store.get(each, name) is not UNBOUND), frame.scopes[-1]
        )
    machine.bind(scope, name, value)


def _assign_item(machine: Machine, target: ast.Subscript, value: Value, statement: ast.AST, node: ast.expr) -> None:
    receiver = evaluate(machine, target.value)
    if isinstance(target.slice, ast.Slice):
        machine.each(receiver, lambda each: assign_slice(machine, each, target, value))
        return
    key = evaluate(machine, target.slice)
    site = WriteSite(WriteKind.ASSIGNMENT, machine.here(node), statement, target)

    def write(each: Value) -> Value:
        if isinstance(each, ModuleValue):
            seen, name = plain(machine, key)
            if seen and isinstance(name, str):
                machine.bind(each.scope, name, value)
            else:
                clause = f"names of this module are set under a name that is only known at run time ({code(target)})"
                machine.hold_elsewhere(clause, machine.here(target))
                machine.doubt_names(each.scope, "a name that is set at run time")
        elif isinstance(each, Unknown):
            doubt(machine, each, f"{code(target)} may be part of it")
        elif is_environment(each):
            machine.each(key, lambda name: _set_variable(machine, name, value, machine.here(node)))
        elif isinstance(each, Ref):
            content = machine.store.content(each.object)
            if isinstance(content, DictContent):
                write_entry(machine, each, key, value, site)
            elif isinstance(content, ListContent):
                _assign_list_item(machine, each, content, key, value)
        return NONE

    machine.each(receiver, write)


def _set_variable(machine: Machine, name: Value, value: Value, origin: Origin) -> Value:
    set_variable(machine, name, value, origin)
    return NONE


def _assign_list_item(machine: Machine, target: Ref, content: ListContent, key: Value, value: Value) -> None:
    from djconnfix.settings.store import Item

    seen, position = plain(machine, key)
    certain = not content.unseen and all(not possible(item.present, False) for item in content.items)
    items = list(content.items)
    if seen and isinstance(position, int) and certain and -len(items) <= position < len(items):
        items[position] = Item(value)
        machine.store.put(target.object, content.with_items(tuple(items)))
    elif seen and certain:
        machine.raises(TRUE, "IndexError" if isinstance(position, int) else "TypeError")
    else:
        machine.store.put(target.object, content.open("an item is replaced that cannot be seen"))


def assign_slice(machine: Machine, target: Value, node: ast.Subscript, value: Value) -> Value:
    """Put the items of an iterable in the place of a slice of a list."""
    content = machine.list_of(target)
    if content is None or not isinstance(target, Ref) or not isinstance(node.slice, ast.Slice):
        return NONE
    bounds = [
        (True, None) if each is None else plain(machine, evaluate(machine, each))
        for each in (node.slice.lower, node.slice.upper)
    ]
    items, unseen = items_of(machine, value)
    changed = list(content.items)
    if all(seen for seen, _ in bounds) and node.slice.step is None and not content.unseen:
        changed[slice(bounds[0][1], bounds[1][1])] = items  # type: ignore[arg-type]
    else:
        changed = [*changed, *items]
        unseen = (*unseen, "a slice is replaced that cannot be seen")
    result = content.with_items(tuple(changed))
    for reason in unseen:
        result = result.open(reason)
    machine.store.put(target.object, result)
    return NONE


def assign_attribute(machine: Machine, target: ast.Attribute, value: Value) -> None:
    """Assign to an attribute of a module, class, instance or helper."""
    receiver = evaluate(machine, target.value)

    def write(each: Value) -> Value:
        if isinstance(each, ModuleValue):
            machine.bind(each.scope, target.attr, value)
        elif isinstance(each, Partial) and isinstance(each.function, Dotted):
            machine.bind(machine.outside, f"{each.function.name}.{target.attr}", value)
        elif isinstance(each, Dotted):
            machine.bind(machine.outside, f"{each.name}.{target.attr}", value)
        elif isinstance(each, Ref):
            content = machine.store.content(each.object)
            if isinstance(content, (ClassContent, InstanceContent)):
                set_attribute(machine, content, target.attr, value)
        return NONE

    machine.each(receiver, write)


def set_attribute(machine: Machine, content: ClassContent | InstanceContent, name: str, value: Value) -> None:
    """Give a class or an object an attribute."""
    if isinstance(content, InstanceContent) and _is_descriptor(machine, content, name):
        value = Unknown(f"`{name}` is set through a property", f"{name} of a property")
    if isinstance(content, InstanceContent):
        from djconnfix.settings.instances import set_own

        set_own(machine, content, name, value)
    else:
        machine.bind(content.scope, name, value)


def _is_descriptor(machine: Machine, content: InstanceContent, name: str) -> bool:
    """Whether a class decides what happens when an attribute of its instances is set."""
    from djconnfix.settings.orders import resolution_order

    for number in resolution_order(machine, content.cls):
        held = machine.store.content(number) if isinstance(number, int) else None
        if isinstance(held, ClassContent):
            own = [machine.store.get(held.scope, each) for each in (name, "__setattr__")]
            if (
                own[1] is not UNBOUND
                or isinstance(own[0], Unknown)
                or getattr(own[0], "kind", "") in ("property", "hidden")
            ):
                return True
    return False


def _unpack(machine: Machine, target: ast.Tuple | ast.List, value: Value, statement: ast.AST, node: ast.expr) -> None:
    items, unseen = items_of(machine, value)
    certain = not unseen and all(not possible(item.present, False) for item in items)
    starred = next((place for place, each in enumerate(target.elts) if isinstance(each, ast.Starred)), None)
    if certain and starred is None and len(items) == len(target.elts):
        nodes = node.elts if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(items) else None
        for place, (each, item) in enumerate(zip(target.elts, items, strict=False)):
            assign(machine, each, item.value, statement, nodes[place] if nodes else node)
        return
    if certain and starred is not None and len(items) >= len(target.elts) - 1:
        after = len(target.elts) - starred - 1
        middle = ListContent(tuple(items[starred : len(items) - after]))
        values = [item.value for item in items]
        rest = machine.new_list(middle, machine.here(node))
        for each, held in zip(target.elts, [*values[:starred], rest, *values[len(items) - after :]], strict=True):
            assign(machine, each, held, statement, node)
        return
    if certain:
        machine.raises(TRUE, "ValueError")
    key = key_of(machine, value)[:200]
    among = changeable(item.value for item in items)
    for place, each in enumerate(target.elts):
        reason = unseen[0] if unseen else f"{code(node)} cannot be taken apart"
        hidden = Unknown(reason, f"{key}[{place}]", among=among)
        assign(machine, each, hidden, statement, node)


def augmented(machine: Machine, statement: ast.AugAssign) -> Completion:
    """Run `target op= value`."""
    target = statement.target
    right = evaluate(machine, statement.value)
    load = _as_load(target)
    left = evaluate(machine, load)

    def change(each: Value) -> Value:
        content = machine.store.content(each.object) if isinstance(each, Ref) else None
        if is_environment(each):
            pour_variables(machine, right, machine.here(statement.value))
            return each
        if isinstance(content, ListContent) and content.kind == "list" and isinstance(statement.op, ast.Add):
            items, unseen = items_of(machine, right)
            result = content.with_items((*content.items, *items))
            for reason in unseen:
                result = result.open(reason)
            machine.store.put(each.object, result)  # type: ignore[union-attr]
            return each
        if isinstance(content, DictContent) and isinstance(statement.op, ast.BitOr) and isinstance(each, Ref):
            from djconnfix.settings.dict_methods import pour

            pour(machine, each, right)
            return each
        doubt(machine, each if isinstance(each, Unknown) else NONE, f"{code(target)} may be part of it")
        result_value = combine(machine, statement.op, each, right, statement.value)
        if isinstance(content, ListContent) and content.kind in ("list", "set") and isinstance(each, Ref):
            # In place: every name of the list or set sees it.
            made = machine.list_of(result_value)
            machine.store.put(each.object, made or content.open("what an operator makes of it cannot be seen"))
            return each
        return result_value

    value = machine.each(left, change)
    assign(machine, target, value, statement, statement.value)
    return None


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target


__all__ = ["Const", "Slot", "assign", "augmented", "bind_name"]
