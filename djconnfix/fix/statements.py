"""Inserting and removing whole statements, by lines."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.fix.comments import FOR_LINTERS
from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.layout import width

if TYPE_CHECKING:
    from djconnfix.fix.layout import Layout
    from djconnfix.source import SourceFile


def insert_after(source: SourceFile, statement: ast.stmt, text: str, layout: Layout) -> Edit:
    """Insert a statement after another, in the same block; it is spread over lines when it is too long for one.

    Comments that belong to the inside of a compound statement stay with it. One for linters behind an assignment to a
    key of the same dictionary (`# noqa: F405`) is written behind the new statement too, for which it holds as well.

    Raises:
        CannotEditError: the statement stands in the line of its `if`, `class` or the like.
    """
    text += _for_linters(source, statement, text)
    start, end = source.node_span(statement)
    starts = source.line_starts
    first, _ = source.position(start)
    margin = source.text[starts[first - 1] : start]
    if margin.strip(" \t"):
        raise CannotEditError("the statement does not stand at the beginning of a line")
    last, _ = source.position(max(start, end - 1))
    if isinstance(statement, _COMPOUND):
        last = _past_inner_comments(source, last, margin)
    at = starts[last] if last < len(starts) else len(source.text)
    newline = source.newline
    blank = newline if isinstance(statement, (ast.Import, ast.ImportFrom)) else ""
    lines = _written(f"{margin}{text}", source, layout)
    if source.text[starts[last - 1] : at].endswith(("\n", "\r")):
        return Edit(source.path, at, at, f"{blank}{lines}{newline}")
    return Edit(source.path, at, at, f"{newline}{blank}{lines}")


def _written(line: str, source: SourceFile, layout: Layout) -> str:
    """Return a new line, or the lines that a formatter makes of it when it is too long."""
    if width(line) <= layout.limit:
        return line
    from djconnfix.fix.formatter import formatted

    return formatted(line, layout, source.newline) or line


def _for_linters(source: SourceFile, statement: ast.stmt, text: str) -> str:
    """Return the comment for linters behind an assignment to a key of the dictionary that a line writes to."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    target = statement.targets[0]
    if not isinstance(target, ast.Subscript) or not isinstance(root := _root(target), ast.Name):
        return ""
    _, end = source.node_span(statement)
    line, column = source.position(end)
    behind = source.line_text(line)[column - 1 :].rstrip()
    return behind if FOR_LINTERS.match(behind.lstrip()) and text.startswith(f"{root.id}[") else ""


def _root(target: ast.expr) -> ast.expr:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


def insert_else(source: SourceFile, branch: ast.If, text: str, layout: Layout) -> Edit:
    """Give an `if` (or the last `elif` of a chain) an `else` that holds one statement.

    Raises:
        CannotEditError: it has one, or shares its line with something else.
    """
    if branch.orelse:
        raise CannotEditError("the condition has another branch already")
    start, end = source.node_span(branch)
    starts = source.line_starts
    first, last = source.position(start)[0], source.position(max(start, end - 1))[0]
    margin = source.text[starts[first - 1] : start]
    if margin.strip(" \t"):
        raise CannotEditError("the statement does not stand at the beginning of a line")
    last = _past_inner_comments(source, last, margin)
    at = starts[last] if last < len(starts) else len(source.text)
    newline = source.newline
    lines = f"{margin}else:{newline}{_written(f'{margin}{layout.unit}{text}', source, layout)}"
    if source.text[starts[last - 1] : at].endswith(("\n", "\r")):
        return Edit(source.path, at, at, f"{lines}{newline}")
    return Edit(source.path, at, at, f"{newline}{lines}")


def branches_after(source: SourceFile, statement: ast.stmt, name: str) -> list[ast.If]:
    """Return the conditions after a statement of the same block that mention a name and have no `else`.

    Of each the last `elif`. Others may well be met in the same cases, but nobody would look there for the name.
    """
    block = _block_of(source.tree, statement)
    index = next(i for i, each in enumerate(block) if each is statement)
    found: list[ast.If] = []
    for each in block[index + 1 :]:
        if not _mentions(each, name):
            continue
        last = each
        while isinstance(last, ast.If) and len(last.orelse) == 1 and isinstance(last.orelse[0], ast.If):
            last = last.orelse[0]
        if isinstance(last, ast.If) and not last.orelse:
            found.append(last)
    return found[:_FEW]


