"""Choices between values: built, narrowed by what is known, and told apart by their conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.values import (
    BY_DEFAULT,
    FALSE,
    MAX_LEAVES,
    TRUE,
    Atom,
    Const,
    Dotted,
    Guarded,
    Ref,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def guarded(atom: Atom, then: Value, orelse: Value) -> Value:
    """Return the choice between two values; one of them when they are the same."""
    if isinstance(then, Guarded):
        then = restrict(then, {atom: True})
    if isinstance(orelse, Guarded):
        orelse = restrict(orelse, {atom: False})
    if then is orelse or _same(then, orelse):
        return then
    leaves = _leaves(then) + _leaves(orelse)
    if leaves > MAX_LEAVES:
        return Unknown("decided by too many conditions", f"too many conditions {atom.key}")
    atoms = frozenset((atom,))
    subjects = bool(atom.subject)
    for side in (then, orelse):
        if isinstance(side, Guarded):
            atoms |= side.atoms
            subjects = subjects or side.subjects
    return Guarded(atom, then, orelse, leaves, atoms, subjects)


def _leaves(value: Value) -> int:
    return value.leaves if isinstance(value, Guarded) else 1


def _same(first: Value, second: Value) -> bool:
    if isinstance(first, Const) and isinstance(second, Const):
        if first.origin is None and second.origin is None:
            return type(first.value) is type(second.value) and first.value == second.value
        return first.origin is second.origin and first.value is second.value
    if isinstance(first, Ref) and isinstance(second, Ref):
        return first.object == second.object
    if isinstance(first, Dotted) and isinstance(second, Dotted):
        return first.name == second.name
    return False


def restrict(value: Value, known: Mapping[Atom, bool]) -> Value:
    """Return a value without the choices that are already made."""
    if not isinstance(value, Guarded) or not known or (not value.subjects and value.atoms.isdisjoint(known)):
        return value
    decided = decide(value.atom, known)
    if decided is not None:
        return restrict(value.then if decided else value.orelse, known)
    then, orelse = restrict(value.then, known), restrict(value.orelse, known)
    if then is value.then and orelse is value.orelse:
        return value
    return guarded(value.atom, then, orelse)


def decide(atom: Atom, known: Mapping[Atom, bool]) -> bool | None:
    """Return whether a condition holds given others, None when that is open."""
    if (decided := known.get(atom)) is not None:
        return decided
    if atom.subject:
        for other, holds in known.items():
            if other.subject and (decided := _decided_by(atom, other, holds)) is not None:
                return decided
    return None


def _decided_by(atom: Atom, other: Atom, holds: bool) -> bool | None:
    """Return whether `x == constant` holds given another such test, None when that is open."""
    subject, mark, _ = atom.subject.partition(BY_DEFAULT)
    compared, other_mark, _ = other.subject.partition(BY_DEFAULT)
    if subject != compared:
        return None
    same = type(atom.constant) is type(other.constant) and atom.constant == other.constant
    if holds and not other_mark:  # the variable is set, and what x is then is known
        return same
    if other_mark and not mark and same is not holds:
        return False
    return None


def status(atom: Atom, world: Mapping[Atom, bool]) -> bool | None:
    """Return whether a condition, elementary or not, holds in a world, None when that is open."""
    if (decided := decide(atom, world)) is not None or atom.test is None:
        return decided
    test = restrict(atom.test, world)
    return bool(test.value) if isinstance(test, Const) else None


def agrees(known: Mapping[Atom, bool], world: Mapping[Atom, bool]) -> bool:
    """Whether something that happened under some conditions can have happened in a world."""
    return all(status(atom, world) is not (not holds) for atom, holds in known.items())


def entails(world: Mapping[Atom, bool], known: Mapping[Atom, bool]) -> bool:
    """Whether some conditions hold in a world for certain."""
    return all(status(atom, world) is holds for atom, holds in known.items())


def assumed(test: Value, wanted: bool) -> dict[Atom, bool]:
    """Return what is known where a tree of conditions comes out as wanted."""
    known = forced(test, wanted)
    if not isinstance(restrict(test, known), Const):
        key = f"compound {_tree_key(test)}"
        known[Atom(key, key, key, test=test)] = wanted
    return known


def _tree_key(test: Value) -> str:
    if isinstance(test, Guarded):
        return f"({test.atom.key} ? {_tree_key(test.then)} : {_tree_key(test.orelse)})"
    return str(getattr(test, "value", "?"))


def select(test: Value, then: Value, orelse: Value) -> Value:
    """Return the choice that a tree of conditions with `True` and `False` at its leaves makes."""
    if isinstance(test, Guarded):
        on, off = {test.atom: True}, {test.atom: False}
        return guarded(
            test.atom,
            select(test.then, restrict(then, on), restrict(orelse, on)),
            select(test.orelse, restrict(then, off), restrict(orelse, off)),
        )
    return then if isinstance(test, Const) and test.value else orelse


def negate(test: Value) -> Value:
    """Return the opposite of a tree of conditions."""
    return select(test, FALSE, TRUE)


def leaves_of(value: Value) -> Iterator[Value]:
    """Yield what a choice chooses from."""
    if isinstance(value, Guarded):
        yield from leaves_of(value.then)
        yield from leaves_of(value.orelse)
    else:
        yield value


def changeable(values: Iterable[Value]) -> tuple[Value, ...]:
    """Return those of some values that may be objects."""
    return tuple(each for each in values if any(isinstance(leaf, Ref) for leaf in leaves_of(each)))


def forced(test: Value, wanted: bool) -> dict[Atom, bool]:
    """Return what must hold of each condition for a tree of conditions to come out as wanted."""
    found = list(paths(test, wanted))
    if not found:
        return {}
    first, *rest = found
    return {atom: holds for atom, holds in first.items() if all(path.get(atom) is holds for path in rest)}


def paths(test: Value, wanted: bool) -> Iterator[dict[Atom, bool]]:
    """Yield each way in which a tree of conditions comes out as wanted."""
    if isinstance(test, Guarded):
        for side, holds in ((test.then, True), (test.orelse, False)):
            for path in paths(side, wanted):
                yield {test.atom: holds, **path}
    elif isinstance(test, Const) and bool(test.value) is wanted:
        yield {}


def possible(test: Value, wanted: bool) -> bool:
    """Whether a tree of conditions can come out as wanted."""
    return any(isinstance(leaf, Const) and bool(leaf.value) is wanted for leaf in leaves_of(test))
