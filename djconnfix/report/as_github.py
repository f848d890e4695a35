"""GitHub Actions workflow commands, which become annotations on the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Severity
from djconnfix.masking import mask
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.findings import Finding

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def write_github(report: Report, prefix: str = "") -> str:
    """Return one workflow command a finding and a file that could not be read.

    Args:
        report: what an audit found.
        prefix: what leads from the repository's root to the project's.
    """
    lines = [_annotation(finding, prefix) for finding in report.findings]
    lines += [
        f"::error file={_property(prefix + each.path)},line={max(each.line, 1)}::{_text(each.reason)}"
        for each in report.project.unreadable
    ]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, prefix: str) -> str:
    at = finding.location
    properties = {
        "file": prefix + at.path,
        "line": str(at.line),
        "endLine": str(at.end_line),
        "title": f"{finding.code} {finding.name}",
    }
    if at.line == at.end_line:  # GitHub ignores columns that span lines
        properties |= {"col": str(at.column), "endColumn": str(at.end_column)}
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    text = _text(finding.problem.message)
    if finding.remedy is not None and finding.remedy.instructions:
        text += f"%0A{_text(finding.remedy.instructions)}"
    return f"::{_COMMANDS[finding.severity]} {said}::{text}"


def _text(value: str) -> str:
    # Escaped line ends would be enough for GitHub, but the log is also read in terminals.
    return plain(mask(value)).replace("%", "%25")


def _property(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")
