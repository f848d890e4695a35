"""Which Django and which drivers a project asks for: requirements, project files and lock files, folder by folder."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING

from djconnfix.facts import Package, Unreadable, Version
from djconnfix.project.requirement_files import READERS, Entry, Purpose, Reading, kind_of, purpose_of
from djconnfix.records import dataclass, field
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.project.files import Tree
    from djconnfix.source import Location

_REQUIREMENT_FOLDERS = frozenset(
    {"requirements", "requirement", "reqs", "requires", "deps", "dependencies", "pip", "pip-requirements"}
)
_MAX_INCLUDES = 200
_TELLING = (b"django", b"psycopg", b"mysql", b"oracle")  # a setup.py without any of these is not worth parsing


@dataclass(frozen=True, slots=True)
class FolderPackages:
    """What the files of one folder ask for.

    Attributes:
        folder: relative to the root, empty for the root; the folder of the project that the files belong to.
        packages: by normalised name; production and pinned files decide where files disagree.
        django: Django's floor, empty when unknown.
        django_location: the line that says it.
        unreadable: files that could not be read.
        notes: what could not be followed, one clause each.
        files: the files that were read.
    """

    folder: str
    packages: Mapping[str, Package] = field(default_factory=dict)
    django: Version = ()
    django_location: Location | None = None
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def read_packages(tree: Tree) -> tuple[FolderPackages, ...]:
    """Return what each folder of a tree that has requirement files asks for, by folder."""
    homes = _Homes(tree)
    gathered: dict[str, _Gathered] = defaultdict(_Gathered)
    for path in tree.paths:
        if kind_of(path) is not None:
            _read(tree, path, gathered[homes.of(path)])
    return tuple(gathered[folder].finished(folder) for folder in sorted(gathered))


@dataclass(slots=True)
class _Gathered:
    """What was read for one folder so far."""

    entries: list[Entry] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def finished(self, folder: str) -> FolderPackages:
        packages = _merged(self.entries)
        django = packages.get("django")
        # Old setup scripts are programs; one that cannot be parsed hides nothing when another file names Django.
        unreadable = [item for item in self.unreadable if not (django and item.path.endswith("setup.py"))]
        return FolderPackages(
            folder,
            packages,
            django.floor if django else (),
            django.location if django else None,
            tuple(dict.fromkeys(unreadable)),
            tuple(dict.fromkeys(self.notes)),
            tuple(dict.fromkeys(self.files)),
        )


class _Homes:
    """Finds the project folder a requirement file belongs to: the nearest one above it that holds Python."""

    def __init__(self, tree: Tree) -> None:
        self.with_python = {""}
        for path in tree.paths:
            if path.endswith(".py") and not path.endswith("setup.py"):
                folder = posixpath.dirname(path)
                while folder not in self.with_python:
                    self.with_python.add(folder)
                    folder = posixpath.dirname(folder)

    def of(self, path: str) -> str:
        parts = posixpath.dirname(path).split("/")
        for index, part in enumerate(parts):
            if part.lower() in _REQUIREMENT_FOLDERS:
                parts = parts[:index]
                break
        folder = "/".join(parts)
        while folder and folder not in self.with_python:
            folder = posixpath.dirname(folder)
        return folder


def _read(tree: Tree, path: str, gathered: _Gathered) -> None:
    """Read a file and all it draws in with `-r` and `-c`."""
    waiting: list[tuple[str, bool]] = [(path, False)]
    seen: set[str] = set()
    while waiting and len(seen) < _MAX_INCLUDES:
        current, constraint = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        if current != path and not tree.exists(current):
            gathered.notes.append(f"{path} names {current}, which is not in the tree")
            continue
        reading = _reading(tree, current, gathered.unreadable)
        gathered.files.append(current)
        gathered.entries += [entry.as_constraint() for entry in reading.entries] if constraint else reading.entries
        for name, is_constraint in reading.includes:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(current), name))
            if not target.startswith(("..", "/")):
                waiting.append((target, constraint or is_constraint))


def _reading(tree: Tree, path: str, unreadable: list[Unreadable]) -> Reading:
    try:
        source = tree.source(path)
        if path.endswith("setup.py") and not any(word in source.data.lower() for word in _TELLING):
            return Reading()
        return READERS[kind_of(path) or "requirements"](source, purpose_of(path))
    except UnreadableError as error:
        unreadable.append(Unreadable(error.path, error.line, error.reason))
        return Reading()


def _merged(entries: list[Entry]) -> dict[str, Package]:
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_name[entry.name].append(entry)
    packages = {}
    for name, found in sorted(by_name.items()):
        if all(entry.constraint for entry in found):
            continue
        supported = [entry for entry in found if not entry.excluded] or found
        # Development files come last, then what says nothing, then what leaves a choice.
        key = min(_rank(entry) for entry in supported)
        best = min((entry for entry in supported if _rank(entry) == key), key=lambda entry: entry.floor)
        wanted = [e for e in found if e.purpose is not Purpose.DEVELOPMENT or best.purpose is Purpose.DEVELOPMENT]
        extras = frozenset().union(*(entry.extras for entry in wanted))
        packages[name] = Package(name, best.floor, best.exact, extras, best.location)
    return packages


def _rank(entry: Entry) -> tuple[bool, bool, bool, bool]:
    return (
        entry.purpose is Purpose.DEVELOPMENT,
        not entry.floor,
        not entry.exact,
        entry.purpose is not Purpose.PRODUCTION,
    )
