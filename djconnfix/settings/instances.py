"""What objects of the tree hold of their own: names, and once `vars(x)` was taken, the entries of that dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.choices import guarded, possible, restrict, select
from djconnfix.settings.displays import slotted
from djconnfix.settings.store import DictContent, InstanceContent, presence, slot_value
from djconnfix.settings.values import NONE, UNBOUND, Guarded, Ref, Slot, Unbound, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin

_TAKEN = "__dict__"
_HIDDEN = " of an object that may have been changed"


def own(machine: Machine, content: InstanceContent, name: str) -> Value:
    """Return what an object holds of its own under a name, `UNBOUND` where nothing."""
    held = machine.store.get(content.scope, name)
    return restrict(_entry(machine, machine.store.get(content.scope, _TAKEN), name, held), machine.known)


def is_hidden(value: Value) -> bool:
    """Whether a value stands for what an object may hold, or not."""
    return isinstance(value, Unknown) and value.key.endswith(_HIDDEN)


def _entry(machine: Machine, taken: Value, name: str, held: Value) -> Value:
    if isinstance(taken, Guarded):
        then = _entry(machine, taken.then, name, held)
        return guarded(taken.atom, then, _entry(machine, taken.orelse, name, held))
    mapping = machine.dict_of(taken)
    if mapping is None:
        return held
    slot = mapping.entries.get(name, UNBOUND)
    if mapping.unseen and possible(presence(slot), False):
        slot = select(presence(slot), slot, Slot(Unknown(mapping.unseen[0], f"{name}{_HIDDEN}")))
    return slot_value(slot)


def namespace(machine: Machine, content: InstanceContent, origin: Origin) -> Value:
    """Return the dictionary that an object keeps what it holds in: the same one each time."""

    def take(taken: Value) -> Value:
        if not isinstance(taken, Unbound):
            return taken
        entries: dict[object, Value] = {}
        for name in machine.store.names[content.scope]:
            held = restrict(machine.store.get(content.scope, name), machine.known)
            if not isinstance(held, Unbound) and name != _TAKEN:
                entries[name] = slotted(held)
        return Ref(machine.store.new_object(DictContent(entries)), origin)

    taken = machine.each(machine.store.get(content.scope, _TAKEN), take)
    machine.bind(content.scope, _TAKEN, taken)
    return taken


def set_own(machine: Machine, content: InstanceContent, name: str, value: Value) -> None:
    """Give an object something under a name; `UNBOUND` takes it away."""
    machine.bind(content.scope, name, value)

    def write(taken: Value) -> Value:
        if isinstance(taken, Ref) and isinstance(value, Unbound):
            machine.remove(taken.object, name)
        elif isinstance(taken, Ref):
            machine.write(taken.object, name, Slot(value), None)
        return NONE

    machine.each(machine.store.get(content.scope, _TAKEN), write)
