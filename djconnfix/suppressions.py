"""`# djconnfix: ignore[DCF101] reason` on the line or the statement of a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.records import dataclass
from djconnfix.rules import find_rule
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.findings import Finding
    from djconnfix.project.files import Tree
    from djconnfix.source import Location, SourceFile

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
    """The suppressing comments of a tree's files, and which of them were needed."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._by_path = {source.path: read_suppressions(source) for source in tree.holding(MARKER)}
        self._needed: set[tuple[str, int, str]] = set()  # path, offset of the comment, code

    def cover(self, finding: Finding) -> bool:
        """Whether a comment on the finding's line, or at an end of its statement, lists its rule."""
        path = finding.location.path
        listed = [each for each in self._by_path.get(path, ()) if each.covers(finding)]
        near = [each for each in listed if self._near(finding, {each.line})]
        self._needed.update((path, each.start, finding.code) for each in near)
        return bool(near)

    def unneeded(self) -> Iterator[tuple[Location, str]]:
        """Yield each rule that a comment lists in vain, and where; ask after the last `cover`."""
        for path, suppressions in self._by_path.items():
            source = self._tree.source(path)
            for each in suppressions:
                for word in sorted(each.rules):
                    found = find_rule(word)
                    if found is None or (path, each.start, found.code) not in self._needed:
                        yield source.location(each.start, each.end), word

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
