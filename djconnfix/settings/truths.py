"""When values are true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.atoms import atom_of
from djconnfix.settings.choices import guarded, restrict, select
from djconnfix.settings.store import ClassContent, DictContent, InstanceContent
from djconnfix.settings.values import (
    FALSE,
    TRUE,
    Atom,
    Const,
    Dotted,
    EnvRead,
    Guarded,
    Ref,
    Slot,
    Unbound,
    Value,
)

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine

_NEVER = frozenset({"typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"})


def truth(machine: Machine, value: Value) -> Value:
    """Return the tree of conditions under which a value is true."""
    value = restrict(value, machine.known)
    if isinstance(value, Guarded):
        return guarded(value.atom, truth(machine, value.then), truth(machine, value.orelse))
    if isinstance(value, Slot):
        return truth(machine, value.value)
    if isinstance(value, Const):
        return TRUE if value.value else FALSE
    if isinstance(value, Unbound):
        return FALSE
    if isinstance(value, Ref):
        return _object_truth(machine, value)
    if isinstance(value, EnvRead) and value.truth is not None:
        return restrict(value.truth, machine.known)
    if isinstance(value, Dotted) and value.name in _NEVER:
        return FALSE
    atom = atom_of(value)
    if atom is None:
        return TRUE
    return restrict(guarded(atom, TRUE, FALSE), machine.known)


def _object_truth(machine: Machine, value: Ref) -> Value:
    content = machine.store.content(value.object)
    if isinstance(content, ClassContent):
        return TRUE
    if isinstance(content, InstanceContent):
        return _instance_truth(machine, content)
    from djconnfix.settings.store import presence

    if isinstance(content, DictContent):
        held = [presence(slot) for slot in content.entries.values()]
    else:
        held = [item.present for item in content.items]
    result: Value = FALSE
    for present in held:
        result = select(result, TRUE, present)
    if content.unseen:
        key = machine.occurrence("a value that cannot be seen")
        unknown = guarded(Atom(key, "a value out of sight is true", "a value out of sight is false"), TRUE, FALSE)
        result = select(result, TRUE, unknown)
    return restrict(result, machine.known)


def _instance_truth(machine: Machine, content: InstanceContent) -> Value:
    from djconnfix.settings.classes import truth_is_own

    if not truth_is_own(machine, content.cls):
        return TRUE
    key = machine.occurrence("an object that decides its own truth")
    return guarded(Atom(key, "an object is true", "an object is false"), TRUE, FALSE)
