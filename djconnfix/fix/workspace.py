"""The project as it would be: changed texts in memory, and what the evaluator makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.fix.edits import CannotEditError, Edit, apply
from djconnfix.fix.layout import Layout, layout_of, line_length
from djconnfix.source import SourceFile, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from djconnfix.engine import Report
    from djconnfix.facts import Database, DatabaseKey, SettingsModule
    from djconnfix.project.files import Tree
    from djconnfix.settings.evaluate import Evaluation
    from djconnfix.settings.trace import Trace


class Workspace:
    """One state of the project's texts. Immutable: every change gives a new workspace.

    Attributes:
        report: the audit that all began with.
        tree: the files as they are in this state.
        changed: the files that differ from the disk, by path.
    """

    def __init__(
        self,
        report: Report,
        tree: Tree | None = None,
        changed: Mapping[str, SourceFile] | None = None,
        evaluations: Mapping[str, Evaluation] | None = None,
    ) -> None:
        self.report = report
        self.tree = report.tree if tree is None else tree
        self.changed = dict(changed or {})
        self._layouts: dict[str, Layout] = {}
        self._evaluations = dict(report.evaluations if evaluations is None else evaluations)

    def source(self, path: str) -> SourceFile:
        """Return a file as it is in this state."""
        return self.changed.get(path) or self.report.tree.source(path)

    def layout(self, path: str) -> Layout:
        """Return a file's habits."""
        if path not in self._layouts:
            self._layouts[path] = layout_of(self.source(path), line_length(self.report.tree, path))
        return self._layouts[path]

    def edited(self, edits: Iterable[Edit]) -> Workspace:
        """Return the state after some edits of this one.

        Raises:
            CannotEditError: the edits overlap, or a file's encoding lacks a character of the new text.
        """
        by_path: dict[str, list[Edit]] = {}
        for edit in edits:
            by_path.setdefault(edit.path, []).append(edit)
        changed = dict(self.changed)
        for path, of_file in by_path.items():
            source = self.source(path)
            if source.refused is not None:
                raise CannotEditError(f"{path} is not Python 3; it is read, and never changed")
            try:
                data = source.encode(apply(source.text, of_file))
            except UnicodeEncodeError:
                raise CannotEditError(f"{path}: its encoding lacks a character of the new text") from None
            except ValueError:
                raise CannotEditError("two changes touch the same place") from None
            changed[path] = SourceFile(path, source.absolute, data)
        tree = self.report.tree.with_sources(changed)  # what is parsed for the proof is not parsed again
        kept = {
            module: evaluation
            for module, evaluation in self._evaluations.items()
            if not by_path.keys() & set(evaluation.paths)
        }
        return Workspace(self.report, tree, changed, kept)

    def evaluation(self, module: str) -> Evaluation:
        """Return a settings root's evaluation in this state.

        Raises:
            CannotEditError: the root cannot be evaluated any more.
        """
        found = self._evaluations.get(module)
        if found is None:
            from djconnfix.settings.evaluate import evaluate

            settings = self._settings(module)
            versions = {name: package.floor for name, package in settings.evidence.packages.items()}
            try:
                found = evaluate(self.tree, settings.path, versions)
            except UnreadableError as error:
                raise CannotEditError(f"{error.path} could not be parsed any more") from None
            self._evaluations[module] = found
        return found

    @property
    def evaluations(self) -> Sequence[Evaluation]:
        """What was evaluated so far, in this state or in one in which the same files were as they are."""
        return tuple(self._evaluations.values())

    def _settings(self, module: str) -> SettingsModule:
        for settings in self.report.project.settings:
            if settings.module == module:
                return settings
        raise CannotEditError(f"{module} is no settings root")

    def database(self, key: DatabaseKey) -> Database:
        """Return a definition of an alias in this state.

        Raises:
            CannotEditError: there is no such definition.
        """
        try:
            return self.evaluation(key.settings).database(key)
        except KeyError:
            raise CannotEditError(f"alias {key.alias!r} was not found again") from None

    def trace(self, key: DatabaseKey) -> Trace:
        """Return how a definition came to be in this state.

        Raises:
            CannotEditError: there is no such definition.
        """
        try:
            return self.evaluation(key.settings).trace(key)
        except KeyError:
            raise CannotEditError(f"alias {key.alias!r} was not found again") from None

    def roots_reading(self, paths: Iterable[str]) -> list[str]:
        """Return the settings roots that read one of these files."""
        wanted = set(paths)
        return [name for name, evaluation in self.report.evaluations.items() if wanted & set(evaluation.paths)]