def last_of_its_kind(source: SourceFile, statement: ast.stmt, name: str) -> ast.stmt:
    """Return the last of the assignments to keys below a name that follow a statement line by line, else itself."""
    block = _block_of(source.tree, statement)
    last = statement
    for each in block[next(i for i, one in enumerate(block) if one is statement) + 1 :]:
        if each.lineno != (last.end_lineno or last.lineno) + 1 or not _assigns_below(each, name):
            break
        last = each
    return last


def _assigns_below(statement: ast.stmt, name: str) -> bool:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    target, depth = statement.targets[0], 0
    while isinstance(target, ast.Subscript):
        target, depth = target.value, depth + 1
    return isinstance(target, ast.Name) and target.id == name and depth > (name == "DATABASES")


def mentions_after(source: SourceFile, statement: ast.stmt, name: str) -> list[ast.stmt]:
    """Return the later statements of the same block that mention a name, not in a branch of their own."""
    block = _block_of(source.tree, statement)
    index = next(i for i, each in enumerate(block) if each is statement)
    return [each for each in block[index + 1 :] if _mentions(each, name)][:_FEW]


def _mentions(statement: ast.stmt, name: str) -> bool:
    return any(name in (getattr(node, "id", ""), getattr(node, "attr", "")) for node in ast.walk(statement))


_FEW = 8  # more conditions than this are not tried

_COMPOUND = (
    ast.If, ast.For, ast.While, ast.With, ast.Try, ast.FunctionDef, ast.ClassDef, ast.AsyncFor, ast.AsyncWith,
    ast.AsyncFunctionDef, ast.Match,
)  # fmt: skip


def _past_inner_comments(source: SourceFile, last: int, margin: str) -> int:
    """Return the last line of the comments that follow a block and are indented deeper than its head."""
    found = last
    for line in range(last + 1, len(source.line_starts) + 1):
        text = source.line_text(line)
        body = text.lstrip(" \t")
        if not body:
            continue
        if not body.startswith("#") or len(text) - len(body) <= len(margin):
            break
        found = line
    return found


def remove_statement(source: SourceFile, statement: ast.stmt) -> Edit:
    """Remove a statement with its lines and the blank lines that would be one too many.

    A condition or loop that held nothing else goes with it when nothing depends on it; else `pass` stays.

    Raises:
        CannotEditError: it shares a line with something else.
    """
    from djconnfix.fix.emptied import emptied_with

    statement = emptied_with(source, statement)
    text = source.text
    start, end = source.node_span(statement)
    for decorator in getattr(statement, "decorator_list", ()):
        start = min(start, source.node_span(decorator)[0] - 1)
    starts = source.line_starts
    first, last = source.position(start)[0], source.position(max(start, end - 1))[0]
    line_start = starts[first - 1]
    line_end = starts[last] if last < len(starts) else len(text)
    margin, rest = text[line_start:start], text[end:line_end].strip()
    if margin.strip(" \t") or (rest and not rest.startswith("#")):
        raise CannotEditError("the statement shares a line with another")
    block = _block_of(source.tree, statement)
    if len(block) == 1 and block is not source.tree.body:
        return Edit(source.path, start, end, "pass")
    before, after = _blank_lines(source, first - 1, -1), _blank_lines(source, last + 1, 1)
    is_first, is_last = block[0] is statement, block[-1] is statement
    follows_comment = first - before > 1 and source.line_text(first - before - 1).lstrip().startswith("#")
    if is_first and not follows_comment and (before == 0 or block is source.tree.body):
        last += after
    elif not is_last:
        last += min(before, after)
    elif block is not source.tree.body or last + after >= len(source.line_starts):
        first -= before
    stop = starts[last] if last < len(starts) else len(text)
    return Edit(source.path, starts[first - 1], stop, "")


def _blank_lines(source: SourceFile, line: int, step: int) -> int:
    """Return how many blank lines stand in a row from a line on, upward or downward."""
    count = 0
    while 1 <= line <= len(source.line_starts) and not source.line_text(line).strip():
        count += 1
        line += step
    return count


def _block_of(tree: ast.Module, statement: ast.stmt) -> list[ast.stmt]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and any(each is statement for each in block):
                return block
    raise CannotEditError("the statement was not found again")


def statement_at(source: SourceFile, start: int, end: int) -> ast.stmt:
    """Return the statement with this span.

    Raises:
        CannotEditError: there is none.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.stmt) and source.node_span(node) == (start, end):
            return node
    raise CannotEditError("the statement was not found again")
