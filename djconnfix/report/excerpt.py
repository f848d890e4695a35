"""The source line a finding points at, with a caret; secrets masked, control characters escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.masking import masked_lines
from djconnfix.source import UnreadableError
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from djconnfix.project.files import Tree
    from djconnfix.source import Location, SourceFile
    from djconnfix.terminal import Style


class Excerpts:
    """Excerpts of a tree's files; each file is masked once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._masked: dict[str, list[str]] = {}

    def lines(self, location: Location, style: Style) -> list[str]:
        """Return the excerpt for a location; empty when the file cannot be shown."""
        try:
            source = self._tree.source(location.path)
            masked = self._masked_lines(source)
            original = source.line_text(location.line)
        except UnreadableError:
            return []
        if not original.strip() or location.line > len(masked):
            return []
        shown = masked[location.line - 1]
        first, last = _columns(location, original)
        if shown != original:  # masking may move columns
            first, last = _moved(original[first:last], shown)
        before, text, after = plain(shown[:first]), plain(shown[first:last]), plain(shown[last:])
        number = f"{location.line:>5} "
        available = max(20, style.width - len(number) - 3)
        if len(before) + len(text) > available:  # keep the caret on the screen
            cut = max(0, min(len(before), len(before) + len(text) - available))
            before = "..." + before[cut + 3 :] if cut else before
        line = (before + text + after)[:available]
        width = max(1, min(len(text), available - len(before)))
        bar = style.paint("|", "dim")
        caret = " " * len(before) + style.paint("^" * width, "yellow")
        return [f"{style.paint(number, 'dim')}{bar} {line}".rstrip(), f"{' ' * len(number)}{bar} {caret}"]

    def _masked_lines(self, source: SourceFile) -> list[str]:
        if source.path not in self._masked:
            self._masked[source.path] = masked_lines(source.text)
        return self._masked[source.path]


def _moved(text: str, shown: str) -> tuple[int, int]:
    """Return the columns of a text in a line with secrets hidden: its own where it stands once, else the line's."""
    if len(text) > 2 and shown.count(text) == 1:
        return shown.index(text), shown.index(text) + len(text)
    return len(shown) - len(shown.lstrip()), len(shown)


def _columns(location: Location, line: str) -> tuple[int, int]:
    first = location.column - 1
    last = location.end_column - 1 if location.end_line == location.line else len(line.rstrip())
    return first, max(first + 1, min(last, len(line)))
