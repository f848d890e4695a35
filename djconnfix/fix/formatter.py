"""One statement laid out as black and ruff format do: on one line if it fits, else broken at its outermost brackets.

Only line breaks, and the commas and parentheses that come with them, are decided here; every token stays as it is
written. What a formatter would make of anything else is not known here, and not claimed.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING

from djconnfix.fix.layout import width
from djconnfix.fix.lines import CannotSplitError, Cut, Line, broken_at_comments, broken_at_weights, cut, shown
from djconnfix.fix.parentheses import with_optional_parentheses
from djconnfix.fix.tokens import DOT, UnreadError, spelled, weighed
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.fix.layout import Layout
    from djconnfix.fix.tokens import Token

_MOST = 100_000  # characters; what is longer has an item a line, and stays so


def formatted(text: str, layout: Layout, newline: str = "") -> str | None:
    """Return the lines of a statement as a formatter would lay them out, None when that is not known or takes long.

    Args:
        text: the lines of an assignment, a call, a `return` or the head of a block, indented as in the file; what ends
            the last one stays.
        layout: the file's habits.
        newline: what ends its lines; told from the text when not given.
    """
    if not text or len(text) > _MOST:
        return None
    body = text.rstrip("\r\n")
    newline = newline or next(each for each in ("\r\n", "\r", "\n", "") if each in text) or "\n"
    margin = body[: len(body) - len(body.lstrip(" \t"))]
    page = _Page(margin, layout.unit, layout.limit)
    try:
        tokens = tuple(weighed(with_optional_parentheses(spelled(body.replace(newline, "\n")))))
    except UnreadError:
        return None
    made = newline.join(map(page.text, page.laid_out(Line(tokens), force=False)))
    return made + text[len(body) :] if _same_code(body, made) else None


def _same_code(before: str, after: str) -> bool:
    """Whether two statements, or heads of blocks, differ in nothing but their layout."""
    try:
        return ast.dump(_parsed(before)) == ast.dump(_parsed(after))
    except (SyntaxError, ValueError):
        return False


def _parsed(text: str) -> ast.Module:
    text = text.lstrip()
    text = text.removeprefix("el") if text.startswith(("elif ", "elif(")) else text
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse(f"{text}\n pass")


@dataclass(frozen=True, slots=True)
class _Page:
    """Where a statement stands.

    Attributes:
        margin: what stands before it on its first line.
        unit: one step of indentation.
        limit: the line length to keep.
    """

    margin: str
    unit: str
    limit: int

    def text(self, line: Line) -> str:
        """Return a line as it would be written."""
        first, *others = line.tokens
        words = "".join(f"{token.space}{token.text}" for token in others)
        comments = "".join(f"  {comment}" for token in line.tokens for comment in token.comments)
        return f"{self.margin}{self.unit * line.level}{first.text}{words}{comments}"

    def fits(self, line: Line, room: int = 0) -> bool:
        """Whether a line is short enough, by so many characters."""
        return not line.has_comment_alone and width(self.text(line)) <= self.limit - room

    def laid_out(self, line: Line, *, force: bool) -> list[Line]:
        """Return the lines that a formatter makes of one; with `force` optional brackets are used before others."""
        stays = not (line.apart or line.asks_for_lines)
        if stays and self.fits(line):
            return [line]
        if line.inside:
            for broken in (broken_at_weights, broken_at_comments):
                with suppress(CannotSplitError):
                    return self._each_laid_out(line, broken(line), force=force)
        with suppress(CannotSplitError):
            return self._at_brackets(line, force=force)
        return [line]

    def _each_laid_out(self, line: Line, parts: list[Line], *, force: bool) -> list[Line]:
        whole = self.text(line)
        made: list[Line] = []
        for part in parts:
            if self.text(part) == whole:
                raise CannotSplitError
            made += self.laid_out(part, force=force)
        return made

    def _at_brackets(self, line: Line, *, force: bool) -> list[Line]:
        made = self._each_laid_out(line, self._at_best_brackets(line, force=force), force=force)
        optional = [token for token in line.tokens if token.bracket and not token.text]
        outer = {token.index for token in optional if token.depth == line.tokens[0].depth}
        used = any(token.index in outer and token.text for each in made for token in each.tokens if token.bracket)
        if force or not optional or used or self.fits(made[0]):
            return made
        other = self._at_brackets(line, force=True)
        return other if all(map(self.fits, other)) else made

    def _at_best_brackets(self, line: Line, *, force: bool) -> list[Line]:
        """Break a line at its last brackets, or at the last but so many that what follows them stays on their line."""
        first: list[Line] | None = None
        for omitted in self._omissions(line):
            made = self._at_last_brackets(line, omitted, force=force)
            first = made if first is None and not omitted else first
            if self.fits(made[0]):
                return made
        return first or self._at_last_brackets(line, frozenset(), force=force)

    def _omissions(self, line: Line) -> Iterator[frozenset[int]]:
        """Yield more and more brackets at the end of a line to stay as they are, as long as those would fit a line."""
        omitted: set[int] = set()
        if not line.asks_for_lines:
            yield frozenset()
        length = self._start(line)
        partner, closing = -1, -1
        inner: set[int] = set()
        for place in range(len(line.tokens) - 1, -1, -1):
            token = line.tokens[place]
            length += _length(token)
            if length > self.limit or token.alone or token.comments:
                return
            if partner >= 0:
                if token.index == partner:
                    partner = -1
                elif token.closes:
                    if line.ends_in_comma(place):
                        return
                    inner.add(token.index)
            elif token.closes:
                if place and line.tokens[place - 1].opens:
                    inner.add(token.index)
                    continue
                if closing >= 0:
                    omitted |= {closing, *inner}
                    inner.clear()
                    yield frozenset(omitted)
                if line.ends_in_comma(place):
                    return
                if token.text:
                    partner, closing = token.partner, token.index

    def _at_last_brackets(self, line: Line, omitted: frozenset[int], *, force: bool) -> list[Line]:
        return self._without_optional(cut(line, omitted), line, omitted, force=force)

    def _without_optional(self, found: Cut, line: Line, omitted: frozenset[int], *, force: bool) -> list[Line]:
        if not force and not found.opening.text and self._can_do_without(found):
            less = omitted | {found.closing.index}
            try:
                other = cut(line, less)
                if self._prefers(other, found):
                    return self._without_optional(other, line, less, force=force)
            except CannotSplitError:
                if line.assignments < 2 and not _may_be_broken(found.body) and not self.fits(found.body):
                    raise
        return shown(found)

    def _can_do_without(self, found: Cut) -> bool:
        """Whether what stands between optional brackets may be broken elsewhere than around it."""
        tokens = found.body.tokens
        depth = tokens[0].depth
        if found.opening.comments or any(token.alone and token.depth == depth for token in tokens):
            return False
        weights = list(found.body.breaks.values())
        heaviest = max(weights, default=0)
        if not weights:
            return True
        if weights.count(heaviest) > 1:
            return False
        if heaviest == DOT:
            return True
        if tokens[0].opens and not tokens[1].closes and self._begins_with_brackets(found.body):
            return True
        last = tokens[-1]
        if not last.closes:
            return False
        begin = found.body.find(last.partner)
        if last.bracket == "]" and not (begin >= 0 and tokens[begin].display):
            return False
        return not tokens[-2].opens and self._ends_with_brackets(found.body)

    def _begins_with_brackets(self, line: Line) -> bool:
        """Whether what follows the brackets at its beginning fits a line, up to the next ones."""
        behind = False
        length = self._start(line)
        for token in line.tokens:
            if token.closes and token.partner == line.tokens[0].index:
                behind = True
            if behind:
                length += _length(token)
                if length > self.limit:
                    return False
                if token.opens:
                    behind = False
        return True

    def _ends_with_brackets(self, line: Line) -> bool:
        """Whether what stands before the brackets at its end fits a line, or has brackets, too."""
        begin = line.find(line.tokens[-1].partner)
        before = line.tokens[: begin + 1]
        others = any(token.opens for token in before[:-1])
        return begin >= 0 and (others or self._start(line) + sum(map(_length, before)) <= self.limit)

    def _prefers(self, other: Cut, found: Cut) -> bool:
        """Whether a cut elsewhere is better than one at the optional brackets around the value."""
        target = found.head.tokens[:-1]
        if not target or target[-1].text != "=" or not any(token.bracket for token in target):
            return True
        if not self.fits(found.head, 1) or found.head.asks_for_lines:
            return True
        if found.head.assignments > max(other.head.assignments, 1):
            return False
        met = next((token for token in reversed(other.head.tokens) if token.text == "=" or token.closes), None)
        return met is not None and (met.closes or self.fits(other.head))

    def _start(self, line: Line) -> int:
        return len(self.margin) + len(self.unit) * line.level


def _length(token: Token) -> int:
    return len(token.space) + len(token.text) + sum(map(len, token.comments))


def _may_be_broken(line: Line) -> bool:
    tokens = line.tokens
    return len(tokens) > 1 and not (tokens[0].text.endswith(("'", '"')) and tokens[1].text == ".")
