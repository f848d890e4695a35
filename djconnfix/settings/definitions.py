"""From values to definitions: what each alias is on each set of branches.

Only the conditions that occur in an alias are enumerated. Worlds that give the same dictionary, entry for entry and
site for site, are one definition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field
from djconnfix.settings.choices import agrees, entails, restrict
from djconnfix.settings.conditions import common, describe
from djconnfix.settings.insides import (
    IRRELEVANT,
    IRRELEVANT_OPTIONS,
    Inside,
    OpenConditionError,
    World,
    inside_of,
    settle,
)
from djconnfix.settings.values import UNBOUND, Const, Ref, Slot, Unbound, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom

_OF_NO_DATABASE = frozenset({"CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS"})
MAX_WORLDS = 32
MAX_ALIASES = 10_000
MAX_ENTRIES = 60_000  # of all definitions, in every world
SURELY = 300  # aliases that are judged however many entries they have


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One definition of one alias.

    Attributes:
        alias: its key in `DATABASES`.
        container: the dictionary that is `DATABASES`.
        value: what stands under the alias.
        inside: what that holds, None when it is no dictionary that can be seen.
        worlds: the sets of conditions under which it holds.
        common: what they have in common.
        conditions: all of them, in words.
        absent: the worlds in which the alias is not there.
        label: the settings class, empty for the module itself.
        slot: the entry of `DATABASES`.
        unseen: why it may hold under other conditions as well, or be something else under some.
    """

    alias: str
    container: int
    value: Value
    inside: Inside | None
    worlds: tuple[World, ...]
    common: World
    conditions: tuple[str, ...]
    absent: tuple[World, ...]
    label: str = ""
    slot: Slot | None = None
    unseen: tuple[str, ...] = ()

    @property
    def world(self) -> World:
        """One set of conditions under which it holds."""
        return self.worlds[0]

    def always(self, known: Mapping[Atom, bool]) -> bool:
        """Whether some conditions hold wherever this definition does."""
        return all(entails(world, known) for world in self.worlds)

    def beside(self, other: Definition) -> bool:
        """Whether this definition and that of another alias (or settings class) can hold at the same time."""
        return self.label != other.label or any(other.allows(world) for world in self.worlds)

    def allows(self, known: Mapping[Atom, bool]) -> bool:
        """Whether something that happened under some conditions can have happened to this definition."""
        return any(agrees(known, world) for world in self.worlds)


@dataclass(slots=True)
class _Group:
    found: _Found
    worlds: list[World] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    container: int
    slot: Slot
    value: Value
    inside: Inside | None


def definitions(machine: Machine, databases: Value, label: str = "") -> list[Definition]:
    """Return every definition of every alias of a `DATABASES` value."""
    result: list[Definition] = []
    aliases = _aliases(machine, databases)
    entries = 0
    for number, alias in enumerate(aliases):
        if number == MAX_ALIASES or (number >= SURELY and entries > MAX_ENTRIES):
            machine.note(f"there are {len(aliases)} aliases: only {number} are judged")
            break
        for definition in _of_alias(machine, databases, alias, label):
            result.append(definition)
            entries += len(definition.worlds) * _size(definition.inside)
    return result


def _size(inside: Inside | None) -> int:
    if inside is None:
        return 1
    return 1 + sum(1 if entry.inside is None else _size(entry.inside) for entry in inside.entries.values())


def _aliases(machine: Machine, databases: Value) -> list[object]:
    from djconnfix.settings.choices import leaves_of

    found: dict[object, None] = {}
    for leaf in leaves_of(restrict(databases, machine.known)):
        content = machine.dict_of(leaf)
        if content is not None:
            found.update(dict.fromkeys(content.entries))
    return list(found)


def _of_alias(machine: Machine, databases: Value, alias: object, label: str) -> Iterator[Definition]:
    groups: dict[object, _Group] = {}
    live: list[World] = []
    absent: list[World] = []
    unseen: tuple[str, ...] = ()
    for world, found in worlds(machine, lambda known: _find(machine, databases, alias, known)):
        if len(live) == MAX_WORLDS:
            unseen = (f"it depends on more than {MAX_WORLDS} combinations of conditions",)
            machine.note(
                f"alias {alias!r} depends on more than {MAX_WORLDS} combinations of conditions: not all judged"
            )
            break
        live.append(world)
        if found is None:
            absent.append(world)
            continue
        signature = _signature(found)
        groups.setdefault(signature, _Group(found)).worlds.append(world)
    for group in groups.values():
        found = group.found
        if found.inside is not None and found.inside.entries.keys() <= _OF_NO_DATABASE and _from_helper(found.inside):
            continue  # `config()` without a variable gives an empty dictionary: nothing to judge
        conditions = describe(group.worlds, live)
        prefix = (f"class {label}",) if label else ()
        yield Definition(
            str(alias),
            found.container,
            found.value,
            found.inside,
            tuple(group.worlds),
            common(group.worlds),
            (*prefix, *conditions),
            tuple(absent),
            label,
            found.slot,
            unseen,
        )


def _from_helper(inside: Inside) -> bool:
    return bool(not inside.unseen and inside.creations and inside.creations[0].helper)


def worlds(machine: Machine, build: Callable[[World], _Found | None]) -> Iterator[tuple[World, _Found | None]]:
    """Yield each combination of the conditions that a result depends on, with the result."""
    pending: list[World] = [dict(machine.known)]
    while pending:
        known = pending.pop()
        if any(entails(known, dead) for dead in machine.account.dead):
            continue
        try:
            found = build(known)
        except OpenConditionError as error:
            pending.append({**known, error.atom: False})
            pending.append({**known, error.atom: True})
            continue
        yield known, found


def _find(machine: Machine, databases: Value, alias: object, known: World) -> _Found | None:
    container = settle(databases, known)
    content = machine.dict_of(container)
    if content is None or not isinstance(container, Ref):
        return None
    slot = settle(content.entries.get(alias, UNBOUND), known)
    if isinstance(slot, Unbound):
        return None
    if not isinstance(slot, Slot):
        slot = Slot(slot)
    value = settle(slot.value, known)
    inside = None
    held = machine.dict_of(value)
    if held is not None and isinstance(value, Ref):
        inside = inside_of(machine, value.object, held, known, 0)
    return _Found(container.object, slot, value, inside)


def _signature(found: _Found) -> object:
    return (_identity(found.value), _inside_signature(found.inside))


def _inside_signature(inside: Inside | None) -> object:
    if inside is None:
        return None
    return (
        inside.number,
        tuple(
            (
                repr(key),
                id(entry.slot.write),
                _identity(entry.value),
                _identity(entry.fallback),
                _inside_signature(entry.inside),
            )
            for key, entry in inside.entries.items()
            if key not in IRRELEVANT and key not in IRRELEVANT_OPTIONS
        ),
    )


def _identity(value: Value | None) -> object:
    if isinstance(value, Ref):
        return ("ref", value.object)
    if isinstance(value, Const) and value.origin is None:
        return ("const", repr(value.value))
    return id(value)
