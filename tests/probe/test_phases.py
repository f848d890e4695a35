"""From turns to phases, and from one network to another."""

from __future__ import annotations

import pytest

from djconnfix.probe.conversation import Conversation, Kind, Turn
from djconnfix.probe.phases import Phase, Profile, Sample, Spent, phases_of, profile
from djconnfix.probe.reading import Habits
from djconnfix.probe.requests import request_costs
from tests.probe.build import HEALTHY, phases, reading


def recorded(*kinds, gap=0.001, wait=0.010):
    """A conversation that opened at 1.0, with a gap before each turn."""
    made = Conversation("postgresql", 1.0)
    at = 1.0
    for kind in kinds:
        made.turns.append(Turn(kind, at + gap, at + gap + wait))
        at += gap + wait
    return made, at


@pytest.mark.parametrize(
    ("kinds", "statements", "django", "expected"),
    [
        ([Kind.LOGIN, Kind.LOGIN, Kind.LOGIN], 0, 0, {"START": 1, "LOGIN": 2}),
        ([Kind.NEGOTIATION, Kind.LOGIN, Kind.LOGIN], 0, 1, {"START": 1, "LOGIN": 1, "DJANGO": 1}),
        ([Kind.NEGOTIATION, Kind.TLS, Kind.SEALED, Kind.SEALED], 0, 0, {"START": 1, "TLS": 1, "LOGIN": 2}),
        ([Kind.GREETING, Kind.LOGIN, Kind.STATEMENT, Kind.STATEMENT], 2, 0, {"START": 1, "LOGIN": 1, "DRIVER": 2}),
        ([Kind.GREETING, Kind.TLS, Kind.SEALED, Kind.SEALED], 1, 0, {"START": 1, "TLS": 1, "LOGIN": 1, "DRIVER": 1}),
        ([Kind.TLS, Kind.SEALED], 0, 0, {"TLS": 1, "LOGIN": 1}),
        ([Kind.LOGIN], 0, 0, {"START": 1}),
    ],
    ids=["SCRAM", "TLS refused", "TLS", "MySQL", "MySQL with TLS", "direct TLS", "trust"],
)
def test_turns_become_phases(kinds, statements, django, expected):
    made, _ = recorded(*kinds[: len(kinds) - django])
    connected = made.turns[-1].answered
    for number in range(len(kinds) - django, len(kinds)):
        made.turns.append(Turn(kinds[number], connected + 0.001, connected + 0.011))
    ready = made.turns[-1].answered
    found = phases_of(made, began=0.9, tcp=0.05, connected=connected, ready=ready, statements=statements)
    counted = {phase.name: spent.round_trips for phase, spent in found.items()}
    assert counted == {"PREPARE": 0, "TCP": 1, **expected}


def test_no_time_is_lost_and_none_is_counted_twice():
    made, end = recorded(Kind.NEGOTIATION, Kind.TLS, Kind.SEALED, Kind.SEALED)
    found = phases_of(made, began=0.9, tcp=0.05, connected=end + 0.002, ready=end + 0.003, statements=0)
    assert sum(spent.seconds for spent in found.values()) == pytest.approx(end + 0.003 - 0.9)


def test_a_profile_is_made_of_medians():
    samples = [Sample(phases(LOGIN=(3, each, 0.0)), 0.001, 1, 0.0) for each in (0.01, 0.5, 0.011)]
    made = profile(samples)
    assert made.phases[Phase.LOGIN] == Spent(3, 0.011, 0.0)
    assert made.repeatable


def test_a_profile_tells_when_round_trips_differ():
    samples = [Sample(phases(LOGIN=(each, 0.01, 0.0)), 0.001, 1, 0.0) for each in (3, 3, 2)]
    assert not profile(samples).repeatable


@pytest.mark.parametrize("round_trip", [0.0, 0.001, 0.01, 0.2])
def test_another_network_changes_the_round_trips_only(round_trip):
    made = Profile(HEALTHY, 0.001, 1, 0.0, 5, True)
    there = made.on_network(round_trip)
    expected = made.total.seconds + made.total.round_trips * (round_trip - 0.001)
    assert sum(there.values()) == pytest.approx(expected)
    assert there[Phase.RESOLVE] == HEALTHY[Phase.RESOLVE].seconds


def test_the_work_of_a_phase_is_never_negative():
    made = Profile(phases(TCP=(1, 0.0001, 0.0)), 0.05, 1, 0.0, 5, True)
    assert made.own(Phase.TCP) == 0.0


@pytest.mark.parametrize(
    ("habits", "today"),
    [
        (Habits(), ("new connection (CONN_MAX_AGE 0)", False)),
        (Habits(conn_max_age=60), ("connections kept (CONN_MAX_AGE 60)", False)),
        (Habits(conn_max_age=None), ("connections kept (CONN_MAX_AGE 60)", False)),
        (Habits(conn_max_age=60, health_checks=True), ("kept, with CONN_HEALTH_CHECKS", False)),
        (Habits(health_checks=True), ("new connection (CONN_MAX_AGE 0)", False)),
        (Habits(pool=True), ("Django's pool", False)),
        (Habits(pool=True, health_checks=True), ("Django's pool, with CONN_HEALTH_CHECKS", False)),
        (Habits(atomic_requests=True), ("new connection (CONN_MAX_AGE 0)", True)),
    ],
    ids=["age 0", "age 60", "for ever", "checked", "inert check", "pool", "checked pool", "atomic"],
)
def test_exactly_one_row_is_today(habits, today):
    assert [(cost.name, cost.atomic) for cost in request_costs(reading(habits=habits)) if cost.today] == [today]


@pytest.mark.parametrize(
    ("vendor", "atomic", "expected"),
    [
        ("postgresql", False, [8, 1, 2, 1, 2]),
        ("postgresql", True, [10, 3, 4, 3, 4]),
        ("mysql", False, [8, 1, 2]),
        ("mysql", True, [11, 4, 5]),
    ],
    ids=["PostgreSQL", "PostgreSQL, atomic", "MySQL", "MySQL, atomic"],
)
def test_round_trips_of_a_request(vendor, atomic, expected):
    costs = request_costs(reading(vendor))
    assert [cost.round_trips for cost in costs if cost.atomic is atomic] == expected


def test_what_is_not_counted_is_not_calculated():
    from dataclasses import replace

    assert request_costs(replace(reading(), vendor="oracle")) == ()
