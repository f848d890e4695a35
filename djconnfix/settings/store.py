"""The evaluator's state: what names and objects hold, with branches run on logs that are joined afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from djconnfix.records import dataclass, field
from djconnfix.settings.choices import select
from djconnfix.settings.values import FALSE, TRUE, UNBOUND, CreationSite, Ref, Slot, Unbound, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from djconnfix.settings.values import Atom
    from djconnfix.source import SourceFile


@dataclass(frozen=True, slots=True, eq=False)
class Ancestor:
    """A dictionary whose entries went into another.

    Attributes:
        number: the dictionary.
        until: the moment up to which what was written into it counts.
        known: what was assumed then.
    """

    number: int
    until: int
    known: Mapping[Atom, bool]


@dataclass(frozen=True, slots=True, eq=False)
class DictContent:
    """A dictionary: each entry is a `Slot`, a choice between slots, or absent on some branches.

    Attributes:
        entries: by key, in order of insertion.
        unseen: why entries may exist that cannot be seen.
        created: the expression that made it.
        lineage: the dictionaries it was copied or merged from.
    """

    entries: Mapping[object, Value] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    created: CreationSite | None = None
    lineage: tuple[Ancestor, ...] = ()

    def with_entry(self, key: object, value: Value) -> DictContent:
        """Return the dictionary with one entry set."""
        entries = {**self.entries, key: value}
        return DictContent(entries, self.unseen, self.created, self.lineage)

    def with_entries(self, more: Mapping[object, Value]) -> DictContent:
        """Return the dictionary with some entries set."""
        return DictContent({**self.entries, **more}, self.unseen, self.created, self.lineage)

    def without(self, key: object) -> DictContent:
        """Return the dictionary without one entry."""
        entries = {each: value for each, value in self.entries.items() if each != key}
        return DictContent(entries, self.unseen, self.created, self.lineage)

    def descending(self, ancestors: tuple[Ancestor, ...]) -> DictContent:
        """Return the dictionary with more ancestors."""
        return DictContent(self.entries, self.unseen, self.created, (*self.lineage, *ancestors))

    def open(self, reason: str) -> DictContent:
        """Return the dictionary with a reason why more may be in it."""
        unseen = self.unseen if reason in self.unseen else (*self.unseen, reason)
        return DictContent(self.entries, unseen, self.created, self.lineage)


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An item of a list: its value, and the tree of conditions under which it is there."""

    value: Value
    present: Value = TRUE


@dataclass(frozen=True, slots=True, eq=False)
class ListContent:
    """A list, tuple or set. `unseen`: why it may hold more, less, or in another order."""

    items: tuple[Item, ...] = ()
    kind: str = "list"
    unseen: tuple[str, ...] = ()
    created: CreationSite | None = None

    def with_items(self, items: tuple[Item, ...]) -> ListContent:
        """Return the list with other items."""
        return ListContent(items, self.kind, self.unseen, self.created)

    def open(self, reason: str) -> ListContent:
        """Return the list with a reason why it may be another."""
        unseen = self.unseen if reason in self.unseen else (*self.unseen, reason)
        return ListContent(self.items, self.kind, unseen, self.created)


@dataclass(frozen=True, slots=True, eq=False)
class ClassContent:
    """A class of the tree. `altered`: why its attributes may be others than those in its body."""

    name: str
    scope: int
    bases: tuple[Value, ...]
    node: ast.ClassDef
    source: SourceFile
    altered: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class InstanceContent:
    """An instance of a class of the tree; its own attributes are names of `scope`."""

    cls: int
    scope: int


Content: TypeAlias = DictContent | ListContent | ClassContent | InstanceContent
Cell: TypeAlias = int | tuple[int, str]
Held: TypeAlias = Value | Content


