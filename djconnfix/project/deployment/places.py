"""Where in a deployment file something is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djconnfix.source import Location, SourceFile


def line_location(source: SourceFile, offset: int) -> Location:
    """Return the line that holds an offset, without its indentation and trailing blanks."""
    line, _ = source.position(offset)
    text = source.line_text(line)
    start = source.line_starts[line - 1] + len(text) - len(text.lstrip())
    return source.location(start, source.line_starts[line - 1] + len(text.rstrip()))
