"""A comparison for the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from djconnfix.masking import mask
from djconnfix.probe.columns import Row, columns
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.probe.compare.outcome import Comparison, Outcome
    from djconnfix.terminal import Style

_HEADS = ("requests/s", "in rounds", "p50", "p95", "work", "failed", "new/100", "standing", "after cut")
UNKNOWN = "?"


def write_comparison(found: Comparison, style: Style) -> str:
    """Return the text."""
    lines = [style.paint(headline(found), "bold"), ""]
    rows = [
        Row(
            f"{'> ' if outcome.today else '  '}{outcome.name}",
            (f"not measured: {outcome.trouble}",) if outcome.trouble else cells(found, outcome),
            outcome.today,
        )
        for outcome in found.outcomes
    ]
    lines += columns("", heads(found), rows, style)
    if any(outcome.today for outcome in found.outcomes):
        lines += ["", "  > as the settings are today"]
    lines += ["", *_below(found, style)]
    return "\n".join(plain(mask(line)) if "\x1b" not in line else line for line in lines).rstrip() + "\n"


def headline(found: Comparison) -> str:
    """Return what was compared, in one line."""
    how = "through running servers" if found.server == "URL" else f"in process ({found.server})"
    many = f"{found.threads} at a time"
    return f"{', '.join(found.aliases)}: GET {', '.join(found.paths)} {how}, {many}"


def heads(found: Comparison) -> tuple[str, ...]:
    """Return what stands above the columns; of rounds only when there were several."""
    return tuple(head for head in _HEADS if head != "in rounds" or found.in_rounds)


def cells(found: Comparison, outcome: Outcome) -> tuple[str, ...]:
    """Return what is shown under the heads."""
    opened, standing = outcome.opened_per_hundred, outcome.standing
    return (
        f"{outcome.rate:.0f}",
        *([spread(outcome)] if found.in_rounds else []),
        f"{outcome.median * 1000:.1f} ms",
        f"{outcome.slow * 1000:.1f} ms",
        UNKNOWN if outcome.work is None else f"{outcome.work * 1000:.1f} ms",
        str(outcome.failures),
        UNKNOWN if opened is None else f"{opened:.0f}",
        UNKNOWN if standing is None else f"{standing} of {outcome.most}" if outcome.most else str(standing),
        "not cut" if found.server == "URL" else f"{outcome.failures_after_cut} of {outcome.after_cut}",
    )


def spread(outcome: Outcome) -> str:
    """Return the lowest and the highest rate of the rounds."""
    return f"{min(outcome.rates):.0f} to {max(outcome.rates):.0f}" if outcome.rates else ""


def legend(found: Comparison) -> Iterator[str]:
    """Return what the columns mean, and what a reader has to know."""
    if found.in_rounds:
        yield (
            "in rounds: each way was measured in several rounds, in turn with the others; these are its lowest and its "
            "highest rate. Ways whose rounds overlap are not told apart by this comparison"
        )
    yield (
        "requests/s and times are for comparing these rows with each other on this machine, not for sizing servers; "
        "work: processor time of this process for a request, which does not change when the machine is busy; "
        "new/100: connections made for 100 requests; standing: open afterwards while nothing was requested, of so "
        "many that one process may hold"
    )
    if found.server != "URL":
        yield (
            "after cut: the standing connections were cut, as by a server that restarts, and so many of the 3 requests "
            "that each thread then made failed"
        )
    yield from found.notes
    for outcome in found.outcomes:
        if outcome.reasons:
            yield f"{outcome.name}: requests failed with {'; '.join(outcome.reasons)}"
    for other in found.not_tried:
        yield f"{other.name} was not tried: {other.why}"


def _below(found: Comparison, style: Style) -> Iterator[str]:
    for text in legend(found):
        yield from textwrap.wrap(
            plain(mask(text)), style.width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
