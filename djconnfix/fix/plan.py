"""From remedies to proved changes: merge, refuse conflicts, choose a way for each wish, prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability
from djconnfix.fix.aftermath import objections_to
from djconnfix.fix.draft import Draft, draft_of
from djconnfix.fix.edits import Edit, edits_between
from djconnfix.fix.intent import actions_of, contradictions
from djconnfix.fix.refusals import Refusal
from djconnfix.fix.workspace import Workspace
from djconnfix.records import dataclass, field
from djconnfix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.engine import Report
    from djconnfix.findings import Finding

MOST_PASSES = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One file to be replaced.

    Attributes:
        source: the file as it was read.
        new: its new bytes.
        findings: what it fixes.
    """

    source: SourceFile
    new: bytes
    findings: tuple[Finding, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What differs, as edits of `source.text`."""
        text = SourceFile(self.source.path, self.source.absolute, self.new).text
        return edits_between(self.source.path, self.source.text, text)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a fix would write.

    Attributes:
        changes: by path.
        applied: the findings that are fixed.
        refused: the findings with an applicable remedy that cannot be applied surely.
        after: the audit of what it would write, None when it would write nothing.
    """

    changes: tuple[Change, ...] = ()
    applied: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()
    after: Report | None = field(default=None, repr=False, compare=False)


def make_plan(report: Report, findings: Sequence[Finding], *, unsafe: bool, passes: int = MOST_PASSES) -> Plan:
    """Return the proved plan that applies as many of the findings' remedies as can be applied surely.

    What one change brings to light, or makes possible, is fixed in the next pass, so that a second run finds nothing
    to do; but only where everything that was found is to be fixed.

    Args:
        report: the audit that found them.
        findings: what to fix.
        unsafe: whether remedies that change policy may be applied.
        passes: how often at most the project as it would be is judged again.
    """
    everything = {f.fingerprint for f in report.findings} <= {f.fingerprint for f in findings}
    whole = Draft(Workspace(report))
    current: Report | None = report
    while current is not None and passes > 0:
        draft, refused = _proved(current, findings, unsafe)
        fixed = {f.fingerprint for f in draft.applied}
        if current is report:
            whole.refused = list(refused)
        else:
            whole.refused = [refusal for refusal in whole.refused if refusal.finding.fingerprint not in fixed]
        whole.add(draft)
        current = draft.after if everything else None
        findings = current.findings if current is not None else ()
        passes -= 1
    return _plan(whole, tuple(whole.refused))


def _proved(report: Report, findings: Sequence[Finding], unsafe: bool) -> tuple[Draft, tuple[Refusal, ...]]:
    """Return the draft with all that can be applied surely, and what cannot."""
    eligible = [finding for finding in findings if _applicable(finding, unsafe)]
    # Safe ones first, so that allowing unsafe ones only adds to what is done without.
    eligible.sort(key=lambda finding: not _applicable(finding, unsafe=False))
    refused: dict[str, Refusal] = {}
    for fingerprint, reason in contradictions(eligible).items():
        finding = next(f for f in eligible if f.fingerprint == fingerprint)
        refused[fingerprint] = Refusal(finding, reason)
    while True:
        active = [finding for finding in eligible if finding.fingerprint not in refused]
        if not active:
            return Draft(Workspace(report)), tuple(refused.values())
        draft = draft_of(report, active, lenient=unsafe)
        refused |= {refusal.finding.fingerprint: refusal for refusal in draft.refused}
        if draft.restart or any(map(_allowed_more, draft.refused)):
            continue
        objections = objections_to(draft)
        if not objections:
            return draft, tuple(refused.values())
        refused |= {refusal.finding.fingerprint: refusal for refusal in objections}


def _allowed_more(refusal: Refusal) -> bool:
    """Whether a finding that is refused allowed others to change what is not theirs."""
    remedy = refusal.finding.remedy
    return remedy is not None and bool(remedy.permits or remedy.tolerates)


def edits_for(report: Report, finding: Finding) -> tuple[Edit, ...]:
    """Return the edits that one finding's remedy alone would make, none when it has none that is sure."""
    if not actions_of(finding) or contradictions([finding]):
        return ()
    draft = draft_of(report, [finding])
    if draft.refused:
        return ()
    return tuple(edit for change in _plan(draft, ()).changes for edit in change.edits)


def _applicable(finding: Finding, unsafe: bool) -> bool:
    remedy = finding.remedy
    if remedy is None or not remedy.actions:
        return False
    return remedy.applicability is Applicability.SAFE or (unsafe and remedy.applicability is Applicability.UNSAFE)


def _plan(draft: Draft, refused: tuple[Refusal, ...]) -> Plan:
    changes = []
    for path in sorted(draft.state.changed):
        source, now = draft.state.report.tree.source(path), draft.state.changed[path]
        if source.data != now.data:
            findings = tuple(f for f in draft.applied if path in draft.touched.get(f.fingerprint, ()))
            changes.append(Change(source, now.data, findings))
    return Plan(tuple(changes), tuple(draft.applied), refused, draft.after)
