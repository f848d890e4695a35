"""Findings that have nothing to do with each other, carried out side by side: one evaluation proves a change of each.

Nothing is proved less than one after another: every difference between the state before and the state after must be
wanted. Where anything stands in the way, the findings are carried out one after another instead.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from djconnfix.findings import CastSetting, RemoveListItem, RequirePackage, SetSetting
from djconnfix.fix.edits import CannotEditError, not_too_deep
from djconnfix.fix.entry_lines import SIBLINGS, NewEntry
from djconnfix.fix.intent import achieved, actions_of, places_of
from djconnfix.fix.literals import literal
from djconnfix.fix.prove import prove
from djconnfix.fix.ways import first_edit
from djconnfix.fix.workspace import Workspace
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator, Sequence

    from djconnfix.findings import Action, Finding
    from djconnfix.fix.edits import Edit
    from djconnfix.fix.intent import Intent
    from djconnfix.source import SourceFile

    CarryOut = Callable[[Workspace, Action, Intent], Workspace]
    InOrder = Callable[[Workspace, Finding], Sequence[Action]]


@dataclass(slots=True)
class _Line:
    """Findings that have to do with each other: their actions are carried out in turn."""

    findings: deque[Finding] = field(default_factory=deque)
    actions: deque[Action] = field(default_factory=deque)
    current: str = ""

    def next(self, state: Workspace, in_order: InOrder) -> Action | None:
        """Return the action whose turn it is, None when all are carried out."""
        while True:
            while self.actions:
                if not _is_achieved(state, self.actions[0]):
                    return self.actions[0]
                self.actions.popleft()
            if not self.findings:
                return None
            finding = self.findings.popleft()
            self.current = finding.fingerprint
            self.actions.extend(in_order(state, finding))

    def drop(self, count: int) -> None:
        """Leave the next actions out: they are carried out."""
        for _ in range(count):
            self.actions.popleft()


@dataclass(slots=True)
class Together:
    """What came of findings that were carried out side by side.

    Attributes:
        state: the proved state.
        touched: the files that each changed, by fingerprint.
    """

    state: Workspace
    touched: dict[str, set[str]]


def carried_out_together(  # noqa: PLR0917
    state: Workspace, findings: Sequence[Finding], intent: Intent, carry_out: CarryOut, in_order: InOrder, most: int
) -> Together | None:
    """Carry out all findings, those that are independent at a time; None when they must go one after another.

    Args:
        state: the state to begin with.
        findings: what to carry out.
        intent: what all of them want.
        carry_out: how one action is carried out and proved alone.
        in_order: the actions of a finding that are not carried out yet, the first one first.
        most: how many actions at most are carried out alone.
    """
    result = Together(state, {finding.fingerprint: set() for finding in findings})
    try:
        with not_too_deep():
            lines = _lines(state, findings)
            while turns := [(each, action) for each in lines if (action := each.next(result.state, in_order))]:
                most -= _round(result, turns, intent, carry_out, most)
                lines = [line for line, _ in turns]
    except CannotEditError:
        return None
    return result


def _is_achieved(state: Workspace, action: Action) -> bool:
    if isinstance(action, (RemoveListItem, RequirePackage)) or not places_of(action):
        return False
    original = Workspace(state.report).database(action.database)  # type: ignore[union-attr]
    return achieved(action, original, state.database(action.database))  # type: ignore[arg-type, union-attr]


def _round(
    result: Together, turns: Sequence[tuple[_Line, Action]], intent: Intent, carry_out: CarryOut, most: int
) -> int:
    """Carry out an action of each line, or more: those that one edit can do at once, the others alone.

    Returns how many were carried out alone.

    Raises:
        CannotEditError: one of them cannot be carried out, or too many would have to be carried out alone.
    """
    before = result.state
    edits: dict[Edit, str] = {}
    joined: list[tuple[_Line, Sequence[Action]]] = []
    alone: list[tuple[_Line, Action]] = []
    for line, action in turns:
        found = _edit(before, line, action, intent)
        if found is None:
            alone.append((line, action))
        else:
            edits.setdefault(found[0], line.current)
            joined.append((line, found[1]))
    actions = [action for _, taken in joined for action in taken]
    if len(actions) > 1 and (after := _proved(before, edits, actions, intent)) is not None:
        result.state = after
        for edit, fingerprint in edits.items():
            result.touched[fingerprint].add(edit.path)
        for line, taken in joined:
            line.drop(len(taken))
    elif len(turns) == 1 and not any(result.touched.values()):
        raise CannotEditError("nothing can be done side by side")
    else:
        alone = list(turns)
    if len(alone) > most:
        raise CannotEditError("too many cannot be done side by side")
    for line, action in alone:
        state = result.state
        result.state = carry_out(state, action, intent)
        changed = result.state.changed.items()
        result.touched[line.current].update(path for path, s in changed if s is not state.changed.get(path))
        line.drop(1)
    return len(alone)


def _edit(state: Workspace, line: _Line, action: Action, intent: Intent) -> tuple[Edit, Sequence[Action]] | None:
    """Return one edit that is sure to be the first choice for an action, with all actions that it carries out."""
    if not isinstance(action, (SetSetting, CastSetting)):
        return None
    found = first_edit(state, action, intent.wanting(action.path, action))
    if found is None:
        return None
    make, edit = found
    taken: list[Action] = [action]
    for following in list(line.actions)[1:]:
        if not isinstance(make, NewEntry) or not _goes_beside(state, make, action, following, intent):
            break
        assert isinstance(following, SetSetting)
        make = make.also(following.path[-1], literal(following.value, make.layout.quote))
        try:
            edit = make()
        except CannotEditError:
            break
        taken.append(following)
    return edit, taken


def _goes_beside(state: Workspace, make: NewEntry, action: Action, following: Action, intent: Intent) -> bool:
    """Whether the first choice for another action is the entry after the one that is being made."""
    if not isinstance(action, SetSetting) or not isinstance(following, SetSetting):
        return False
    if following.database != action.database or action.path[-1] not in SIBLINGS:
        return False
    trace = state.trace(action.database)
    if len(following.path) != 1 or any(write.path in (action.path, following.path) for write in trace.writes):
        return False
    wanted = intent.wanting(following.path, following)
    return any(each.node is make.container and each.shared <= wanted for each in trace.creations)


def _proved(before: Workspace, edits: dict[Edit, str], actions: Sequence[Action], intent: Intent) -> Workspace | None:
    """Return the state after edits, None unless it is proved that they do what was wanted of each action."""
    try:
        after = before.edited(edits)
        prove(before, after, intent, (), Counter())
        return after if all(_is_achieved(after, action) for action in actions) else None
    except CannotEditError:
        return None


def _lines(state: Workspace, findings: Sequence[Finding]) -> list[_Line]:
    """Divide findings so that none has to do with one of another line."""
    heads: dict[object, int] = {}  # what findings have to do with -> one of them
    leaders = list(range(len(findings)))

    def leader(index: int) -> int:
        while leaders[index] != index:
            index = leaders[index]
        return index

    for index, finding in enumerate(findings):
        for action in actions_of(finding):
            for subject in _subjects(state, action):
                one, other = leader(heads.setdefault(subject, index)), leader(index)
                leaders[max(one, other)] = min(one, other)
    lines: dict[int, _Line] = {}
    for index, finding in enumerate(findings):
        lines.setdefault(leader(index), _Line()).findings.append(finding)
    return list(lines.values())


def _subjects(state: Workspace, action: Action) -> Iterator[object]:
    """Yield what an action has to do with: definitions, and the places that make and write them."""
    if isinstance(action, RemoveListItem):
        yield "list", action.name
    elif isinstance(action, RequirePackage):
        yield "package"
    elif places := places_of(action):
        paths = {path for _, path in places}
        trace = state.trace(action.database)  # type: ignore[union-attr]
        yield trace.key.settings, trace.key.alias
        for creation in (*trace.creations, *trace.options_creations):
            yield _place(creation.source, creation.node)
            yield from ((key.settings, key.alias) for key in creation.shared)
        for write in trace.writes:
            yield _place(write.source, write.node)
            yield from ((key.settings, key.alias) for key in write.shared)
            if write.decided_by is not None and write.path in paths:
                yield _place(write.decided_by.source, write.decided_by.node)


def _place(source: SourceFile, node: ast.expr) -> tuple[object, ...]:
    return source.path, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
