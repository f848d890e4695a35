"""One pass over the bytes of all Python files: which of them can matter at all.

A chain of `in` on bytes beats a regular expression, and most files hold none of the words. Where a word is there, its
surroundings tell whether the file is worth parsing, which costs two hundred times as much as the search.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.project.files import Tree

SETTINGS_WORDS = (b"DATABASES", b"INSTALLED_APPS", b"ROOT_URLCONF", b"MIDDLEWARE")
USE_WORD = b"DJANGO_SETTINGS_MODULE"
STAR_IMPORT = b"import *"
OWN_NAME = b"djconnfix:"  # comments that wave findings through

_BOUND = re.compile(rb"(?:_CLASSES)?[ \t]*(?:=(?!=)|[-+*|]=|[\[.:(\\])")  # what follows a name that is bound or filled
# In `f("DJANGO_SETTINGS_MODULE", "shop.settings")` and `environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"`, also
# where several names are bound at once; what is no literal names no module.
_GAP = rb"(?:[\s\\()]|#[^\n]*)*"
_NAMED = re.compile(
    rb"""DJANGO_SETTINGS_MODULE["']"""
    + _GAP
    + rb"(?:,|\]"
    + _GAP
    + rb"=(?!=)(?:[^=#\n]*=(?!=))*)"
    + _GAP
    + rb"""[rRuU]?["']"""
)

_CONFIGURATION = frozenset({"config", "conf", "configuration"})


@dataclass(slots=True)
class Scan:
    """Paths of Python files by what their bytes hold.

    Attributes:
        settings: files that may bind a name that only settings have.
        stars: files named after settings with a star import, which may be settings that inherit everything.
        uses: files that may name a settings module for `DJANGO_SETTINGS_MODULE`.
        code: files that may hold facts about transactions or connections.
        unreadable: files whose bytes could not be read.
    """

    settings: list[str] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    unreadable: list[UnreadableError] = field(default_factory=list)


def scan(tree: Tree, may_hold_facts: Callable[[str, bytes], bool]) -> Scan:
    """Read every Python file of the tree once and sort it by what it holds; only those of interest are kept.

    Args:
        tree: the files.
        may_hold_facts: tells from path and bytes whether a file may hold facts about code.
    """
    found = Scan()
    read, keep = tree.read_bytes, tree.keep
    for path in tree.paths:
        if not path.endswith(".py"):
            continue
        try:
            data = read(path)
        except UnreadableError as error:
            found.unreadable.append(error)
            continue
        wanted = OWN_NAME in data
        named = looks_like_settings(path)
        # Spelt out, as every file is asked, and most hold none.
        words = b"DATABASES" in data or b"INSTALLED_APPS" in data or b"MIDDLEWARE" in data or b"ROOT_URLCONF" in data
        if words and (named or may_bind_settings(data)):
            found.settings.append(path)
            wanted = True
        if USE_WORD in data and _NAMED.search(data):
            found.uses.append(path)
            wanted = True
        if named and STAR_IMPORT in data:
            found.stars.append(path)
            wanted = True
        if may_hold_facts(path, data):
            found.code.append(path)
            wanted = True
        if wanted:
            keep(path, data)
    return found


def looks_like_settings(path: str) -> bool:
    """Whether a path is one that people give to settings: `settings.py`, `settings/prod.py`, `config/local.py`."""
    lowered = path.lower()
    return "setting" in lowered or ("conf" in lowered and not _CONFIGURATION.isdisjoint(lowered.split("/")))


def may_bind_settings(data: bytes) -> bool:
    """Whether some statement of a module or class body may bind or fill one of the settings' names.

    Most files that hold the words are tests: `override_settings(\\n    INSTALLED_APPS=[...]` binds nothing.
    """
    if b"\r" in data and b"\n" not in data:
        return True
    for word in SETTINGS_WORDS:
        at = data.find(word)
        while at >= 0:
            end = at + len(word)
            if _BOUND.match(data, end):
                start = data.rfind(b"\n", 0, at) + 1
                before = data[start:at].strip()
                if before.endswith((b";", b":", b"=")):
                    return True
                if (not before or before.endswith(b"def")) and not _in_function_or_call(data, start):
                    return True
            at = data.find(word, end)
    return False


def _in_function_or_call(data: bytes, start: int) -> bool:
    """Whether the indented line that begins at an offset stands in a function's body or between brackets.

    The lines that open what it stands in are the nearest ones above it with less indentation.
    """
    indent = _indent(data[start : start + 200])
    while indent and start > 0:
        end = start - 1
        start = data.rfind(b"\n", 0, end) + 1
        line = data[start:end].strip()
        if not line or line.startswith(b"#"):
            continue
        own = _indent(data[start:end])
        if own >= indent:
            continue
        if line.startswith((b"def ", b"async def ")) or line.partition(b"#")[0].rstrip().endswith(
            (b"(", b"[", b"{", b",")
        ):
            return True
        indent = own
    return False


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t\f"))
