"""Places after which one more assignment to an alias takes effect."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

from djconnfix.records import dataclass
from djconnfix.settings.choices import agrees, leaves_of
from djconnfix.settings.store import slot_value
from djconnfix.settings.values import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from djconnfix.settings.account import Event, Frame
    from djconnfix.settings.definitions import Definition
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom
    from djconnfix.source import SourceFile

_NAME = "DATABASES"
_LOOPS = (ast.For, ast.While)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A statement after which `target` is the alias' dictionary.

    `moment` is when the statement ends, `known` what must hold for it to be run, `scope` that of the target
    when it is a name of the dictionary, 0 when it is an entry of `DATABASES`.
    """

    source: SourceFile
    after: ast.stmt
    target: str
    moment: int
    known: Mapping[Atom, bool]
    scope: int = 0


class History:
    """The events of an evaluation, found by object and by bound name."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._by_object: dict[int, list[Event]] = {}
        self._by_name: dict[tuple[int, str], list[Event]] = {}
        for event in machine.account.events:
            self._by_object.setdefault(event.number, []).append(event)
            if event.scope:
                self._by_name.setdefault((event.scope, str(event.key).lstrip("*")), []).append(event)

    def of(self, number: int, label: str) -> Sequence[Event]:
        """Return what happened to an object while the module, or one settings class, was set up."""
        return [event for event in self._by_object.get(number, ()) if event.label in ("", label)]

    def bindings(self, scope: int, name: str) -> Sequence[Event]:
        """Return the bindings of a name to dictionaries."""
        return self._by_name.get((scope, name), ())

    def namesakes(self, place: Place) -> dict[int, int]:
        """Return every dictionary that a local name can be at a place, and when the place was passed with it.

        A function may have run more than once.
        """
        calls = self.machine.account.calls
        code, _ = calls.get(place.scope, (place.scope, None))
        found: dict[int, int] = {}
        for (scope, bound), events in self._by_name.items():
            other, frame = calls.get(scope, (scope, None))
            if bound == place.target and other == code:
                moment = self.end(frame, place.after) if frame is not None else place.moment
                found.update(dict.fromkeys((event.number for event in events), moment))
        return found

    def end(self, frame: Frame, statement: ast.stmt) -> int:
        """Return the moment at which a statement ended."""
        return self.machine.account.ends.get((id(frame), id(statement)), 0)

    def place(self, frame: Frame, statement: ast.stmt, target: str, scope: int = 0) -> Place:
        """Return the place after a statement."""
        known = self.machine.account.assumed.get((id(frame), id(statement)), {})
        return Place(frame.source, statement, target, self.end(frame, statement), known, scope)


def find_places(history: History, definition: Definition, siblings: Sequence[Definition]) -> list[Place]:
    """Return where a definition may be written to, best first, whether or not that is run in all of its worlds.

    Args:
        history: what happened.
        definition: which one.
        siblings: all definitions of its alias.
    """
    inside = definition.inside
    if inside is None or any(each.helper.startswith("configurations.") for each in inside.creations):
        return []
    relevant = _relevant(history, definition)
    if not relevant:
        return []
    own = [event for event in relevant if event.number != definition.container]
    found: list[Place] = []
    for events in (relevant, own):
        for frame, last in _frames(events):
            found.extend(_module_places(history, definition, siblings, frame, last))
    found.extend(_local_places(history, definition, relevant))
    unique: dict[tuple[int, str], Place] = {}
    for place in found:
        unique.setdefault((id(place.after), place.target), place)
    return list(unique.values())


def _relevant(history: History, definition: Definition) -> list[Event]:
    assert definition.inside is not None
    events = [event for event in history.of(definition.inside.number, definition.label) if not event.scope]
    options = definition.inside.entries.get("OPTIONS")
    if options is not None and options.inside is not None:
        events += [event for event in history.of(options.inside.number, definition.label) if not event.scope]
    for event in history.of(definition.container, definition.label):
        if (event.scope and str(event.key).lstrip("*") == _NAME) or (not event.scope and event.key == definition.alias):
            events.append(event)
    events = [event for event in events if definition.allows(event.known)]
    return sorted(events, key=lambda event: event.moment)


def _frames(relevant: Sequence[Event]) -> list[tuple[Frame, Event]]:
    """Return the module and class frames that events happened in, each with its last event; latest, innermost first."""
    last: dict[int, tuple[int, int, Frame, Event]] = {}
    for event in relevant:
        for depth, (frame, _) in enumerate(event.stack):
            if frame.kind in ("module", "class"):
                last[id(frame)] = (event.moment, depth, frame, event)
    ordered = sorted(last.values(), key=lambda each: (-each[0], -each[1]))
    return [(frame, event) for _, _, frame, event in ordered]


def _chain(frame: Frame, event: Event) -> list[ast.stmt]:
    """Return the statements of one frame that an event happened in, innermost first."""
    chain = [statement for each, statement in event.stack if each is frame]
    return chain[::-1]


def _module_places(
    history: History, definition: Definition, siblings: Sequence[Definition], frame: Frame, last: Event
) -> Iterator[Place]:
    chain = _chain(frame, last)
    loops = [place for place, statement in enumerate(chain) if isinstance(statement, _LOOPS)]
    order = [*range(loops[-1], len(chain)), *range(loops[-1])] if loops else list(range(len(chain)))
    target = f"{_NAME}[{json.dumps(definition.alias, ensure_ascii=False)}]"
    for level in order:
        statement = chain[level]
        end = history.end(frame, statement)
        if isinstance(statement, (ast.Return, ast.Raise)) or not _bound(history, definition, frame, end):
            continue
        place = history.place(frame, statement, target)
        if _everywhere(history, definition, siblings, place):
            yield place


def _bound(history: History, definition: Definition, frame: Frame, moment: int) -> bool:
    """Whether `DATABASES[alias]` is the definition's dictionary at a moment."""
    assert definition.inside is not None
    bound = _last(history.bindings(frame.scope, _NAME), definition, moment)
    if bound is None:
        return False
    entries = [event for event in history.of(bound.number, definition.label) if event.key == definition.alias]
    entry = _last([event for event in entries if not event.scope], definition, moment)
    if entry is None:
        return bound.number == definition.container
    value = slot_value(entry.value)
    return any(isinstance(leaf, Ref) and leaf.object == definition.inside.number for leaf in leaves_of(value))


