"""The tokens of one statement, with what a formatter looks at when it breaks a line: brackets, depth, weights.

A weight says how gladly a line is broken there; operators that bind loosely have more of it. The line breaks that are
there are not read, but a comma behind the last item, which asks for a line for each, and a comment on its own line.
"""

from __future__ import annotations

import io
import tokenize
from keyword import iskeyword
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Spelled = tuple[int, str, tuple[int, int], tuple[int, int]]

COMMA, DOT, STRING = 18, 1, 12
ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "@=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//="})
_COMPREHENSION, _TERNARY, _LOGIC, _COMPARISON = 20, 16, 14, 10
_BINARY = {
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), _COMPARISON),
    **dict.fromkeys(("<<", ">>"), 6),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "//", "%", "@"), 4),
    "|": 9,
    "^": 8,
    "&": 7,
    "**": 2,
}
_OPENERS = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = frozenset(_OPENERS.values())
_UNREAD = frozenset({"async", "yield", ";"})
_CONSTANTS = frozenset({"None", "True", "False"})
_LAYOUT = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING})


class UnreadError(Exception):
    """The statement holds something whose layout is not known here."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a statement.

    Attributes:
        text: as written; that of an optional bracket is empty until a line is broken there.
        space: what stands before it on its line.
        kind: `tokenize.NAME`, `OP`, `STRING`, `NUMBER`, or `COMMENT` for one on a line of its own.
        bracket: the bracket that it is, empty when it is none.
        display: whether it opens a display or parentheses, and no call or subscript.
        comments: those behind it on its line.
        index: its place in the statement.
        partner: the place of the bracket that belongs to it.
        depth: how many brackets are around it.
        before: the weight of a line break before it.
    """

    text: str
    space: str
    kind: int
    bracket: str = ""
    display: bool = False
    comments: tuple[str, ...] = ()
    index: int = -1
    partner: int = -1
    depth: int = 0
    before: int = 0

    @property
    def opens(self) -> bool:
        """Whether it is an opening bracket."""
        return self.bracket in _OPENERS

    @property
    def closes(self) -> bool:
        """Whether it is a closing bracket."""
        return self.bracket in _CLOSERS

    @property
    def is_comma(self) -> bool:
        """Whether it is a comma."""
        return self.text == ","

    @property
    def alone(self) -> bool:
        """Whether it is a comment on a line of its own."""
        return self.kind == tokenize.COMMENT

    @property
    def ends_operand(self) -> bool:
        """Whether an operator behind it has two operands, and a bracket there is a call or a subscript."""
        if self.kind == tokenize.NAME:
            return not iskeyword(self.text) or self.text in _CONSTANTS
        return self.closes or self.kind in (tokenize.NUMBER, tokenize.STRING)


def spelled(text: str) -> list[Token]:
    """Return the tokens of a statement as they are written.

    Raises:
        UnreadError: it is more than one, or holds something that is not read here.
    """
    try:
        lines = text.split("\n")
        return list(_as_on_one_line(lines, _with_whole_lambdas(lines, _whole_strings(text))))
    except (tokenize.TokenError, SyntaxError):
        raise UnreadError from None


def _as_on_one_line(lines: list[str], words: Iterable[Spelled]) -> Iterator[Token]:
    """Yield the tokens as they are written; a gap with a line break becomes what it would be without."""
    last: Token | None = None
    row = column = 0
    for kind, spelling, begin, end in words:
        same = begin[0] == row
        if kind == tokenize.COMMENT:
            if "fmt:" in spelling or "type:" in spelling:
                raise UnreadError
            if same and last is not None and not last.alone:
                last = replace(last, comments=(*last.comments, spelling))
                continue
        elif "\n" in spelling or spelling in _UNREAD or kind == tokenize.ERRORTOKEN:
            raise UnreadError
        space = lines[row - 1][column : begin[1]] if same else _gap(last, spelling)
        if last is not None:
            yield last
        bracket = spelling if kind == tokenize.OP and (spelling in _OPENERS or spelling in _CLOSERS) else ""
        last = Token(spelling, space, kind, bracket, bracket in _OPENERS and not (last and last.ends_operand))
        row, column = end
    if last is not None:
        yield last


