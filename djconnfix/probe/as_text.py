"""A probe's result for the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from djconnfix.masking import mask
from djconnfix.probe.columns import Row, columns
from djconnfix.probe.diagnosis import diagnose
from djconnfix.probe.requests import request_costs
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.probe.phases import Spent
    from djconnfix.probe.reading import Reading
    from djconnfix.terminal import Style


def write_reading(reading: Reading, networks: Sequence[float], style: Style) -> str:
    """Return the text for one alias.

    Args:
        reading: what was found.
        networks: round trips of other networks to calculate for, in seconds.
        style: colours and width.
    """
    lines = [style.paint(headline(reading), "bold"), ""]
    lines += _phases(reading, networks, style)
    lines += ["", *_summary(reading, style)]
    if costs := list(_requests(reading, networks, style)):
        lines += ["", style.paint("What a request with one query waits for the database", "bold"), "", *costs]
    lines += ["", style.paint("Diagnosis", "bold"), "", *_diagnosis(reading, style)]
    return "\n".join(plain(mask(line)) if "\x1b" not in line else line for line in lines).rstrip() + "\n"


def headline(reading: Reading) -> str:
    """Return what was probed, in one line."""
    words = [f"{plain(reading.alias)}: {plain(reading.server)}"]
    if reading.endpoint:
        words.append(f"at {plain(reading.endpoint)}")
    words.append(f"with {reading.driver}")
    if reading.login.encrypted:
        words.append(f"over TLS {reading.login.tls_version}")
    if reading.pooler:
        words.append("behind a pooler or proxy")
    return " ".join(words)


def _phases(reading: Reading, networks: Sequence[float], style: Style) -> Iterator[str]:
    profile = reading.profile
    elsewhere = [profile.on_network(each) for each in networks]
    heads = ["round trips", "waiting", "own work", "together", *_networks(networks)]
    rows = [
        Row(phase.value, [*_spent(spent), *(_ms(each[phase]) for each in elsewhere)])
        for phase, spent in profile.phases.items()
    ]
    rows.append(Row("total", [*_spent(profile.total), *(_ms(sum(each.values())) for each in elsewhere)]))
    query = ["", "", _ms(profile.query), *(_ms(each * profile.query_round_trips) for each in networks)]
    rows.append(Row("a query on that connection", [str(profile.query_round_trips), *query]))
    return columns("opening a connection", heads, rows, style)


def _spent(spent: Spent) -> list[str]:
    return [str(spent.round_trips), _ms(spent.waiting), _ms(spent.working), _ms(spent.seconds)]


def _summary(reading: Reading, style: Style) -> Iterator[str]:
    profile = reading.profile
    ratio = profile.total.seconds / profile.query if profile.query else 0
    words = (
        f"Opening a connection takes as long as {ratio:.0f} queries. "
        f"{_ms(profile.travelling)} of {_ms(profile.total.seconds)} "
        f"are spent on {profile.total.round_trips} round trips (a query's takes {_ms(profile.round_trip)}); "
        f"{_ms(profile.processor)} are processor time of this process. Median of {profile.samples}."
    )
    notes = list(reading.notes)
    if reading.first_connection_extra:
        notes.append(f"a thread's first connection takes {reading.first_connection_extra} round trip(s) more")
    if not profile.repeatable:
        notes.append("the number of round trips differed between connections")
    for text in (words, *(f"Note: {note}." for note in notes)):
        yield from textwrap.wrap(text, style.width)


def _requests(reading: Reading, networks: Sequence[float], style: Style) -> Iterator[str]:
    costs = request_costs(reading)
    if not costs:
        return
    atomic = reading.habits.atomic_requests
    in_transaction = {cost.name: cost for cost in costs if cost.atomic}
    rows = []
    for cost in costs:
        if cost.atomic:
            continue
        other = in_transaction[cost.name]
        shown = other if atomic else cost
        cells = [str(cost.round_trips), str(other.round_trips), _ms(shown.seconds(reading.profile))]
        cells += [_ms(shown.seconds(reading.profile, each)) for each in networks]
        rows.append(Row(f"{'> ' if shown.today else '  '}{cost.name}", cells, shown.today))
    yield from columns("", ["round trips", "in a transaction", "here", *_networks(networks)], rows, style)
    yield ""
    words = f"> as the settings are today, ATOMIC_REQUESTS {'on' if atomic else 'off'}; in a transaction: with it on"
    yield from textwrap.wrap(words, style.width, initial_indent="  ", subsequent_indent="    ")


def _diagnosis(reading: Reading, style: Style) -> Iterator[str]:
    found = diagnose(reading)
    if not found:
        yield "Nothing is slower than it has to be."
    for each in found:
        trips = f", {each.round_trips} round trip{'s' if each.round_trips != 1 else ''}" if each.round_trips else ""
        head = f"{each.name} (saves {_ms(each.seconds)}{trips}; confidence {each.confidence.label})"
        yield style.paint(head, "yellow")
        for text in (f"{each.cause[0].upper()}{each.cause[1:]}.", f"Remedy: {each.remedy}."):
            yield from textwrap.wrap(
                plain(mask(text)), style.width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
            )


def _networks(networks: Sequence[float]) -> list[str]:
    return [f"at {each * 1000:g} ms" for each in networks]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds >= 0.001 or not seconds else f"{seconds * 1000:.2f} ms"