def _last(events: Sequence[Event], definition: Definition, moment: int) -> Event | None:
    before = [event for event in events if event.moment <= moment and definition.allows(event.known)]
    return before[-1] if before else None


def _everywhere(history: History, definition: Definition, siblings: Sequence[Definition], place: Place) -> bool:
    """Whether the alias is there in every world in which a statement is run."""
    if any(agrees(place.known, world) for world in definition.absent):
        return False
    return all(reached(history, sibling) <= place.moment for sibling in siblings if sibling.allows(place.known))


def reached(history: History, definition: Definition) -> int:
    """Return the moment from which the alias can be reached through the name."""
    moments = [0]
    for event in history.of(definition.container, definition.label):
        if not definition.allows(event.known):
            continue
        value = definition.inside.number if definition.inside else 0
        if (event.scope and event.key == _NAME) or (not event.scope and event.key == definition.alias and value):
            moments.append(event.moment)
    return max(moments)


def _local_places(history: History, definition: Definition, relevant: Sequence[Event]) -> Iterator[Place]:
    """Yield places where the dictionary itself has a name: a variable, a loop variable, a parameter."""
    assert definition.inside is not None
    number = definition.inside.number
    for bound in history.of(number, definition.label):
        name = str(bound.key)
        if not bound.scope or name.startswith("*"):
            continue
        if not definition.allows(bound.known):
            continue
        best: tuple[Frame, ast.stmt] | None = None
        for event in (bound, *(each for each in relevant if each.number == number)):
            if event.moment < bound.moment:
                continue
            for frame, statement in event.stack:
                if frame.scope == bound.scope:
                    best = (frame, statement)
        if best is None or isinstance(best[1], (*_LOOPS, ast.Return, ast.Raise, ast.Import, ast.ImportFrom)):
            continue
        frame, statement = best
        if not _still_named(history, definition, bound, frame, statement):
            continue
        yield history.place(frame, statement, name, bound.scope)


def _still_named(history: History, definition: Definition, bound: Event, frame: Frame, after: ast.stmt) -> bool:
    """Whether a name still means the dictionary after a statement, or that stands in the loop that binds the name."""
    loop = bound.stack[-1][1]
    if isinstance(loop, _LOOPS):
        return loop is not after and any(each is after for each in ast.walk(loop))
    last = _last(history.bindings(bound.scope, str(bound.key)), definition, history.end(frame, after))
    return last is not None and last.number == bound.number
