"""From values to definitions: what each alias is on each set of branches.

Only the conditions that occur in an alias are enumerated. Worlds that give the same dictionary, entry for entry and
site for site, are one definition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from djconnfix.settings.choices import agrees, entails, restrict
from djconnfix.settings.conditions import common, describe
from djconnfix.settings.store import Ancestor, DictContent
from djconnfix.settings.values import UNBOUND, Const, EnvRead, Guarded, Ref, Slot, Unbound, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom, CreationSite

MAX_WORLDS = 32
MAX_ALIASES = 300
# Settings on which no advice hangs: their choices do not make definitions of their own.
_IRRELEVANT = frozenset({"HOST", "NAME", "PASSWORD", "PORT", "TEST", "TIME_ZONE", "USER"})
_IRRELEVANT_OPTIONS = frozenset(
    {
        "application_name", "ca", "cert", "charset", "connect_timeout", "keepalives", "keepalives_count",
        "keepalives_idle", "keepalives_interval", "key", "sslcert", "sslcrl", "sslkey", "sslrootcert",
    }
)  # fmt: skip

World = dict["Atom", bool]


class OpenConditionError(Exception):
    """A condition must be decided first."""

    def __init__(self, atom: Atom) -> None:
        super().__init__(atom.key)
        self.atom = atom


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a dictionary in one world: the slot that holds it, its value, and for a dictionary its inside.

    A `joined` entry's value still holds the choices of all worlds. `fallback` is what an environment read gives while
    its variables are unset.
    """

    slot: Slot
    value: Value
    inside: Inside | None = None
    joined: bool = False
    fallback: Value | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """What a dictionary holds in one world."""

    number: int
    entries: Mapping[object, Entry]
    unseen: tuple[str, ...]
    creations: tuple[CreationSite, ...]
    lineage: tuple[Ancestor, ...]


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
    for alias in _aliases(machine, databases):
        result.extend(_of_alias(machine, databases, alias, label))
    return result


def _aliases(machine: Machine, databases: Value) -> list[object]:
    from djconnfix.settings.choices import leaves_of

    found: dict[object, None] = {}
    for leaf in leaves_of(restrict(databases, machine.known)):
        content = machine.dict_of(leaf)
        if content is not None:
            found.update(dict.fromkeys(content.entries))
    if len(found) > MAX_ALIASES:
        machine.note(f"there are {len(found)} aliases: only {MAX_ALIASES} are judged")
    return list(found)[:MAX_ALIASES]


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
        if found.inside is not None and not found.inside.entries and _from_helper(found.inside):
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


def settle(value: Value, known: Mapping[Atom, bool]) -> Value:
    """Return the one value that a choice gives.

    Raises:
        OpenConditionError: a condition is not decided.
    """
    value = restrict(value, known)
    if isinstance(value, Guarded):
        raise OpenConditionError(value.atom)
    return value


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
        inside = _inside(machine, value.object, held, known, 0)
    return _Found(container.object, slot, value, inside)


def _inside(machine: Machine, number: int, content: DictContent, known: World, depth: int) -> Inside:
    entries: dict[object, Entry] = {}
    for key, held in content.entries.items():
        if key in (_IRRELEVANT if depth == 0 else _IRRELEVANT_OPTIONS):
            slot = restrict(held, machine.known)
            if not isinstance(restrict(held, known), Unbound) or isinstance(slot, Guarded):
                entries[key] = Entry(slot if isinstance(slot, Slot) else Slot(slot), slot, joined=True)
            continue
        slot = settle(held, known)
        if isinstance(slot, Unbound):
            continue
        if not isinstance(slot, Slot):
            slot = Slot(slot)
        value = settle(slot.value, known)
        nested = machine.dict_of(value)
        below = None
        if nested is not None and isinstance(value, Ref) and depth < 6:
            below = _inside(machine, value.object, nested, known, depth + 1)
        entries[key] = Entry(slot, value, below, fallback=_fallback(value, known))
    lineage = tuple(each for each in content.lineage if agrees(each.known, known))
    created = [content.created, *(_created(machine, each.number) for each in lineage)]
    return Inside(number, entries, content.unseen, tuple(each for each in created if each is not None), lineage)


def _fallback(value: Value, known: World) -> Value | None:
    """Return what an environment read gives while its variables are unset, None for other values."""
    found: Value | None = None
    while isinstance(value, EnvRead) and value.default is not None:
        found = value = settle(value.default, known)
    return found


def _created(machine: Machine, number: int) -> CreationSite | None:
    content = machine.store.content(number)
    return content.created if isinstance(content, DictContent) else None


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
            if key not in _IRRELEVANT and key not in _IRRELEVANT_OPTIONS
        ),
    )


def _identity(value: Value | None) -> object:
    if isinstance(value, Ref):
        return ("ref", value.object)
    if isinstance(value, Const) and value.origin is None:
        return ("const", repr(value.value))
    return id(value)
