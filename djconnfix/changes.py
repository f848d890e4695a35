"""`--diff-base REV`: which lines are not as they were where this branch left a revision.

Only three of git's plumbing commands run, none of which executes a hook, a filter, a file-system monitor or anything
else that a repository's configuration may name; nothing is fetched.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from djconnfix.errors import ConfigurationError
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.findings import Finding
    from djconnfix.project.files import Tree
    from djconnfix.source import Location

_OPTIONS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never")
_ENVIRONMENT = {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


class Changes:
    """The lines of a tree's files that differ from a revision."""

    def __init__(self, tree: Tree, revision: str) -> None:
        self._tree = tree
        self._base = _base(tree.root, revision)
        self._lines: dict[str, frozenset[int]] = {}

    def touch(self, finding: Finding) -> bool:
        """Whether a line of the finding, or of the evidence it rests on, was changed."""
        places = [finding.location, *(each.location for each in finding.problem.because if each.location is not None)]
        return any(self._touched(place) for place in places)

    def _touched(self, place: Location) -> bool:
        if place.path not in self._lines:
            self._lines[place.path] = self._changed(place.path)
        return not self._lines[place.path].isdisjoint(range(place.line, place.end_line + 1))

    def _changed(self, path: str) -> frozenset[int]:
        try:
            now = self._tree.read_bytes(path).splitlines()
        except UnreadableError:
            return frozenset()
        commit, prefix = self._base
        before = _blob(self._tree.root, f"{commit}:{prefix}{path}")
        return changed_lines(before.splitlines(), now) if before is not None else frozenset(range(1, len(now) + 1))


def changed_lines(before: list[bytes], now: list[bytes]) -> frozenset[int]:
    """Return the lines of `now`, from one, that were not there before; for lines taken away, their two neighbours."""
    first = 0
    while first < min(len(before), len(now)) and before[first] == now[first]:
        first += 1
    last = 0
    while last < min(len(before), len(now)) - first and before[-1 - last] == now[-1 - last]:
        last += 1
    old, new = before[first : len(before) - last], now[first : len(now) - last]
    found: set[int] = set()
    for tag, _, _, start, end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag == "delete":
            found |= {first + start, first + start + 1}
        elif tag != "equal":
            found |= set(range(first + start + 1, first + end + 1))
    return frozenset(line for line in found if 1 <= line <= len(now))


@cache
def _base(root: Path, revision: str) -> tuple[str, str]:
    """Return the commit to compare with, and what leads from the repository's root to the project's."""
    wrong = f"--diff-base {revision}"
    if revision.startswith("-"):
        raise ConfigurationError(f"{wrong}: is no revision")
    prefix = _git(root, "rev-parse", "--show-prefix")
    if prefix is None:
        raise ConfigurationError(f"{wrong}: {root} is in no repository that git reads")
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if not commit:
        raise ConfigurationError(f"{wrong}: is no revision of this repository")
    parting = _git(root, "merge-base", commit.decode(), "HEAD")
    if not parting:
        raise ConfigurationError(f"{wrong}: has no commit in common with HEAD here; a shallow clone lacks it")
    return parting.decode(), os.fsdecode(prefix)


@cache
def _blob(root: Path, name: str) -> bytes | None:
    return _git(root, "cat-file", "blob", name, strip=False)


def _environment() -> dict[str, str]:
    """Return the environment without what a hook is told of its repository: the project's own is looked for."""
    told = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
    return {name: value for name, value in os.environ.items() if name not in told} | _ENVIRONMENT


def _git(root: Path, *arguments: str, strip: bool = True) -> bytes | None:
    """Return what git writes, None when it refuses.

    Raises:
        ConfigurationError: there is no git.
    """
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *_OPTIONS, *arguments],  # noqa: S607
            cwd=root,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        raise ConfigurationError("--diff-base: git is not installed") from None
    if done.returncode != 0:
        return None
    return done.stdout.strip() if strip else done.stdout
