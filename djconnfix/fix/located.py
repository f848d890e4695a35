"""Actions that name their place in the files as they were read: rewrites of code, and statements to remove."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.findings import RemoveStatement, RewriteCode
from djconnfix.fix.comments import Comments, comments_of, comments_on_lines
from djconnfix.fix.edits import CannotEditError, Edit, Refused, apply, not_too_deep
from djconnfix.fix.intent import actions_of
from djconnfix.fix.refusals import Refusal
from djconnfix.fix.statements import remove_statement, statement_at
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.findings import Finding
    from djconnfix.fix.workspace import Workspace
    from djconnfix.source import SourceFile


@dataclass(slots=True)
class Located:
    """Edits of the files as they were read.

    Attributes:
        edits: those of every finding that could be planned.
        shares: which of them are whose.
        comments: comments that may go with them.
    """

    edits: list[Edit] = field(default_factory=list)
    shares: list[tuple[Finding, list[Edit]]] = field(default_factory=list)
    comments: Comments = field(default_factory=Counter)

    @property
    def findings(self) -> list[Finding]:
        """The findings that edits belong to."""
        return [finding for finding, _ in self.shares]


def located_edits(workspace: Workspace, findings: Sequence[Finding]) -> tuple[Located, list[Refusal], frozenset[str]]:
    """Return the edits of all located actions, the findings refused, and the module-level names that may change."""
    located, refused, names = Located(), [], set[str]()
    done: set[object] = set()
    for finding in findings:
        actions = [a for a in actions_of(finding) if isinstance(a, (RewriteCode, RemoveStatement)) and a not in done]
        try:
            made: list[Edit] = []
            comments: Comments = Counter()
            for action in actions:
                with not_too_deep():
                    edits, gone, bound = _edits(workspace, action)
                made.extend(edits)
                comments += gone
                names |= bound
            made = [edit for edit in made if edit not in located.edits]  # two may want the same import
            _require_apart(workspace, [*located.edits, *made])
        except CannotEditError as error:
            refused.append(Refusal(finding, error.reason))
            continue
        if made:
            located.edits.extend(made)
            located.comments += comments
            located.shares.append((finding, made))
            done.update(actions)
    return located, refused, frozenset(names)


def _edits(workspace: Workspace, action: RewriteCode | RemoveStatement) -> tuple[list[Edit], Comments, set[str]]:
    source = workspace.source(action.location.path)
    if isinstance(action, RemoveStatement):
        statement = statement_at(source, action.location.start, action.location.end)
        gone = comments_on_lines(source, action.location.start, action.location.end)
        return [remove_statement(source, statement)], gone, _bound(statement)
    from djconnfix.fix.code_rewrites import REWRITES

    rewrite = REWRITES.get(action.rewrite)
    if rewrite is None:
        raise CannotEditError(f"there is no rewrite called {action.rewrite!r}")
    made = rewrite(source, action.location, action.detail)
    if isinstance(made, Refused):
        raise CannotEditError(made.reason)
    from djconnfix.fix.moved import laid_out_where_moved

    laid_out = laid_out_where_moved(source, made, workspace.layout(source.path))
    return laid_out, _trailing_comments_lost(source, made), set()


def _bound(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _trailing_comments_lost(source: SourceFile, edits: Sequence[Edit]) -> Comments:
    """Return the lost comments that stood behind code which goes with them; one on a line of its own must stay."""
    after = apply(source.text, edits)
    lost = comments_of(source.text) - comments_of(after)
    may_go: Comments = Counter()
    kept = {line.partition("#")[0].strip() for line in after.splitlines()}
    for line in source.text.splitlines():
        code, mark, words = line.partition("#")
        comment = (mark + words).rstrip()
        if code.strip() and comment in lost and code.strip() not in kept:
            may_go[comment] += 1
    return may_go


def _require_apart(workspace: Workspace, edits: Sequence[Edit]) -> None:
    for path in {edit.path for edit in edits}:
        try:
            apply(workspace.source(path).text, [edit for edit in edits if edit.path == path])
        except ValueError:  # noqa: PERF203
            raise CannotEditError("another finding's change touches the same place") from None
