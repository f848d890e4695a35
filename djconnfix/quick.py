"""The question a commit hook asks most: is there anything to judge in these files at all?

Kept apart from everything else, and light, because it is the whole run for most calls.
"""

from __future__ import annotations

import os

from djconnfix.code.words import worth_parsing
from djconnfix.fix.pending import JOURNAL_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What transaction and connection code needs, `worth_parsing` knows. A Python file that holds none of these besides
# can neither be the place of a finding on settings nor evidence for one.
WORDS = (
    b"django.db.backends", b"DATABASE", b"database_url", b"CONN_", b"ENGINE", b"pool", b"db_url", b"env.db",
    b"configurations", b"split_settings", b"MIDDLEWARE", b"Middleware", b"INSTALLED_APPS", b"ROOT_URLCONF",
    b"DJANGO_SETTINGS_MODULE", b"import *", b"ATOMIC", b"AUTOCOMMIT", b"djconnfix",
)  # fmt: skip
# Python files that are read whatever they hold: gunicorn's configuration names none of the words.
_NAMES = ("gunicorn", "guvicorn", "uwsgi", "setup.py", "conftest.py", "hypercorn")
# Other files that no reader ever opens.
_SILENT = (
    ".css", ".gif", ".html", ".ico", ".jpeg", ".jpg", ".js", ".less", ".map", ".md", ".mo", ".pdf", ".png", ".po",
    ".rst", ".scss", ".svg", ".ts", ".tsx", ".vue", ".woff", ".woff2",
)  # fmt: skip
_MAX_BYTES = 4_000_000


def nothing_to_judge(paths: Sequence[str]) -> bool:
    """Whether all paths are existing files, and none of them can matter to any rule.

    A file that cannot be read is not answered here: the full run names it. Nor is a project where a fix was
    interrupted: the full run ends that, or says it.
    """
    return bool(paths) and all(_is_silent(path) for path in paths) and not _is_interrupted(paths)


def _is_interrupted(paths: Sequence[str]) -> bool:
    folders: set[str] = set()
    for path in paths:
        folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
        while folder not in folders:
            folders.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120
    return any(os.path.lexists(f"{folder}/{JOURNAL_NAME}") for folder in folders)


def _is_silent(path: str) -> bool:
    name = os.path.basename(path)  # noqa: PTH119 -- pathlib costs more than this whole module
    if not os.path.isfile(path):  # noqa: PTH113
        return False
    if not name.endswith(".py"):
        return name.endswith(_SILENT)
    if any(part in name.lower() for part in _NAMES):
        return False
    try:
        with open(path, "rb") as handle:  # noqa: PTH123
            data = handle.read(_MAX_BYTES + 1)
    except OSError:
        return False
    return len(data) <= _MAX_BYTES and not any(word in data for word in WORDS) and not worth_parsing(data)
