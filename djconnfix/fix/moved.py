"""Statements that an edit moves to another depth: laid out anew where a formatter had laid them out."""

from __future__ import annotations

import ast
from itertools import accumulate
from typing import TYPE_CHECKING

from djconnfix.fix.edits import Edit, apply, trimmed
from djconnfix.fix.formatter import formatted
from djconnfix.fix.layout import width
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.fix.layout import Layout
    from djconnfix.source import SourceFile


@dataclass(frozen=True, slots=True)
class _Piece:
    """The lines of a statement, or of the head of a block.

    Attributes:
        what: its expression, whatever is done with it.
        text: the lines.
        start: where they begin.
    """

    what: ast.expr
    text: str
    start: int


def laid_out_where_moved(source: SourceFile, edits: Sequence[Edit], layout: Layout) -> list[Edit]:
    """Return edits that lay out, too, what they leave longer than a line or shorter than the lines it is spread over.

    Args:
        source: the file.
        edits: edits of it.
        layout: its habits.
    """
    after = apply(source.text, edits)
    before = list(_pieces(source.text))
    texts = {piece.text for piece in before}
    moved = [piece for piece in _pieces(after) if piece.text not in texts]
    if not moved:
        return list(edits)
    known: dict[str, list[str]] = {}
    for piece in before:
        known.setdefault(ast.dump(piece.what), []).append(piece.text)
    changes: list[Edit] = []
    for piece in sorted(moved, key=lambda each: each.start):
        if (once := known.get(ast.dump(piece.what))) is not None:
            judged = any(formatted(text, layout, source.newline) == text for text in once)
        else:
            judged = piece.text.count("\n") <= 1 and width(piece.text.rstrip("\r\n")) > layout.limit
        made = formatted(piece.text, layout, source.newline) if judged else None
        if made is not None and made != piece.text:
            changes.append(Edit(source.path, piece.start, piece.start + len(piece.text), made))
    return _with(changes, source.text, sorted(edits, key=lambda edit: edit.start), after)


def _with(changes: Sequence[Edit], text: str, edits: Sequence[Edit], after: str) -> list[Edit]:
    """Return edits of a text with changes of what they make of it; those far from every change stay as they are."""
    made = list(edits)
    for change in reversed(changes):
        shifts = accumulate((len(edit.replacement) - edit.end + edit.start for edit in made), initial=0)
        placed = [(edit.start + shift, edit.start + shift + len(edit.replacement)) for edit, shift in zip(made, shifts)]  # noqa: B905
        near = [i for i, (start, end) in enumerate(placed) if start <= change.end and end >= change.start]
        if not near:
            continue  # not what the edits have changed
        first, last = near[0], near[-1]
        start, end = min(placed[first][0], change.start), max(placed[last][1], change.end)
        begin = made[first].start - (placed[first][0] - start)
        stop = made[last].end + (end - placed[last][1])
        new = after[start : change.start] + change.replacement + after[change.end : end]
        after = after[: change.start] + change.replacement + after[change.end :]
        made[first : last + 1] = [trimmed(Edit(change.path, begin, stop, new), text)]
    return made


def _pieces(text: str) -> Iterator[_Piece]:
    """Yield the statements of a text that stand on lines of their own, and the heads of its blocks."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lines = text.splitlines(keepends=True)
    if len(lines) != text.count("\n") + (not text.endswith("\n")):
        return  # characters that end lines for some only
    starts = list(accumulate(map(len, lines), initial=0))
    for node in ast.walk(tree):
        last: ast.AST | None
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.Raise)):
            what, last = getattr(node, "value", None) or getattr(node, "exc", None), node
        elif isinstance(node, (ast.If, ast.While)):
            what = last = node.test
        elif isinstance(node, ast.For):
            what = last = node.iter
        else:
            continue
        if what is None or lines[node.lineno - 1][: node.col_offset].strip(" \t"):
            continue
        end = last.end_lineno or node.lineno
        if last is not node:
            end = next((each for each in range(end, node.body[0].lineno) if _ends_head(lines[each - 1])), 0)  # type: ignore[union-attr]
        if end:
            yield _Piece(what, text[starts[node.lineno - 1] : starts[end]], starts[node.lineno - 1])


def _ends_head(line: str) -> bool:
    return line.partition("#")[0].rstrip().endswith(":")
