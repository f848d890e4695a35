"""The budget as a chart: for each server a bar of what its aliases may open, against what the server admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.report.as_budget import total_in_words
from djconnfix.report.html import text
from djconnfix.report.html_findings import because_html
from djconnfix.report.sums import VENDORS, kept, production, sums_of

if TYPE_CHECKING:
    from djconnfix.facts import Project
    from djconnfix.report.sums import Sum

_WIDTH = 640
_KINDS = 4  # fillings of a bar that can be told apart without colour


def budget_html(project: Project, prefix: str) -> str:
    """Return a figure for each group of aliases that lead to the same server.

    Args:
        project: the facts.
        prefix: what leads from the repository's root to the project's.
    """
    figures = [_figure(each, prefix) for settings in production(project) for each in sums_of(settings)]
    if not figures:
        return "<p>No production settings with a database server were found.</p>"
    return "".join(figures)


def _figure(group: Sum, prefix: str) -> str:
    aliases = ", ".join(database.alias for database in group.databases)
    vendor = VENDORS.get(group.databases[0].vendor, "a database server")
    head = f"<figcaption><strong>{text(group.settings.module)}</strong>: {text(aliases)} on {text(vendor)}</figcaption>"
    words = total_in_words(group) if any(each.because for each in group.budgets) else "no file says how many"
    over = " over" if group.limit is not None and group.total > group.limit else ""
    return (
        f'<figure class="budget">{head}{_bar(group) if group.total else ""}'
        f'<p class="total{over}">{text(words)}</p>{_terms(group, prefix)}</figure>'
    )


def _bar(group: Sum) -> str:
    scale = _WIDTH / max(group.total, group.limit or 0)
    parts, x = [], 0.0
    for number, each in enumerate(group.budgets):
        width = each.total * scale
        parts.append(f'<rect class="part kind-{number % _KINDS}" x="{x:.1f}" y="4" width="{width:.1f}" height="22"/>')
        x += width
    if group.limit is not None:
        at = min(_WIDTH - 1.5, group.limit * scale)
        parts.append(f'<path class="limit" d="M{at:.1f} 0V30"/>')
    return (
        f'<svg class="bar" viewBox="0 0 {_WIDTH} 30" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(total_in_words(group))}"><rect class="whole" y="4" width="{_WIDTH}" height="22"/>'
        f"{''.join(parts)}</svg>{_scale(group)}"
    )


def _scale(group: Sum) -> str:
    most = f"limit {group.limit}" if group.limit and group.limit >= group.total else str(group.total)
    return f'<div class="scale" aria-hidden="true"><span>0</span><span>{most}</span></div>'


def _terms(group: Sum, prefix: str) -> str:
    items = []
    for number, (database, each) in enumerate(zip(group.databases, group.budgets, strict=True)):
        sample = (
            f'<svg class="sample" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">'
            f'<rect class="part kind-{number % _KINDS}" width="14" height="14"/></svg>'
        )
        terms = "".join(f"<li>{because_html(because, prefix)}</li>" for because in each.because)
        terms = terms or "<li>no file says how many processes serve it</li>"
        items.append(f"<li>{sample} <strong>{text(database.alias)}</strong>{text(kept(database))}<ul>{terms}</ul></li>")
    order = '<p class="key">In the bar from left to right:</p>' if len(items) > 1 and group.total else ""
    return f'{order}<ul class="terms">{"".join(items)}</ul>'
