"""Attributes and subscripts of values."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from djconnfix.settings.choices import changeable, possible, restrict, select
from djconnfix.settings.displays import slotted
from djconnfix.settings.operators import lift
from djconnfix.settings.phrases import asked, code, from_outside
from djconnfix.settings.process import environment, is_environment
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import ClassContent, DictContent, InstanceContent, ListContent, presence, slot_value
from djconnfix.settings.values import (
    FALSE,
    GLOBALS,
    MEMBER,
    TRUE,
    UNBOUND,
    Bound,
    Const,
    Dotted,
    EnvRead,
    ModuleValue,
    Partial,
    Ref,
    Super,
    Unbound,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin

_PATH_PROPERTIES = frozenset({"parent", "name", "stem", "suffix", "parts"})


def attribute(machine: Machine, value: Value, name: str, origin: Origin) -> Value:
    """Return an attribute of a value."""
    if isinstance(value, Dotted):
        outside = Dotted(f"{value.name}.{name}", origin)
        replaced = restrict(machine.store.get(machine.outside, outside.name), machine.known)
        return outside if replaced is UNBOUND else select(presence(replaced), replaced, outside)
    if isinstance(value, ModuleValue):
        if value.name == GLOBALS:
            return Bound(value, name, origin)
        if name == "__dict__":
            return namespace_of(machine, value, origin)
        return module_attribute(machine, value, name, origin)
    if isinstance(value, Ref):
        content = machine.store.content(value.object)
        if isinstance(content, ClassContent) and name == "__name__":
            return Const(content.name, origin)
        if isinstance(content, InstanceContent) and name == "__class__":  # frameworks do far too much by way of it
            return Unknown("the class of an object is not followed", f"{key_of(machine, value)}.__class__", origin)
        if isinstance(content, (ClassContent, InstanceContent)) and name == "__dict__":
            return namespace_of(machine, value, origin)
        if isinstance(content, (ClassContent, InstanceContent)):
            from djconnfix.settings.classes import class_attribute

            return class_attribute(machine, value, name, origin)
        return Bound(value, name, origin)
    if isinstance(value, Super):
        from djconnfix.settings.classes import super_attribute

        return super_attribute(machine, value, name, origin)
    if isinstance(value, Const) and isinstance(value.value, PurePosixPath):
        if name in _PATH_PROPERTIES:
            return lift(
                machine, (value,), lambda data: getattr(data[0], name), lambda keys: f"{keys[0]}.{name}", origin
            )
        if name == "parents":
            return Bound(value, name, origin)
    if isinstance(value, Const) and not isinstance(value.value, PurePosixPath) and not hasattr(value.value, name):
        machine.raises(TRUE, "AttributeError")
        return Unknown(f"there is no attribute `{name}`", f"no attribute {name}", origin)
    if isinstance(value, Partial) and isinstance(value.function, Dotted) and value.function.name == MEMBER:
        if name in ("name", "value"):
            return value.arguments[0] if name == "value" else value.keywords["name"]
        return Unknown("a member of an enumeration is asked for more than its value", f"member.{name}", origin)
    if isinstance(value, (Const, EnvRead, Partial)):
        return Bound(value, name, origin)
    if isinstance(value, Unknown):
        machine.may_raise("AttributeError")
        return Unknown(value.reason, f"{asked(value.key)}.{name}", origin, among=value.among)
    key = f"{asked(key_of(machine, value))}.{name}"
    return Unknown(f"{code(origin.node)} is known only when the settings run", key, origin)


def namespace_of(machine: Machine, value: Value, origin: Origin) -> Value:
    """Return `vars(value)`, a dictionary of what is there now, and what it cannot show of it."""
    content = machine.store.content(value.object) if isinstance(value, Ref) else None
    if isinstance(content, InstanceContent):
        from djconnfix.settings.instances import namespace

        return namespace(machine, content, origin)
    if isinstance(value, ModuleValue):
        scope, reasons = value.scope, machine.modules.opened.get(value.scope, ())
    elif isinstance(content, ClassContent):
        scope, reasons = content.scope, (content.altered,) if content.altered else ()
    else:
        return Unknown("the attributes of an object are known only at run time", "vars()", origin)
    entries: dict[object, Value] = {}
    for name in machine.store.names[scope]:
        held = restrict(machine.store.get(scope, name), machine.known)
        if held is not UNBOUND:
            entries[name] = slotted(held)
    unseen = tuple(from_outside("*", reason) for reason in reasons)
    return Ref(machine.store.new_object(DictContent(entries, unseen)), origin)


def module_attribute(machine: Machine, module: ModuleValue, name: str, origin: Origin) -> Value:
    """Return what a name of a module of the tree holds, as seen from outside."""
    held = restrict(machine.store.get(module.scope, name), machine.known)
    test = presence(held)
    if not possible(test, False):
        return held
    if name == "__file__":
        return Const(machine.modules.file_of(module.path), origin)
    if name == "__name__":
        return Const(module.name, origin)
    outside: Value | None = machine.modules.submodule(module, name)
    if outside is None:
        opened = machine.modules.opened.get(module.scope, ())
        if opened:
            reason = from_outside(name, opened[-1])
            outside = Unknown(reason, f"{opened[-1]}.{name}", origin)
        else:
            machine.raises(select(test, FALSE, TRUE), "AttributeError")
            outside = Unknown(f"`{name}` is not bound in {module.name}", f"{module.name}.{name}", origin)
    return select(test, held, outside)


def index(machine: Machine, value: Value, key: Value, origin: Origin) -> Value:
    """Return an item of a value."""
    if is_environment(value):
        return environment(machine, key, None, origin)
    if isinstance(value, ModuleValue):
        seen, data = plain(machine, key)
        if seen and isinstance(data, str):
            return module_attribute(machine, value, data, origin)
    if isinstance(value, Bound) and value.name == "parents":
        return lift(
            machine,
            (value.receiver, key),
            lambda data: data[0].parents[data[1]],  # type: ignore[attr-defined]
            lambda keys: f"{keys[0]}.parents[{keys[1]}]",
            origin,
        )
    if isinstance(value, Ref):
        content = machine.store.content(value.object)
        if isinstance(content, DictContent):
            return dict_item(machine, content, key, None, origin)
        if isinstance(content, ListContent):
            return _list_item(machine, content, key, origin, value)
        if isinstance(content, InstanceContent):
            from djconnfix.settings.arguments import Arguments
            from djconnfix.settings.calls import invoke, special

            if method := special(machine, value, "__getitem__", origin):
                call = ast.copy_location(ast.Call(origin.node, [], []), origin.node)
                return invoke(machine, method, Arguments(call, origin, [key]))
    if isinstance(value, (Unknown, Dotted)):
        machine.may_raise("KeyError", "IndexError")
    if isinstance(value, Unknown) and value.among:
        return Unknown(value.reason, f"{value.key}[{key_of(machine, key)}]", origin, among=value.among)
    return lift(
        machine,
        (value, key),
        lambda data: data[0][data[1]],  # type: ignore[index]
        lambda keys: f"{keys[0]}[{keys[1]}]",
        origin,
    )


def dict_item(machine: Machine, content: DictContent, key: Value, default: Value | None, origin: Origin) -> Value:
    """Return an entry of a dictionary; without a default an absent key raises."""
    seen, data = plain(machine, key)
    if not seen and isinstance(key, Dotted):
        seen, data = True, key.name
    if not seen:
        return _any_item(machine, content, key, default, origin)
    try:
        held = restrict(content.entries.get(data, UNBOUND), machine.known)
    except TypeError:
        return Unknown("a key that cannot be one", "unhashable key", origin)
    test = presence(held)
    if not possible(test, False):
        return slot_value(held)
    if content.unseen:
        machine.may_raise("KeyError")
        text = f"{data!r} of a dictionary that cannot be seen"
        if default is None:
            machine.fails(select(test, FALSE, TRUE), f"no key {data!r}")
        missing: Value = Unknown(content.unseen[0], text, origin)
    elif default is not None:
        missing = default
    else:
        machine.dies(select(test, FALSE, TRUE), "KeyError")
        missing = Unknown(f"there is no key {data!r}", f"no key {data!r}", origin)
    if isinstance(held, Unbound):
        return missing
    return select(test, slot_value(held), missing)


def _any_item(machine: Machine, content: DictContent, key: Value, default: Value | None, origin: Origin) -> Value:
    """Return the entry under a key that the environment picks: a choice between all of them."""
    if content.unseen or not content.entries or len(content.entries) > 8:
        machine.may_raise("KeyError")
        text = f"a dictionary[{key_of(machine, key)}]"
        among = changeable(slot_value(slot) for slot in content.entries.values())
        return Unknown(f"the key in {code(origin.node)} is known only when the settings run", text, origin, among=among)
    from djconnfix.settings.operators import compare

    missing = default or Unknown(
        f"{code(origin.node)} may ask for a key that is not there", f"no key {key_of(machine, key)}", origin
    )
    result: Value = missing
    found: Value = FALSE
    for each, slot in reversed(list(content.entries.items())):
        held = restrict(slot, machine.known)
        chosen = machine.truth(compare(machine, ast.Eq(), key, Const(each), origin))
        test = select(chosen, presence(held), FALSE)
        result, found = select(test, slot_value(held), result), select(test, TRUE, found)
    if default is not None:
        return result
    machine.require(found, "KeyError")
    return result


def _list_item(machine: Machine, content: ListContent, key: Value, origin: Origin, value: Value) -> Value:
    seen, data = plain(machine, key)
    certain = not content.unseen and all(not possible(item.present, False) for item in content.items)
    if seen and isinstance(data, int) and certain:
        try:
            return content.items[data].value
        except IndexError:
            machine.dies(TRUE, "IndexError")
            return Unknown("an index out of range", f"index {data}", origin)
    machine.may_raise("IndexError")
    text = f"{key_of(machine, value)[:200]}[{key_of(machine, key)}]"
    among = changeable(item.value for item in content.items)
    return Unknown(f"{code(origin.node)} is an item of a list that cannot be seen", text, origin, among=among)


__all__ = ["GLOBALS", "TRUE", "attribute", "dict_item", "index", "module_attribute"]
