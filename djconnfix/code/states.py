"""The state of a transaction at a point of a path, and the ways in which code is left."""

from __future__ import annotations

import ast

from djconnfix.code.effects import Effect
from djconnfix.records import dataclass, field, replace

MAX_STATES = 300


class TooComplexError(Exception):
    """The code has more distinguishable paths than are followed."""


@dataclass(frozen=True, slots=True)
class State:
    """What holds at a point of a path.

    Attributes:
        manual: autocommit is off, or the old transaction management was entered.
        begun: the code itself switched it off on this path.
        open: a transaction of the manual mode may be open.
        atomic: how many `atomic` blocks stand open.
        marked: the open `atomic` block was marked for rollback.
        failed: the view raised, and its response is the error page.
        spoilt: it raised inside the transaction that is open.
        kept_failure: the work of a view that raised was committed.
        dirty: how the last dirty test came out, None when something may have changed that since.
        dirty_skipped: a dirty test was false on this path.
        ended: a commit or rollback was reached on this path.
        assumed: tests taken, by text and outcome.
    """

    manual: bool = False
    begun: bool = False
    open: bool = False
    atomic: int = 0
    marked: bool = False
    failed: bool = False
    spoilt: bool = False
    kept_failure: bool = False
    dirty: bool | None = None
    dirty_skipped: bool = False
    ended: bool = False
    assumed: frozenset[tuple[str, bool]] = frozenset()


Step = tuple[ast.AST, str]
Trace = tuple[Step, ...]
States = dict[State, Trace]


@dataclass(slots=True)
class Outcome:
    """The states in which a piece of code is left, by the way it is left.

    `raised` was raised by the code itself; `escaped` is an exception out of something it calls.
    """

    falls: States = field(default_factory=dict)
    returns: States = field(default_factory=dict)
    raised: States = field(default_factory=dict)
    escaped: States = field(default_factory=dict)
    breaks: States = field(default_factory=dict)
    continues: States = field(default_factory=dict)

    def absorb(self, other: Outcome, *, falls: bool = False) -> None:
        """Add the ways of another outcome; its fall-through only when asked."""
        for name in ("returns", "raised", "escaped", "breaks", "continues", *(("falls",) if falls else ())):
            merge(getattr(self, name), getattr(other, name))


def merge(into: States, more: States) -> None:
    """Add states that are not there yet."""
    for state, trace in more.items():
        known = into.get(state)
        if known is None or len(trace) < len(known):
            into[state] = trace
    if len(into) > MAX_STATES:
        raise TooComplexError


def after_effect(state: State, effect: Effect) -> State:
    """Return the state after a call with this effect."""
    match effect:
        case Effect.AUTOCOMMIT_OFF | Effect.ENTER:
            return replace(state, manual=True, begun=True, ended=False)
        case Effect.AUTOCOMMIT_ON | Effect.AUTOCOMMIT_BACK | Effect.LEAVE:
            return replace(state, manual=False, begun=False)  # what is open stays open: it is an error, or worse
        case Effect.COMMIT if state.manual:
            kept = state.kept_failure or (state.spoilt and state.open)
            return replace(state, open=False, ended=True, dirty=None, spoilt=False, kept_failure=kept)
        case Effect.COMMIT:
            return replace(state, ended=True, dirty=None)
        case Effect.ROLLBACK:
            return replace(state, open=False, ended=True, dirty=None, spoilt=state.spoilt and state.atomic > 0)
        case Effect.SET_ROLLBACK:
            return replace(state, marked=state.atomic > 0)
        case Effect.CLOSE | Effect.CLOSE_ALL:
            return replace(state, open=False, manual=False, begun=False)
        case _:
            return state
