"""The report as Markdown, for a comment on a pull request or a job summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability
from djconnfix.masking import mask
from djconnfix.report.summary import summarise
from djconnfix.rules import find_rule
from djconnfix.terminal import Style, plain

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.findings import Finding

_FIXES = {Applicability.SAFE: "safe", Applicability.UNSAFE: "unsafe", Applicability.MANUAL: "by hand"}


def write_markdown(report: Report, prefix: str = "") -> str:
    """Return a heading with the summary, a table of findings, and what could not be read.

    Args:
        report: what an audit found.
        prefix: what leads from the repository's root to the project's.
    """
    lines = ["### djconnfix", "", summarise(report, Style(), "")[0], ""]
    if report.findings:
        lines += ["| place | rule | severity | what | fix |", "|---|---|---|---|---|"]
        lines += [_row(finding, prefix) for finding in report.findings]
        lines.append("")
    if report.project.unreadable:
        lines += ["Could not be read:", ""]
        lines += [f"- {_code(prefix + each.path)}: {_cell(each.reason)}" for each in report.project.unreadable]
        lines.append("")
    return "\n".join(lines)


def _row(finding: Finding, prefix: str) -> str:
    rule = find_rule(finding.code)
    name = f"[{finding.code} {finding.name}]({rule.url})" if rule else finding.code
    place = _code(f"{prefix}{finding.location.path}:{finding.location.line}")
    fix = _FIXES[finding.remedy.applicability] if finding.remedy else ""
    return f"| {place} | {name} | {finding.severity.label} | {_cell(finding.problem.message)} | {fix} |"


def _cell(text: str) -> str:
    escaped = plain(mask(text)).replace("\\", "\\\\")
    for letter in "|`*_<>[]":
        escaped = escaped.replace(letter, f"\\{letter}")
    return escaped


def _code(text: str) -> str:
    return f"`{plain(text).replace('`', '').replace('|', '')}`"
