"""The report as one HTML file that needs nothing else: for a person who was not there, and for a meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix import __version__
from djconnfix.findings import Severity
from djconnfix.report.as_text import looked_at
from djconnfix.report.connection_map import make_map
from djconnfix.report.html import element, page, text
from djconnfix.report.html_budget import budget_html
from djconnfix.report.html_findings import findings_html
from djconnfix.report.html_map import map_html
from djconnfix.report.summary import by_severity, summarise
from djconnfix.terminal import Style

if TYPE_CHECKING:
    from djconnfix.engine import Report


def write_html(report: Report, prefix: str = "") -> str:
    """Return the page: summary, map, budget, findings, what was looked at.

    Args:
        report: what an audit found.
        prefix: what leads from the repository's root to the project's.
    """
    name = report.config.root.name or "project"
    sections = [
        _section("map", "Where connections go", map_html(make_map(report.project), prefix)),
        _section("budget", "How many may stand open", budget_html(report.project, prefix)),
        _section("findings", "Findings", _filter(report) + _findings(report, prefix)),
        _section("looked-at", "What was looked at", _looked_at(report, prefix)),
    ]
    links = (("map", "Map"), ("budget", "Budget"), ("findings", "Findings"), ("looked-at", "Looked at"))
    nav = "".join(f'<li><a href="#{target}">{words}</a></li>' for target, words in links)
    body = (
        '<a class="skip" href="#findings">To the findings</a>'
        f'<header class="top"><h1>Connections of {text(name)}</h1>'
        f'<p class="summary">{text(summarise(report, Style(), "")[0])}</p>'
        f'<nav aria-label="Sections"><ul>{nav}</ul></nav></header><main>{"".join(sections)}</main>'
        f"<footer>djconnfix {__version__}. Secrets are masked; what is masked in a diff is not changed.</footer>"
    )
    return page(f"Connections of {name} - djconnfix", body)


def _section(name: str, title: str, content: str) -> str:
    head = f'<h2 id="{name}-title">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{head}{content}</section>'


def _findings(report: Report, prefix: str) -> str:
    return findings_html(report, prefix) or "<p>Nothing was found.</p>"


def _filter(report: Report) -> str:
    """Return what the script shows and works with; without a script every finding is shown."""
    if not report.findings:
        return ""
    boxes = "".join(
        f'<label><input type="checkbox" value="{level.label}" checked> {level.label}</label>'
        for level, number in by_severity(report).items()
        if number or level is not Severity.INFO
    )
    return (
        f'<form class="filter" hidden><fieldset><legend>Show</legend>{boxes}'
        '<label class="words">with the words <input type="search" autocomplete="off"></label>'
        '<button type="button" aria-pressed="false">All diffs</button></fieldset>'
        '<p role="status" aria-live="polite"></p></form>'
    )


def _looked_at(report: Report, prefix: str) -> str:
    seen = looked_at(report)[1:]  # without the project's folder: the page travels
    lines = element("ul", "".join(element("li", text(line.strip())) for line in seen))
    if not report.project.unreadable:
        return lines
    items = "".join(
        f'<li><code class="place">{text(f"{prefix}{each.path}:{each.line}" if each.line else prefix + each.path)}'
        f"</code> {text(each.reason)}</li>"
        for each in report.project.unreadable
    )
    return f"{lines}<h3>Could not be read</h3><ul>{items}</ul>"
