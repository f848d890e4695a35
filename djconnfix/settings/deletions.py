"""`del` of names, entries, items, slices and attributes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.assignments import assign_attribute, assign_slice, bind_name
from djconnfix.settings.choices import negate
from djconnfix.settings.dict_methods import take_out_unseen
from djconnfix.settings.doubts import doubt
from djconnfix.settings.expressions import evaluate
from djconnfix.settings.process import is_environment, is_set, unset_variable
from djconnfix.settings.readings import plain
from djconnfix.settings.store import DictContent, ListContent, presence
from djconnfix.settings.values import NONE, UNBOUND, ModuleValue, Ref, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.completions import Completion
    from djconnfix.settings.machine import Machine


def delete(machine: Machine, statement: ast.Delete) -> Completion:
    """Run `del`."""
    for target in statement.targets:
        if isinstance(target, ast.Name):
            bind_name(machine, target.id, UNBOUND)
        elif isinstance(target, ast.Subscript):
            receiver = evaluate(machine, target.value)
            if isinstance(target.slice, ast.Slice):
                nothing = machine.new_list(ListContent(), machine.here(target))
                machine.each(receiver, lambda each, of=target, by=nothing: assign_slice(machine, each, of, by))  # type: ignore[misc]
                continue
            key = evaluate(machine, target.slice)
            machine.each(receiver, lambda each, key=key: _delete_item(machine, each, key))  # type: ignore[misc]
        elif isinstance(target, ast.Attribute):
            assign_attribute(machine, target, UNBOUND)
    return None


def _delete_item(machine: Machine, receiver: Value, key: Value) -> Value:
    seen, data = plain(machine, key)
    if isinstance(receiver, ModuleValue) and seen and isinstance(data, str):
        machine.bind(receiver.scope, data, UNBOUND)
    elif is_environment(receiver):
        if seen and isinstance(data, str):
            machine.raises(negate(is_set(machine, data)), "KeyError")
        unset_variable(machine, key)
    elif isinstance(receiver, Unknown):
        doubt(machine, receiver, "`del` may take out a part of it")
    elif isinstance(receiver, Ref):
        content = machine.store.content(receiver.object)
        if isinstance(content, DictContent):
            if seen and isinstance(data, (str, int)):
                if not content.unseen:
                    machine.dies(negate(presence(content.entries.get(data, UNBOUND))), "KeyError")
                machine.remove(receiver.object, data)
            else:
                take_out_unseen(machine, receiver, "an entry is deleted whose key is known only when the settings run")
        elif isinstance(content, ListContent):
            items = list(content.items)
            if seen and isinstance(data, int) and not content.unseen and -len(items) <= data < len(items):
                del items[data]
                machine.store.put(receiver.object, content.with_items(tuple(items)))
            else:
                machine.store.put(receiver.object, content.open("`del` of an item that cannot be seen"))
    return NONE
