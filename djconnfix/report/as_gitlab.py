"""GitLab's code quality report (a subset of the Code Climate format)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from djconnfix.findings import Severity
from djconnfix.masking import mask

if TYPE_CHECKING:
    from djconnfix.engine import Report

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def write_gitlab(report: Report, prefix: str = "") -> str:
    """Return the report as JSON for `artifacts: reports: codequality`.

    Args:
        report: what an audit found.
        prefix: what leads from the repository's root to the project's.
    """
    issues = [
        {
            "description": mask(finding.problem.message),
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": finding.fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": prefix + finding.location.path, "lines": {"begin": finding.location.line}},
        }
        for finding in report.findings
    ]
    return json.dumps(issues, indent=1) + "\n"
