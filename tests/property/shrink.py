"""Making a failing project small: statements are taken out as long as it fails in the same way."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING

from tests.property.check import check
from tests.property.execution import Project, environments

if TYPE_CHECKING:
    from pathlib import Path

    from tests.property.modules import Case

_DETAILS = re.compile(r"\{[^}]*\}|'[^']*'|\d+")


def kind(objection: str) -> str:
    """Return an objection without what differs from case to case."""
    return _DETAILS.sub("…", objection)[:60]


def shrunk(case: Case, objections: list[str], root: Path) -> tuple[Case, list[str]]:
    """Return a smaller project that fails in the same way, with its objections."""
    wanted = kind(objections[0])
    again = True
    runs = _runs(case)
    while again:
        again = False
        for number in reversed(range(len(case.chunks) + len(case.base))):
            smaller = case.without(number)
            if runs and not _runs(smaller):
                continue
            try:
                left = check(smaller, root).objections
            except Exception as error:
                left = [f"crash: {type(error).__name__}: {error}"]
            if any(kind(text) == wanted for text in left):
                case, again = smaller, True
                objections = [text for text in left if kind(text) == wanted]
    return case, objections


def _runs(case: Case) -> bool:
    """Whether a project's settings load when everything is set, or nothing."""
    try:
        project = Project(case.files())
    except SyntaxError:
        return False
    return any(not isinstance(project.settings(each, case.classes), Exception) for each in environments(Random(0), 2))
