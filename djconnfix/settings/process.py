"""The environment of the process: what settings read of it, and what they write into it before they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.atoms import set_atom
from djconnfix.settings.choices import guarded, negate, possible, restrict
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import presence, slot_value
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
    UNBOUND,
    Const,
    Dotted,
    EnvRead,
    Guarded,
    Unbound,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin

NAMES = frozenset({"os.environ", "os.environb"})


def is_environment(value: Value) -> bool:
    """Whether a value is the process's environment."""
    return isinstance(value, Dotted) and value.name in NAMES


def environment(machine: Machine, key: Value, default: Value | None, origin: Origin) -> Value:
    """Return the read of an environment variable; without a default it raises `KeyError` while unset."""
    seen, name = plain(machine, key)
    if not seen or not isinstance(name, str):
        text = f"os.environ[{key_of(machine, key)}]"
        return Unknown("the name of an environment variable is known only at run time", text, origin)
    held = restrict(machine.store.get(machine.process, name), machine.known)
    truth: Value | None = None
    if held is not UNBOUND:
        if default is None and possible(there := is_set(machine, name), False):
            machine.raises(negate(there), "KeyError")
        default = _unset(restrict(held, {set_atom(name): False}), default)
        truth = held.truth if isinstance(held, EnvRead) else None
    if default is None:
        machine.raises(guarded(set_atom(name), FALSE, TRUE), "KeyError")
        return EnvRead(name, None, "", name, origin, plain=True)
    return EnvRead(name, default, "", name, origin, plain=True, truth=truth)


def set_before(machine: Machine, name: str, value: Value | None) -> Unknown:
    """Return what stands for a variable that the settings set to a text, which is still to be cast."""
    text = f"{name} set before: {key_of(machine, value) if value is not None else ''}"
    return Unknown("the variable was set before, as a text that is still to be cast", text)


def _unset(held: Value, default: Value | None) -> Value | None:
    """Return what a read gives while the environment that the process was started with has no such variable."""
    if isinstance(held, Guarded):
        then, orelse = _unset(held.then, default), _unset(held.orelse, default)
        missing = Unknown("the variable is not set there", f"unset {held.atom.key}")
        return guarded(held.atom, then or missing, orelse or missing)
    return held.default if isinstance(held, EnvRead) else default


def is_set(machine: Machine, name: str) -> Value:
    """Return the tree of conditions under which a variable is in the environment."""

    def where(held: Value) -> Value:
        if isinstance(held, Guarded):
            return guarded(held.atom, where(held.then), where(held.orelse))
        if isinstance(held, EnvRead):
            return TRUE
        return guarded(set_atom(name), TRUE, FALSE) if isinstance(held, Unbound) else FALSE

    return restrict(where(restrict(machine.store.get(machine.process, name), machine.known)), machine.known)


def set_variable(machine: Machine, key: Value, value: Value, origin: Origin, *, keep: bool = False) -> None:
    """Set a variable; with `keep`, only where it is not set. One whose name cannot be seen is any other's business."""
    seen, name = plain(machine, key)
    if not seen or not isinstance(name, str):
        return
    truth = None if keep else machine.truth(value)
    new = EnvRead(name, value, "", name, origin, plain=True, truth=truth)
    held = restrict(machine.store.get(machine.process, name), machine.known) if keep else UNBOUND
    machine.store.bind(machine.process, name, _filled(held, new))


def _filled(held: Value, new: EnvRead) -> Value:
    if isinstance(held, Guarded):
        return guarded(held.atom, _filled(held.then, new), _filled(held.orelse, new))
    return held if isinstance(held, EnvRead) else new


def unset_variable(machine: Machine, key: Value) -> None:
    """Take a variable out of the environment."""
    seen, name = plain(machine, key)
    if seen and isinstance(name, str):
        machine.store.bind(machine.process, name, NONE)


def pour_variables(machine: Machine, value: Value, origin: Origin) -> None:
    """Set the variables that a dictionary names. What cannot be seen of it is as if it had been set outside."""

    def pour(each: Value) -> Value:
        content = machine.dict_of(each)
        for name, slot in content.entries.items() if content is not None else ():
            held = restrict(slot, machine.known)
            if not possible(presence(held), False):
                set_variable(machine, Const(name), slot_value(held), origin)
        return NONE

    machine.each(value, pour)
