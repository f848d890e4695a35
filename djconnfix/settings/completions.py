"""How a block of statements ends: normally, abruptly, or either way depending on conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from djconnfix.records import dataclass
from djconnfix.settings.choices import negate, possible, restrict, select
from djconnfix.settings.values import FALSE, NONE, TRUE, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.machine import Machine


@dataclass(frozen=True, slots=True, eq=False)
class Abrupt:
    """`return`, `raise`, `break` or `continue`; the value returned, or the exception.

    `exception` names its class and the classes that this is known to derive from; it is empty for an unknown one.
    """

    kind: str
    value: Value = NONE
    exception: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One way where a tree of conditions is true, another where it is false."""

    test: Value
    then: Completion
    orelse: Completion


Completion: TypeAlias = Abrupt | Either | None


def either(test: Value, then: Completion, orelse: Completion) -> Completion:
    """Return the completion of two branches."""
    return None if then is None and orelse is None else Either(test, then, orelse)


def branch(
    machine: Machine, test: Value, then: Callable[[], Completion], orelse: Callable[[], Completion]
) -> Completion:
    """Run one side where a tree of conditions is true, the other where it is false."""
    test = restrict(test, machine.known)
    if not possible(test, False):
        return then()
    if not possible(test, True):
        return orelse()
    return either(test, *machine.fork(test, then, orelse))


def resume(machine: Machine, completion: Completion, rest: Callable[[], Completion]) -> Completion:
    """Run what follows wherever the block so far ended normally."""
    if completion is None:
        return rest()
    if isinstance(completion, Abrupt):
        return completion
    test = restrict(completion.test, machine.known)
    if not possible(test, False):
        return resume(machine, completion.then, rest)
    if not possible(test, True):
        return resume(machine, completion.orelse, rest)
    if not machine.catching:  # nobody catches it: what follows runs only where nothing was raised
        for side, other, wanted in (
            (completion.then, completion.orelse, False),
            (completion.orelse, completion.then, True),
        ):
            if isinstance(side, Abrupt) and side.kind == "raise":
                machine.loses(negate(test) if wanted else test, side.exception)
                machine.assume(test, wanted)
                return resume(machine, other, rest)
    then, orelse = machine.fork(
        test,
        lambda: resume(machine, completion.then, rest),
        lambda: resume(machine, completion.orelse, rest),
    )
    return either(test, then, orelse)


def replace(completion: Completion, kinds: tuple[str, ...], by: Completion = None) -> Completion:
    """Return a completion in which abrupt ends of some kinds have become another."""
    if isinstance(completion, Abrupt):
        return by if completion.kind in kinds else completion
    if isinstance(completion, Either):
        return either(completion.test, replace(completion.then, kinds, by), replace(completion.orelse, kinds, by))
    return None


def returned(completion: Completion) -> Value | None:
    """Return the value that a function's body gives back, None when it only raises."""
    if completion is None:
        return NONE
    if isinstance(completion, Abrupt):
        return completion.value if completion.kind == "return" else None
    then, orelse = returned(completion.then), returned(completion.orelse)
    if then is None or orelse is None:
        return then if orelse is None else orelse
    return select(completion.test, then, orelse)


def raised(completion: Completion) -> dict[tuple[str, ...], Value]:
    """Return what a block raises, each with the tree of conditions under which it does."""
    if isinstance(completion, Either):
        then, orelse = raised(completion.then), raised(completion.orelse)
        return {
            kinds: select(completion.test, then.get(kinds, FALSE), orelse.get(kinds, FALSE))
            for kinds in {**then, **orelse}
        }
    return {completion.exception: TRUE} if completion is not None and completion.kind == "raise" else {}
