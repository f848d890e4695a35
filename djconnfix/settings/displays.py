"""Filling dictionaries, and going through what can be iterated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.choices import guarded, possible, restrict, select
from djconnfix.settings.phrases import code
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import Item, presence
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
    UNBOUND,
    Const,
    Dotted,
    EnvRead,
    Guarded,
    Ref,
    Slot,
    Unbound,
    Unknown,
    Value,
    WriteSite,
    origin_of,
)

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine

MAX_ITEMS = 2_000


def may_be_unbound(value: Value) -> bool:
    """Whether nothing is there under some conditions."""
    if isinstance(value, Guarded):
        return may_be_unbound(value.then) or may_be_unbound(value.orelse)
    return isinstance(value, Unbound)


def filled(value: Value, other: Value) -> Value:
    """Return a value, and another where that is not bound."""
    if isinstance(value, Unbound):
        return other
    if isinstance(value, Guarded):
        then = filled(value.then, restrict(other, {value.atom: True}))
        return guarded(value.atom, then, filled(value.orelse, restrict(other, {value.atom: False})))
    return value


def write_entry(machine: Machine, target: Ref, key: Value, value: Value, site: WriteSite | None) -> None:
    """Write an entry whose key may depend on conditions or be out of sight."""

    def write(each: Value) -> Value:
        seen, data = plain(machine, each)
        if not seen and isinstance(each, Dotted):
            seen, data = True, each.name
        try:
            hash(data)
        except TypeError:
            machine.raises(TRUE, "TypeError")
            seen = False
        if seen:
            machine.write(target.object, data, Slot(value, site), site)
        else:
            content = machine.dict_of(target)
            if content is not None:
                machine.store.put(
                    target.object,
                    content.open(
                        machine.placed("entries are added under keys that are known only when the settings run")
                    ),
                )
        return NONE

    machine.each(key, write)


def slotted(value: Value, site: WriteSite | None = None) -> Value:
    """Return a value as an entry: absent where the value is."""
    if isinstance(value, Guarded):
        return guarded(value.atom, slotted(value.then, site), slotted(value.orelse, site))
    return value if isinstance(value, (Slot, Unbound)) else Slot(value, site)


def write_over(machine: Machine, target: Ref, key: object, slot: Value, inherited: int = 0) -> None:
    """Write an entry over what is there already, which stays where the new one is absent."""
    content = machine.dict_of(target)
    before = UNBOUND if content is None else restrict(content.entries.get(key, UNBOUND), machine.known)
    kept = restrict(slot, machine.known)
    kept = select(presence(kept), kept, before) if may_be_unbound(kept) else kept
    machine.write(target.object, key, kept, _site_of(slot), inherited)


def merge_into(machine: Machine, target: Ref, value: Value, reason: str) -> None:
    """Pour the entries of one dictionary over another, each with the syntax that wrote it."""

    def pour(each: Value) -> Value:
        content, whole = machine.dict_of(each), machine.dict_of(target)
        if whole is None:
            return NONE
        if content is None:
            clause = each.reason if isinstance(each, Unknown) else reason
            if isinstance(each, EnvRead):
                clause = f"the environment variable {each.variable} holds it"
            clause = machine.placed(clause)
            machine.store.put(target.object, whole.open(clause))
            for key in whole.entries:
                hidden = Unknown(clause, f"{key!r} after {key_of(machine, each)}")
                machine.write(target.object, key, Slot(hidden), None)
            return NONE
        for key in whole.entries if content.unseen else ():
            if possible(presence(content.entries.get(key, UNBOUND)), False):  # more may be in it: this key, too
                hidden = Unknown(content.unseen[0], f"{key!r} unless {key_of(machine, each)} has it")
                machine.write(target.object, key, Slot(hidden), None)
        for key, slot in content.entries.items():
            write_over(machine, target, key, slot, each.object if isinstance(each, Ref) else 0)
        after = machine.dict_of(target)
        if after is not None and isinstance(each, Ref):
            after = after.descending(machine.ancestry(each.object))
            machine.moment += len(after.lineage)  # each merge of a merge has more to look at
            machine.step()
            machine.store.put(target.object, after.open(content.unseen[0]) if content.unseen else after)
        return NONE

    machine.each(value, pour)


def _site_of(slot: Value) -> WriteSite | None:
    return slot.write if isinstance(slot, Slot) else None


def _only_at_run_time(value: Value) -> str:
    origin = origin_of(value)
    named = code(origin.node) if origin is not None else "what is gone through"
    return f"{named} is known only when the settings run"


def items_of(machine: Machine, value: Value, test: Value = TRUE) -> tuple[list[Item], tuple[str, ...]]:
    """Return what iterating over a value gives, and why it may give something else."""
    value = restrict(value, machine.known)
    if isinstance(value, Guarded):
        on, off = guarded(value.atom, TRUE, FALSE), guarded(value.atom, FALSE, TRUE)
        items, unseen = items_of(machine, value.then, select(test, on, FALSE))
        more, other = items_of(machine, value.orelse, select(test, off, FALSE))
        return [*items, *more], (*unseen, *other)
    content = machine.list_of(value)
    if content is not None and len(content.items) > MAX_ITEMS:
        return [], (f"it has more than {MAX_ITEMS} items",)
    if content is not None and content.kind == "iterator" and isinstance(value, Ref):
        machine.store.put(value.object, content.with_items(()))
    if content is not None:
        return [Item(each.value, select(test, each.present, FALSE)) for each in content.items], content.unseen
    mapping = machine.dict_of(value)
    if mapping is not None:
        items = [
            Item(Const(key), select(test, restrict(presence(slot), machine.known), FALSE))
            for key, slot in mapping.entries.items()
        ]
        return [item for item in items if item.present is not FALSE], mapping.unseen
    if isinstance(value, Const) and isinstance(value.value, (str, tuple, frozenset)) and len(value.value) < 200:
        return [Item(Const(each, value.origin), test) for each in value.value], ()
    if isinstance(value, Unknown):
        return [], (value.reason,)
    return [], (_only_at_run_time(value),)
