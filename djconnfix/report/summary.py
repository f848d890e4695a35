"""The last lines of a report: how much, what next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Severity
from djconnfix.selection import path_in_scope
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.terminal import Style


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 finding`, `2 findings`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def by_severity(report: Report) -> dict[Severity, int]:
    """Return how many findings there are of each severity, the worst first."""
    return {level: sum(f.severity is level for f in report.findings) for level in sorted(Severity, reverse=True)}


def applicable(report: Report, applicability: Applicability) -> int:
    """Return how many findings `fix` may try to repair with this applicability."""
    return sum(
        finding.remedy is not None and bool(finding.remedy.actions) and finding.remedy.applicability is applicability
        for finding in report.findings
    )


def remaining_in_words(left: Sequence[Finding], unsafe: bool) -> str:
    """Say how many findings a fix leaves, and why.

    Args:
        left: the findings.
        unsafe: whether fixes that change policy were asked for.
    """

    def those(applicability: Applicability) -> int:
        return sum(
            finding.remedy is not None
            and bool(finding.remedy.actions)
            and finding.remedy.applicability is applicability
            for finding in left
        )

    policy = 0 if unsafe else those(Applicability.UNSAFE)
    refused = those(Applicability.SAFE) + (those(Applicability.UNSAFE) if unsafe else 0)
    by_hand = len(left) - policy - refused
    kinds = ((policy, "with --unsafe-fixes only"), (refused, "refused"), (by_hand, "by hand"))
    words = ", ".join(f"{number} {kind}" for number, kind in kinds if number)
    return f"{count(len(left), 'finding')} would remain: {words}"


def summarise(report: Report, style: Style, fix_command: str) -> list[str]:
    """Return the summary and, when something can be repaired, the command that shows how."""
    project = report.project
    asked_for = [each for each in project.settings if any(path_in_scope(report.config, path) for path in each.paths)]
    judged = count(len(asked_for), "settings module")
    if not project.settings:
        judged = f"no settings module below {plain(str(report.config.root))}"
    if not report.findings:
        words = "Nothing found" if project.settings or project.code else "Nothing to judge"
        return [f"{style.paint(words, 'green' if project.settings else 'yellow')}: {judged}."]
    numbers = ", ".join(
        count(number, level.label) if level is not Severity.INFO else f"{number} info"
        for level, number in by_severity(report).items()
        if number
    )
    lines = [style.paint(f"{count(len(report.findings), 'finding')} ({numbers}) in {judged}.", "bold")]
    safe, unsafe = applicable(report, Applicability.SAFE), applicable(report, Applicability.UNSAFE)
    if fix_command and safe:
        lines.append(f"{count(safe, 'finding')} with a safe fix; to see the diff: {fix_command} --dry-run")
    if fix_command and unsafe:
        lines.append(
            f"{count(unsafe, 'finding')} with a fix that changes policy: {fix_command} --unsafe-fixes --dry-run"
        )
    return lines
