"""Places after which one more assignment to an alias takes effect."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from djconnfix.settings.definitions import Definition
    from djconnfix.settings.machine import Event, Frame, Machine
    from djconnfix.settings.values import Atom
    from djconnfix.source import SourceFile

_NAME = "DATABASES"
_LOOPS = (ast.For, ast.While)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A statement after which `target` is the alias' dictionary.

    `moment` is when the statement ends, `known` what must hold for it to be run.
    """

    source: SourceFile
    after: ast.stmt
    target: str
    moment: int
    known: Mapping[Atom, bool]


class History:
    """The events of an evaluation, found by object and by bound name."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._by_object: dict[int, list[Event]] = {}
        for event in machine.account.events:
            self._by_object.setdefault(event.number, []).append(event)

    def of(self, number: int, label: str) -> Sequence[Event]:
        """Return what happened to an object while the module, or one settings class, was set up."""
        return [event for event in self._by_object.get(number, ()) if event.label in ("", label)]

    def end(self, frame: Frame, statement: ast.stmt) -> int:
        """Return the moment at which a statement ended."""
        return self.machine.account.ends.get((id(frame), id(statement)), 0)

    def place(self, frame: Frame, statement: ast.stmt, target: str) -> Place:
        """Return the place after a statement."""
        known = self.machine.account.assumed.get((id(frame), id(statement)), {})
        return Place(frame.source, statement, target, self.end(frame, statement), known)


def agrees(known: Mapping[Atom, bool], world: Mapping[Atom, bool]) -> bool:
    """Whether something that happened under some conditions happened in a world."""
    return all(world.get(atom, holds) is holds for atom, holds in known.items())


def places(history: History, definition: Definition, siblings: Sequence[Definition]) -> list[Place]:
    """Return where a definition may be written to, best first; `siblings` are all definitions of the alias."""
    inside = definition.inside
    if inside is None or any(each.helper.startswith("configurations.") for each in inside.creations):
        return []
    relevant = _relevant(history, definition)
    if not relevant:
        return []
    found: list[Place] = []
    for frame, last in _frames(relevant):
        found.extend(_module_places(history, definition, siblings, frame, last))
    found.extend(_local_places(history, definition, relevant))
    unique: dict[tuple[int, str], Place] = {}
    for place in found:
        unique.setdefault((id(place.after), place.target), place)
    return list(unique.values())


def _relevant(history: History, definition: Definition) -> list[Event]:
    assert definition.inside is not None
    world = definition.world
    events = [event for event in history.of(definition.inside.number, definition.label) if not event.scope]
    options = definition.inside.entries.get("OPTIONS")
    if options is not None and options.inside is not None:
        events += [event for event in history.of(options.inside.number, definition.label) if not event.scope]
    for event in history.of(definition.container, definition.label):
        if (event.scope and str(event.key).lstrip("*") == _NAME) or (not event.scope and event.key == definition.alias):
            events.append(event)
    events = [event for event in events if agrees(event.known, world)]
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
        if not _bound(history, definition, frame, end):
            continue
        if level and not _everywhere(history, definition, siblings, end):
            continue
        if isinstance(statement, (ast.Return, ast.Raise)):
            continue
        yield history.place(frame, statement, target)


def _bound(history: History, definition: Definition, frame: Frame, moment: int) -> bool:
    return any(
        event.scope == frame.scope and str(event.key).lstrip("*") == _NAME and event.moment <= moment
        for event in history.of(definition.container, definition.label)
    )


def _everywhere(history: History, definition: Definition, siblings: Sequence[Definition], moment: int) -> bool:
    """Whether the alias is there on every branch once a compound statement has ended."""
    return definition.always and all(_reached(history, sibling) <= moment for sibling in siblings)


def _reached(history: History, definition: Definition) -> int:
    """Return the moment from which the alias can be reached through the name."""
    moments = [0]
    for event in history.of(definition.container, definition.label):
        if not agrees(event.known, definition.world):
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
        if not agrees(bound.known, definition.world):
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
        yield history.place(frame, statement, name)
