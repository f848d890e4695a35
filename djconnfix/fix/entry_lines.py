"""New entries of a display that has each entry on a line of its own: whole lines, for which no parser is needed.

What comes out is what `operations.set_entry` would write. Whatever is laid out in another way is left to that.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.literals import string
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from djconnfix.fix.layout import Layout
    from djconnfix.source import SourceFile

SIBLINGS = ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS")

_AFTER_VALUE = re.compile(r",[ \t]*(#[^\r\n]*)?(?=\r\n|\r|\n)")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be added to a display; called, it gives the edit that does so.

    Attributes:
        source: the file.
        container: the display.
        entries: keys, which the display must not hold yet, and the source texts of their values.
        layout: the file's habits.
    """

    source: SourceFile
    container: ast.Dict
    entries: tuple[tuple[str, str], ...]
    layout: Layout

    def __call__(self) -> Edit:
        """Return the edit.

        Raises:
            CannotEditError: there is none that is sure.
        """
        edit = lines_added(self.source, self.container, self.entries, self.layout)
        if edit is not None:
            return edit
        if len(self.entries) > 1:
            raise CannotEditError("the entries cannot be added at once")
        from djconnfix.fix.operations import set_entry

        key, text = self.entries[0]
        return set_entry(self.source, self.container, key, text, self.layout)

    def also(self, key: str, text: str) -> NewEntry:
        """Return what adds one more entry after these."""
        return NewEntry(self.source, self.container, (*self.entries, (key, text)), self.layout)


@dataclass(frozen=True, slots=True)
class _Row:
    """An entry with lines of its own.

    Attributes:
        key: its key.
        head: its margin and the opening quote of its key.
        end: where the next line begins.
    """

    key: str
    head: str
    end: int


def lines_added(
    source: SourceFile, container: ast.Dict, entries: Iterable[tuple[str, str]], layout: Layout
) -> Edit | None:
    """Return the edit that adds entries one after another, None where that takes more than whole lines.

    Args:
        source: the file.
        container: the display.
        entries: keys and the source texts of their values.
        layout: the file's habits.
    """
    rows = _rows(source, container)
    if not rows or not _closes_after(source, container, rows[-1].end):
        return None
    margin, quote = rows[-1].head[:-1], rows[-1].head[-1]
    keys = [row.key for row in rows]
    lines: dict[str, str] = {}
    for key, text in entries:
        index = place_of(key, keys, barrier=0)
        line = f"{margin}{string(key, quote)}: {text},"
        if index == 0 or key in keys or "\n" in text or len(line) > layout.limit:
            return None
        keys.insert(index, key)
        lines[key] = line
    first = next(index for index, key in enumerate(keys) if key in lines)
    run = keys[first : first + len(lines)]
    at = rows[first - 1].end
    if lines.keys() != set(run) or not source.text.endswith(source.newline, 0, at):
        return None
    return Edit(source.path, at, at, "".join(f"{lines[key]}{source.newline}" for key in run))


def _rows(source: SourceFile, container: ast.Dict) -> list[_Row]:
    """Return the entries of a display, none when one of them is not as plain as can be."""
    text, starts = source.text, source.line_starts
    rows: list[_Row] = []
    line = container.lineno
    for key, value in zip(container.keys, container.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str) or key.lineno <= line:
            return []
        start, end = source.node_span(key)
        begins, ends = source.node_span(value)
        quote = text[start]
        head = text[starts[key.lineno - 1] : start] + quote
        line = value.end_lineno or value.lineno
        plain = text[start:end] == f"{quote}{key.value}{quote}" and text[end:begins] == ": "
        if not plain or head[:-1].strip(" \t") or (rows and head[:-1] != rows[-1].head[:-1]):
            return []
        if not _AFTER_VALUE.match(text, ends):
            return []
        rows.append(_Row(key.value, head, starts[line]))
    return rows


def _closes_after(source: SourceFile, container: ast.Dict, end: int) -> bool:
    """Whether the line that begins at an offset is that of the closing brace."""
    start, stop = source.node_span(container)
    return source.text[start] == "{" and source.text[end:stop].strip(" \t") == "}"


def place_of(key: str, keys: Sequence[str | None], barrier: int) -> int:
    """Return where a key goes: after the sibling that comes before it in `SIBLINGS`, else before the one after it."""
    if key in SIBLINGS:
        rank = SIBLINGS.index(key)
        for sibling in reversed(SIBLINGS[:rank]):
            if sibling in keys and keys.index(sibling) >= barrier:
                return keys.index(sibling) + 1
        for sibling in SIBLINGS[rank + 1 :]:
            if sibling in keys and keys.index(sibling) >= barrier:
                return keys.index(sibling)
    return len(keys)
