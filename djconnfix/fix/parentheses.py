"""The parentheses that a formatter may write around a part of a statement that is too long for its line."""

from __future__ import annotations

import tokenize
from keyword import iskeyword
from typing import TYPE_CHECKING

from djconnfix.fix.tokens import ASSIGNMENTS, Token, UnreadError
from djconnfix.records import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Container

_ENDS = frozenset({",", ":", ":=", "for", "return", *ASSIGNMENTS})  # of an item
_HEADS = frozenset({"if", "elif", "while", "for"})


def with_optional_parentheses(tokens: list[Token]) -> list[Token]:
    """Return the tokens of a statement with parentheses where a formatter may put some; those have no text.

    They go around the value of an assignment or a `return`, a tuple of targets or an annotation before it, what the
    head of a block tests or goes through, and each `a if b else c`. The ones that are there, and that a formatter would
    take away, lose their text.

    Raises:
        UnreadError: it is another kind of statement, or what is done with it is not known here.
    """
    first = tokens[0] if tokens else None
    if first is None or first.kind != tokenize.NAME:
        raise UnreadError
    if first.text in _HEADS:
        return _with_choices_in_parentheses(_head(tokens))
    if iskeyword(first.text) and first.text not in ("await", "raise", "return"):
        raise UnreadError
    marks = {text: _outside(tokens, (text,)) for text in (",", ":")}
    assigned = _outside(tokens, ASSIGNMENTS)
    if len(marks[":"]) > 1 or (marks[":"] and not assigned):
        raise UnreadError
    if marks[","] and not assigned and first.text != "return":
        raise UnreadError
    starts = [index + 1 for index in assigned] or [int(first.text == "return")]
    if starts[-1] == len(tokens):
        raise UnreadError
    if starts != [0]:
        target = tokens[: starts[0] - 1]
        if marks[":"] and marks[":"][0] < starts[0]:
            colon = marks[":"][0] + 1
            target = [*target[:colon], *_hidden(target[colon:])]
        elif any(comma < starts[0] for comma in marks[","]):
            target = _hidden(target)
        for start, end in zip(starts, (*starts[1:], len(tokens) + 1), strict=True):
            target += [tokens[start - 1], *_value_in_parentheses(tokens[start : end - 1])]
        tokens = target
    return _with_choices_in_parentheses(tokens)


def _head(tokens: list[Token]) -> list[Token]:
    """Return the first line of a block, with optional parentheses."""
    if _outside(tokens, (":",)) != [len(tokens) - 1] or len(tokens) < 3:
        raise UnreadError
    if tokens[0].text != "for":
        return [tokens[0], *_value_in_parentheses(tokens[1:-1]), tokens[-1]]
    place = next(iter(_outside(tokens, ("in",))), 0)
    target, value = tokens[1:place], tokens[place + 1 : -1]
    if not target or not value or target[0].bracket:
        raise UnreadError
    return [tokens[0], *_hidden(target), tokens[place], *_value_in_parentheses(value), tokens[-1]]


def _outside(tokens: list[Token], texts: Container[str]) -> list[int]:
    """Return the places of the tokens outside all brackets that have one of these texts."""
    found, depth = [], 0
    for index, token in enumerate(tokens):
        depth += token.opens - token.closes
        if not depth and token.text in texts:
            found.append(index)
    return found


def _value_in_parentheses(value: list[Token]) -> list[Token]:
    """Return a value between parentheses that are not written unless it must be spread over lines."""
    if value[0].bracket != "(" or _closer(value, 0) != len(value) - 1:
        return _hidden(value)
    inside = value[1:-1]
    if not inside or _outside(inside, (",", "for", ":=")):
        return value  # a tuple, a generator
    if inside[0].bracket == "(" and _closer(inside, 0) == len(inside) - 1:
        raise UnreadError
    return _between(inside, replace(value[0], text=""), replace(value[-1], text=""))


def _closer(tokens: list[Token], index: int) -> int:
    """Return the place of the bracket that closes the one at a place."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += tokens[place].opens - tokens[place].closes
        if not depth:
            return place
    raise UnreadError


def _hidden(tokens: list[Token]) -> list[Token]:
    """Return tokens between parentheses that are not written."""
    first, last = tokens[0], tokens[-1]
    opening = Token("", first.space, tokenize.OP, "(", display=True)
    closing = Token("", "", tokenize.OP, ")", comments=last.comments)
    inside = [*tokens[:-1], replace(last, comments=())]
    inside[0] = replace(inside[0], space="")
    return _between(inside, opening, closing)


def _between(tokens: list[Token], opening: Token, closing: Token) -> list[Token]:
    """Return tokens between brackets; a comment behind the whole is one behind a single word."""
    if len(tokens) == 1 and closing.comments:
        tokens = [replace(tokens[0], comments=(*tokens[0].comments, *closing.comments))]
        closing = replace(closing, comments=())
    return [opening, *tokens, closing]


def _with_choices_in_parentheses(tokens: list[Token]) -> list[Token]:
    """Return the tokens with parentheses that are not written around each `a if b else c` that has none."""
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    levels = [_Item(0)]
    for index, token in enumerate(tokens):
        if not index and token.text in _HEADS:
            levels = [_Item(1)]
            continue
        item = levels[-1]
        sign = token.text in ("*", "**") and index > 0 and not tokens[index - 1].ends_operand
        parts = token.text in _ENDS or token.text.startswith("lambda ") or token.text == "lambda:"
        if token.text == "if" and not item.clauses:
            levels[-1] = replace(item, choices=(*item.choices, max(item.begin, item.part)))
        elif token.text == "else":
            levels[-1] = replace(item, part=index + 1)
        elif token.closes or parts or sign:
            alone = token.closes and tokens[item.begin - 1].bracket == "("
            for begin in item.choices[alone:]:
                begins[begin] = begins.get(begin, 0) + 1
                ends[index] = ends.get(index, 0) + 1
            levels[-1] = _Item(index + 1, clauses=item.clauses or token.text == "for")
            if token.closes and len(levels) > 1:
                levels.pop()
        elif token.opens:
            levels.append(_Item(index + 1))
    made: list[Token] = []
    for index, token in enumerate(tokens):
        for _ in range(ends.get(index, 0)):
            last = made[-1]
            made[-1] = replace(last, comments=())
            made.append(Token("", "", tokenize.OP, ")", comments=last.comments))
        for _ in range(begins.get(index, 0)):
            made.append(Token("", token.space, tokenize.OP, "(", display=True))
            token = replace(token, space="")  # noqa: PLW2901
        made.append(token)
    return made


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a sequence.

    Attributes:
        begin: where it begins.
        part: where what follows its last `else` begins.
        choices: where those begin that are in it.
        clauses: whether clauses of a comprehension have begun.
    """

    begin: int
    part: int = -1
    choices: tuple[int, ...] = ()
    clauses: bool = False
