"""A project in memory, for tests of the code analysis."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from djconnfix.code import CodeReading, read_code
from djconnfix.code.kinds import MIDDLEWARE_TRANSACTION, OPENED_BY_MIDDLEWARE
from djconnfix.fix.code_rewrites import REWRITES
from djconnfix.fix.edits import Refused, apply
from djconnfix.rules._code import rewrite_action
from djconnfix.source import SourceFile, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.facts import CodeFact

PATH = "shop/middleware.py"
_NEUTRAL = {MIDDLEWARE_TRANSACTION, OPENED_BY_MIDDLEWARE}


class Files:
    """What the analysis asks of a tree."""

    def __init__(self, texts: Mapping[str, str | bytes]) -> None:
        self._sources = {
            path: SourceFile(path, Path("/nowhere") / path, text if isinstance(text, bytes) else text.encode())
            for path, text in texts.items()
        }
        self.paths = tuple(sorted(self._sources))

    def source(self, path: str) -> SourceFile:
        if path not in self._sources:
            raise UnreadableError(path, 0, "is missing")
        return self._sources[path]

    def exists(self, path: str) -> bool:
        return path in self._sources


def read(texts: str | Mapping[str, str | bytes]) -> CodeReading:
    """Read a project, or the one file of one."""
    files = Files({PATH: dedent(texts)} if isinstance(texts, str) else texts)
    return read_code(files, files.paths)


def facts(texts: str | Mapping[str, str | bytes], kind: str = "") -> list[CodeFact]:
    """Return the facts of a project (of one kind); everything must be readable.

    Without a kind, those that merely say how a middleware works are left out.
    """
    reading = read(texts)
    assert reading.unreadable == ()
    return [f for f in reading.facts if f.kind == kind or (not kind and f.kind not in _NEUTRAL)]


def kinds(texts: str | Mapping[str, str | bytes]) -> list[str]:
    return [fact.kind for fact in facts(texts)]


def rewritten(text: str, kind: str) -> str | Refused:
    """Return a file after the rewrite of its first fact of this kind."""
    text = dedent(text)
    files = Files({PATH: text})
    found = [fact for fact in read_code(files, [PATH]).facts if fact.kind == kind]
    assert found, f"no {kind}"
    fact = found[0]
    if not fact.rewrite:
        return Refused(fact.why)
    assert fact.rewrite_span is not None
    source = files.source(PATH)
    (action,) = rewrite_action(fact)
    edits = REWRITES[action.rewrite](source, action.location, action.detail)
    return edits if isinstance(edits, Refused) else apply(source.text, edits)
