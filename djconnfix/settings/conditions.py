"""Conditions in words: what must hold for a set of worlds, said as shortly as the worlds allow."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from djconnfix.settings.choices import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djconnfix.settings.values import Atom

MAX_ALTERNATIVES = 6


def describe(group: Sequence[Mapping[Atom, bool]], live: Sequence[Mapping[Atom, bool]]) -> tuple[str, ...]:
    """Return what holds in all worlds of a group, and as a whole tells them from the other live worlds.

    Args:
        group: the worlds of one definition, at least one.
        live: all worlds that can be, the group's included.
    """
    shared = common(group)
    everywhere = common(live)
    telling = {atom: holds for atom, holds in shared.items() if everywhere.get(atom) is not holds}
    clauses = _clauses(telling)
    others = [world for world in live if not any(world is each for each in group)]
    if any(_agrees(world, telling) for world in others):
        clauses.append(_alternatives(group, telling))
    return tuple(dict.fromkeys(clause for clause in clauses if clause))


def _clauses(known: Mapping[Atom, bool]) -> list[str]:
    """Return conditions in words, without what follows: where `x == 'a'`, `not (x == 'b')` goes without saying."""
    told = [atom for atom, holds in known.items() if holds and atom.subject]
    clauses = [words(atom, holds) for atom, holds in known.items() if holds or not _follows(atom, told)]
    return [clause for clause in clauses if clause]


def _follows(atom: Atom, told: Sequence[Atom]) -> bool:
    """Whether something else that holds says that a condition does not."""
    return bool(atom.subject) and any(decide(atom, {other: True}) is False for other in told)


def words(atom: Atom, holds: bool) -> str:
    """Return one condition in words; empty for one that only the evaluator can put together."""
    if atom.test is not None:
        return ""
    from djconnfix.settings.phrases import words_of

    return words_of(atom.when if holds else atom.unless)


def common(group: Sequence[Mapping[Atom, bool]]) -> dict[Atom, bool]:
    """Return the conditions that are the same in all worlds of a group."""
    if not group:
        return {}
    first, *rest = group
    return {atom: holds for atom, holds in first.items() if all(world.get(atom) is holds for world in rest)}


def _agrees(world: Mapping[Atom, bool], wanted: Mapping[Atom, bool]) -> bool:
    return all(world.get(atom, holds) is holds for atom, holds in wanted.items())


def _alternatives(group: Sequence[Mapping[Atom, bool]], told: Mapping[Atom, bool]) -> str:
    worlds = _merge([{atom: holds for atom, holds in world.items() if atom not in told} for world in group])
    texts = [" and ".join(_clauses(world)) for world in worlds[:MAX_ALTERNATIVES]]
    if len(worlds) > MAX_ALTERNATIVES:
        texts.append("other combinations")
    return "; or ".join(dict.fromkeys(text for text in texts if text))


def _merge(worlds: list[dict[Atom, bool]]) -> list[dict[Atom, bool]]:
    """Drop each condition whose two sides are both there, until none is left."""
    merged = True
    while merged:
        merged = False
        for one, other in combinations(worlds, 2):
            differing = [atom for atom in one if other.get(atom) is not one[atom]]
            if one.keys() == other.keys() and len(differing) == 1:
                joined = {atom: holds for atom, holds in one.items() if atom is not differing[0]}
                worlds = [each for each in worlds if each is not one and each is not other]
                worlds += [joined] if joined not in worlds else []
                merged = True
                break
    return worlds
