"""After a draft: the project is judged again as it would be, and what would be worse than before is refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.findings import Severity
from djconnfix.fix.refusals import Refusal
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.fix.draft import Draft


def objections_to(draft: Draft) -> list[Refusal]:
    """Judge the project as it would be: what was fixed must be gone, and nothing new may be left to do."""
    from djconnfix.engine import audit

    report = draft.state.report
    if not draft.applied:
        return []
    after = audit(report.config, draft.state.tree, draft.state.evaluations)
    broken = {each.path for each in after.project.unreadable} & draft.state.changed.keys()
    if broken:
        touching = [f for f in draft.applied if broken & draft.touched[f.fingerprint]]
        return [Refusal(f, f"{min(broken)} could not be read any more") for f in touching or draft.applied]
    left = Counter(map(_identity, after.findings))
    mended = Counter(map(_identity, draft.applied))
    allowed = (Counter(map(_identity, report.findings)) | mended) - mended
    stubborn = [
        Refusal(f, "the change would not mend it") for f in draft.applied if left[_identity(f)] > allowed[_identity(f)]
    ]
    if stubborn:
        return stubborn
    known = {_subject(f) for f in _all_findings(report)}
    mended_worst = max(f.severity for f in draft.applied)
    for finding in _all_findings(after):
        # A lesser finding is dealt with in the next pass, or stays to be read: what was mended was worse.
        worse = finding.severity is Severity.ERROR or finding.severity > mended_worst
        if worse and _subject(finding) not in known:
            near = [f for f in draft.applied if f.problem.settings == finding.problem.settings] or draft.applied
            return [Refusal(f, f"{finding.code} would be found afterwards") for f in near]
    draft.after = after
    return []


def _all_findings(report: Report) -> Sequence[Finding]:
    """Return what all rules say, also those that were not asked for: a change must not break what nobody looks at."""
    from djconnfix.engine import judged

    config = report.config
    if not (config.select or config.ignore or config.per_file_ignores or config.per_alias_ignores):
        return report.findings
    everything = replace(config, select=(), ignore=(), per_file_ignores={}, per_alias_ignores={}, baseline="")
    return judged(everything, report.project, report.tree)


def _subject(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.alias, finding.problem.settings


def _identity(finding: Finding) -> tuple[str, ...]:
    """Return what two findings of the same thing, before and after other changes in their file, have in common."""
    problem = finding.problem
    return finding.code, finding.location.path, problem.settings, finding.alias, problem.message
