"""Fixes that cannot be made are not offered: the finding says so, and what to write by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.engine import Report
    from djconnfix.findings import Finding


def without_refused(report: Report) -> Report:
    """Return the report without those fixes of which it can be told cheaply that `fix` refuses them."""
    if not any(finding.remedy and finding.remedy.actions for finding in report.findings):
        return report
    from djconnfix.fix.nowhere import without_place

    return by_hand(report, without_place(report))


def by_hand(report: Report, reasons: Mapping[str, str]) -> Report:
    """Return the report with the fixes of some findings left to a person.

    Args:
        report: what an audit found.
        reasons: why `fix` does not make it, by the finding's fingerprint.
    """
    if not reasons:
        return report
    findings = tuple(_by_hand(each, reasons.get(each.fingerprint, "")) for each in report.findings)
    return replace(report, findings=findings)


def _by_hand(finding: Finding, reason: str) -> Finding:
    remedy = finding.remedy
    if not reason or remedy is None or not remedy.actions:
        return finding
    why = f"`fix` does not write it here: {reason}"
    left = replace(remedy, applicability=Applicability.MANUAL, why=why, actions=(), permits=(), tolerates=())
    return replace(finding, problem=replace(finding.problem, remedy=left))
