"""From events to traces: which sites made and wrote each definition, and which definitions share them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from djconnfix.settings.anchors import History, Place, find_places, reached
from djconnfix.settings.choices import restrict
from djconnfix.settings.store import DictContent
from djconnfix.settings.trace import Anchor, Creation, Site, Trace, Write, WriteKind
from djconnfix.settings.values import Slot, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from djconnfix.facts import DatabaseKey
    from djconnfix.settings.account import Event
    from djconnfix.settings.definitions import Definition
    from djconnfix.settings.insides import Entry, Inside
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import CreationSite, WriteSite

SiteId = tuple[str, int]


class Traces:
    """The traces of all definitions of an evaluation, made when first asked for."""

    def __init__(self, machine: Machine, definitions: Mapping[DatabaseKey, Definition]) -> None:
        self._machine = machine
        self._definitions = definitions
        self._history = History(machine)
        self._writes = {key: list(self._written(each)) for key, each in definitions.items()}
        self._traces: dict[DatabaseKey, Trace] = {}
        self._sharers: dict[object, set[DatabaseKey]] = {}
        for key, definition in definitions.items():
            for site in self._sites(key, definition):
                self._sharers.setdefault(site, set()).add(key)

    def of(self, key: DatabaseKey) -> Trace:
        """Return one definition's trace.

        Raises:
            KeyError: there is no such definition.
        """
        if key not in self._traces:
            self._traces[key] = self._trace(key, self._definitions[key])
        return self._traces[key]

    def _trace(self, key: DatabaseKey, definition: Definition) -> Trace:
        inside = definition.inside
        entry = inside.entries.get("OPTIONS") if inside is not None else None
        return Trace(
            key,
            self._creations(inside),
            tuple(self._write(path, event, definition) for path, event in self._writes[key]),
            cache(lambda: tuple(self._anchors(key))),
            self._creations(entry.inside if entry is not None else None),
        )

    def _find_places(self, definition: Definition) -> Iterator[Place]:
        siblings = [
            each
            for each in self._definitions.values()
            if each.alias == definition.alias and each.label == definition.label
        ]
        for place in find_places(self._history, definition, siblings):
            if definition.always(place.known):
                yield place

    def _sites(self, key: DatabaseKey, definition: Definition) -> Iterator[object]:
        for _, event in self._writes[key]:
            assert event.site is not None
            yield _site_id(event.site)
        for inside in _insides(definition):
            for created in inside.creations:
                yield _creation_id(created)

    def _written(self, definition: Definition) -> Iterator[tuple[tuple[str, ...], Event]]:
        if definition.inside is None:
            return
        found: dict[tuple[tuple[str, ...], SiteId], Event] = {}
        for path, inside in _nested(definition.inside, ()):
            origins = [(each.number, each.until) for each in inside.lineage]
            for number, until in ((inside.number, None), *origins):
                for event in self._history.of(number, definition.label):
                    if event.site is None or event.scope or not isinstance(event.key, str):
                        continue
                    if (until is None or event.moment <= until) and definition.allows(event.known):
                        found[(*path, event.key), _site_id(event.site)] = event
        for (path, _), event in sorted(found.items(), key=lambda each: each[1].moment):
            yield path, event

    def _write(self, path: tuple[str, ...], event: Event, definition: Definition) -> Write:
        site = event.site
        assert site is not None
        entry = _entry(definition.inside, path)
        effective = entry is not None and entry.slot.write is not None and _site_id(entry.slot.write) == _site_id(site)
        value = event.value
        if isinstance(value, Slot):
            value = restrict(value.value, definition.world)
        origin = origin_of(value)
        decided_by = None
        if origin is not None and origin.node is not site.origin.node:
            decided_by = Site(origin.source, origin.statement, origin.node)
        return Write(
            path, site.kind, site.origin.source, site.origin.statement, site.origin.node, site.container, effective,
            self._shared(_site_id(site)), decided_by,
        )  # fmt: skip

    def _creations(self, inside: Inside | None) -> tuple[Creation, ...]:
        if inside is None:
            return ()
        return tuple(
            Creation(
                each.kind, each.origin.source, each.origin.statement, each.origin.node,
                self._shared(_creation_id(each)), each.helper,
            )
            for each in inside.creations
        )  # fmt: skip

    def _anchors(self, key: DatabaseKey) -> Iterator[Anchor]:
        for place in self._find_places(self._definitions[key]):
            targets = list(self._targets(place, self._definitions[key]))
            shared = self._reach(place, targets)
            if shared is not None:
                later = self._later(self._moments(place, targets), shared)
                yield Anchor(place.source, place.after, place.target, frozenset(shared), later)

    def _moments(self, place: Place, targets: Sequence[Definition]) -> Mapping[int, int]:
        """Return the dictionaries that a place's target can be, and when the place was passed with each."""
        if place.scope:
            return self._history.namesakes(place)
        return {each.inside.number: place.moment for each in targets if each.inside is not None}

    def _reach(self, place: Place, targets: Sequence[Definition]) -> set[DatabaseKey] | None:
        """Return the definitions that a statement at a place writes; None: one is written unseen, or now and then."""
        shared: set[DatabaseKey] = set()
        for key, definition in self._definitions.items():
            inside = definition.inside
            if not definition.allows(place.known):
                continue
            if inside is None:
                kin = ((each.alias, each.label) for each in targets)
                if not place.scope and (definition.alias, definition.label) in kin:
                    return None  # no proof would see what becomes of it
                continue
            moments = self._moments(place, [each for each in targets if each.beside(definition)])
            inherits = any(moments.get(each.number, each.until + 1) <= each.until for each in inside.lineage)
            if inside.number not in moments and not inherits:
                continue
            if not definition.always(place.known) or not self._throughout(place, definition, targets):
                return None
            shared.add(key)
        return shared

    def _throughout(self, place: Place, definition: Definition, targets: Sequence[Definition]) -> bool:
        """Whether a place's target is a definition's dictionary, or an ancestor of it, wherever that holds."""
        assert definition.inside is not None
        kin = {definition.inside.number, *(each.number for each in definition.inside.lineage)}
        others = [
            each
            for each in targets
            if each.inside is not None and each.inside.number not in kin and each.label == definition.label
        ]
        return bool(place.scope) or not any(each.allows(world) for each in others for world in definition.worlds)

    def _targets(self, place: Place, owner: Definition) -> Iterator[Definition]:
        """Yield the definitions that `DATABASES[alias]` can be at a place."""
        for definition in self._definitions.values():
            if definition.inside is None or (definition.alias, definition.label) != (owner.alias, owner.label):
                continue
            if definition.allows(place.known) and reached(self._history, definition) <= place.moment:
                yield definition

    def _later(self, moments: Mapping[int, int], shared: set[DatabaseKey]) -> dict[str, frozenset[DatabaseKey]]:
        """Return, by setting, the definitions in which it is written again."""
        found: dict[str, set[DatabaseKey]] = {}
        for key in shared:
            definition = self._definitions[key]
            assert definition.inside is not None
            origins = [
                (definition.inside.number, None),
                *((each.number, each.until) for each in definition.inside.lineage),
            ]
            passed = self._descendants(moments, definition.inside)
            since = min(moments[number] for number, _ in origins if number in moments)
            for number, until in origins:
                for event in self._history.of(number, definition.label):
                    if (
                        event.inherited not in passed
                        and _overrides(event, since, until)
                        and definition.allows(event.known)
                    ):
                        found.setdefault(str(event.key), set()).add(key)
        return {name: frozenset(keys) for name, keys in found.items()}

    def _descendants(self, moments: Mapping[int, int], inside: Inside) -> set[int]:
        """Return the dictionaries through which what is written at a place comes into a definition."""
        found = set(moments)
        for ancestor in reversed(inside.lineage):
            if not self._machine.store.holds(ancestor.number):
                continue
            content = self._machine.store.content(ancestor.number)
            if isinstance(content, DictContent) and any(each.number in found for each in content.lineage):
                found.add(ancestor.number)
        return found

    def _shared(self, site: object) -> frozenset[DatabaseKey]:
        return frozenset(self._sharers.get(site, ()))


def _overrides(event: Event, since: int, until: int | None) -> bool:
    """Whether an event writes its entry between two moments, whatever it was before."""
    if event.scope or event.moment <= since or (until is not None and event.moment > until):
        return False
    return event.site is None or event.site.kind is not WriteKind.SETDEFAULT


def _site_id(site: WriteSite) -> SiteId:
    return (site.origin.source.path, id(site.origin.node))


def _creation_id(created: CreationSite) -> object:
    return ("creation", created.origin.source.path, id(created.origin.node))


def _insides(definition: Definition) -> Iterator[Inside]:
    if definition.inside is not None:
        for _, inside in _nested(definition.inside, ()):
            yield inside


def _nested(inside: Inside, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Inside]]:
    yield path, inside
    for key, entry in inside.entries.items():
        if entry.inside is not None and isinstance(key, str):
            yield from _nested(entry.inside, (*path, key))


def _entry(inside: Inside | None, path: Sequence[str]) -> Entry | None:
    entry: Entry | None = None
    for name in path:
        if inside is None:
            return None
        entry = inside.entries.get(name)
        inside = entry.inside if entry is not None else None
    return entry
