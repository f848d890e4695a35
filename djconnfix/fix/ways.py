"""Where a wish can be written: every way that the trace offers, the one a person would choose first.

A way is a proposal. It is taken only when its proof passes, so none of these functions argues about evaluation order,
aliasing or later overrides.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from djconnfix.facts import State, Value
from djconnfix.findings import CastSetting, RemoveSetting, SetSetting
from djconnfix.fix import operations
from djconnfix.fix.edits import CannotEditError
from djconnfix.fix.environment import default_edits
from djconnfix.fix.intent import value_at
from djconnfix.fix.literals import literal, string
from djconnfix.fix.removal import remove_writes
from djconnfix.fix.statements import branches_after, insert_after, insert_else, mentions_after
from djconnfix.fix.uses import may_become, may_grow
from djconnfix.settings.trace import CreationKind, WriteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.facts import DatabaseKey
    from djconnfix.fix.comments import Comments
    from djconnfix.fix.edits import Edit
    from djconnfix.fix.intent import Path, SettingAction
    from djconnfix.fix.workspace import Workspace
    from djconnfix.settings.trace import Anchor, Creation, Site, Trace, Write
    from djconnfix.source import SourceFile

Keys = frozenset["DatabaseKey"]

_SIBLINGS = ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS")

# Keyword of the helpers that take it, and the first dj-database-url that has it.
_HELPER_KEYWORDS = {
    "CONN_MAX_AGE": ("conn_max_age", ()),
    "CONN_HEALTH_CHECKS": ("conn_health_checks", (1, 2)),
    "DISABLE_SERVER_SIDE_CURSORS": ("disable_server_side_cursors", (2, 2)),
}
_URL_HELPERS = ("dj_database_url", "environs", "configurations.DatabaseURLValue")


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
        yield Way(result, comments=gone)
    else:
        from djconnfix.fix.moves import moves

        names = _holders(workspace, trace)
        for result, gone in moves(workspace, trace, action):
            yield Way(result, names, gone)


Proposal = tuple["Callable[[], Edit]", frozenset[str]]


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
    effective = [w for w in trace.writes if w.path == path and w.effective and _all_wanted(w.shared, wanted)]
    if isinstance(now, Value) and now.state is State.ENVIRONMENT and effective:
        for write in effective:
            for site in (write.decided_by, write):  # the latter: a fall-back handed to a function that reads
                if site is not None:
                    for make in default_edits(workspace, site.source, site.node, now, action.value):
                        yield make, _names_of(site.statement)
        return
    for write in effective:
        yield from _replacements(workspace, trace, write, action.value)
    holders = _holders(workspace, trace)
    if len(path) == 2 and path[0] == "OPTIONS" and not trace.options_creations:
        additions = _additions(workspace, trace, ("OPTIONS",), {path[1]: action.value}, wanted)
    else:
        additions = _additions(workspace, trace, path, action.value, wanted)
    for make, names in additions:
        yield make, names | holders


def _replacements(workspace: Workspace, trace: Trace, write: Write, value: object) -> Iterator[Proposal]:
    site = write.decided_by
    sources = map(workspace.source, workspace.evaluation(trace.key.settings).paths)
    if site is not None and may_become(site.node, value, _names_of(site.statement), sources):
        yield _replacing(workspace, site.source.path, site.node, value), _names_of(site.statement)
    yield _replacing(workspace, write.source.path, write.node, value), frozenset()


def _replacing(workspace: Workspace, path: str, node: ast.expr, value: object) -> Callable[[], Edit]:
    layout = workspace.layout(path)
    return lambda: operations.replace_expression(workspace.source(path), node, literal(value, layout.quote), layout)


def _additions(workspace: Workspace, trace: Trace, path: Path, value: object, wanted: Keys) -> Iterator[Proposal]:
    key = path[-1]
    seen: set[int] = set()
    kin = [write for write in _by_kinship(trace, path) if _all_wanted(write.shared, wanted)]
    for write in kin:
        if write.path[-1] in _SIBLINGS and write.effective:
            yield from _beside(workspace, write, key, value, seen)
    inside = {1: trace.creations, 2: trace.options_creations}.get(len(path), ())
    creations = [creation for creation in inside if _all_wanted(creation.shared, wanted)]
    for creation in creations:
        if id(creation.node) not in seen and not _is_empty(creation.node):
            seen.add(id(creation.node))
            yield from _inside(workspace, trace, creation, path, value)
    for write in kin:
        yield from _beside(workspace, write, key, value, seen)
    for creation in creations:
        if id(creation.node) not in seen:
            yield from _inside(workspace, trace, creation, path, value)
    yield from _statements(workspace, trace, path, value, wanted)


def _statements(workspace: Workspace, trace: Trace, path: Path, value: object, wanted: Keys) -> Iterator[Proposal]:
    """Yield ways to write a key by a statement of its own, in a branch of its own when need be."""
    lines: list[tuple[Anchor, str]] = []
    for anchor in trace.anchors:
        quote = workspace.layout(anchor.source.path).quote
        keys = "".join(f"[{string(part, quote)}]" for part in path)
        if len(path) > 1 and any(each.kind is CreationKind.HELPER_CALL for each in trace.options_creations):
            # A helper makes OPTIONS only for some URLs.
            keys = f".setdefault({string(path[0], quote)}, {{}}){keys[len(string(path[0], quote)) + 2 :]}"
        lines.append((anchor, f"{_requoted(anchor.target, quote)}{keys} = {literal(value, quote)}"))
    for anchor, line in lines:
        if _all_wanted(anchor.shared, wanted):
            yield _following(anchor.source, anchor.after, line), frozenset()
    for anchor, line in lines:
        name = anchor.target.partition("[")[0].rpartition(".")[2]
        for later in mentions_after(anchor.source, anchor.after, name):
            yield _following(anchor.source, later, line), frozenset()
    for anchor, line in lines:
        for branch in branches_after(anchor.source, anchor.after):
            yield _otherwise(anchor.source, branch, line, workspace.layout(anchor.source.path).unit), frozenset()


def _requoted(target: str, quote: str) -> str:
    """Return a target such as `DATABASES["default"]` with a file's own quotes."""
    other = "'" if quote == '"' else '"'
    return target if quote in target or "\\" in target else target.replace(other, quote)


