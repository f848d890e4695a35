"""A plan in the making: findings applied one after another, each change proved before the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import RemoveListItem, RemoveSetting, RemoveStatement, RequirePackage, RewriteCode
from djconnfix.fix.edits import CannotEditError, Edit, not_too_deep
from djconnfix.fix.intent import Intent, achieved, actions_of, value_at
from djconnfix.fix.lists import list_item_removed
from djconnfix.fix.located import located_edits
from djconnfix.fix.nowhere import NO_PLACE, SHARED
from djconnfix.fix.prove import prove
from djconnfix.fix.refusals import Refusal
from djconnfix.fix.requirements import package_required
from djconnfix.fix.together import carried_out_together
from djconnfix.fix.workspace import Workspace
from djconnfix.records import dataclass, field
from djconnfix.settings.trace import WriteKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.engine import Report
    from djconnfix.facts import Database
    from djconnfix.findings import Action, Finding
    from djconnfix.fix.intent import SettingAction
    from djconnfix.fix.located import Located
    from djconnfix.fix.together import Together
    from djconnfix.fix.ways import Way

BYTES_IN_TURN = 60_000_000
MANY = "it is one of more changes than are worked out one after another; run `fix` again for the next ones"


@dataclass(slots=True)
class Draft:
    """A plan in the making: the state so far, what each finding touched, and the audit of the state."""

    state: Workspace
    touched: dict[str, set[str]] = field(default_factory=dict)
    applied: list[Finding] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    restart: bool = False
    after: Report | None = None

    def add(self, later: Draft) -> None:
        """Take in what was drafted on the state that this draft leads to."""
        changed = {**self.state.changed, **later.state.changed}
        self.state = Workspace(self.state.report, later.state.tree, changed)
        self.after = later.after or self.after
        self.applied += later.applied
        for fingerprint, paths in later.touched.items():
            self.touched.setdefault(fingerprint, set()).update(paths)


def draft_of(report: Report, findings: Sequence[Finding], *, lenient: bool = False) -> Draft:
    """Apply findings one after another; stop for a restart when a refused one left traces.

    Args:
        report: the audit that found them.
        findings: what to apply.
        lenient: whether what remedies merely tolerate may change with the rest.
    """
    intent = Intent.of(findings, lenient=lenient)
    draft = Draft(Workspace(report))
    located, draft.refused, names = located_edits(draft.state, findings)
    if draft.refused:
        draft.restart = True
        return draft
    if located.edits:
        draft.refused = _refuted(draft.state, located, intent, names)
        if draft.refused:
            draft.restart = True
            return draft
        draft.state = draft.state.edited(located.edits)
    most = _most_in_turn(report)
    together = carried_out_together(draft.state, findings, intent, _action_carried_out, _in_order, most)
    if together is not None:
        return _taken(draft, findings, together)
    draft.refused = [Refusal(finding, MANY) for finding in findings[most:]]
    for finding in findings[:most]:
        before = draft.state
        try:
            with not_too_deep():
                draft.state = _carried_out(draft.state, finding, intent)
        except CannotEditError as error:
            draft.refused.append(Refusal(finding, error.reason))
            if len(findings) > 1 and (finding in located.findings or _half_done(report, before, finding)):
                draft.restart = True
                return draft
            continue
        draft.applied.append(finding)
        paths = {p for p, s in draft.state.changed.items() if s is not before.changed.get(p)} | _located_paths(finding)
        draft.touched[finding.fingerprint] = paths or set(draft.state.changed)
    if any(_half_done(report, draft.state, refusal.finding) for refusal in draft.refused):
        draft.restart = bool(draft.applied)  # what came after a refusal still counted on it
    return draft


def _most_in_turn(report: Report) -> int:
    """Return how many findings are carried out one after another: each evaluates a settings module once more."""
    sizes = (sum(len(source.data) for source in each.sources) for each in report.evaluations.values())
    return max(1, BYTES_IN_TURN // max((1, *sizes)))


def _refuted(state: Workspace, located: Located, intent: Intent, names: frozenset[str]) -> list[Refusal]:
    """Prove located edits finding by finding, then together, and refuse those whose proof fails."""

    def objection(edits: Sequence[Edit]) -> str:
        try:
            with not_too_deep():
                prove(state, state.edited(edits), intent, names, located.comments)
        except CannotEditError as error:
            return error.reason
        return ""

    refused = [Refusal(f, reason) for f, edits in located.shares if (reason := objection(edits))]
    if not refused and len(located.shares) > 1 and (reason := objection(located.edits)):
        refused = [Refusal(finding, reason) for finding in located.findings]
    return refused


def _taken(draft: Draft, findings: Sequence[Finding], together: Together) -> Draft:
    """Take in what was carried out side by side, as if it had been one after another."""
    so_far = set(draft.state.changed)
    for finding in findings:
        paths = together.touched[finding.fingerprint] | _located_paths(finding)
        so_far |= paths
        draft.applied.append(finding)
        draft.touched[finding.fingerprint] = paths or set(so_far)
    draft.state = together.state
    return draft


def _located_paths(finding: Finding) -> set[str]:
    return {each.location.path for each in actions_of(finding) if isinstance(each, (RewriteCode, RemoveStatement))}


def _carried_out(state: Workspace, finding: Finding, intent: Intent) -> Workspace:
    for action in _in_order(state, finding):
        state = _action_carried_out(state, action, intent)
    return state


def _in_order(state: Workspace, finding: Finding) -> list[Action]:
    """Return the actions of a finding that are no located ones, which are carried out before all others."""
    actions = [each for each in actions_of(finding) if not isinstance(each, (RewriteCode, RemoveStatement))]
    return sorted(actions, key=lambda each: _detours(state, each))


def _action_carried_out(state: Workspace, action: Action, intent: Intent) -> Workspace:
    if isinstance(action, RemoveListItem):
        return list_item_removed(state, action, intent)
    if isinstance(action, RequirePackage):
        return package_required(state, action)
    assert not isinstance(action, (RewriteCode, RemoveStatement))
    try:
        return _set(state, action, intent)
    except CannotEditError:
        if isinstance(action, RemoveSetting) and action.optional:
            return state
        raise


def _detours(state: Workspace, action: Action) -> int:
    """Return how many later statements change the definition that an action is about.

    What is written for one without any, where it is made, mostly holds for those that a branch changes later.
    """
    if isinstance(action, (RewriteCode, RemoveStatement, RemoveListItem, RequirePackage)):
        return 0
    return sum(write.kind is WriteKind.ASSIGNMENT for write in state.trace(action.database).writes)


def _set(state: Workspace, action: SettingAction, intent: Intent) -> Workspace:
    from djconnfix.fix.ways import ways

    original = Workspace(state.report).database(action.database)
    if achieved(action, original, state.database(action.database)):
        return state
    reason = ""
    for aim in (intent, None if _begun(state, action, original, intent) else intent.tolerating(action)):
        if aim is None:
            continue
        reason = NO_PLACE
        for way in ways(state, action, aim.wanting(action.path, action)):
            if isinstance(way, str):
                reason = way
                continue
            reason = _objection(state, way, aim)
            if not reason and achieved(action, original, way.result.database(action.database)):
                if aim is not intent and not intent.lenient:
                    raise CannotEditError(SHARED)
                intent.settings |= aim.settings
                return way.result
    raise CannotEditError(reason or "no way to write it has the wanted effect")


def _begun(state: Workspace, action: SettingAction, original: Database, intent: Intent) -> bool:
    """Whether something else was written for a definition alone: what is tolerated would get a part of it."""
    now = state.database(action.database)
    return any(
        path != action.path
        and key.alias == action.database.alias
        and (key, path) not in intent.settings
        and value_at(original, path) is None
        and value_at(now, path) is not None
        for key, path in intent.tolerated
    )


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