class Store:
    """What every name (scope and name) and every object (number) holds."""

    def __init__(self) -> None:
        self._cells: dict[Cell, Held] = {}
        self._log: dict[Cell, Held | None] | None = None
        self._outer: list[dict[Cell, Held | None] | None] = []
        self._next = 1
        self.names: dict[int, dict[str, None]] = {}

    def new_scope(self) -> int:
        """Return the number of a new scope."""
        self._next += 1
        self.names[self._next] = {}
        return self._next

    def new_object(self, content: Content) -> int:
        """Put an object into the heap."""
        self._next += 1
        self._set(self._next, content)
        return self._next

    def get(self, scope: int, name: str) -> Value:
        """Return what a name holds, `UNBOUND` when nothing."""
        return cast("Value", self._cells.get((scope, name), UNBOUND))

    def bind(self, scope: int, name: str, value: Value) -> None:
        """Make a name hold a value."""
        self.names[scope][name] = None
        self._set((scope, name), value)

    def content(self, number: int) -> Content:
        """Return an object's content."""
        return cast("Content", self._cells[number])

    def holds(self, number: int) -> bool:
        """Whether an object is in the heap."""
        return number in self._cells

    def keep(self, changes: Mapping[Cell, Held]) -> None:
        """Put the objects back that were made in a log, so that what refers to them can still be read."""
        for cell, held in changes.items():
            if isinstance(cell, int):
                self._cells.setdefault(cell, held)

    def put(self, number: int, content: Content) -> None:
        """Replace an object's content."""
        self._set(number, content)

    def _set(self, cell: Cell, held: Held) -> None:
        if self._log is not None and cell not in self._log:
            self._log[cell] = self._cells.get(cell)
        self._cells[cell] = held

    def begin(self) -> dict[Cell, Held | None] | None:
        """Start a log of changes; returns the outer one, for `rewind`."""
        self._outer.append(self._log)
        outer, self._log = self._log, {}
        return outer

    def rewind(self, outer: dict[Cell, Held | None] | None) -> dict[Cell, Held]:
        """End the log, undo its changes and return them."""
        self._outer.pop()
        log, self._log = self._log or {}, outer
        changes = {cell: self._cells[cell] for cell in log}
        for cell, before in log.items():
            if before is None:
                del self._cells[cell]
            else:
                self._cells[cell] = before
        return changes

    @property
    def depth(self) -> int:
        """How many logs are open."""
        return len(self._outer)

    def changed(self, depth: int) -> dict[Cell, Held]:
        """Return what was changed since the log of a depth was begun, as it is now."""
        logs = (*self._outer[depth:], self._log)
        return {cell: self._cells[cell] for log in logs for cell in log or () if cell in self._cells}

    def forget_branches(self) -> None:
        """Drop every open log, keeping the state as it is."""
        self._log = None
        self._outer.clear()

    def replay(self, changes: Mapping[Cell, Held]) -> None:
        """Make changes that a log recorded."""
        for cell, held in changes.items():
            self._set(cell, held)

    def touched_by(self, changes: Mapping[Cell, Held]) -> bool:
        """Whether undone changes were to something that was there before them."""
        return any(cell in self._cells for cell in changes)

    def join(self, test: Value, then: Mapping[Cell, Held], orelse: Mapping[Cell, Held]) -> None:
        """Make the changes of two branches, each where the tree of conditions says so."""
        for cell in {**then, **orelse}:
            before = self._cells.get(cell)
            on, off = then.get(cell, before), orelse.get(cell, before)
            if isinstance(cell, tuple):
                joined: Held = select(test, _as_value(on), _as_value(off))
            elif on is None or off is None:  # made on one branch: only that branch knows its number
                joined = cast("Held", on or off)
            else:
                joined = _join_contents(test, cast("Content", on), cast("Content", off))
            self._set(cell, joined)


def _as_value(held: Held | None) -> Value:
    return UNBOUND if held is None else cast("Value", held)


def _join_contents(test: Value, on: Content, off: Content) -> Content:
    if on is off:
        return on
    if isinstance(on, DictContent) and isinstance(off, DictContent):
        unseen = tuple(dict.fromkeys((*on.unseen, *off.unseen)))
        entries = {
            key: select(test, on.entries.get(key, UNBOUND), off.entries.get(key, UNBOUND))
            for key in {**off.entries, **on.entries}
        }
        lineage = tuple({id(each): each for each in (*on.lineage, *off.lineage)}.values())
        return DictContent(entries, unseen, on.created, lineage)
    if isinstance(on, ListContent) and isinstance(off, ListContent):
        unseen = tuple(dict.fromkeys((*on.unseen, *off.unseen)))
        return ListContent(_join_items(test, on.items, off.items), on.kind, unseen, on.created)
    return on


def _join_items(test: Value, on: tuple[Item, ...], off: tuple[Item, ...]) -> tuple[Item, ...]:
    head = 0
    while head < min(len(on), len(off)) and on[head] is off[head]:
        head += 1
    tail = 0
    while tail < min(len(on), len(off)) - head and on[-1 - tail] is off[-1 - tail]:
        tail += 1
    return (
        *on[:head],
        *(Item(item.value, select(test, item.present, FALSE)) for item in on[head : len(on) - tail]),
        *(Item(item.value, select(test, FALSE, item.present)) for item in off[head : len(off) - tail]),
        *on[len(on) - tail :],
    )


def slot_value(slot: Value) -> Value:
    """Return the value of an entry, whatever it depends on."""
    if isinstance(slot, Slot):
        return slot.value
    from djconnfix.settings.choices import guarded
    from djconnfix.settings.values import Guarded

    if isinstance(slot, Guarded):
        return guarded(slot.atom, slot_value(slot.then), slot_value(slot.orelse))
    return slot


def presence(slot: Value) -> Value:
    """Return the tree of conditions under which an entry is there."""
    from djconnfix.settings.choices import guarded
    from djconnfix.settings.values import Guarded

    if isinstance(slot, Guarded):
        return guarded(slot.atom, presence(slot.then), presence(slot.orelse))
    return FALSE if isinstance(slot, Unbound) else TRUE


__all__ = [
    "Cell", "ClassContent", "Content", "DictContent", "Held", "InstanceContent", "Item", "ListContent", "Ref", "Slot",
    "Store", "presence", "slot_value",
]  # fmt: skip
