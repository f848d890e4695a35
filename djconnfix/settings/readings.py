"""Values read: as plain Python data where they are that through and through, and as normalised text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.choices import restrict
from djconnfix.settings.phrases import without_place
from djconnfix.settings.store import DictContent, ListContent
from djconnfix.settings.values import (
    UNBOUND,
    Bound,
    Const,
    Dotted,
    EnvRead,
    Function,
    Guarded,
    ModuleValue,
    Ref,
    Slot,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.machine import Machine

MAX_PARTS = 400
MAX_DATA = 2_000
MAX_DATA_DEPTH = 50
_CONSTANTS = {
    "dj_database_url.DEFAULT_ENV": "DATABASE_URL",
    "django.db.DEFAULT_DB_ALIAS": "default",
    "django.db.utils.DEFAULT_DB_ALIAS": "default",
}


def plain(machine: Machine, value: Value) -> tuple[bool, object]:
    """Return whether a value is plain Python data through and through (and not too much of it), and that data."""
    return _Plain(machine).read(value, 0)


class _Plain:
    """Reads one value; counts its parts, because what holds itself, or one thing many times, has no end."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._parts = 0

    def read(self, value: Value, depth: int) -> tuple[bool, object]:
        """Return whether a value is plain, and its data."""
        self._parts += 1
        if self._parts > MAX_DATA or depth > MAX_DATA_DEPTH:
            return False, None
        return _plain(self._machine, value, lambda part: self.read(part, depth + 1))


def _plain(machine: Machine, value: Value, read: Callable[[Value], tuple[bool, object]]) -> tuple[bool, object]:
    value = restrict(value, machine.known)
    if isinstance(value, Slot):
        return read(value.value)
    if isinstance(value, Const):
        return True, value.value
    if isinstance(value, Dotted) and value.name in _CONSTANTS:
        return True, _CONSTANTS[value.name]
    if not isinstance(value, Ref):
        return False, None
    content = machine.store.content(value.object)
    if isinstance(content, DictContent) and not content.unseen and len(content.entries) <= MAX_PARTS:
        parts = {key: read(slot) for key, slot in content.entries.items()}
        return all(known for known, _ in parts.values()), {key: part for key, (_, part) in parts.items()}
    if isinstance(content, ListContent) and content.kind == "iterator":
        return False, None
    if isinstance(content, ListContent) and not content.unseen and len(content.items) <= MAX_PARTS:
        items = [read(item.value) for item in content.items]
        certain = all(isinstance(item.present, Const) for item in content.items)
        data = [part for _, part in items]
        whole: object = data
        if content.kind == "tuple":
            whole = tuple(data)
        elif content.kind == "set":
            try:
                whole = set(data)
            except TypeError:
                certain = False
        return certain and all(known for known, _ in items), whole
    return False, None


def key_of(machine: Machine, value: Value, depth: int = 0) -> str:
    """Return normalised text for a value, free of positions."""
    value = restrict(value, machine.known)
    if isinstance(value, Const):
        return repr(value.value)
    if isinstance(value, (EnvRead, Unknown)):
        return value.key
    if isinstance(value, Dotted):
        return value.name.removeprefix("builtins.")
    if isinstance(value, Slot):
        return key_of(machine, value.value, depth)
    if isinstance(value, Guarded):
        then, orelse = key_of(machine, value.then, depth), key_of(machine, value.orelse, depth)
        return f"({then} if {value.atom.key} else {orelse})"
    if isinstance(value, ModuleValue):
        return value.name
    if isinstance(value, Function):
        return getattr(value.node, "name", None) or ast.unparse(value.node)
    if isinstance(value, Bound):
        return f"{key_of(machine, value.receiver, depth)}.{value.name}"
    if value is UNBOUND:
        return "<absent>"
    if isinstance(value, Ref) and depth < 12:
        return _object_key(machine, value, depth + 1)
    return "<object>"


def _object_key(machine: Machine, value: Ref, depth: int) -> str:
    content = machine.store.content(value.object)
    if isinstance(content, DictContent):
        entries = sorted(f"{key!r}: {key_of(machine, slot, depth)}" for key, slot in content.entries.items())
        return "{" + ", ".join([*entries, *(f"?{without_place(reason)}" for reason in content.unseen)]) + "}"
    if isinstance(content, ListContent):
        items = []
        for item in content.items:
            text = key_of(machine, item.value, depth)
            present = restrict(item.present, machine.known)
            items.append(text if isinstance(present, Const) else f"{text} if {key_of(machine, present)}")
        opening, closing = _BRACKETS.get(content.kind, (f"{content.kind}(", ")"))
        inside = ", ".join([*items, *(f"?{without_place(reason)}" for reason in content.unseen)])
        return f"{opening}{inside}{',' if content.kind == 'tuple' and len(items) == 1 else ''}{closing}"
    return "<object>"


_BRACKETS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}")}
