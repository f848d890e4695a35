"""List settings such as `MIDDLEWARE` as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import ListItem, ListSetting
from djconnfix.settings.choices import leaves_of, restrict
from djconnfix.settings.readings import plain
from djconnfix.settings.values import FALSE, Ref, Unbound, Value, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom
    from djconnfix.source import Location


def list_setting(machine: Machine, name: str, held: Sequence[tuple[Mapping[Atom, bool], Value]]) -> ListSetting | None:
    """Return a list setting, joined over the settings classes of a module; None when nobody sets it."""
    items: dict[tuple[str | None, Location], None] = {}
    complete = True
    location: Location | None = None
    for known, value in held:
        for leaf in leaves_of(restrict(value, known)):
            if isinstance(leaf, Unbound):
                continue
            content = machine.list_of(leaf) if isinstance(leaf, Ref) else None
            if content is None:
                complete = False
                location = location or _place(leaf)
                continue
            complete = complete and not content.unseen
            if content.created is not None and location is None:
                origin = content.created.origin
                location = origin.source.node_location(origin.statement)
            location = location or _place(leaf)
            for item in content.items:
                if restrict(item.present, known) is FALSE:
                    continue
                for each in leaves_of(restrict(item.value, known)):
                    where = _place(each) or location
                    if where is not None:
                        seen, data = plain(machine, each)
                        items[data if seen and isinstance(data, str) else None, where] = None
    if location is None:
        return None
    return ListSetting(name, tuple(ListItem(text, where) for text, where in items), complete, location)


def _place(value: Value) -> Location | None:
    origin = origin_of(value)
    return origin.location if origin is not None else None
