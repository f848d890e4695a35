"""Where a connection's time went: from turns and times to phases, and from phases to other networks. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from djconnfix.probe.conversation import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.probe.conversation import Conversation, Turn


class Phase(str, enum.Enum):
    """The steps of opening a connection, in order."""

    RESOLVE = "name resolution"
    PREPARE = "driver set-up"
    TCP = "TCP connect"
    START = "server start"
    TLS = "TLS"
    LOGIN = "authentication"
    DRIVER = "driver's statements"
    DJANGO = "Django's statements"


ORDER = tuple(Phase)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one phase took. Times are seconds.

    Attributes:
        round_trips: how often the client waited for the server.
        waiting: time spent so.
        working: time between answers and the next words: the driver's own work.
    """

    round_trips: int = 0
    waiting: float = 0.0
    working: float = 0.0

    @property
    def seconds(self) -> float:
        """Both together."""
        return self.waiting + self.working

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.round_trips + other.round_trips, self.waiting + other.waiting, self.working + other.working)


@dataclass(frozen=True, slots=True)
class Sample:
    """One connection, phase by phase, and the queries on it.

    Attributes:
        phases: what was spent in each phase; a phase that did not take place is missing.
        query: one `SELECT 1` on the open connection, the median of several.
        query_round_trips: round trips of one such query.
        processor: processor time of the whole set-up.
    """

    phases: dict[Phase, Spent]
    query: float
    query_round_trips: int
    processor: float


@dataclass(frozen=True, slots=True)
class Profile:
    """The medians of several samples.

    Attributes:
        phases: by phase, in order.
        query: seconds of a warm `SELECT 1`.
        query_round_trips: round trips of one.
        processor: processor seconds of one set-up.
        samples: how many samples it rests on.
        repeatable: whether every sample had the same number of round trips in every phase.
    """

    phases: dict[Phase, Spent]
    query: float
    query_round_trips: int
    processor: float
    samples: int
    repeatable: bool

    @property
    def total(self) -> Spent:
        """The whole set-up."""
        return sum(self.phases.values(), Spent())

    @property
    def round_trip(self) -> float:
        """What one round trip takes, taken from the warm query."""
        return self.query / max(1, self.query_round_trips)

    @property
    def travelling(self) -> float:
        """What the whole set-up spends on round trips: no phase more than it waited."""
        return sum(min(spent.waiting, spent.round_trips * self.round_trip) for spent in self.phases.values())

    def own(self, phase: Phase) -> float:
        """Seconds of a phase that no nearer server would save: the work of client and server."""
        spent = self.phases.get(phase, Spent())
        return max(0.0, spent.waiting - spent.round_trips * self.round_trip) + spent.working

    def on_network(self, round_trip: float) -> dict[Phase, float]:
        """Return what each phase would take where a round trip takes so many seconds.

        Name resolution goes another way than the database's packets and stays as it was.
        """
        return {
            phase: spent.seconds if phase is Phase.RESOLVE else self.own(phase) + spent.round_trips * round_trip
            for phase, spent in self.phases.items()
        }


def phases_of(
    talk: Conversation, *, began: float, tcp: float, connected: float, ready: float, statements: int
) -> dict[Phase, Spent]:
    """Split one recorded connection into phases.

    Args:
        talk: what was said.
        began: when the driver was called.
        tcp: seconds that the connection to the server took.
        connected: when the driver returned.
        ready: when Django's statements were done.
        statements: how many statements the driver itself sent before it returned, as the server counted them.
    """
    turns = [turn for turn in talk.answered if turn.sent <= ready]
    inside = [turn for turn in turns if turn.sent <= connected]
    names = _names(inside, statements) + [Phase.DJANGO] * (len(turns) - len(inside))
    spent = {Phase.PREPARE: Spent(0, 0.0, max(0.0, talk.opened - tcp - began)), Phase.TCP: Spent(1, tcp, 0.0)}
    previous = talk.opened
    for name, turn in zip(names, turns, strict=True):
        spent[name] = spent.get(name, Spent()) + Spent(1, turn.wait, max(0.0, turn.sent - previous))
        previous = turn.answered if turn.answered is not None else turn.sent
    last = names[-1] if names else Phase.TCP
    spent[last] = spent[last] + Spent(0, 0.0, max(0.0, ready - previous))
    return {phase: spent[phase] for phase in ORDER if phase in spent}


def _names(turns: Sequence[Turn], statements: int) -> list[Phase]:
    """Name the turns before the driver returned; the last `statements` of them were statements."""
    named: list[Phase] = []
    for position, turn in enumerate(turns):
        if position >= len(turns) - statements:
            named.append(Phase.DRIVER)
        elif turn.kind is Kind.TLS:
            named.append(Phase.TLS)
        elif not named or turn.kind in (Kind.GREETING, Kind.NEGOTIATION):
            named.append(Phase.START)  # whatever is asked first, a new process or thread must answer
        else:
            named.append(Phase.LOGIN)
    return named


def profile(samples: Sequence[Sample]) -> Profile:
    """Return the medians of samples; there must be at least one."""
    shapes = {tuple((phase, spent.round_trips) for phase, spent in each.phases.items()) for each in samples}
    phases = {
        phase: Spent(
            round(median(each.phases[phase].round_trips for each in having)),
            median(each.phases[phase].waiting for each in having),
            median(each.phases[phase].working for each in having),
        )
        for phase in ORDER
        if len(having := [each for each in samples if phase in each.phases]) * 2 > len(samples)
    }
    return Profile(
        phases,
        median(each.query for each in samples),
        round(median(each.query_round_trips for each in samples)),
        median(each.processor for each in samples),
        len(samples),
        len(shapes) == 1,
    )
