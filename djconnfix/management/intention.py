"""What loaded settings should be after a fix: exactly the values that the applied findings asked for.

Settings are known by fingerprints only. A wish that has no effect in this process (another branch builds the alias, or
the environment holds the value) is no fault; one that has another effect than was meant is.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from djconnfix.findings import CastSetting, MoveSetting, RemoveListItem, RemoveSetting, SetSetting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from djconnfix.findings import Action

Path = tuple[str, ...]
Fingerprints = dict[Path, str]


def fingerprint(value: object) -> str:
    """Return the hash that stands for a plain value."""
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} {' '.join(fingerprint(each) for each in value)}"
    return hashlib.sha256((type(value).__name__ + repr(value)).encode("utf-8", "replace")).hexdigest()


class Intention:
    """The settings that actions may change, and to what."""

    def __init__(self, before: Fingerprints, actions: Iterable[Action]) -> None:
        self._before = before
        self._allowed: dict[Path, set[str | None]] = {}  # None: absent
        self._any: set[Path] = set()
        self._removed: dict[str, set[str]] = {}
        for action in actions:
            self._add(action)

    def _add(self, action: Action) -> None:
        if isinstance(action, RemoveListItem):
            self._removed.setdefault(action.name, set()).add(fingerprint(action.value))
        elif isinstance(action, SetSetting):
            path = _path(action.database.alias, action.path)
            self._leaves(path)
            for below, value in _walk(action.value):
                self._allow((*path, *below), fingerprint(value))
        elif isinstance(action, RemoveSetting):
            self._leaves(_path(action.database.alias, action.path))
        elif isinstance(action, MoveSetting):
            path, to = _path(action.database.alias, action.path), _path(action.database.alias, action.to)
            self._leaves(path)
            self._leaves(to)
            for key, held in self._before.items():
                if key[: len(path)] == path:
                    self._allow((*to, *key[len(path) :]), held)
        elif isinstance(action, CastSetting):
            self._any.add(_path(action.database.alias, action.path))

    def _leaves(self, path: Path) -> None:
        """Allow that nothing is left under a path; dictionaries above it may become empty, or cease to be."""
        for key in self._before:
            if key[: len(path)] == path:
                self._allow(key, None)
        for length in range(2, len(path)):
            self._allow(path[:length], None)
            self._allow(path[:length], fingerprint({}))

    def _allow(self, path: Path, held: str | None) -> None:
        self._allowed.setdefault(path, set()).add(held)

    def fault(self, path: Path, now: str | None) -> str:
        """Return what is wrong with a setting that has changed, empty when it is as was meant."""
        if path in self._any or now in self._allowed.get(path, ()):
            return ""
        if len(path) == 1 and path[0] in self._removed and now is not None:
            return "" if self._is_shorter(path, now) else "would change to something else than was meant"
        return "would change to something else than was meant" if path in self._allowed else "would change too"

    def _is_shorter(self, path: Path, now: str) -> bool:
        """Whether a list has lost nothing but what was to be removed."""
        removed = self._removed[path[0]]
        left = iter(now.split())
        wanted = next(left, None)
        for each in self._before.get(path, "").split():
            if each == wanted:
                wanted = next(left, None)
            elif each not in removed:
                return False
        return wanted is None


def _path(alias: str, path: Path) -> Path:
    return ("DATABASES", alias, *path)


def _walk(value: object, trail: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _walk(item, (*trail, str(key)))
    else:
        yield trail, value
