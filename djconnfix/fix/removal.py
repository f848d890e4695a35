"""Taking a setting out, wherever and however often it is written."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.fix import operations
from djconnfix.fix.comments import Comments, comments_on_lines
from djconnfix.fix.edits import CannotEditError
from djconnfix.fix.statements import remove_statement
from djconnfix.settings.trace import WriteKind

if TYPE_CHECKING:
    from djconnfix.facts import DatabaseKey
    from djconnfix.fix.edits import Edit
    from djconnfix.fix.intent import Path
    from djconnfix.fix.workspace import Workspace
    from djconnfix.settings.trace import Write

_MANY = 12


def remove_writes(workspace: Workspace, key: DatabaseKey, path: Path) -> tuple[Workspace, Comments]:
    """Remove every write of a setting of one definition; `OPTIONS` goes too when nothing is left in it.

    Returns:
        The state after it, and the comments that stood on the removed lines.

    Raises:
        CannotEditError: one of the writes cannot be taken out by itself.
    """
    gone: Comments = Counter()
    state = workspace
    for _ in range(_MANY):
        writes = [w for w in state.trace(key).writes if w.path == path]
        if not writes:
            return (state, gone) if len(path) == 1 else _without_empty_options(state, key, gone)
        write = writes[-1]
        edit = remove_write(state, write)
        gone += comments_on_lines(write.source, *_removed_span(write))
        state = state.edited((edit,))
    raise CannotEditError("the setting is written too often")


def remove_write(workspace: Workspace, write: Write) -> Edit:
    """Return the edit that takes one write out.

    Raises:
        CannotEditError: it is not an entry, a keyword or a statement of its own.
    """
    source, container = write.source, write.container
    layout = workspace.layout(source.path)
    if write.kind is WriteKind.ENTRY and isinstance(container, ast.Dict):
        index = next((i for i, value in enumerate(container.values) if value is write.node), -1)
        return operations.remove_item(source, container, index, layout)
    if write.kind is WriteKind.KEYWORD and isinstance(container, ast.Call):
        index = _keyword_index(source.node_span, container, write.node)
        return operations.remove_item(source, container, index, layout)
    statement = write.statement
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and statement.value is write.node:
        return remove_statement(source, statement)
    if isinstance(statement, ast.Expr) and write.kind is WriteKind.SETDEFAULT:
        return remove_statement(source, statement)
    raise CannotEditError("the setting is written in a way that cannot be taken out by itself")


def _keyword_index(span, call: ast.Call, node: ast.expr) -> int:  # type: ignore[no-untyped-def]
    """Return the index of a keyword among a call's arguments as written."""
    arguments: list[ast.expr] = [*call.args, *(keyword.value for keyword in call.keywords)]
    arguments.sort(key=span)
    return next((i for i, argument in enumerate(arguments) if argument is node), -1)


def _removed_span(write: Write) -> tuple[int, int]:
    if write.kind in (WriteKind.ENTRY, WriteKind.KEYWORD):
        return write.source.node_span(write.node)
    return write.source.node_span(write.statement)


def _without_empty_options(workspace: Workspace, key: DatabaseKey, gone: Comments) -> tuple[Workspace, Comments]:
    trace = workspace.trace(key)
    helper_made = any(creation.helper for creation in trace.creations)  # its own OPTIONS would come to light again
    for write in trace.writes:
        node = write.node
        if write.kind is WriteKind.ASSIGNMENT and helper_made:
            continue
        if write.path == ("OPTIONS",) and write.effective and isinstance(node, ast.Dict) and not node.keys:
            start, end = write.source.node_span(node)
            if "#" not in write.source.text[start:end] and len(write.shared) == 1:
                edit = remove_write(workspace, write)
                lost = comments_on_lines(write.source, *_removed_span(write))
                return workspace.edited((edit,)), gone + lost
    return workspace, gone
