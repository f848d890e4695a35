"""What a request pays for its connection, under the settings as they are and as they could be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djconnfix.probe.phases import Profile
    from djconnfix.probe.reading import Reading

_TRANSACTION = {"postgresql": 2, "mysql": 3}  # BEGIN, COMMIT; SET autocommit=0, COMMIT, SET autocommit=1
_HEALTH_CHECK = 1  # `SELECT 1` or COM_PING
_POOLED = ("postgresql", "oracle")


@dataclass(frozen=True, slots=True)
class RequestCost:
    """A request with one query.

    Attributes:
        name: the setting that makes it so.
        round_trips: for the whole request.
        connect: whether a connection is opened for it.
        today: whether these are the settings as they are.
        atomic: whether the request is one transaction.
    """

    name: str
    round_trips: int
    connect: bool
    today: bool = False
    atomic: bool = False

    def seconds(self, profile: Profile, round_trip: float | None = None) -> float:
        """Return what the request waits for the database, here or where a round trip takes so long."""
        each = profile.round_trip if round_trip is None else round_trip
        if not self.connect:
            return self.round_trips * each
        opening = profile.total.seconds if round_trip is None else sum(profile.on_network(round_trip).values())
        return opening + (self.round_trips - profile.total.round_trips) * each


def request_costs(reading: Reading) -> tuple[RequestCost, ...]:
    """Return a table of what a request with one query costs; the row of today's settings is marked.

    Empty for a server whose round trips are not counted.
    """
    profile, habits = reading.profile, reading.habits
    transaction = _TRANSACTION.get(reading.vendor)
    if transaction is None:
        return ()
    query, opening = profile.query_round_trips, profile.total.round_trips
    keeps = habits.pool or habits.conn_max_age is None or habits.conn_max_age > 0
    check = habits.health_checks
    rows = [
        ("new connection (CONN_MAX_AGE 0)", opening + query, True, not keeps),
        ("connections kept (CONN_MAX_AGE 60)", query, False, keeps and not check and not habits.pool),
        ("kept, with CONN_HEALTH_CHECKS", query + _HEALTH_CHECK, False, keeps and check and not habits.pool),
    ]
    if reading.vendor in _POOLED:
        rows += [
            ("Django's pool", query, False, habits.pool and not check),
            ("Django's pool, with CONN_HEALTH_CHECKS", query + _HEALTH_CHECK, False, habits.pool and check),
        ]
    costs: list[RequestCost] = []
    for name, trips, connect, today in rows:
        atomic = habits.atomic_requests
        costs.append(RequestCost(name, trips, connect, today and not atomic))
        costs.append(RequestCost(name, trips + transaction, connect, today and atomic, True))
    return tuple(costs)
