"""Moving a setting to another key or level: its expression and its comment go along."""

from __future__ import annotations

import ast
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from djconnfix.facts import Options
from djconnfix.fix import operations
from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.intent import value_at
from djconnfix.fix.literals import requoted, string
from djconnfix.fix.removal import remove_writes
from djconnfix.fix.statements import insert_after
from djconnfix.settings.trace import WriteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.findings import MoveSetting
    from djconnfix.fix.comments import Comments
    from djconnfix.fix.layout import Layout
    from djconnfix.fix.workspace import Workspace
    from djconnfix.settings.trace import Anchor, Trace, Write
    from djconnfix.source import SourceFile


def moves(workspace: Workspace, trace: Trace, action: MoveSetting) -> Iterator[tuple[Workspace, Comments]]:
    """Yield ways to move a setting: renamed in place, or written anew and the old one removed."""
    standing = value_at(workspace.database(action.database), action.to)
    if isinstance(standing, Options) or (standing is not None and standing.written):
        raise CannotEditError(f"{action.to[-1]} is set already")
    writes = [w for w in trace.writes if w.path == action.path]
    if len(writes) != 1 or not writes[0].effective:
        return
    write = writes[0]
    if len(action.path) == len(action.to) and action.path[:-1] == action.to[:-1]:
        with suppress(CannotEditError):
            yield workspace.edited((_renamed(workspace, write, action.to[-1]),)), Counter()
    text = ast.get_source_segment(write.source.text, write.node) or ""
    without, gone = remove_writes(workspace, action.database, action.path)
    for make in _copies(without, action, write.source.path, text):
        with suppress(CannotEditError):
            moved = without.edited((make(),))
            yield (_with_comment(moved, action, gone) if gone else moved), Counter()


def _renamed(workspace: Workspace, write: Write, name: str) -> Edit:
    """Return the edit that gives a write another key."""
    source, container = write.source, write.container
    layout = workspace.layout(source.path)
    node: ast.expr | None = None
    if write.kind is WriteKind.ENTRY and isinstance(container, ast.Dict):
        node = next((k for k, v in zip(container.keys, container.values, strict=True) if v is write.node), None)
    elif write.kind is WriteKind.ASSIGNMENT and isinstance(write.statement, ast.Assign):
        target = write.statement.targets[0]
        node = target.slice if len(write.statement.targets) == 1 and isinstance(target, ast.Subscript) else None
    elif write.kind is WriteKind.KEYWORD and isinstance(container, ast.Call):
        keyword = next((k for k in container.keywords if k.value is write.node), None)
        if keyword is not None and keyword.arg and name.isidentifier():
            return operations.rename_keyword(source, keyword, name, layout)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise CannotEditError("the key cannot be renamed where it stands")
    segment = ast.get_source_segment(source.text, node) or ""
    quote = segment[:1] if segment[:1] in "\"'" else layout.quote
    return operations.replace_expression(source, node, string(name, quote), layout)


def _copies(workspace: Workspace, action: MoveSetting, path: str, text: str) -> Iterator[Callable[[], Edit]]:
    """Yield edits that write an expression at a setting's new place, in the same file."""
    trace = workspace.trace(action.database)
    source, layout, key = workspace.source(path), workspace.layout(path), action.to[-1]
    creations = trace.creations if len(action.to) == 1 else trace.options_creations
    for creation in creations:
        if creation.source.path == path and isinstance(creation.node, (ast.Dict, ast.Call)):
            yield _entry(source, creation.node, key, text, layout)
    if "\n" not in text:
        for anchor in trace.anchors:
            if anchor.source.path == path:
                keys = "".join(f"[{string(part, layout.quote)}]" for part in action.to)
                yield _statement(anchor, f"{requoted(anchor.target, layout.quote)}{keys} = {text}", layout)


def _entry(source: SourceFile, node: ast.Dict | ast.Call, key: str, text: str, layout: Layout) -> Callable[[], Edit]:
    if isinstance(node, ast.Dict):
        return lambda: operations.set_entry(source, node, key, text, layout)
    return lambda: operations.set_keyword(source, node, key, text, layout)


def _statement(anchor: Anchor, line: str, layout: Layout) -> Callable[[], Edit]:
    return lambda: insert_after(anchor.source, anchor.after, line, layout)


def _with_comment(workspace: Workspace, action: MoveSetting, lost: Comments) -> Workspace:
    """Put the comment that stood behind the old entry behind the new one.

    Raises:
        CannotEditError: there was more than one comment, or the new entry shares its line.
    """
    trace = workspace.trace(action.database)
    new = next((w for w in trace.writes if w.path == action.to), None)
    if new is None or sum(lost.values()) != 1:
        raise CannotEditError("a comment would be lost")
    source = new.source
    _, end = source.node_span(new.node)
    line, column = source.position(end)
    rest = source.line_text(line)[column - 1 :]
    if rest.strip() not in ("", ","):
        raise CannotEditError("a comment would be lost")
    at = end + len(rest.rstrip())
    return workspace.edited((Edit(source.path, at, at, f"  {next(iter(lost))}"),))
