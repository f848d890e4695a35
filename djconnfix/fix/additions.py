"""Where a key can be added: beside its kin, in the expression that makes the dictionary, in a statement of its own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.facts import Options
from djconnfix.fix import operations
from djconnfix.fix.bound import is_bound
from djconnfix.fix.entry_lines import SIBLINGS, NewEntry
from djconnfix.fix.intent import value_at
from djconnfix.fix.literals import literal, requoted, string
from djconnfix.fix.statements import branches_after, insert_after, insert_else, last_of_its_kind, mentions_after
from djconnfix.settings.trace import CreationKind, WriteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from djconnfix.facts import DatabaseKey
    from djconnfix.fix.edits import Edit
    from djconnfix.fix.intent import Path
    from djconnfix.fix.workspace import Workspace
    from djconnfix.settings.trace import Anchor, Creation, Trace, Write
    from djconnfix.source import SourceFile

    Makers = Iterator[Callable[[], Edit]]

Keys = frozenset["DatabaseKey"]

# Keyword of the helpers that take it, and the first dj-database-url that has it.
_HELPER_KEYWORDS = {
    "CONN_MAX_AGE": ("conn_max_age", ()),
    "CONN_HEALTH_CHECKS": ("conn_health_checks", (1, 2)),
    "DISABLE_SERVER_SIDE_CURSORS": ("disable_server_side_cursors", (2, 2)),
}
_URL_HELPERS = ("dj_database_url", "environs", "configurations.DatabaseURLValue")


def additions(workspace: Workspace, trace: Trace, path: Path, value: object, wanted: Keys) -> Makers:
    """Yield ways to give a definition a key that it does not have, the one a person would choose first.

    Args:
        workspace: the state to begin with.
        trace: how the definition came to be.
        path: the key, in the alias or in its `OPTIONS`.
        value: what it should be.
        wanted: every definition of which the same is wanted.
    """
    key = path[-1]
    seen: set[int] = set()
    kin = [write for write in _by_kinship(trace, path) if write.shared <= wanted]
    for write in kin:
        if write.path[-1] in SIBLINGS and write.effective:
            yield from _beside(workspace, write, key, value, seen)
    inside = {1: trace.creations, 2: trace.options_creations}.get(len(path), ())
    creations = [creation for creation in inside if creation.shared <= wanted]
    for creation in creations:
        if id(creation.node) not in seen and not _is_empty(creation.node):
            seen.add(id(creation.node))
            yield from _inside(workspace, trace, creation, path, value)
    made = frozenset(each for creation in creations for each in creation.shared)
    narrow = [write for write in kin if write.kind is WriteKind.ASSIGNMENT and not made <= write.shared]
    for write in kin:
        if write not in narrow:
            yield from _beside(workspace, write, key, value, seen)
    for creation in creations:
        if id(creation.node) not in seen:
            yield from _inside(workspace, trace, creation, path, value)
    lines = list(_lines(workspace, trace, path, value))
    for anchor, line in sorted(lines, key=lambda each: -len(each[0].shared)):  # one for all instead of one for each
        if anchor.shared <= wanted:
            last = last_of_its_kind(anchor.source, anchor.after, _name(anchor.target))
            yield _following(workspace, anchor.source, last, line)
            if last is not anchor.after:
                yield _following(workspace, anchor.source, anchor.after, line)
    for write in narrow:  # one place further up serves more definitions
        yield from _beside(workspace, write, key, value, seen)
    if len(creations) < len(inside):  # where a definition gets its own value later, it may get another one before
        settled = wanted | _set(workspace, trace, path)
        for creation in inside:
            if creation not in creations and creation.shared <= settled:
                yield from _inside(workspace, trace, creation, path, value)
    yield from _later(workspace, lines)
    for creation in creations:
        yield from _spread(workspace, creation, path, value)


def _set(workspace: Workspace, trace: Trace, path: Path) -> Keys:
    """Return the definitions of the same settings root that have something at a path."""
    databases = workspace.evaluation(trace.key.settings).databases()
    return frozenset(each.key for each in databases if value_at(each, path) is not None)


def _lines(workspace: Workspace, trace: Trace, path: Path, value: object) -> Iterator[tuple[Anchor, str]]:
    """Yield statements that write a key and the places after which they may stand; first where the alias is made."""
    home = {creation.source.path for creation in trace.creations}
    nested = len(path) == 1 or _everywhere(workspace, trace, path[:-1])
    for anchor in sorted(trace.anchors, key=lambda each: each.source.path not in home):
        if not nested and any(each is anchor.after for each in anchor.source.tree.body):
            continue  # a definition without the inner dictionary comes by here, too: KeyError
        root = anchor.target.partition("[")[0].partition(".")[0]
        if root != "DATABASES" and not is_bound(anchor.source.tree, anchor.after, root):
            continue  # some come by here without having passed where the name is bound
        quote = workspace.layout(anchor.source.path).quote
        keys = "".join(f"[{string(part, quote)}]" for part in path)
        if len(path) > 1 and any(each.kind is CreationKind.HELPER_CALL for each in trace.options_creations):
            # A helper makes OPTIONS only for some URLs.
            keys = f".setdefault({string(path[0], quote)}, {{}}){keys[len(string(path[0], quote)) + 2 :]}"
        yield anchor, f"{requoted(anchor.target, quote)}{keys} = {literal(value, quote)}"


def _everywhere(workspace: Workspace, trace: Trace, path: Path) -> bool:
    """Whether every definition of the alias has a dictionary at a path, or gets its `OPTIONS` from a helper's URL."""
    if len(path) == 1 and any(each.kind is CreationKind.HELPER_CALL for each in trace.options_creations):
        return True  # written with `setdefault`
    databases = workspace.evaluation(trace.key.settings).databases()
    return all(isinstance(value_at(each, path), Options) for each in databases if each.key.alias == trace.key.alias)


