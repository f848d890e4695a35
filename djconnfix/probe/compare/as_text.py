"""A comparison for the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from djconnfix.masking import mask
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.probe.compare.outcome import Comparison, Outcome
    from djconnfix.terminal import Style

HEADS = ("requests/s", "p50", "p95", "work", "failed", "new/100", "standing", "failed after cut")
UNKNOWN = "?"


def write_comparison(found: Comparison, style: Style) -> str:
    """Return the text."""
    lines = [style.paint(headline(found), "bold"), ""]
    width = max((len(outcome.name) for outcome in found.outcomes), default=0) + 3
    lines.append(" " * width + "".join(f"{head:>{_wide(head)}}" for head in HEADS))
    for outcome in found.outcomes:
        line = f"{'> ' if outcome.today else '  '}{outcome.name}".ljust(width)
        if outcome.trouble:
            line += f"  not measured: {outcome.trouble}"
        else:
            line += "".join(f"{cell:>{_wide(head)}}" for cell, head in zip(cells(found, outcome), HEADS, strict=True))
        lines.append(style.paint(line, "bold") if outcome.today else line)
    if any(outcome.today for outcome in found.outcomes):
        lines += ["", "  > as the settings are today"]
    lines += ["", *_below(found, style)]
    return "\n".join(plain(mask(line)) if "\x1b" not in line else line for line in lines).rstrip() + "\n"


def headline(found: Comparison) -> str:
    """Return what was compared, in one line."""
    how = "through running servers" if found.server == "URL" else f"in process ({found.server})"
    many = f"{found.threads} at a time"
    return f"{', '.join(found.aliases)}: GET {', '.join(found.paths)} {how}, {many}"


def cells(found: Comparison, outcome: Outcome) -> tuple[str, ...]:
    """Return what is shown under `HEADS`."""
    opened, standing = outcome.opened_per_hundred, outcome.standing
    return (
        f"{outcome.rate:.0f}",
        f"{outcome.median * 1000:.1f} ms",
        f"{outcome.slow * 1000:.1f} ms",
        UNKNOWN if outcome.work is None else f"{outcome.work * 1000:.1f} ms",
        str(outcome.failures),
        UNKNOWN if opened is None else f"{opened:.0f}",
        UNKNOWN if standing is None else f"{standing} of {outcome.most}" if outcome.most else str(standing),
        "not cut" if found.server == "URL" else f"{outcome.failures_after_cut} of {outcome.after_cut}",
    )


def legend(found: Comparison) -> Iterator[str]:
    """Return what the columns mean, and what a reader has to know."""
    yield (
        "requests/s and times are for comparing these rows with each other on this machine, not for sizing servers; "
        "work: processor time of this process for a request, which does not change when the machine is busy; "
        "new/100: connections made for 100 requests; standing: open afterwards while nothing was requested, of so "
        "many that one process may hold"
    )
    if found.server != "URL":
        yield (
            "failed after cut: the standing connections were cut, as by a server that restarts, and then each thread "
            "made 3 requests"
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


def _wide(head: str) -> int:
    return max(len(head) + 2, 12)
