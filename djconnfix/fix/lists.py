"""Taking an entry out of a list setting such as `MIDDLEWARE`, wherever it was put in."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.fix import operations
from djconnfix.fix.comments import Comments, comments_on_lines
from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.prove import prove
from djconnfix.fix.statements import remove_statement

if TYPE_CHECKING:
    from djconnfix.findings import RemoveListItem
    from djconnfix.fix.intent import Intent
    from djconnfix.fix.layout import Layout
    from djconnfix.fix.workspace import Workspace
    from djconnfix.source import SourceFile

_MANY = 12


def list_item_removed(workspace: Workspace, action: RemoveListItem, intent: Intent) -> Workspace:
    """Return the state without an entry of a list setting.

    Raises:
        CannotEditError: the entry is not written as a plain string, or something else would change.
    """
    state = workspace
    gone: Comments = Counter()
    for _ in range(_MANY):
        setting = state.evaluation(action.settings).lists().get(action.name)
        item = next((i for i in setting.items if i.value == action.value), None) if setting else None
        if item is None:
            prove(workspace, state, intent, (action.name,), gone)
            return state
        source = state.source(item.location.path)
        edit = _removal(state, source, item.location.start, item.location.end, action.value)
        gone += comments_on_lines(source, item.location.start, item.location.end)
        state = state.edited((edit,))
    raise CannotEditError(f"{action.value} is listed too often")


def _removal(workspace: Workspace, source: SourceFile, start: int, end: int, value: str) -> Edit:
    layout = workspace.layout(source.path)
    parents = {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
    node = next(
        (
            n
            for n in parents
            if isinstance(n, ast.Constant) and n.value == value and source.node_span(n) == (start, end)
        ),
        None,
    )
    parent = parents.get(node) if node is not None else None
    if node is None or parent is None:
        raise CannotEditError(f"{value} is not written out in the list")
    if isinstance(parent, (ast.List, ast.Tuple)):
        if len(parent.elts) == 1 and (edit := _emptied(source, parent, parents, layout)) is not None:
            return edit
        index = next(i for i, element in enumerate(parent.elts) if element is node)
        return operations.remove_item(source, parent, index, layout)
    statement = parents.get(parent)
    if isinstance(parent, ast.Call) and isinstance(statement, ast.Expr):
        return remove_statement(source, statement)
    raise CannotEditError(f"{value} is put into the list in a way that is not understood")


def _emptied(
    source: SourceFile, display: ast.List | ast.Tuple, parents: dict[ast.AST, ast.AST], layout: Layout
) -> Edit | None:
    """Return the edit that drops a display which would be left empty, None when it should stay as an empty one."""
    parent = parents.get(display)
    if isinstance(parent, ast.AugAssign):
        return remove_statement(source, parent)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
        other = parent.right if parent.left is display else parent.left
        text = ast.get_source_segment(source.text, other) or ""
        return operations.replace_expression(source, parent, text, layout)
    if isinstance(parent, ast.Call) and isinstance(parents.get(parent), ast.Expr):
        statement = parents[parent]
        assert isinstance(statement, ast.Expr)
        return remove_statement(source, statement)
    return None
