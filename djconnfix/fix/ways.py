"""Where a wish can be written: every way that the trace offers, the one a person would choose first.

A way is a proposal. It is taken only when its proof passes, so none of these functions argues about evaluation order,
aliasing or later overrides.
"""

from __future__ import annotations

import ast
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from djconnfix.facts import State, Value
from djconnfix.findings import CastSetting, RemoveSetting, SetSetting
from djconnfix.fix import operations
from djconnfix.fix.additions import additions
from djconnfix.fix.edits import CannotEditError
from djconnfix.fix.environment import default_edits
from djconnfix.fix.intent import HARMLESS, value_at
from djconnfix.fix.literals import literal
from djconnfix.fix.removal import remove_writes
from djconnfix.fix.uses import may_become, may_grow
from djconnfix.records import dataclass, field
from djconnfix.settings.trace import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.facts import DatabaseKey
    from djconnfix.fix.comments import Comments
    from djconnfix.fix.edits import Edit
    from djconnfix.fix.intent import Path, SettingAction
    from djconnfix.fix.workspace import Workspace
    from djconnfix.settings.trace import Creation, Trace, Write
    from djconnfix.source import SourceFile

Keys = frozenset["DatabaseKey"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write a wish: the state it leads to, and what besides the wish it may change.

    Attributes:
        result: the project after it.
        names: module-level names whose value may change with it.
        comments: comments that may go with what is removed.
    """

    result: Workspace
    names: frozenset[str] = frozenset()
    comments: Comments = field(default_factory=Counter)


def ways(workspace: Workspace, action: SettingAction, wanted: Keys) -> Iterator[Way | str]:
    """Yield the ways to carry out an action, best first; for one that cannot be written, the reason.

    Args:
        workspace: the state to begin with.
        action: what should hold of one definition.
        wanted: every definition of which the same is wanted.
    """
    trace = workspace.trace(action.database)
    if isinstance(action, SetSetting):
        yield from _tried(workspace, _settings(workspace, trace, action, wanted))
    elif isinstance(action, CastSetting):
        yield from _tried(workspace, _casts(workspace, trace, action, wanted))
    elif isinstance(action, RemoveSetting):
        result, gone = remove_writes(workspace, action.database, action.path)
        yield Way(result, _holders(workspace, trace), gone)
    else:
        from djconnfix.fix.moves import moves

        names = _holders(workspace, trace)
        for result, gone in moves(workspace, trace, action):
            yield Way(result, names, gone)


def has_place(workspace: Workspace, action: SetSetting, wanted: Keys) -> bool:
    """Whether there is any place where a setting could be written; nothing is written, so that it costs little.

    Args:
        workspace: the state to begin with.
        action: what should hold of one definition.
        wanted: every definition of which the same is wanted.
    """
    return next(_settings(workspace, workspace.trace(action.database), action, wanted), None) is not None


Proposal = tuple["Callable[[], Edit]", frozenset[str]]


def first_edit(
    workspace: Workspace, action: SetSetting | CastSetting, wanted: Keys
) -> tuple[Callable[[], Edit], Edit] | None:
    """Return the edit that is the first of the ways and what made it, None where it may change other names besides."""
    trace = workspace.trace(action.database)
    if isinstance(action, SetSetting):
        proposals = _settings(workspace, trace, action, wanted)
    else:
        proposals = _casts(workspace, trace, action, wanted)
    for make, names in proposals:
        with suppress(CannotEditError):
            edit = make()
            return None if names - {"DATABASES"} else (make, edit)
    return None


def _tried(workspace: Workspace, proposals: Iterator[Proposal]) -> Iterator[Way | str]:
    for make, names in proposals:
        yield _outcome(workspace, make, names)


def _outcome(workspace: Workspace, make: Callable[[], Edit], names: frozenset[str]) -> Way | str:
    try:
        return Way(workspace.edited((make(),)), names)
    except CannotEditError as error:
        return error.reason


def _settings(workspace: Workspace, trace: Trace, action: SetSetting, wanted: Keys) -> Iterator[Proposal]:
    path = action.path
    now = value_at(workspace.database(action.database), path)
    written = [w for w in trace.writes if w.path == path and w.effective]
    effective = [w for w in written if w.shared <= wanted]
    holders = _holders(workspace, trace)
    if isinstance(now, Value) and now.state is State.ENVIRONMENT and written:
        for write in effective or written:  # a fall-back may be one definition's where the write is several ones'
            # Where it is decided; a fall-back handed to a function that reads; one behind a name and a cast.
            for site in (write.decided_by, write, _bound(write)):
                if site is not None:
                    for make in default_edits(workspace, site.source, site.node, now, action.value):
                        yield make, _names_of(site.statement) | holders
        return
    for write in effective:
        for make, names in _replacements(workspace, trace, write, action.value):
            yield make, names | holders
    for write in written:  # what several definitions share may be decided apart, before it or in a part of it
        if write not in effective and (site := write.decided_by) is not None:
            names = _names_of(site.statement) if site.statement is not write.statement else frozenset()
            if may_become(site.node, action.value, names, _sources(workspace, trace)):
                yield _replacing(workspace, site.source.path, site.node, action.value), names | holders
    if len(path) == 2 and path[0] == "OPTIONS" and not trace.options_creations:
        makers = additions(workspace, trace, ("OPTIONS",), {path[1]: action.value}, wanted)
    else:
        tolerated = _of_tests(workspace, trace, path)
        makers = additions(workspace, trace, path, action.value, wanted | tolerated if tolerated else wanted)
    for make in makers:
        yield make, holders


def _of_tests(workspace: Workspace, trace: Trace, path: Path) -> Keys:
    """Return the definitions of the same alias that hold while tests run: they may get what production gets."""
    if path[0] not in HARMLESS:
        return frozenset()
    of_tests = workspace.evaluation(trace.key.settings).of_tests
    return frozenset(key for key in of_tests if key.alias == trace.key.alias) if of_tests else frozenset()


def _bound(write: Write) -> Site | None:
    """Return the only assignment at the top of its module to the name that is written; None when there is none such."""
    if not isinstance(write.node, ast.Name):
        return None
    found = [each for each in write.source.tree.body if write.node.id in _names_of(each)]
    if len(found) != 1 or (value := getattr(found[0], "value", None)) is None:
        return None
    return Site(write.source, found[0], value)


def _replacements(workspace: Workspace, trace: Trace, write: Write, value: object) -> Iterator[Proposal]:
    site = write.decided_by
    if site is not None and may_become(site.node, value, _names_of(site.statement), _sources(workspace, trace)):
        yield _replacing(workspace, site.source.path, site.node, value), _names_of(site.statement)
    yield _replacing(workspace, write.source.path, write.node, value), frozenset()


def _sources(workspace: Workspace, trace: Trace) -> Iterator[SourceFile]:
    return map(workspace.source, workspace.evaluation(trace.key.settings).paths)


def _replacing(workspace: Workspace, path: str, node: ast.expr, value: object) -> Callable[[], Edit]:
    layout = workspace.layout(path)
    return lambda: operations.replace_expression(workspace.source(path), node, literal(value, layout.quote), layout)


def _casts(workspace: Workspace, trace: Trace, action: CastSetting, wanted: Keys) -> Iterator[Proposal]:
    holders = _holders(workspace, trace)
    for write in trace.writes:
        if write.path == action.path and write.effective and write.shared <= wanted:
            yield _wrapping(workspace, write, action.cast), holders
            if write.decided_by is not None and write.decided_by.node is not write.node:
                yield _wrapping(workspace, write.decided_by, action.cast), _names_of(write.decided_by.statement)


def _wrapping(workspace: Workspace, site: Site | Write, cast: str) -> Callable[[], Edit]:
    return lambda: operations.wrap(site.source, site.node, cast, workspace.layout(site.source.path))


def _holders(workspace: Workspace, trace: Trace) -> frozenset[str]:
    """Return the names of the module that hold the very dictionaries of a definition and do nothing else with them."""
    made = [each for each in (*trace.creations, *trace.options_creations) if _is_whole(each)]
    names = frozenset(name for each in made for name in _names_of(each.statement)) - {"DATABASES"}
    paths = workspace.evaluation(trace.key.settings).paths
    return names if names and may_grow(names, map(workspace.source, paths)) else frozenset()


def _is_whole(creation: Creation) -> bool:
    return getattr(creation.statement, "value", None) is creation.node


def _names_of(statement: ast.stmt) -> frozenset[str]:
    """Return the names that an assignment binds."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return frozenset(target.id for target in targets if isinstance(target, ast.Name))
