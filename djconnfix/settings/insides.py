"""What a dictionary holds in one world: one value for each entry, settled by the conditions that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass
from djconnfix.settings.choices import agrees, restrict
from djconnfix.settings.store import Ancestor, DictContent
from djconnfix.settings.values import EnvRead, Guarded, Ref, Slot, Unbound, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom, CreationSite

# Settings on which no advice hangs: their choices do not make definitions of their own.
IRRELEVANT = frozenset({"HOST", "NAME", "PASSWORD", "PORT", "TEST", "TIME_ZONE", "USER"})
IRRELEVANT_OPTIONS = frozenset(
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


def settle(value: Value, known: Mapping[Atom, bool]) -> Value:
    """Return the one value that a choice gives.

    Raises:
        OpenConditionError: a condition is not decided.
    """
    value = restrict(value, known)
    if isinstance(value, Guarded):
        raise OpenConditionError(value.atom)
    return value


def inside_of(machine: Machine, number: int, content: DictContent, known: World, depth: int = 0) -> Inside:
    """Return what a dictionary holds in one world.

    Raises:
        OpenConditionError: a condition that matters is not decided.
    """
    entries: dict[object, Entry] = {}
    for key, held in content.entries.items():
        if key in (IRRELEVANT if depth == 0 else IRRELEVANT_OPTIONS):
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
            below = inside_of(machine, value.object, nested, known, depth + 1)
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
