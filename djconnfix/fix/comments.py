"""Comments as a multiset: what a change must not lose."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.fix.edits import CannotEditError

if TYPE_CHECKING:
    from djconnfix.source import SourceFile

Comments = Counter[str]
FOR_LINTERS = re.compile(r"#[ \t]*(?:(?:noqa|(?:pyright|ty|type):[ \t]*ignore)\b|pylint:)")


def comments_of(text: str) -> Comments:
    """Return every comment of a source text with how often it stands there.

    Raises:
        CannotEditError: the text cannot be split into tokens.
    """
    if "#" not in text:
        return Counter()
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
        return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)
    except (tokenize.TokenError, SyntaxError):
        raise CannotEditError("the text cannot be split into tokens") from None


def comments_on_lines(source: SourceFile, start: int, end: int) -> Comments:
    """Return the comments on the lines of a stretch."""
    first, last = source.position(start)[0], source.position(max(start, end - 1))[0]
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source.text, newline="").readline))
    except (tokenize.TokenError, SyntaxError):
        return Counter()
    comments = (token for token in tokens if token.type == tokenize.COMMENT)
    return Counter(token.string.rstrip() for token in comments if first <= token.start[0] <= last)


def require_kept(before: str, after: str, may_go: Comments) -> None:
    """Refuse a change that loses a comment other than those that may go, or has a new one.

    One for linters that stands in the file already may be written once more, behind a statement of the same kind.

    Raises:
        CannotEditError: a comment would be lost, or appear from nowhere.
    """
    old, new = comments_of(before), comments_of(after)
    if old - new - may_go:
        raise CannotEditError("a comment would be lost")
    if any(comment not in old or not FOR_LINTERS.match(comment) for comment in new - old):
        raise CannotEditError("a comment would change")
