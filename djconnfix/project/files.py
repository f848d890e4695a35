"""The files of a project: found once, read at most once, and seen through overlays by proofs."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.source import SourceFile, UnreadableError, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# What no person means when they name a folder: other people's code, version control, caches.
SKIPPED_FOLDERS = frozenset(
    {
        ".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pants.d", ".pyenv",
        ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", "LC_MESSAGES", "__pycache__",
        "__pypackages__",
        "bower_components", "node_modules", "site-packages", "venv",
    }
)  # fmt: skip
# ISO 639-1. Below `locale` these hold translations and formats, up to a hundred folders for each application.
_LANGUAGES = (
    " aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el"
    " en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it"
    " iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt"
    " my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl"
    " sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo"
    " za zh zu "
)
# Files that hold no code, no settings and no commands whatever their names begin with.
SILENT_ENDINGS = (
    ".css", ".csv", ".eot", ".gif", ".gz", ".htm", ".html", ".ico", ".jpeg", ".jpg", ".js", ".less", ".map", ".md",
    ".mo", ".pdf", ".png", ".po", ".pot", ".pyc", ".rst", ".scss", ".svg", ".ts", ".tsx", ".ttf", ".vue", ".webp",
    ".woff", ".woff2", ".zip",
)  # fmt: skip
MAX_FILES = 500_000


class Tree:
    """The files below a project's root.

    Attributes:
        root: absolute, symbolic links resolved.
        paths: every file in scope, relative to the root, with `/`, sorted.
        unreadable: folders that could not be listed.
    """

    def __init__(
        self,
        root: Path,
        paths: tuple[str, ...],
        unreadable: tuple[UnreadableError, ...] = (),
        *,
        cache: dict[str, SourceFile] | None = None,
        overlaid: Mapping[str, SourceFile] | None = None,
        asked: dict[str, bool] | None = None,
    ) -> None:
        self.root = root
        self._prefix = str(root).rstrip("/") + "/"  # joining strings is ten times as fast as joining paths
        self.paths = paths
        self.unreadable = unreadable
        self._cache = {} if cache is None else cache
        self._overlaid = dict(overlaid or {})
        self._asked = {} if asked is None else asked  # what was looked for, and whether it was there
        self._known: Mapping[str, SourceFile] = {}

    @cached_property
    def listing(self) -> str:
        """Every path on a line of its own, each with a slash before it, to be searched as one text."""
        return "\n".join(["", *(f"/{path}" for path in self.paths), ""])

    @cached_property
    def manage_folders(self) -> tuple[str, ...]:
        """The folders that hold a `manage.py`."""
        if "/manage.py\n" not in self.listing:
            return ()
        return tuple(path[:-10] for path in self.paths if path == "manage.py" or path.endswith("/manage.py"))

    def source(self, path: str) -> SourceFile:
        """Return a file below the root, reading it when it was not read before.

        Raises:
            UnreadableError: it is missing, not regular, too large, outside the root, or the system refuses.
        """
        found = self._overlaid.get(path) or self._cache.get(path)
        if found is None:
            if not _inside(path):
                raise UnreadableError(path, 0, "lies outside the project")
            found = self._kept(path, read_regular(path, str(self.root / path)))
        return found

    def read_bytes(self, path: str) -> bytes:
        """Return a file's bytes without keeping them; raises like `source`."""
        kept = self._overlaid.get(path) or self._cache.get(path)
        return kept.data if kept else read_regular(path, f"{self._prefix}{path}")

    def keep(self, path: str, data: bytes) -> None:
        """Remember bytes that were just read, so that `source` does not read them again."""
        if path not in self._cache:
            self._kept(path, data)

    def _kept(self, path: str, data: bytes) -> SourceFile:
        known = self._known.get(path)
        same = known is not None and known.data == data
        found = self._cache[path] = known if known is not None and same else SourceFile(path, self.root / path, data)
        return found

    def knowing(self, sources: Iterable[SourceFile]) -> Tree:
        """Return the tree itself; files that turn out to hold the very bytes of one of these need no second parse."""
        self._known = {source.path: source for source in sources if source.refused is None}
        return self

    def holding(self, word: bytes) -> list[SourceFile]:
        """Return the files read so far that hold these bytes, by path."""
        read = self._cache | self._overlaid
        return [read[path] for path in sorted(read) if word in read[path].data]

    def exists(self, path: str) -> bool:
        """Whether a file stands at this path below the root, in scope or not."""
        if path in self._overlaid or path in self._cache:
            return True
        found = self._asked[path] = _inside(path) and os.path.isfile(f"{self._prefix}{path}")  # noqa: PTH113
        return found

    def refused(self) -> tuple[UnreadableError, ...]:
        """Return what Python 3 refuses of the files whose trees were asked for, though they could be read."""
        return tuple(source.refused for source in self._cache.values() if source.refused is not None)

    def overlay(self, texts: Mapping[str, bytes]) -> Tree:
        """Return the same tree with other bytes for some files, none of them parsed yet."""
        merged = {path: source.data for path, source in self._overlaid.items()} | dict(texts)
        return self.with_sources({path: SourceFile(path, self.root / path, data) for path, data in merged.items()})

    def with_sources(self, sources: Mapping[str, SourceFile]) -> Tree:
        """Return the same tree with these files in the place of those on disk."""
        merged = self._overlaid | dict(sources)
        return Tree(self.root, self.paths, self.unreadable, cache=self._cache, overlaid=merged, asked=self._asked)

    def has_files_of(self, other: Tree) -> bool:
        """Whether files stand at the same places in both, whatever they hold."""
        if (self.root, self.paths) != (other.root, other.paths):
            return False
        if self._cache is other._cache:
            return self._overlaid.keys() ^ other._overlaid.keys() <= self._cache.keys()
        there = dict.fromkeys((*other._cache, *other._overlaid), True)
        return all(self.exists(path) is found for path, found in (other._asked | there).items())