def _gap(last: Token | None, spelling: str) -> str:
    if last is None or last.opens or last.text == "." or spelling in _CLOSERS or spelling in (",", "."):
        return ""
    return " "


def _with_whole_lambdas(lines: list[str], words: Iterable[Spelled]) -> Iterator[Spelled]:
    """Yield the words with `lambda`, its arguments and the colon as one."""
    start: tuple[int, int] | None = None
    for word in words:
        _, spelling, begin, end = word
        if spelling == "lambda" and start is None:
            start = begin
        elif start is None:
            yield word
        elif spelling in _OPENERS or spelling == "lambda" or begin[0] != start[0]:
            raise UnreadError
        elif spelling == ":":
            yield tokenize.OP, lines[end[0] - 1][start[1] : end[1]], start, end
            start = None


def _whole_strings(text: str) -> Iterator[Spelled]:
    """Yield kind, spelling, begin and end of each token; an f-string is one, whatever this Python makes of it."""
    lines = text.split("\n")
    begun: list[tuple[int, int]] = []
    ended = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name.endswith("STRING_START"):  # pragma: no cover -- only from Python 3.12 on are formatted texts tokens
            begun.append(token.start)
        elif name.endswith("STRING_END"):  # pragma: no cover -- likewise
            start = begun.pop()
            if not begun:
                if start[0] != token.end[0]:
                    raise UnreadError
                yield tokenize.STRING, lines[start[0] - 1][start[1] : token.end[1]], start, token.end
        elif begun or token.type in _LAYOUT:
            continue
        elif ended:
            raise UnreadError
        elif token.type == tokenize.NEWLINE:
            ended = True
        else:
            yield token.type, token.string, token.start, token.end
    if any(line.endswith("\\") for line in lines):
        raise UnreadError


def weighed(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens with place, partner, depth and weight."""
    partners: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.opens:
            opened.append(index)
        elif token.closes:
            if not opened:
                raise UnreadError
            partners[index] = opened.pop()
            partners[partners[index]] = index
    depth = 0
    targets: list[int] = []  # the depths of the names that a clause `for` binds
    clauses: list[bool] = [False]
    for index, token in enumerate(tokens):
        last = tokens[index - 1] if index else None
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        bound = token.text == "in" and bool(targets) and targets[-1] == depth
        if bound:
            depth = targets.pop() - 1
        if token.closes:
            depth -= 1
            clauses.pop()
        weight = 0 if bound else _weight(token, last, following, clauses[-1])
        yield replace(token, index=index, partner=partners.get(index, -1), depth=depth, before=weight)
        if token.opens:
            depth += 1
            clauses.append(False)
        elif token.text == "for" and token.kind == tokenize.NAME:
            depth += 1
            targets.append(depth)
            clauses[-1] = True


def _weight(token: Token, last: Token | None, following: str, clauses: bool) -> int:
    """Return the weight of a line break before a token."""
    if last is None:
        return 0
    text = token.text
    if token.kind == tokenize.STRING:
        return STRING if last.kind == tokenize.STRING else 0
    if token.kind == tokenize.OP:
        if text == ".":
            return DOT if last.closes else 0
        return _BINARY.get(text, 0) if last.ends_operand else 0
    if token.kind != tokenize.NAME:
        return 0
    if text == "for" or (text == "if" and clauses):
        return _COMPREHENSION
    if text in ("if", "else"):
        return _TERNARY
    if text in ("and", "or"):
        return _LOGIC
    if text == "is" or (text == "in" and last.text != "not") or (text == "not" and following == "in"):
        return _COMPARISON
    return 0
