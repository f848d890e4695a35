"""From remedies to proved changes: merge, refuse conflicts, choose a way for each wish, prove it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, RemoveListItem, RemoveStatement, RequirePackage, RewriteCode, Severity
from djconnfix.fix.edits import CannotEditError, Edit, edits_between
from djconnfix.fix.intent import Intent, achieved, actions_of, contradictions
from djconnfix.fix.lists import list_item_removed
from djconnfix.fix.located import located_edits
from djconnfix.fix.prove import prove
from djconnfix.fix.requirements import package_required
from djconnfix.fix.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.fix.intent import SettingAction
    from djconnfix.fix.located import Located
    from djconnfix.fix.ways import Way
    from djconnfix.source import SourceFile


MOST_PASSES = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding whose remedy is not applied, and why, one clause."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One file to be replaced.

    Attributes:
        source: the file as it was read.
        new: its new bytes.
        edits: what differs, as edits of `source.text`.
        findings: what it fixes.
    """

    source: SourceFile
    new: bytes
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a fix would write.

    Attributes:
        changes: by path.
        applied: the findings that are fixed.
        refused: the findings with an applicable remedy that cannot be applied surely.
    """

    changes: tuple[Change, ...] = ()
    applied: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()


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
    whole = _Draft(Workspace(report))
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


def _proved(report: Report, findings: Sequence[Finding], unsafe: bool) -> tuple[_Draft, tuple[Refusal, ...]]:
    """Return the draft with all that can be applied surely, and what cannot."""
    eligible = [finding for finding in findings if _applicable(finding, unsafe)]
    refused: dict[str, Refusal] = {}
    for fingerprint, reason in contradictions(eligible).items():
        finding = next(f for f in eligible if f.fingerprint == fingerprint)
        refused[fingerprint] = Refusal(finding, reason)
    while True:
        active = [finding for finding in eligible if finding.fingerprint not in refused]
        if not active:
            return _Draft(Workspace(report)), tuple(refused.values())
        draft = _draft(report, active)
        refused |= {refusal.finding.fingerprint: refusal for refusal in draft.refused}
        if draft.restart:
            continue
        objections = _objections(draft)
        if not objections:
            return draft, tuple(refused.values())
        refused |= {refusal.finding.fingerprint: refusal for refusal in objections}


def edits_for(report: Report, finding: Finding) -> tuple[Edit, ...]:
    """Return the edits that one finding's remedy alone would make, none when it has none that is sure."""
    if not actions_of(finding) or contradictions([finding]):
        return ()
    draft = _draft(report, [finding])
    if draft.refused:
        return ()
    return tuple(edit for change in _plan(draft, ()).changes for edit in change.edits)


def _applicable(finding: Finding, unsafe: bool) -> bool:
    remedy = finding.remedy
    if remedy is None or not remedy.actions:
        return False
    return remedy.applicability is Applicability.SAFE or (unsafe and remedy.applicability is Applicability.UNSAFE)


@dataclass(slots=True)
class _Draft:
    """A plan in the making: the state so far, what each finding touched, and the audit of the state."""

    state: Workspace
    touched: dict[str, set[str]] = field(default_factory=dict)
    applied: list[Finding] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    restart: bool = False
    after: Report | None = None

    def add(self, later: _Draft) -> None:
        """Take in what was drafted on the state that this draft leads to."""
        changed = {**self.state.changed, **later.state.changed}
        self.state = Workspace(self.state.report, later.state.tree, changed)
        self.applied += later.applied
        for fingerprint, paths in later.touched.items():
            self.touched.setdefault(fingerprint, set()).update(paths)


