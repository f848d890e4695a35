"""The settings evaluator's front door: one settings root in, facts out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.facts import Database, DatabaseKey, ListSetting, ModuleName, Unreadable, Value, Version
    from djconnfix.project.files import Tree
    from djconnfix.settings.trace import Trace
    from djconnfix.source import Location


class Evaluation:
    """What one settings root says.

    Attributes:
        path: the root's file.
        module: its dotted name.
        paths: every file that was read for it, the root first.
        unreadable: imported files that could not be read or parsed.
        notes: what limits the picture as a whole, one clause each.
    """

    path: str
    module: str
    paths: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]

    def databases(self) -> tuple[Database, ...]:
        """Return every definition of every alias, in file order."""
        raise NotImplementedError

    def lists(self) -> Mapping[str, ListSetting]:
        """Return `MIDDLEWARE`, `MIDDLEWARE_CLASSES` and `INSTALLED_APPS` where present."""
        raise NotImplementedError

    def names(self) -> tuple[ModuleName, ...]:
        """Return module-level names that look like keys of an alias."""
        raise NotImplementedError

    def held_elsewhere(self) -> tuple[tuple[str, Location], ...]:
        """Return why `DATABASES` (or part of it) is not in the tree: clause and place each."""
        raise NotImplementedError

    def value(self, name: str) -> Value | None:
        """Return a plain module-level setting, None when the module does not set it."""
        raise NotImplementedError

    def trace(self, key: DatabaseKey) -> Trace:
        """Return how a definition came to be.

        Raises:
            KeyError: this evaluation has no such definition.
        """
        raise NotImplementedError

    def snapshot(self) -> Mapping[tuple[str, ...], str]:
        """Return a canonical form of every setting, free of positions; proofs compare two of them."""
        raise NotImplementedError


def evaluate(tree: Tree, path: str, versions: Mapping[str, Version] | None = None) -> Evaluation:
    """Evaluate the settings module at `path` and all it imports inside the tree.

    Args:
        tree: the project's files.
        path: the root, relative to the tree.
        versions: installed versions of helper packages, by normalised name.

    Raises:
        UnreadableError: the root itself cannot be read or parsed.
    """
    raise NotImplementedError
