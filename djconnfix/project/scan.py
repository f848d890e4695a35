"""One pass over the bytes of all Python files: which of them can matter at all.

A chain of `in` on bytes beats a regular expression, and most files hold none of the words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.project.files import Tree

SETTINGS_WORDS = (b"DATABASES", b"INSTALLED_APPS", b"ROOT_URLCONF", b"MIDDLEWARE")
USE_WORD = b"DJANGO_SETTINGS_MODULE"
STAR_IMPORT = b"import *"


@dataclass(slots=True)
class Scan:
    """Paths of Python files by what their bytes hold.

    Attributes:
        settings: files with a word that only settings need.
        stars: files with a star import, which may be settings that inherit everything.
        uses: files that name a settings module for `DJANGO_SETTINGS_MODULE`.
        code: files with a word that transaction or connection code needs.
        unreadable: files whose bytes could not be read.
    """

    settings: list[str] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    unreadable: list[UnreadableError] = field(default_factory=list)


def scan(tree: Tree, code_words: Iterable[bytes]) -> Scan:
    """Read every Python file of the tree once and sort it by the words it holds."""
    words = tuple(code_words)
    found = Scan()
    for path in tree.paths:
        if not path.endswith(".py"):
            continue
        try:
            data = tree.read_bytes(path)
        except UnreadableError as error:
            found.unreadable.append(error)
            continue
        wanted = False
        for word in SETTINGS_WORDS:
            if word in data:
                found.settings.append(path)
                wanted = True
                break
        if USE_WORD in data:
            found.uses.append(path)
            wanted = True
        if STAR_IMPORT in data:
            found.stars.append(path)
            wanted = True
        for word in words:
            if word in data:
                found.code.append(path)
                wanted = True
                break
        if wanted:
            tree.keep(path, data)
    return found
