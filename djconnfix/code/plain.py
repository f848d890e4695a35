"""Plain uses of transactions, told from lines alone: asked for where a setting or strategy hangs on there being none.

What stands in a docstring counts too. That is the careful side: these facts only ever keep a change from being offered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.code.kinds import MANUAL_COMMIT, TRANSACTION
from djconnfix.code.words import is_test_path
from djconnfix.facts import CodeFact
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.project.files import Tree
    from djconnfix.source import SourceFile

_WORDS = (b"atomic", b"commit(", b"rollback(", b"select_for_update(")
_LINES = re.compile(
    r"^(?![ \t]*#)[^\n]*?(?:(?P<ends>\b(?:transaction|connection|connections\[[^\]\n]+\])\.(?:commit|rollback)\()"
    r"|(?P<begins>\btransaction\.atomic\b|@atomic\b|\bwith[ \t]+atomic\b|\.select_for_update\())(?P<given>[^\n]*)",
    re.MULTILINE,
)
_ALIAS = re.compile(r"\(?[ \t]*(?:using[ \t]*=[ \t]*)?[\"'](\w+)[\"']|[^\n]*\busing[ \t]*=[ \t]*[\"'](\w+)[\"']")
_COMPUTED = re.compile(
    r"\(?[ \t]*(?:using[ \t]*=[ \t]*)?(?!using\b|savepoint\b|durable\b)[A-Za-z_]|[^\n]*\busing[ \t]*="
)
_INDEXED = re.compile(r"connections\[[ \t]*(?:[\"'](\w+)[\"'])?")


def plain_uses(tree: Tree) -> Iterator[CodeFact]:
    """Yield every line that begins or ends a transaction in plain sight, tests apart."""
    for path in tree.paths:
        if not path.endswith(".py") or is_test_path(path):
            continue
        try:
            data = tree.read_bytes(path)
            if b"django" in data and any(word in data for word in _WORDS):
                yield from _uses(tree.source(path))
        except UnreadableError:
            continue  # it is named already by who reads everything


def _uses(source: SourceFile) -> Iterator[CodeFact]:
    place = "middleware" if "middleware" in source.path else "function"
    for match in _LINES.finditer(source.text):
        kind, called = (MANUAL_COMMIT, "ends") if match["ends"] else (TRANSACTION, "begins")
        location = source.location(match.start(called), match.end(called))
        yield CodeFact(kind, location, place=place, alias=_alias(match[called], match["given"]))


def _alias(called: str, given: str) -> str:
    """Return the alias that a call names, `default` when it names none, empty when it is computed."""
    if indexed := _INDEXED.search(called):
        return indexed[1] or ""
    if named := _ALIAS.match(given):
        return named[1] or named[2]
    return "" if _COMPUTED.match(given) else "default"
