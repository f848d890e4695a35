"""What raises, under which conditions, and where loading the settings ends for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.account import Account
from djconnfix.settings.choices import assumed, guarded, negate, paths, possible, restrict, select
from djconnfix.settings.values import FALSE, TRUE, Atom, Guarded, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.settings.store import Cell, Held, Store

Lost = tuple["dict[Atom, bool]", tuple[str, ...], "Mapping[Cell, Held]"]  # one way in which a module ends early
MAX_DIED = 64  # combinations of conditions that are looked at for each definition
Raised = tuple[Value, tuple[str, ...]]  # the conditions, and the names of the exception's classes
Settled = tuple[Value, tuple[str, ...], "Mapping[Cell, Held]"]  # and what had been changed until then


class Failures:
    """The part of the machine that knows what is assumed, and what the statement being run may raise.

    Attributes:
        account: what happened so far.
        known: what is assumed.
        catching: how many `try` statements are being run in this module.
        raising: what the statement raises, to be run again where it does not.
        begun: how many logs of changes were open when it began, its own included.
        settled: what it raises where its values are those of the other conditions already, and what it had changed.
        failing: the conditions under which loading ends, as far as nobody catches it.
        outset: what was assumed when the statement began.
        risks: how often something may have been raised.
        died: the conditions under which a statement raises that nobody catches, as far as they were not assumed away.
        awaiting: the names of the exceptions that handlers wait for, of each `try` statement around what is run.
        lost: the conditions under which the module being loaded ends early, and the names of what it raises.
        risky: the classes of what may be raised without any condition that can be seen.
        handling: the exceptions that are being handled, the innermost last.
    """

    store: Store

    def __init__(self) -> None:
        self.account = Account()
        self.known: dict[Atom, bool] = {}
        self.catching = 0
        self.raising: Raised | None = None
        self.begun = 0
        self.settled: list[Settled] = []
        self.failing: list[dict[Atom, bool]] = []
        self.died: list[dict[Atom, bool]] = []
        self.awaiting: list[tuple[str, ...]] = []
        self.lost: list[Lost] = []
        self.outset: Mapping[Atom, bool] = {}
        self.risks = 0
        self.risky: frozenset[str] = frozenset()
        self.handling: list[tuple[str, ...]] = []

    def assume(self, test: Value, wanted: bool) -> None:
        """Go on only where a tree of conditions comes out as wanted; elsewhere the program has ended."""
        for path in paths(test, not wanted):
            self.account.dead.append({**self.known, **path})
        self.known = {**self.known, **assumed(test, wanted)}

    def raises(self, test: Value, *kinds: str, settled: bool = False, until: Mapping[Cell, Held] | None = None) -> None:
        """Say that the statement being run raises an exception of these classes where a tree of conditions is true.

        Such a statement is run again where it does not raise, unless that is settled: its values are those of the
        other conditions already, or the conditions are such as no two runs share. `until` is what had been changed
        when it was raised, if that was before now.
        """
        if not self.catching:
            self.fails(test)
            self.loses(test, kinds)
            return
        compound = {atom: holds for atom, holds in self.known.items() if atom.test is not None}
        test = restrict(self._where(restrict(test, self.known), compound), self.known)
        if not possible(test, True):
            return
        self.risks += 1
        since = {atom: holds for atom, holds in self.known.items() if self.outset.get(atom) is not holds}
        test = restrict(self._where(test, since), self.outset)
        for earlier, *_ in self.settled:  # what is raised first ends the statement
            test = restrict(select(earlier, FALSE, test), self.outset)
        if not possible(test, True):
            return
        if settled or (isinstance(test, Guarded) and any("#" in atom.key for atom in test.atoms)):
            self.settled.append((test, kinds, self.store.changed(self.begun) if until is None else until))
        elif self.raising is None:
            self.raising = (test, kinds)

    def fails(self, test: Value, reason: str = "") -> None:
        """Remember that loading ends where a tree of conditions is true, unless it is caught; or may, for a reason."""
        if not self.catching:
            maybe = {Atom(reason, reason, reason): True} if reason else {}
            self.failing += [{**self.known, **path, **maybe} for path in paths(restrict(test, self.known), True)]

    def dies(self, test: Value, *kinds: str) -> None:
        """Say that the statement being run raises where a tree of conditions is true: where nobody catches it,
        settings that load are those where it is false."""
        if self.catching:
            self.raises(test, *kinds)
            return
        self.fails(test)
        self.loses(test, kinds)
        test = restrict(test, self.known)
        if len(self.died) < MAX_DIED:
            self.died += [{**self.known, **path} for path in paths(test, True)]
        if possible(test, True) and possible(test, False):
            self.known = {**self.known, **assumed(test, False)}

    def loses(self, test: Value, kinds: tuple[str, ...]) -> None:
        """Remember what the module being loaded raises, for who imports it in a `try` statement."""
        if self.awaiting and len(self.lost) < MAX_DIED:
            until = self.store.changed(self.begun)
            self.lost += [({**self.known, **path}, kinds, until) for path in paths(restrict(test, self.known), True)]

    def carry(self, lost: Lost) -> None:
        """Say that the statement being run raises where what it loads ends early."""
        world, kinds, until = lost
        own = {atom: holds for atom, holds in world.items() if self.known.get(atom) is not holds}
        self.raises(self._where(TRUE, own), *kinds, settled=True, until=until)

    def may_raise(self, *kinds: str) -> None:
        """Say that the statement being run may raise, which nothing that can be seen decides."""
        self.risky |= frozenset(kinds)

    def require(self, test: Value, kind: str) -> None:
        """Say that the statement being run raises unless a tree of conditions is true: where nobody catches it,
        settings that load are those where it is true."""
        test = restrict(test, self.known)
        if self.catching:
            self.raises(negate(test), kind)
            return
        self.loses(negate(test), (kind,))
        if possible(test, True) and possible(test, False):
            self.assume(test, True)

    @staticmethod
    def _where(test: Value, known: Mapping[Atom, bool]) -> Value:
        """Return a tree of conditions that comes out true only where others, elementary or not, hold."""
        for atom, holds in known.items():
            way = atom.test if atom.test is not None else guarded(atom, TRUE, FALSE)
            test = select(way, test, FALSE) if holds else select(way, FALSE, test)
        return test

    def take_raised(self, before: Raised | None) -> Raised | None:
        """Return what the statement just run raises, and put back what was known before it."""
        raised, self.raising = self.raising, before
        return raised
