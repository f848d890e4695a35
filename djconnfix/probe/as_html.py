"""Probe results as one page with charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.probe import page
from djconnfix.probe.as_text import headline
from djconnfix.probe.diagnosis import diagnose
from djconnfix.probe.requests import request_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from djconnfix.probe.reading import Reading

_TITLE = "Where the time of a new connection goes"


def write_html(readings: Iterable[Reading], failures: Iterable[tuple[str, str]], networks: Sequence[float]) -> str:
    """Return the page.

    Args:
        readings: what was found.
        failures: alias and reason of each that could not be probed.
        networks: round trips of other networks to calculate for, in seconds.
    """
    body = [f"<h1>{_TITLE}</h1>"]
    for reading in readings:
        body += _reading(reading, networks)
    if unreachable := [f"{alias}: {reason}" for alias, reason in failures]:
        body += ["<h2>Not probed</h2>", page.items(unreachable)]
    return page.page(_TITLE, body)


def _reading(reading: Reading, networks: Sequence[float]) -> Iterator[str]:
    profile = reading.profile
    yield f"<h2>{page.text(headline(reading))}</h2>"
    yield page.chart(
        "Opening a connection, phase by phase",
        [
            page.Bar(phase.value, spent.seconds, f"{_ms(spent.seconds)}, {_trips(spent.round_trips)}")
            for phase, spent in profile.phases.items()
        ],
    )
    elsewhere = [profile.on_network(each) for each in networks]
    rows = [
        [phase.value, str(spent.round_trips), _ms(spent.waiting), _ms(spent.working), _ms(spent.seconds)]
        + [_ms(each[phase]) for each in elsewhere]
        for phase, spent in profile.phases.items()
    ]
    total = profile.total
    rows.append(["total", str(total.round_trips), _ms(total.waiting), _ms(total.working), _ms(total.seconds)])
    rows[-1] += [_ms(sum(each.values())) for each in elsewhere]
    rows.append(["a query on the open connection", str(profile.query_round_trips), "", "", _ms(profile.query)])
    rows[-1] += [_ms(each * profile.query_round_trips) for each in networks]
    heads = ("", "round trips", "waiting", "own work", "together", *_networks(networks))
    yield page.table(page.Table(f"{reading.alias}: medians of {profile.samples}", heads, rows))
    yield from _requests(reading, networks)
    found = diagnose(reading)
    yield "<h3>Diagnosis</h3>"
    if not found:
        yield page.paragraph("Nothing is slower than it has to be.")
        return
    yield "<dl>"
    for each in found:
        trips = f", {_trips(each.round_trips)}" if each.round_trips else ""
        saved = f"saves {_ms(each.seconds)}{trips}; confidence {each.confidence.label}"
        yield f"<dt>{page.text(each.name)} ({page.text(saved)})</dt>"
        yield f"<dd>{page.text(each.cause[0].upper() + each.cause[1:])}. Remedy: {page.text(each.remedy)}.</dd>"
    yield "</dl>"
    yield page.items(reading.notes)


def _requests(reading: Reading, networks: Sequence[float]) -> Iterator[str]:
    costs = [cost for cost in request_costs(reading) if cost.atomic is reading.habits.atomic_requests]
    if not costs:
        return
    profile = reading.profile
    rows = [
        [cost.name, str(cost.round_trips), _ms(cost.seconds(profile))]
        + [_ms(cost.seconds(profile, each)) for each in networks]
        for cost in costs
    ]
    marked = frozenset(number for number, cost in enumerate(costs) if cost.today)
    caption = f"{reading.alias}: what a request with one query waits for the database"
    yield page.table(page.Table(caption, ("", "round trips", "here", *_networks(networks)), rows, marked))


def _networks(networks: Sequence[float]) -> list[str]:
    return [f"at {each * 1000:g} ms" for each in networks]


def _trips(number: int) -> str:
    return f"{number} round trip{'s' if number != 1 else ''}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds >= 0.001 or not seconds else f"{seconds * 1000:.2f} ms"
