"""JUnit XML, which every CI server can show: a failed test case a finding."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from djconnfix.masking import mask
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.findings import Finding


def write_junit(report: Report, prefix: str = "") -> str:
    """Return one suite: a failure for each finding that makes the status 1, a passed case for any other.

    Args:
        report: what an audit found.
        prefix: what leads from the repository's root to the project's.
    """
    cases = [_case(finding, prefix, failed=finding.severity >= report.config.fail_level) for finding in report.findings]
    failures = sum(finding.severity >= report.config.fail_level for finding in report.findings)
    for each in report.project.unreadable:
        name, text = quoteattr(plain(prefix + each.path)), quoteattr(plain(mask(each.reason)))
        error = f'<error type="unreadable" message={text}/>'
        cases.append(f'  <testcase classname="unreadable" name={name} time="0">{error}</testcase>')
    if not cases:
        cases = ['  <testcase classname="djconnfix" name="nothing found" time="0"/>']
    errors = len(report.project.unreadable)
    # The elements and attributes without content are those that the schema of Apache Ant's JUnit task asks for.
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    head = (
        f'<testsuite name="djconnfix" package="djconnfix" id="0" timestamp="{now}" hostname="localhost" '
        f'tests="{len(cases)}" failures="{failures}" errors="{errors}" time="0">'
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<testsuites>",
            f" {head}",
            "  <properties/>",
            *cases,
            "  <system-out/>",
            "  <system-err/>",
            " </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _case(finding: Finding, prefix: str, *, failed: bool) -> str:
    place = plain(f"{prefix}{finding.location.path}:{finding.location.line}")
    name = f"classname={quoteattr(f'{finding.code} {finding.name}')} name={quoteattr(place)}"
    if not failed:
        return f'  <testcase {name} time="0"/>'
    message = plain(mask(finding.problem.message))
    remedy = finding.remedy
    body = plain(mask(". ".join(text for text in (remedy.instructions, remedy.why) if text))) if remedy else ""
    failure = f'<failure type="{finding.severity.label}" message={quoteattr(message)}>{escape(body)}</failure>'
    return f'  <testcase {name} time="0">{failure}</testcase>'
