"""From the evaluator's values to facts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from djconnfix.facts import MISSING, Database, DatabaseKey, Options, State, Value
from djconnfix.records import replace
from djconnfix.settings.atoms import atom_of
from djconnfix.settings.choices import restrict
from djconnfix.settings.phrases import words_of
from djconnfix.settings.readings import plain
from djconnfix.settings.store import DictContent, slot_value
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import (
    BY_DEFAULT,
    Const,
    Dotted,
    EnvRead,
    Guarded,
    Ref,
    Slot,
    Unbound,
    Unknown,
    origin_of,
)

if TYPE_CHECKING:
    from djconnfix.settings.definitions import Definition
    from djconnfix.settings.insides import Entry, Inside
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom
    from djconnfix.settings.values import Value as Held
    from djconnfix.source import Location

_SECRET = frozenset({"PASSWORD", "USER", "password", "passwd", "user"})
MASK = "***"
_ZERO = {"int": 0, "float": 0.0}


World = Mapping["Atom", bool]


def fact(
    machine: Machine, slot: Slot, held: Held, known: World, key: object = "", *, told: World | None = None
) -> Value:
    """Return one setting as a fact.

    Args:
        machine: holds the objects.
        slot: what holds the setting.
        held: the setting.
        known: what is assumed.
        key: its key; a secret's is masked.
        told: what holds in every case that the fact stands for; None: what is assumed.
    """
    held = restrict(held, known)
    location = _location(slot, held)
    if key in _SECRET and not isinstance(held, Guarded):
        state = State.ENVIRONMENT if isinstance(held, EnvRead) else State.KNOWN
        return Value(state, MASK, location, variable=getattr(held, "variable", ""))
    if slot.by and isinstance(held, Const):
        return Value(State.DEFAULT, held.value, location, source=slot.by)
    return value_of(machine, held, known, location, told)


def value_of(machine: Machine, held: Held, known: World, location: Location | None, told: World | None = None) -> Value:
    """Return a value as a fact; `known` and `told` as for `fact`."""
    held = restrict(held, known)
    if isinstance(held, Const):
        return Value(State.KNOWN, _data(held.value), location)
    if isinstance(held, (EnvRead, Unknown)):
        told = known if told is None else told
        if (truth := _as_condition(held, told)) is not None:
            return Value(State.KNOWN, truth, location)
        for atom, holds in told.items():
            if holds and (atom.subject == held.key or atom.subject == _by_default(held)):
                return Value(State.KNOWN, atom.constant, location)
    if isinstance(held, EnvRead):
        if _is_not_zero(held, known if told is None else told):
            return Value(State.ENVIRONMENT, MISSING, location, variable=held.variable, cast=held.cast)
        return _environment(machine, held, known, location)
    if isinstance(held, Ref):
        seen, data = plain(machine, held)
        if seen:
            return Value(State.KNOWN, data, location)
        return Value(State.UNKNOWN, None, location, "parts of it are known only at run time")
    if isinstance(held, Guarded):
        return Value(State.UNKNOWN, None, location, f"it depends on whether {words_of(held.atom.when)}")
    if isinstance(held, Unknown):
        return Value(State.UNKNOWN, None, location, held.reason)
    if isinstance(held, Dotted):
        return Value(State.UNKNOWN, None, location, f"it is `{held.name}`, which is not in the project")
    return Value(State.UNKNOWN, None, location, "it is no plain value")


def _as_condition(held: EnvRead | Unknown, told: World) -> float | None:
    """Return what a test is where it is the very condition under which it is asked for; None when it is not.

    A number is its own test too: where it is not true, it is 0.
    """
    cast = held.cast if isinstance(held, EnvRead) else ""
    is_test = bool(held.subject) or cast == "bool"
    atom = atom_of(held) if is_test or cast in _ZERO else None
    holds = told.get(atom) if atom is not None else None
    if is_test or holds is None:
        return holds
    return None if holds else _ZERO[cast]


def _is_not_zero(read: EnvRead, told: World) -> bool:
    """Whether a number is read where it is not 0, which its default is."""
    atom = atom_of(read) if read.cast in _ZERO and isinstance(read.default, Const) and not read.default.value else None
    return atom is not None and bool(told.get(atom))


def _by_default(held: EnvRead | Unknown) -> str:
    """Return the subject of a test that holds while the variable is unset."""
    if isinstance(held, EnvRead) and isinstance(held.default, Const):
        return f"{held.key}{BY_DEFAULT}{held.default.value!r}"
    return BY_DEFAULT


def _environment(machine: Machine, read: EnvRead, known: Mapping[Atom, bool], location: Location | None) -> Value:
    default: Held | None = read.default
    while default is not None:
        default = restrict(default, known)
        if not isinstance(default, EnvRead):
            break
        default = default.default
    if default is None:
        return Value(State.ENVIRONMENT, MISSING, location, variable=read.variable, cast=read.cast)
    seen, data = plain(machine, default)
    if not seen:
        reason = default.reason if isinstance(default, Unknown) else "its default is known only at run time"
        return Value(State.UNKNOWN, None, location, reason, variable=read.variable, cast=read.cast)
    return Value(State.ENVIRONMENT, _data(data), location, variable=read.variable, cast=read.cast)


def _data(data: object) -> object:
    return str(data) if isinstance(data, PurePosixPath) else data


def _location(slot: Slot, held: Held) -> Location | None:
    if slot.write is not None:
        return slot.write.origin.location
    origin = origin_of(held)
    return origin.location if origin is not None else None


def _entry(machine: Machine, entry: Entry, known: World, shared: World, name: object) -> Value | None:
    """Return an entry as a fact, None when it is absent."""
    if not entry.joined:
        return fact(machine, entry.slot, entry.value, known, name, told=shared)
    slot = restrict(entry.value, shared)
    if isinstance(slot, Unbound):
        return None
    return fact(machine, slot if isinstance(slot, Slot) else entry.slot, slot_value(slot), shared, name)


def options(machine: Machine, entry: Entry | None, known: World, shared: World) -> Options:
    """Return an `OPTIONS` dictionary as a fact.

    Args:
        machine: holds the objects.
        entry: the alias' entry, None when there is none.
        known: what is assumed.
        shared: what is assumed for entries that are joined over several worlds.
    """
    if entry is None:
        return Options()
    location = _location(entry.slot, entry.value)
    if entry.inside is None:
        complete = isinstance(restrict(entry.value, known), Const)
        return Options({}, complete, location)
    values: dict[str, Value | Options] = {}
    for key, each in entry.inside.entries.items():
        if each.inside is not None:
            values[str(key)] = replace(options(machine, each, known, shared), location=_location(each.slot, each.value))
        elif (value := _entry(machine, each, known, shared, key)) is not None:
            values[str(key)] = value
    return Options(values, not entry.inside.unseen, _created(entry.inside) or location)


def _created(inside: Inside) -> Location | None:
    return inside.creations[0].origin.location if inside.creations else None


def database(machine: Machine, definition: Definition, key: DatabaseKey, extra: tuple[str, ...]) -> Database:
    """Return a definition as a fact; `extra` are conditions from outside it."""
    known = {**machine.known, **definition.world}
    shared = {**machine.known, **definition.common}
    inside = definition.inside
    conditions = (*definition.conditions, *extra)
    fallback = place(machine, definition)
    if inside is None:
        reason = _why(definition.value)
        made_by = "unknown"
        if _is_text(definition.value):
            made_by = "text"
            if definition.slot is not None and definition.slot.write is not None:
                fallback = definition.slot.write.origin.location  # where it is taken for an alias, not where it is read
        return Database(key, conditions, {}, Options({}, complete=False), False, fallback, made_by, (reason,))
    settings: dict[str, Value] = {}
    places: dict[str, Location] = {}
    for name, entry in inside.entries.items():
        if not isinstance(name, str):
            continue
        if entry.slot.write is not None and entry.slot.write.key_node is not None:
            places[name] = entry.slot.write.origin.source.node_location(entry.slot.write.key_node)
        if name != "OPTIONS":
            value = _entry(machine, entry, known, shared, name)
            if value is not None:
                settings[name] = value
    found = inside.entries.get("OPTIONS")
    unseen = [*inside.unseen, *definition.unseen]
    if found is not None:
        unseen += [f"OPTIONS: {reason}" for reason in (found.inside.unseen if found.inside else (_why(found.value),))]
    if found is not None and found.inside is None and isinstance(found.value, Const):
        unseen.pop()
    return Database(
        key=key,
        conditions=conditions,
        settings=settings,
        options=options(machine, found, known, shared),
        complete=not inside.unseen and not definition.unseen,
        location=fallback,
        made_by=_maker(inside),
        unseen=tuple(unseen),
        key_locations=places,
        bounded=bool(definition.unseen),
    )


def _maker(inside: Inside) -> str:
    """Return the helper that made the dictionary (or what it is a copy of), `literal` when none did."""
    for each in inside.creations:
        if each.helper:
            return each.helper
        if each.kind is not CreationKind.COPY:
            break
    return "literal"


def place(machine: Machine, definition: Definition) -> Location:
    """Return where an alias' dictionary is built."""
    if definition.inside is not None and definition.inside.creations:
        return definition.inside.creations[0].origin.location
    origin = origin_of(definition.value)
    if origin is not None:
        return origin.location
    if definition.slot is not None and definition.slot.write is not None:
        return definition.slot.write.origin.location
    content = machine.store.content(definition.container)
    if isinstance(content, DictContent) and content.created is not None:
        return content.created.origin.location
    from djconnfix.source import Location

    return Location(machine.modules.paths[0], 1, 1, 1, 1, 0, 0)


def _is_text(value: Held | None) -> bool:
    """Whether a value is text, or what a variable holds as it is."""
    if isinstance(value, EnvRead):
        unset = value.default
        nothing = unset is None or (isinstance(unset, Const) and unset.value is None)
        return value.plain and not value.cast and (nothing or _is_text(unset))
    return isinstance(value, Const) and isinstance(value.value, str)


def _why(value: Held) -> str:
    if _is_text(value) and isinstance(value, Const):
        return "it is text"
    if isinstance(value, Unknown):
        return value.reason
    if isinstance(value, EnvRead):
        return f"the environment variable {value.variable} holds it"
    if isinstance(value, Dotted):
        return f"it is `{value.name}`, which is not in the project"
    return "it is no dictionary that can be seen"
