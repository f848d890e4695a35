"""Findings with their evidence, remedy and diff, by settings module and alias."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Confidence, Severity
from djconnfix.report.excerpt import Excerpts
from djconnfix.report.html import element, prose, text
from djconnfix.report.merged import grouped, merged
from djconnfix.rules import find_rule
from djconnfix.terminal import Style

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.findings import Because, Finding
    from djconnfix.report.merged import Group, Shown

_SHAPES = {Severity.ERROR: "■", Severity.WARNING: "▲", Severity.INFO: "●"}  # told apart without colour
_FIXES = {
    Applicability.SAFE: "Safe fix",
    Applicability.UNSAFE: "Fix that changes policy (--unsafe-fixes)",
    Applicability.MANUAL: "By hand",
}
_WIDTH = 110  # columns of an excerpt


def findings_html(report: Report, prefix: str) -> str:
    """Return every finding under its settings module and alias; those on code alone stand last.

    Args:
        report: what an audit found.
        prefix: what leads from the repository's root to the project's.
    """
    excerpts = Excerpts(report.tree)
    parts = []
    for module, groups in groupby(grouped(merged(report.findings)), key=lambda group: group.settings):
        body = "".join(_alias(group, report, excerpts, prefix) for group in groups)
        parts.append(element("section", element("h3", text(module or "Code and files")) + body, class_="group"))
    return "".join(parts)


def because_html(because: Because, prefix: str) -> str:
    """Return one piece of evidence, its place first."""
    at = because.location
    place = f'<code class="place">{text(f"{prefix}{at.path}:{at.line}")}</code> ' if at else ""
    return f"{place}{prose(because.text)}"


def _alias(group: Group, report: Report, excerpts: Excerpts, prefix: str) -> str:
    head = element("h4", f"alias {text(group.alias)}") if group.alias else ""
    body = "".join(_finding(each, report, excerpts, prefix) for each in group.findings)
    return f'<div class="alias">{head}{body}</div>'


def _finding(shown: Shown, report: Report, excerpts: Excerpts, prefix: str) -> str:
    finding = shown.finding
    at, label = finding.location, finding.severity.label
    badge = f'<span class="badge">{_SHAPES[finding.severity]} {label}</span>'
    rule = find_rule(finding.code)
    name = text(f"{finding.code} {finding.name}")
    link = element("a", name, href=rule.url, rel="noreferrer") if rule else name
    place = f'<code class="place">{text(f"{prefix}{at.path}:{at.line}:{at.column}")}</code>'
    parts = [
        f'<header>{badge} <span class="code">{link}</span> {place}</header>',
        element("h5", prose(_sentence(finding.problem.message))),
        _pre("\n".join(excerpts.lines(at, Style(width=_WIDTH))), "excerpt", f"Source of {finding.code}"),
        _evidence(shown, prefix),
        _remedy(finding),
        _diff(report, finding),
    ]
    return f'<article class="finding {label}" data-severity="{label}">{"".join(parts)}</article>'


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else f"{message}."


def _evidence(shown: Shown, prefix: str) -> str:
    problem = shown.finding.problem
    rows = []
    if len(shown.settings) > 1:
        rows.append(f"<dt>Settings</dt><dd>{text(', '.join(shown.settings))}</dd>")
    if problem.because:
        items = "".join(f"<li>{because_html(each, prefix)}</li>" for each in problem.because)
        rows.append(f"<dt>Because</dt><dd><ul>{items}</ul></dd>")
    if problem.confidence is not Confidence.HIGH:
        rows.append(f"<dt>Confidence</dt><dd>{problem.confidence.label}</dd>")
    return element("dl", "".join(rows)) if rows else ""


def _remedy(finding: Finding) -> str:
    if (remedy := finding.remedy) is None:
        return ""
    said = element("p", f"<strong>{_FIXES[remedy.applicability]}</strong>: {prose(remedy.instructions)}")
    why = element("p", f"Why: {prose(remedy.why)}.") if remedy.why.strip() else ""
    return element("div", said + why, class_="remedy")


def _diff(report: Report, finding: Finding) -> str:
    if finding.remedy is None or not finding.remedy.actions:
        return ""
    from djconnfix.fix.diff import masked_diff
    from djconnfix.fix.plan import make_plan

    plan = make_plan(report, [finding], unsafe=True, passes=1)
    if plan.refused:
        return element("p", f"Not written by <code>fix</code>: {prose(plan.refused[0].reason)}.", class_="refused")
    lines = masked_diff(plan).splitlines()
    if not lines:
        return ""
    marked = "\n".join(_marked(line) for line in lines)
    drawn = f'<pre tabindex="0" role="region" aria-label="Diff for {text(finding.code)}">{marked}</pre>'
    return f'<details class="diff"><summary>Diff</summary>{drawn}</details>'


def _marked(line: str) -> str:
    shown = text(line)
    if line.startswith(("--- ", "+++ ", "@@")):
        return f'<span class="head">{shown}</span>'
    if line.startswith("-"):
        return f"<del>{shown}</del>"
    return f"<ins>{shown}</ins>" if line.startswith("+") else shown


def _pre(content: str, class_: str, label: str) -> str:
    if not content:
        return ""
    return element("pre", text_lines(content), class_=class_, tabindex="0", role="region", aria_label=label)


def text_lines(content: str) -> str:
    """Return several lines as text for HTML, their line ends kept."""
    return "\n".join(text(line) for line in content.split("\n"))
