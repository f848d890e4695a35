"""What a trial came to. Facts and times, no secrets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from djconnfix.probe.compare.plan import NotTried

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One trial, measured. Times are seconds.

    Attributes:
        name: of the trial.
        title: what it is, a clause.
        today: whether these are the settings as they are.
        requests: that were made, failed ones included.
        failures: answers of 400 and above, or none.
        seconds: that they took together.
        median: of one request.
        slow: what 95 of 100 requests stay below.
        work: processor time of this process for one request; None when it was not measured.
        opened: connections made during them; None when they were not counted.
        standing: connections open afterwards, with no request under way; None when they were not counted.
        most: how many the settings allow at most; 0 when that is not known.
        cut: connections that were then cut.
        after_cut: requests made after that.
        failures_after_cut: how many of them failed.
        reasons: why requests failed, each once.
        rates: requests per second of each round; empty when there was one.
        trouble: why there is no measurement, empty when there is.
    """

    name: str
    title: str
    today: bool = False
    requests: int = 0
    failures: int = 0
    seconds: float = 0.0
    median: float = 0.0
    slow: float = 0.0
    work: float | None = None
    opened: int | None = None
    standing: int | None = None
    most: int = 0
    cut: int = 0
    after_cut: int = 0
    failures_after_cut: int = 0
    reasons: tuple[str, ...] = ()
    rates: tuple[float, ...] = ()
    trouble: str = ""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def opened_per_hundred(self) -> float | None:
        """New connections for 100 requests."""
        return None if self.opened is None or not self.requests else 100 * self.opened / self.requests


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several trials of one project.

    Attributes:
        aliases: that were changed.
        server: `WSGI`, `ASGI` or `URL`.
        because: what says so, empty when it was assumed.
        threads: requests under way at a time.
        paths: that were requested.
        outcomes: in the order in which they were measured.
        not_tried: ways that cannot work here.
        notes: what a reader has to know.
    """

    aliases: tuple[str, ...]
    server: str
    because: str
    threads: int
    paths: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    not_tried: tuple[NotTried, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def in_rounds(self) -> bool:
        """Whether any way was measured more than once."""
        return any(outcome.rates for outcome in self.outcomes)

    @property
    def measured(self) -> tuple[Outcome, ...]:
        """The outcomes that are measurements."""
        return tuple(outcome for outcome in self.outcomes if not outcome.trouble)


def together(rounds: Sequence[Outcome]) -> Outcome:
    """Return several rounds of one way as one outcome: requests and failures are added, times are the rounds' medians.

    Args:
        rounds: at least one; the first that could not be measured is the answer.
    """
    if trouble := next((each for each in rounds if each.trouble), None):
        return trouble
    first, *others = rounds
    if not others:
        return first
    return replace(
        first,
        requests=sum(each.requests for each in rounds),
        failures=sum(each.failures for each in rounds),
        seconds=sum(each.seconds for each in rounds),
        median=median(each.median for each in rounds),
        slow=median(each.slow for each in rounds),
        work=median(works) if len(works := _known(each.work for each in rounds)) == len(rounds) else None,
        opened=sum(opened) if len(opened := _known(each.opened for each in rounds)) == len(rounds) else None,
        standing=max(_known(each.standing for each in rounds), default=None),
        cut=sum(each.cut for each in rounds),
        after_cut=sum(each.after_cut for each in rounds),
        failures_after_cut=sum(each.failures_after_cut for each in rounds),
        reasons=tuple(dict.fromkeys(reason for each in rounds for reason in each.reasons)),
        rates=tuple(each.rate for each in rounds),
    )


def _known(values: Iterable[_Number | None]) -> list[_Number]:
    return [each for each in values if each is not None]


def quantile(times: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile, 0 when there are no times."""
    ordered = sorted(times)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
