"""Steps that take, put or replace whole lines or a stretch of one; no parser needed beyond the tree at hand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.fix.edits import CannotEditError, Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.code.steps import Step
    from djconnfix.source import SourceFile


def remove(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Remove a statement; a block that would be left empty gets `pass`."""
    return (removal(source, step.start, step.end),)


def replace(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Replace an expression by a part of itself."""
    start, end = step.marks
    return (Edit(source.path, step.start, step.end, source.text[start:end]),)


def put(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Put a piece of text in the place of an expression."""
    return (Edit(source.path, step.start, step.end, step.text),)


def insert_after(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Insert a statement after another, on its indentation."""
    margin = _margin(source, step.start)
    stop = _line_end(source, step.end)
    rest = source.text[step.end : stop].strip()
    if rest and not rest.startswith("#"):
        raise CannotEditError("another statement stands on the same line")
    return (
        Edit(
            source.path,
            stop,
            stop,
            "".join(f"{source.newline}{indented(source, line, margin)}" for line in step.text.split("\n")),
        ),
    )


def insert_before(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Insert statements before another, on its indentation."""
    margin = _margin(source, step.start)
    lines = "".join(f"{indented(source, line, margin)}{source.newline}" for line in step.text.split("\n"))
    begin = step.start - len(margin)
    return (Edit(source.path, begin, begin, lines),)


def indented(source: SourceFile, line: str, margin: str) -> str:
    """Return a line of new code on a margin, its own indentation in the file's unit."""
    depth = (len(line) - len(line.lstrip(" "))) // 4
    unit = "\t" if "\t" in margin else indent_unit(source)
    return f"{margin}{unit * depth}{line.lstrip(' ')}"


def indent_unit(source: SourceFile) -> str:
    """Return what the file indents a block by."""
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.body[0].lineno > node.lineno:
            inner, outer = _margin_of(source, node.body[0]), _margin_of(source, node)
            if inner.startswith(outer) and len(inner) > len(outer) and not inner.strip():
                return inner[len(outer) :]
    return "    "


def prune_import(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Remove one name from a `from ... import` statement, or the statement when it is the only one."""
    statement = import_at(source, step)
    index = next((i for i, a in enumerate(statement.names) if (a.asname or a.name) == step.text), None)
    if index is None:
        raise CannotEditError("the import was not found again")
    spans = [source.node_span(alias) for alias in statement.names]
    start, end = spans[index]
    if index + 1 < len(spans):
        end = spans[index + 1][0]
    else:
        start = spans[index - 1][1]
    if "#" in source.text[start:end]:
        raise CannotEditError("a comment stands inside the import")
    return (Edit(source.path, start, end, ""),)


def import_at(source: SourceFile, step: Step) -> ast.ImportFrom:
    """Return the module-level import that a step is about."""
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and source.node_span(node) == (step.start, step.end):
            return node
    raise CannotEditError("the import was not found again")


def removal(source: SourceFile, start: int, end: int) -> Edit:
    """Return the edit that removes a statement with its lines and the blank lines that nothing separates any more."""
    text = source.text
    begin = text.rfind("\n", 0, start) + 1
    stop = _line_end(source, end)
    if text[begin:start].strip():
        raise CannotEditError("another statement stands on the same line")
    rest = text[end:stop].strip()
    if rest and not rest.startswith("#"):
        raise CannotEditError("another statement stands on the same line")
    if _is_alone(source, start, end):
        return Edit(source.path, start, end, "pass")
    if rest:
        raise CannotEditError("a comment stands beside the statement")
    after = _past_newline(text, stop)
    before_blank = _blank_lines_before(text, begin)
    after_blank = list(_blank_lines_after(text, after))
    at_top = not text[:begin].strip()
    surplus = len(after_blank) if at_top else min(before_blank, len(after_blank))
    if surplus:
        after = after_blank[surplus - 1]
    return Edit(source.path, begin, after, "")


def _blank_lines_before(text: str, position: int) -> int:
    lines = text[:position].splitlines()
    count = 0
    while lines and not lines[-1].strip():
        lines.pop()
        count += 1
    return count


def _blank_lines_after(text: str, position: int) -> Iterator[int]:
    """Yield the offset past each blank line that follows."""
    while position < len(text):
        stop = position
        while stop < len(text) and text[stop] not in "\r\n":
            stop += 1
        if text[position:stop].strip():
            return
        position = _past_newline(text, stop)
        yield position


def _is_alone(source: SourceFile, start: int, end: int) -> bool:
    for node in ast.walk(source.tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list) or not block or isinstance(node, ast.Module):
                continue
            if (source.node_span(block[0])[0], source.node_span(block[-1])[1]) == (start, end):
                return True
    return False


def _margin(source: SourceFile, start: int) -> str:
    begin = max(source.text.rfind("\n", 0, start), source.text.rfind("\r", 0, start)) + 1
    margin = source.text[begin:start]
    if margin.strip():
        raise CannotEditError("another statement stands on the same line")
    return margin


def _margin_of(source: SourceFile, node: ast.stmt) -> str:
    line = source.line_text(node.lineno)
    return line[: len(line) - len(line.lstrip(" \t"))]


def _line_end(source: SourceFile, position: int) -> int:
    text = source.text
    while position < len(text) and text[position] not in "\r\n":
        position += 1
    return position


def _past_newline(text: str, position: int) -> int:
    if text.startswith("\r\n", position):
        return position + 2
    return position + 1 if position < len(text) else position