def _draft(report: Report, findings: Sequence[Finding]) -> _Draft:
    """Apply findings one after another; stop for a restart when a refused one left traces."""
    intent = Intent.of(findings)
    draft = _Draft(Workspace(report))
    located, draft.refused, names = located_edits(draft.state, findings)
    findings = [f for f in findings if all(refusal.finding is not f for refusal in draft.refused)]
    if draft.refused:
        draft.restart = True
        return draft
    if located.edits:
        draft.refused = _refuted(draft.state, located, intent, names)
        if draft.refused:
            draft.restart = True
            return draft
        draft.state = draft.state.edited(located.edits)
    for finding in findings:
        before = draft.state
        try:
            draft.state = _carried_out(draft.state, finding, intent)
        except CannotEditError as error:
            draft.refused.append(Refusal(finding, error.reason))
            if len(findings) > 1 and (finding in located.findings or _half_done(report, before, finding)):
                draft.restart = True
                return draft
            continue
        draft.applied.append(finding)
        paths = {p for p, s in draft.state.changed.items() if s is not before.changed.get(p)}
        paths |= {
            action.location.path for action in actions_of(finding) if isinstance(action, (RewriteCode, RemoveStatement))
        }
        draft.touched[finding.fingerprint] = paths or set(draft.state.changed)
    if any(_half_done(report, draft.state, refusal.finding) for refusal in draft.refused):
        draft.restart = bool(draft.applied)  # what came after a refusal still counted on it
    return draft


def _refuted(state: Workspace, located: Located, intent: Intent, names: frozenset[str]) -> list[Refusal]:
    """Prove located edits finding by finding, then together, and refuse those whose proof fails."""

    def objection(edits: Sequence[Edit]) -> str:
        try:
            prove(state, state.edited(edits), intent, names, located.comments)
        except CannotEditError as error:
            return error.reason
        return ""

    refused = [Refusal(f, reason) for f, edits in located.shares if (reason := objection(edits))]
    if not refused and len(located.shares) > 1 and (reason := objection(located.edits)):
        refused = [Refusal(finding, reason) for finding in located.findings]
    return refused


def _carried_out(state: Workspace, finding: Finding, intent: Intent) -> Workspace:
    for action in actions_of(finding):
        if isinstance(action, (RewriteCode, RemoveStatement)):
            continue
        if isinstance(action, RemoveListItem):
            state = list_item_removed(state, action, intent)
        elif isinstance(action, RequirePackage):
            state = package_required(state, action)
        else:
            state = _set(state, action, intent)
    return state


def _set(state: Workspace, action: SettingAction, intent: Intent) -> Workspace:
    from djconnfix.fix.ways import ways

    original = Workspace(state.report).database(action.database)
    if achieved(action, original, state.database(action.database)):
        return state
    wanted = intent.wanting(action.path, action)
    reason = "no place was found where it can be written"
    for way in ways(state, action, wanted):
        if isinstance(way, str):
            reason = way
            continue
        reason = _objection(state, way, intent)
        if not reason and achieved(action, original, way.result.database(action.database)):
            return way.result
    raise CannotEditError(reason or "no way to write it has the wanted effect")


def _objection(state: Workspace, way: Way, intent: Intent) -> str:
    """Return why a way's proof fails, empty when it passes."""
    try:
        prove(state, way.result, intent, way.names, way.comments)
    except CannotEditError as error:
        return error.reason
    return ""


def _half_done(report: Report, state: Workspace, finding: Finding) -> bool:
    """Whether other findings' changes already carried out a part of a finding that is refused as a whole."""
    first = Workspace(report)
    for action in actions_of(finding):
        if isinstance(action, (RewriteCode, RemoveStatement, RemoveListItem, RequirePackage)):
            continue
        try:
            original, now = first.database(action.database), state.database(action.database)
        except CannotEditError:
            continue  # there was never such a definition
        if achieved(action, original, now) and not achieved(action, original, original):
            return True
    return False


def _objections(draft: _Draft) -> list[Refusal]:
    """Judge the project as it would be: what was fixed must be gone, and nothing new may be left to do."""
    from djconnfix.engine import audit

    report = draft.state.report
    if not draft.applied:
        return []
    after = audit(report.config, draft.state.tree)
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


def _plan(draft: _Draft, refused: tuple[Refusal, ...]) -> Plan:
    changes = []
    for path in sorted(draft.state.changed):
        source, now = draft.state.report.tree.source(path), draft.state.changed[path]
        if source.data != now.data:
            findings = tuple(f for f in draft.applied if path in draft.touched.get(f.fingerprint, ()))
            changes.append(Change(source, now.data, edits_between(path, source.text, now.text), findings))
    return Plan(tuple(changes), tuple(draft.applied), refused)
