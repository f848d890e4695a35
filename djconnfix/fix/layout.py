"""How a file is laid out: indentation, quotes, line length. Read from its text, never decided for it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.project.files import Tree
    from djconnfix.source import SourceFile

DEFAULT_LINE_LENGTH = 88  # of black and ruff
_OPENER = re.compile(r"[:\[({]\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The habits of one file.

    Attributes:
        unit: one step of indentation.
        quote: the quote character that most short strings have.
        limit: the line length to keep, in characters.
    """

    unit: str
    quote: str
    limit: int


def layout_of(source: SourceFile, limit: int = DEFAULT_LINE_LENGTH) -> Layout:
    """Return the habits of a file."""
    return Layout(_indent_unit(source.text), _quote(source.text), limit)


def width(line: str) -> int:
    """Return the columns that a line takes, as black and ruff count them: some characters take two, or none."""
    if line.isascii():
        return len(line)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "FW" else 1 for each in line)


def line_length(tree: Tree, path: str) -> int:
    """Return the line length that black or ruff is configured to for a file, their default when neither is."""
    folder = path.rpartition("/")[0]
    while True:
        prefix = f"{folder}/" if folder else ""
        for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
            if tree.exists(prefix + name) and (found := _configured(tree, prefix + name)):
                return found
        if not folder:
            return DEFAULT_LINE_LENGTH
        folder = folder.rpartition("/")[0]


def _configured(tree: Tree, path: str) -> int:
    from djconnfix._compat import tomllib
    from djconnfix.source import UnreadableError

    try:
        read = tomllib.loads(tree.source(path).text)
    except (UnreadableError, ValueError, RecursionError, MemoryError):
        return 0
    tool = read.get("tool", {}) if path.endswith("pyproject.toml") else {"ruff": read}
    if not isinstance(tool, dict):
        return 0
    for name in ("black", "ruff"):
        section = tool.get(name)
        if isinstance(section, dict):
            length = section.get("line-length", section.get("line_length", DEFAULT_LINE_LENGTH))
            if isinstance(length, int) and not isinstance(length, bool) and 0 < length <= 10_000:
                return length
    return 0


def _indent_unit(text: str) -> str:
    """Return the most frequent step from a line that opens a block or bracket to the next one."""
    steps: Counter[str] = Counter()
    before = ""
    opened = False
    for line in text.splitlines():
        body = line.lstrip(" \t")
        if not body or body.startswith("#"):
            continue
        margin = line[: len(line) - len(body)]
        if opened and len(margin) > len(before) and margin.startswith(before):
            steps[margin[len(before) :]] += 1
        before, opened = margin, bool(_OPENER.search(body))
    return steps.most_common(1)[0][0] if steps else "    "


def _quote(text: str) -> str:
    return "'" if text.count("'") > text.count('"') else '"'
