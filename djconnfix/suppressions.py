"""`# djconnfix: ignore[DCF101] reason` on the line or the statement of a finding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.findings import Finding
    from djconnfix.project.files import Tree
    from djconnfix.source import SourceFile

MARKER = b"djconnfix: ignore"
_COMMENT = re.compile(r"#\s*djconnfix: ignore\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment.

    Attributes:
        line: one-based line it stands on.
        rules: the codes and names it lists.
        start: character offset of the comment.
        end: past its last character.
    """

    line: int
    rules: frozenset[str]
    start: int
    end: int

    def covers(self, finding: Finding) -> bool:
        """Whether it lists the finding's rule."""
        return finding.code in self.rules or finding.name in self.rules


def read_suppressions(source: SourceFile) -> tuple[Suppression, ...]:
    """Return the suppressing comments of a file; in Python only real comments count, no strings."""
    if MARKER not in source.data:
        return ()
    found = []
    try:
        for start in _comments(source):
            line_end = source.text.find("\n", start)
            text = source.text[start : line_end if line_end >= 0 else None]
            if match := _COMMENT.match(text):
                rules = frozenset(_plain(word) for word in match[1].split(",") if word.strip())
                found.append(Suppression(source.position(start)[0], rules, start, start + len(text.rstrip())))
    except UnreadableError:
        return ()
    return tuple(found)


class Comments:
    """The suppressing comments of a tree's files, read when a finding asks for them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._by_path: dict[str, tuple[Suppression, ...]] = {}

    def cover(self, finding: Finding) -> bool:
        """Whether a comment on the finding's line, or on a line of its statement, lists its rule."""
        path = finding.location.path
        if path not in self._by_path:
            try:
                self._by_path[path] = read_suppressions(self._tree.source(path))
            except UnreadableError:
                self._by_path[path] = ()
        listed = [each for each in self._by_path[path] if each.covers(finding)]
        return bool(listed) and self._near(finding, {each.line for each in listed})

    def _near(self, finding: Finding, lines: set[int]) -> bool:
        first, last = finding.location.line, finding.location.end_line
        covering = set(range(first, last + 1))
        source = self._tree.source(finding.location.path)
        if source.path.endswith(".py"):
            for start, end in _statements(source):
                if start <= first <= end:  # its ends only: a comment inside it may be about a neighbour
                    covering |= {start, end}
        return not covering.isdisjoint(lines)


def _plain(word: str) -> str:
    word = word.strip()
    return word.upper() if word.upper().startswith("DCF") else word.lower()


def _comments(source: SourceFile) -> Iterator[int]:
    """Yield the character offsets at which comments with the marker begin."""
    if not source.path.endswith(".py"):
        yield from (match.start() for match in _COMMENT.finditer(source.text))
        return
    import io
    import tokenize

    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text, newline="").readline):
            if token.type == tokenize.COMMENT:
                found = token.string.find("djconnfix: ignore")
                if found >= 0:
                    hash_at = token.string.rfind("#", 0, found)
                    yield source.line_starts[token.start[0] - 1] + token.start[1] + hash_at
    except (tokenize.TokenError, SyntaxError):
        return


def _statements(source: SourceFile) -> Iterator[tuple[int, int]]:
    """Yield first and last line of each simple statement, and of the header of each compound one."""
    import ast

    try:
        tree = source.tree
    except UnreadableError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = node.end_lineno or node.lineno
            if isinstance(body, list) and body:
                last = max(node.lineno, body[0].lineno - 1)
            yield node.lineno, last
