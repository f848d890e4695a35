"""A comparison as a page with charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.probe import page
from djconnfix.probe.compare.as_text import cells, headline, heads, legend, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.probe.compare.outcome import Comparison, Outcome


def write_comparison_html(found: Comparison) -> str:
    """Return the page."""
    return page.page("Ways of keeping connections, compared", _body(found))


def _body(found: Comparison) -> Iterator[str]:
    yield "<h1>Ways of keeping connections, compared</h1>"
    yield page.paragraph(headline(found))
    if found.because:
        yield page.paragraph(f"Served as {found.because}.")
    yield page.table(
        page.Table(
            "Each way in turn, on the real database",
            ("", *heads(found)),
            [(outcome.name, *_row(found, outcome)) for outcome in found.outcomes],
            frozenset(number for number, outcome in enumerate(found.outcomes) if outcome.today),
        )
    )
    if found.measured:
        yield "<h2>Charts</h2>"
        yield from _charts(found)
    yield "<h2>How to read it</h2>"
    yield page.items(legend(found))


def _row(found: Comparison, outcome: Outcome) -> tuple[str, ...]:
    if outcome.trouble:
        return (f"not measured: {outcome.trouble}", *[""] * (len(heads(found)) - 1))
    return cells(found, outcome)


def _charts(found: Comparison) -> Iterator[str]:
    measured = found.measured
    yield page.chart(
        "Requests per second"
        + (": the line ends at the best round" if found.in_rounds else "")
        + " (longer is better)",
        [
            page.Bar(
                _name(each),
                each.rate,
                f"{each.rate:.0f} / s" + (f" ({spread(each)})" if each.rates else ""),
                max(each.rates, default=0.0),
            )
            for each in measured
        ],
    )
    yield page.chart(
        "Time of a request: the bar ends at p50, the line at p95 (shorter is better)",
        [
            page.Bar(
                _name(each),
                each.median,
                f"{each.median * 1000:.1f} to {each.slow * 1000:.1f} ms",
                each.slow,
            )
            for each in measured
        ],
    )
    if counted := [each for each in measured if each.work is not None]:
        yield page.chart(
            "Processor time for a request (shorter is better)",
            [page.Bar(_name(each), each.work or 0, f"{(each.work or 0) * 1000:.1f} ms") for each in counted],
        )
    if counted := [each for each in measured if each.opened_per_hundred is not None]:
        yield page.chart(
            "New connections for 100 requests (shorter is better)",
            [page.Bar(_name(each), each.opened_per_hundred or 0, f"{each.opened_per_hundred:.0f}") for each in counted],
        )
    if counted := [each for each in measured if each.standing is not None]:
        yield page.chart(
            "Connections that stand open while nothing is requested",
            [page.Bar(_name(each), each.standing or 0, str(each.standing)) for each in counted],
        )
    if found.server != "URL":
        yield page.chart(
            "Requests that failed after the connections were cut (shorter is better)",
            [
                page.Bar(_name(each), each.failures_after_cut, f"{each.failures_after_cut} of {each.after_cut}")
                for each in measured
            ],
        )


def _name(outcome: Outcome) -> str:
    return f"{outcome.name} (today)" if outcome.today else outcome.name
