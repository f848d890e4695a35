"""A canonical, position-free form of values, by which proofs tell whether two evaluations differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.choices import restrict
from djconnfix.settings.phrases import without_place
from djconnfix.settings.store import ClassContent, DictContent, ListContent
from djconnfix.settings.values import (
    UNBOUND,
    Bound,
    Const,
    Dotted,
    EnvRead,
    Function,
    Guarded,
    Method,
    ModuleValue,
    Partial,
    Ref,
    Slot,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.settings.definitions import Definition
    from djconnfix.settings.insides import Inside
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom

MAX_DEPTH = 40


_LONG = 2_000
_Seen = dict[object, str]


def canonical(
    machine: Machine, value: Value, known: Mapping[Atom, bool], depth: int = 0, seen: _Seen | None = None
) -> str:
    """Return a value's canonical text; a long text of an object is given by its hash.

    Args:
        machine: holds the objects.
        value: the value.
        known: what is assumed.
        depth: how deep in another value it lies.
        seen: texts of objects that occurred before: one that holds another many times is gone through once.
    """
    seen = {} if seen is None else seen
    value = restrict(value, known)
    if depth > MAX_DEPTH:
        return "..."
    if isinstance(value, Const):
        return f"{type(value.value).__name__}:{value.value!r}"
    if isinstance(value, EnvRead):
        default = "none" if value.default is None else canonical(machine, value.default, known, depth + 1, seen)
        return f"env({value.key}, cast={value.cast}, default={default})"
    if isinstance(value, Unknown):
        return f"unknown({value.key})"
    if isinstance(value, Slot):
        return canonical(machine, value.value, known, depth, seen)
    if isinstance(value, Guarded):
        then = canonical(machine, value.then, {**known, value.atom: True}, depth + 1, seen)
        orelse = canonical(machine, value.orelse, {**known, value.atom: False}, depth + 1, seen)
        return then if then == orelse else f"({then} if {value.atom.key} else {orelse})"
    if value is UNBOUND:
        return "absent"
    if isinstance(value, Dotted):
        return value.name
    if isinstance(value, Bound):
        return f"{canonical(machine, value.receiver, known, depth + 1, seen)}.{value.name}"
    if isinstance(value, Function):
        import ast

        return ast.dump(value.node)
    if isinstance(value, Method):
        return canonical(machine, value.function, known, depth + 1, seen)
    if isinstance(value, ModuleValue):
        return f"module {value.name}"
    if isinstance(value, Partial):
        parts = [
            canonical(machine, each, known, depth + 1, seen) for each in (*value.arguments, *value.keywords.values())
        ]
        return f"partial({canonical(machine, value.function, known, depth + 1, seen)}, {', '.join(parts)})"
    if isinstance(value, Ref):
        return _object(machine, value, known, depth + 1, seen)
    return "?"


def _object(machine: Machine, value: Ref, known: Mapping[Atom, bool], depth: int, seen: _Seen) -> str:
    place = (value.object, frozenset(known.items()))
    if place not in seen:
        seen[place] = "<itself>"
        text = _object_text(machine, value, known, depth, seen)
        seen[place] = text if len(text) <= _LONG else _hash(text)
    return seen[place]


def _hash(text: str) -> str:
    import hashlib

    return f"#{hashlib.sha256(text.encode(errors='replace')).hexdigest()}"


def _object_text(machine: Machine, value: Ref, known: Mapping[Atom, bool], depth: int, seen: _Seen) -> str:
    content = machine.store.content(value.object)
    if isinstance(content, DictContent):
        entries = {key: canonical(machine, held, known, depth, seen) for key, held in content.entries.items()}
        parts = sorted(f"{key!r}: {text}" for key, text in entries.items() if text != "absent")
        return "{" + ", ".join([*parts, *(f"?{without_place(reason)}" for reason in content.unseen)]) + "}"
    if isinstance(content, ListContent):
        parts = []
        for item in content.items:
            present = canonical(machine, item.present, known, depth, seen)
            if present == "bool:False":
                continue
            text = canonical(machine, item.value, known, depth, seen)
            parts.append(text if present == "bool:True" else f"{text} if {present}")
        return (
            f"{content.kind}(" + ", ".join([*parts, *(f"?{without_place(reason)}" for reason in content.unseen)]) + ")"
        )
    if isinstance(content, ClassContent):
        return f"class {content.name}"
    return f"instance {content.cls}"


def _join(path: tuple[str, ...], name: str) -> tuple[str, ...]:
    return (*path, name)


def flatten(machine: Machine, definition: Definition) -> dict[tuple[str, ...], str]:
    """Return every setting of a definition under its path."""
    known = {**machine.known, **definition.world}
    result: dict[tuple[str, ...], str] = {(): "dict"}
    if definition.inside is None:
        return {(): canonical(machine, definition.value, known)}
    _flatten(machine, definition, definition.inside, (), result)
    return result


def _flatten(
    machine: Machine,
    definition: Definition,
    inside: Inside,
    path: tuple[str, ...],
    result: dict[tuple[str, ...], str],
) -> None:
    for reason in inside.unseen:
        result[_join(path, "?")] = without_place(reason)
    for key, entry in inside.entries.items():
        name = key if isinstance(key, str) else repr(key)
        if entry.inside is not None:
            result[_join(path, name)] = "dict"
            _flatten(machine, definition, entry.inside, _join(path, name), result)
        else:
            world = definition.common if entry.joined else definition.world
            text = canonical(machine, entry.value, {**machine.known, **world})
            if text != "absent":
                result[_join(path, name)] = text
