"""Which functions can matter at all, told from their lines: most of a file's functions hold none of the words."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from djconnfix.code.walk import Function
    from djconnfix.source import SourceFile


def mentioning(source: SourceFile, words: Iterable[str]) -> Callable[[Function], bool]:
    """Return what tells whether a function's lines hold one of some words; never wrong when it says no.

    An import may bind one of the names under another (`import commit as end`): then no function is ruled out.
    """
    text = source.text
    either = "|".join(words)
    if re.search(rf"(?:{either})(?:\s|\\)+as\b", text):
        return _any_function
    lines = sorted({source.position(found.start())[0] for found in re.finditer(either, text)})

    def mentions(function: Function) -> bool:
        index = bisect_left(lines, function.lineno)
        return index < len(lines) and lines[index] <= (function.end_lineno or 0)

    return mentions


def _any_function(_: Function) -> bool:
    return True