def _inside(path: str) -> bool:
    return bool(path) and not path.startswith("/") and ".." not in path.split("/")


def discover(root: Path, exclude: Sequence[str] = ()) -> Tree:
    """Find the files below a folder.

    Symbolic links to folders are not followed, virtual environments, `SKIPPED_FOLDERS` and the languages below a
    `locale` are left out.

    Args:
        root: the project's root.
        exclude: glob patterns held against each relative path and against each name.
    """
    resolved = Path(os.path.realpath(root))
    paths: list[str] = []
    unreadable: list[UnreadableError] = []
    for found in _walk(f"{str(resolved).rstrip('/')}/", exclude, unreadable):
        paths += found
        if len(paths) > MAX_FILES:
            unreadable.append(UnreadableError(".", 0, f"holds more than {MAX_FILES} files; the rest was not read"))
            break
    paths.sort()
    return Tree(resolved, tuple(paths), tuple(unreadable))


def _walk(root: str, exclude: Sequence[str], unreadable: list[UnreadableError]) -> Iterator[list[str]]:
    """Yield the files of each folder; a folder's path ends with a slash, the root's is empty."""
    folders = [""]
    while folders:
        folder = folders.pop()
        files: list[str] = []
        inner: list[str] = []
        translated = folder.endswith("/locale/") or folder == "locale/"
        try:
            with os.scandir(root + folder) as entries:
                for entry in entries:
                    name = entry.name
                    if exclude and _excluded(folder + name, name, exclude):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if name not in SKIPPED_FOLDERS and not (translated and _is_language(name)):
                            inner.append(f"{folder}{name}/")
                    elif _is_file(entry):
                        files.append(folder + name)
        except OSError as error:
            unreadable.append(UnreadableError(folder.rstrip("/") or ".", 0, f"cannot be listed: {error.strerror}"))
            continue
        if folder and f"{folder}pyvenv.cfg" in files:
            continue
        folders += inner
        yield files


def _is_language(name: str) -> bool:
    """Whether a folder is named as a language is: `pt`, `pt_BR`, `zh-Hans`, `sr@latin`."""
    return f" {name[:2]} " in _LANGUAGES and (len(name) == 2 or name[2] in "_-@")


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads in a circle
        return False


def _excluded(path: str, name: str, patterns: Iterable[str]) -> bool:
    return any(
        fnmatch(path, pattern) or fnmatch(name, pattern) or fnmatch(path, f"{pattern.rstrip('/')}/*")
        for pattern in patterns
    )
