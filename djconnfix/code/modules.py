"""The project's modules by dotted name, parsed when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from djconnfix.code.walk import forget_bodies
from djconnfix.records import dataclass, field
from djconnfix.source import SourceFile, UnreadableError

if TYPE_CHECKING:
    import ast

    from djconnfix.code.names import Binding


class Files(Protocol):
    """What is needed of `djconnfix.project.files.Tree`."""

    def source(self, path: str) -> SourceFile:
        """Return a file of the tree."""

    def exists(self, path: str) -> bool:
        """Tell whether the tree has this file."""


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file.

    Attributes:
        source: the file.
        tree: its syntax tree.
        dotted: its path in dots (`src.shop.middleware`); a package is named by its folder.
        is_package: whether it is an `__init__.py`.
    """

    source: SourceFile
    tree: ast.Module
    dotted: str
    is_package: bool

    @property
    def package(self) -> str:
        """What a single leading dot of a relative import stands for."""
        return self.dotted if self.is_package else self.dotted.rpartition(".")[0]

    def absolute(self, module: str | None, level: int) -> str:
        """Return what `from <level dots><module> import ...` names; empty when it leaves the tree."""
        if not level:
            return module or ""
        parts = self.package.split(".") if self.package else []
        if level - 1 > len(parts):
            return ""
        kept = parts[: len(parts) - (level - 1)]
        return ".".join([*kept, *([module] if module else [])])


def dotted_path(path: str) -> tuple[str, bool]:
    """Return a file's path in dots and whether it is a package's `__init__.py`."""
    stem = path.removesuffix(".py").replace("/", ".")
    if stem == "__init__":
        return "", True
    if stem.endswith(".__init__"):
        return stem.removesuffix(".__init__"), True
    return stem, False


@dataclass(slots=True)
class Modules:
    """Finds and parses the modules of one tree."""

    files: Files
    _parsed: dict[str, Module | None] = field(default_factory=dict)
    _bindings: dict[int, dict[str, Binding]] = field(default_factory=dict)
    _kept: list[ast.Module] = field(default_factory=list)  # so that no other tree gets the identity of one asked for
    _found: dict[tuple[str, str], str] = field(default_factory=dict)

    def load(self, path: str) -> Module:
        """Return a file as a module.

        Raises:
            UnreadableError: it cannot be read or parsed.
        """
        if (known := self._parsed.get(path)) is not None:
            return known
        source = self.files.source(path)
        dotted, is_package = dotted_path(path)
        module = self._parsed[path] = Module(source, source.tree, dotted, is_package)
        return module

    def find(self, dotted: str, near: Module) -> Module | None:
        """Return the project's module of this absolute name as seen from another, None when the tree has none.

        Which folder is on the import path is not known; the folders above the importing file are tried, nearest last.
        """
        asked = (dotted, near.dotted.rpartition(".")[0])
        if asked not in self._found:
            self._found[asked] = self._find(dotted, near)
        return self._load_or_none(self._found[asked]) if self._found[asked] else None

    def _find(self, dotted: str, near: Module) -> str:
        folders = near.dotted.split(".")[:-1]
        tail = dotted.replace(".", "/")
        for depth in range(len(folders) + 1):
            base = "/".join([*folders[:depth], tail])
            for path in (f"{base}.py", f"{base}/__init__.py"):
                if self.files.exists(path):
                    return path
        return ""

    def forget(self, path: str) -> None:
        """Let go of a file's tree: all together would take two hundred times the memory of their texts."""
        module = self._parsed.pop(path, None)
        if module is not None:
            if self._bindings.pop(id(module.tree), None) is not None:
                self._kept.remove(module.tree)
            module.source.forget()
        forget_bodies()

    def bindings(self, module: Module) -> dict[str, Binding]:
        """Return how each name of a module's top level is bound, worked out once."""
        from djconnfix.code.names import bindings_of

        known = self._bindings.get(id(module.tree))
        if known is None:
            known = self._bindings[id(module.tree)] = bindings_of(module.tree.body, module)
            self._kept.append(module.tree)
        return known

    def _load_or_none(self, path: str) -> Module | None:
        if path in self._parsed:
            return self._parsed[path]
        try:
            return self.load(path)
        except UnreadableError:
            self._parsed[path] = None
            return None
