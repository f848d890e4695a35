"""Lines in the making, and the ways to break one: at brackets, at its heaviest operators or commas, around comments."""

from __future__ import annotations

import tokenize
from typing import TYPE_CHECKING

from djconnfix.fix.tokens import COMMA, DOT, STRING, Token
from djconnfix.records import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CannotSplitError(Exception):
    """A line cannot be broken in this way."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line in the making.

    Attributes:
        tokens: what stands on it.
        level: how many steps deeper than the statement it begins.
        inside: whether it is what stood between brackets.
        apart: whether its items must have a line each.
        tail: whether it begins with the bracket that closes what stands above.
    """

    tokens: tuple[Token, ...]
    level: int = 0
    inside: bool = False
    apart: bool = False
    tail: bool = False

    @property
    def breaks(self) -> dict[int, int]:
        """The weights of line breaks outside all brackets, by the token after which the break comes."""
        depth = self.tokens[0].depth
        found: dict[int, int] = {}
        for this, following in zip(self.tokens, (*self.tokens[1:], None)):  # noqa: B905
            if following is not None and following.before and following.depth == depth:
                found[this.index] = following.before
            elif this.is_comma and this.depth == depth:
                found[this.index] = COMMA
        return found

    @property
    def heaviest(self) -> int:
        """The greatest weight of a line break before the last token's end, 0 when there is none."""
        last = self.tokens[-1].index
        return max((weight for index, weight in self.breaks.items() if index != last), default=0)

    @property
    def asks_for_lines(self) -> bool:
        """Whether there is a comma behind a last item, for which a formatter gives each item a line."""
        return not self.tail and any(self.ends_in_comma(place) for place in range(1, len(self.tokens)))

    def ends_in_comma(self, place: int) -> bool:
        """Whether the token at a place closes brackets with a comma behind the last of several items."""
        token = self.tokens[place]
        begin = self.find(token.partner) if token.closes else -1
        if begin < 0 or not self.tokens[place - 1].is_comma:
            return False
        opening = self.tokens[begin]
        one_may_have_it = {")": opening.display, "]": not opening.display}  # a tuple of one; a subscript
        if not one_may_have_it.get(token.bracket):
            return True
        return sum(each.is_comma and each.depth == token.depth + 1 for each in self.tokens[begin:place]) > 1

    @property
    def assignments(self) -> int:
        """How many `=` are on it, be they of keyword arguments."""
        return sum(token.text == "=" for token in self.tokens)

    @property
    def has_comment_alone(self) -> bool:
        """Whether a comment on a line of its own is in it."""
        return any(token.alone for token in self.tokens)

    def find(self, index: int) -> int:
        """Return where the token of this place in the statement is on the line, -1 when it is on another."""
        place = index - self.tokens[0].index  # only a comma that was added is out of order, and last
        return place if 0 <= place < len(self.tokens) and self.tokens[place].index == index else -1


@dataclass(frozen=True, slots=True)
class Cut:
    """A line broken behind an opening bracket and before the one that closes it."""

    head: Line
    body: Line
    tail: Line

    @property
    def opening(self) -> Token:
        """The opening bracket."""
        return self.head.tokens[-1]

    @property
    def closing(self) -> Token:
        """The closing bracket."""
        return self.tail.tokens[0]


def cut(line: Line, omitted: frozenset[int]) -> Cut:
    """Return a line broken at its last brackets that are not omitted.

    Args:
        line: the line.
        omitted: places of closing brackets.
    """
    tokens = line.tokens
    end = len(tokens)
    while end > 0:
        end -= 1
        closing = tokens[end]
        if not closing.closes or closing.index in omitted:
            continue
        begin = line.find(closing.partner)
        if begin == end - 1:
            end = begin  # nothing in it
            continue
        if begin < 0:
            break
        inside = tokens[begin + 1 : end]
        body = Line(inside, line.level + 1, inside=True)
        head = Line(tokens[: begin + 1], line.level)
        body = replace(body, apart=body.heaviest == COMMA and (inside[-1].is_comma or tokens[begin].display))
        return Cut(head, body, Line(tokens[end:], line.level, tail=True))
    raise CannotSplitError


def shown(found: Cut) -> list[Line]:
    """Return the lines of a cut; brackets that were not written are, now."""
    opening = replace(found.opening, text=found.opening.bracket)
    closing = replace(found.closing, text=found.closing.bracket)
    head = replace(found.head, tokens=(*found.head.tokens[:-1], opening))
    return [head, found.body, replace(found.tail, tokens=(closing, *found.tail.tokens[1:]))]


def broken_at_weights(line: Line) -> list[Line]:
    """Return a line broken wherever its heaviest breaks are.

    Raises:
        CannotSplitError: there is none, or only one before an attribute.
    """
    weights = line.breaks
    heaviest = line.heaviest
    places = {index for index, weight in weights.items() if weight == heaviest}
    if not heaviest or (heaviest == DOT and len(places) == 1):
        raise CannotSplitError
    tokens = line.tokens if heaviest in (COMMA, STRING) else _with_comments_before(line.tokens, places)
    if heaviest == COMMA:
        tokens = _with_comma(tokens)
    return _lines(tokens, line, places)


def broken_at_comments(line: Line) -> list[Line]:
    """Return a line broken around the comments that have lines of their own.

    Raises:
        CannotSplitError: there is none.
    """
    if not line.has_comment_alone:
        raise CannotSplitError
    return _lines(line.tokens, line, ())


def _lines(tokens: Sequence[Token], line: Line, places: Iterable[int]) -> list[Line]:
    """Return tokens as lines: a break behind each of the places, and around comments."""
    depth = tokens[0].depth
    made: list[list[Token]] = [[]]
    for token in tokens:
        if made[-1] and any(each.alone and each.depth == depth for each in (token, made[-1][-1])):
            made.append([])
        made[-1].append(token)
        if token.index in places:
            made.append([])
    return [Line(tuple(each), line.level, line.inside) for each in made if each]


def _with_comments_before(tokens: Sequence[Token], places: Iterable[int]) -> list[Token]:
    """Return the tokens with the comments behind an operator on the line above it."""
    made = list(tokens)
    for number, token in enumerate(tokens[1:], 1):
        if tokens[number - 1].index in places and token.comments:
            made[number - 1] = replace(made[number - 1], comments=(*made[number - 1].comments, *token.comments))
            made[number] = replace(token, comments=())
    return made


def _with_comma(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with a comma behind the last item."""
    made = list(tokens)
    place = max(number for number, token in enumerate(made) if not token.alone)
    last = made[place]
    if not last.is_comma:
        comma = Token(",", "", tokenize.OP, comments=last.comments, depth=made[0].depth)
        made[place : place + 1] = [replace(last, comments=()), comma]
    return made