def _is_empty(node: ast.expr) -> bool:
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args and not node.keywords


def _otherwise(source: SourceFile, branch: ast.If, line: str, unit: str) -> Callable[[], Edit]:
    return lambda: insert_else(source, branch, line, unit)


def _following(source: SourceFile, statement: ast.stmt, line: str) -> Callable[[], Edit]:
    return lambda: insert_after(source, statement, line)


def _by_kinship(trace: Trace, path: Path) -> list[Write]:
    """Return the writes on the same level as a path, those of sibling keys first."""
    level = [w for w in trace.writes if len(w.path) == len(path) and w.path[:-1] == path[:-1] and w.path != path]
    return sorted(level, key=lambda w: _SIBLINGS.index(w.path[-1]) if w.path[-1] in _SIBLINGS else len(_SIBLINGS))


def _beside(workspace: Workspace, write: Write, key: str, value: object, seen: set[int]) -> Iterator[Proposal]:
    """Yield ways to write a key where another key is written."""
    source, container = write.source, write.container
    layout = workspace.layout(source.path)
    text = literal(value, layout.quote)
    if id(container) in seen and not isinstance(container, ast.stmt):
        return
    if write.kind is WriteKind.ENTRY and isinstance(container, ast.Dict):
        seen.add(id(container))
        yield (lambda: operations.set_entry(source, container, key, text, layout)), frozenset()
    elif write.kind is WriteKind.KEYWORD and isinstance(container, ast.Call):
        if any(keyword.arg == write.path[-1] for keyword in container.keywords):
            seen.add(id(container))
            yield (lambda: operations.set_keyword(source, container, key, text, layout)), frozenset()
    elif write.kind is WriteKind.ASSIGNMENT and (target := _subscripted(source, write.statement)):
        statement = write.statement
        line = f"{target}[{string(key, layout.quote)}] = {text}"
        yield (lambda: insert_after(source, statement, line)), frozenset()


def _subscripted(source: SourceFile, statement: ast.stmt) -> str:
    """Return the text of `x` in the statement `x["KEY"] = value`, empty when it is none."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            text = ast.get_source_segment(source.text, target.value) or ""
            return text if "\n" not in text else ""
    return ""


def _inside(workspace: Workspace, trace: Trace, creation: Creation, path: Path, value: object) -> Iterator[Proposal]:
    """Yield ways to write a key into the expression that makes the dictionary."""
    source, node, key = creation.source, creation.node, path[-1]
    layout = workspace.layout(source.path)
    text = literal(value, layout.quote)
    if creation.kind is CreationKind.MERGE and isinstance(node, ast.BinOp):
        node = node.right
    if isinstance(node, ast.Dict):
        display = node
        yield (lambda: operations.set_entry(source, display, key, text, layout)), frozenset()
    elif isinstance(node, ast.Call) and creation.kind is CreationKind.DICT_CALL:
        call = node
        yield (lambda: operations.set_keyword(source, call, key, text, layout)), frozenset()
    elif isinstance(node, ast.Call) and creation.kind is CreationKind.HELPER_CALL and len(path) == 1:
        keyword = _helper_keyword(workspace, trace.key.settings, creation.helper, key)
        if keyword:
            helper = node
            yield (lambda: operations.set_keyword(source, helper, keyword, text, layout)), frozenset()


def _helper_keyword(workspace: Workspace, module: str, helper: str, key: str) -> str:
    """Return the keyword that a URL helper of the installed version has for a key, empty when it has none."""
    if not helper.startswith(_URL_HELPERS) or key not in _HELPER_KEYWORDS:
        return ""
    keyword, since = _HELPER_KEYWORDS[key]
    settings = next((s for s in workspace.report.project.settings if s.module == module), None)
    package = settings.evidence.packages.get("dj-database-url") if settings else None
    return keyword if not since or (package is not None and package.floor >= since) else ""


def _casts(workspace: Workspace, trace: Trace, action: CastSetting, wanted: Keys) -> Iterator[Proposal]:
    for write in trace.writes:
        if write.path == action.path and write.effective and _all_wanted(write.shared, wanted):
            yield _wrapping(workspace, write, action.cast), frozenset()
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


def _all_wanted(shared: Keys, wanted: Keys) -> bool:
    return shared <= wanted