def _later(workspace: Workspace, lines: Sequence[tuple[Anchor, str]]) -> Makers:
    """Yield ways to write a key by a statement further down, in a branch of its own when need be."""
    named = [(anchor, line, _name(anchor.target)) for anchor, line in lines]
    for anchor, line, name in named:
        for later in mentions_after(anchor.source, anchor.after, name):
            yield _following(workspace, anchor.source, later, line)
    for anchor, line, name in named:
        for branch in branches_after(anchor.source, anchor.after, name):
            yield _otherwise(workspace, anchor.source, branch, line)


def _name(target: str) -> str:
    return target.partition("[")[0].rpartition(".")[2]


def _is_empty(node: ast.expr) -> bool:
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args and not node.keywords


def _otherwise(workspace: Workspace, source: SourceFile, branch: ast.If, line: str) -> Callable[[], Edit]:
    return lambda: insert_else(source, branch, line, workspace.layout(source.path))


def _following(workspace: Workspace, source: SourceFile, statement: ast.stmt, line: str) -> Callable[[], Edit]:
    return lambda: insert_after(source, statement, line, workspace.layout(source.path))


def _by_kinship(trace: Trace, path: Path) -> list[Write]:
    """Return the writes on the same level as a path, those of sibling keys first."""
    level = [w for w in trace.writes if len(w.path) == len(path) and w.path[:-1] == path[:-1] and w.path != path]
    return sorted(level, key=lambda w: SIBLINGS.index(w.path[-1]) if w.path[-1] in SIBLINGS else len(SIBLINGS))


def _beside(workspace: Workspace, write: Write, key: str, value: object, seen: set[int]) -> Makers:
    """Yield ways to write a key where another key is written."""
    source, container = write.source, write.container
    layout = workspace.layout(source.path)
    text = literal(value, layout.quote)
    if id(container) in seen and not isinstance(container, ast.stmt):
        return
    if write.kind is WriteKind.ENTRY and isinstance(container, ast.Dict):
        seen.add(id(container))
        yield NewEntry(source, container, ((key, text),), layout)
    elif write.kind is WriteKind.KEYWORD and isinstance(container, ast.Call):
        if any(keyword.arg == write.path[-1] for keyword in container.keywords):
            seen.add(id(container))
            yield lambda: operations.set_keyword(source, container, key, text, layout)
    elif write.kind is WriteKind.ASSIGNMENT and (target := _subscripted(source, write.statement)):
        line = f"{target}[{string(key, layout.quote)}] = {text}"
        last = write.statement
        if write.path[-1] not in SIBLINGS:
            last = last_of_its_kind(source, last, _name(target))
        yield lambda: insert_after(source, last, line, layout)


def _subscripted(source: SourceFile, statement: ast.stmt) -> str:
    """Return the text of `x` in the statement `x["KEY"] = value`, empty when it is none."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            text = ast.get_source_segment(source.text, target.value) or ""
            return text if "\n" not in text else ""
    return ""


def _inside(workspace: Workspace, trace: Trace, creation: Creation, path: Path, value: object) -> Makers:
    """Yield ways to write a key into the expression that makes the dictionary."""
    source, node, key = creation.source, creation.node, path[-1]
    layout = workspace.layout(source.path)
    text = literal(value, layout.quote)
    if creation.kind is CreationKind.MERGE and isinstance(node, ast.BinOp):
        node = node.right
    if isinstance(node, ast.Dict):
        yield NewEntry(source, node, ((key, text),), layout)
    elif isinstance(node, ast.Call) and creation.kind is CreationKind.DICT_CALL:
        call = node
        yield lambda: operations.set_keyword(source, call, key, text, layout)
    elif isinstance(node, ast.Call) and creation.kind is CreationKind.HELPER_CALL and len(path) == 1:
        keyword = _helper_keyword(workspace, trace.key.settings, creation.helper, key)
        if keyword:
            helper = node
            yield lambda: operations.set_keyword(source, helper, keyword, text, layout)


def _spread(workspace: Workspace, creation: Creation, path: Path, value: object) -> Makers:
    """Yield a way to put a key beside the entries that a helper gives, in a display around its call."""
    source, node = creation.source, creation.node
    layout = workspace.layout(source.path)
    if isinstance(node, ast.Call) and creation.kind is CreationKind.HELPER_CALL and len(path) == 1:
        yield lambda: operations.spread(source, node, path[-1], literal(value, layout.quote), layout)


def _helper_keyword(workspace: Workspace, module: str, helper: str, key: str) -> str:
    """Return the keyword that a URL helper of the installed version has for a key, empty when it has none."""
    if not helper.startswith(_URL_HELPERS) or key not in _HELPER_KEYWORDS:
        return ""
    keyword, since = _HELPER_KEYWORDS[key]
    settings = next((s for s in workspace.report.project.settings if s.module == module), None)
    package = settings.evidence.packages.get("dj-database-url") if settings else None
    return keyword if not since or (package is not None and package.floor >= since) else ""
