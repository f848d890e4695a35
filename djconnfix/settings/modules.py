"""Modules of the tree: found as Python would, evaluated once on each branch, partially visible while they run."""

from __future__ import annotations

import re
import sys
from posixpath import dirname, normpath
from typing import TYPE_CHECKING

from djconnfix.settings.account import Frame
from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.store import presence
from djconnfix.settings.values import NONE, UNBOUND, ModuleValue
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from djconnfix.project.files import Tree
    from djconnfix.settings.failures import Lost
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom, Value
    from djconnfix.source import SourceFile

MAX_MODULES = 80
MAX_BYTES = 2_000_000
# Names that mean an installed package even where a sibling module has the same name.
_INSTALLED = frozenset(
    {
        "celery", "configurations", "corsheaders", "decouple", "dj_database_url", "django", "django_heroku", "dotenv",
        "environ", "environs", "kombu", "ldap", "raven", "redis", "rest_framework", "sentry_sdk", "six",
        "split_settings", "yaml",
    }
)  # fmt: skip
_PYTHON_2 = re.compile(
    rb"^from __future__ import .*(?:division|print_function|unicode_literals)|^#.*coding[:=]"
    rb"|\bunicode\(|\bu['\"]|\bxrange\(|\.iteritems\(",
    re.MULTILINE,
)


def evaluable(tree: Tree, path: str) -> SourceFile:
    """Return a module that is to be evaluated, parsed.

    Raises:
        UnreadableError: it cannot be read or parsed, or is too large to be anybody's settings.
    """
    source = tree.source(path)
    if len(source.data) > MAX_BYTES:
        raise UnreadableError(path, 0, f"is larger than {MAX_BYTES // 1000} kB, too large to be evaluated")
    _ = source.tree
    source.held = True  # what is made of it points to its nodes
    return source


class Modules:
    """The modules that an evaluation has read.

    Attributes:
        paths: files in the order in which they were first read.
        opened: by scope, the modules out of the tree whose names may all be in it.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._modules: dict[str, ModuleValue] = {}
        self._loaded = machine.store.new_scope()  # by path, where a module has been run
        self._lost: dict[str, list[Lost]] = {}
        self._running: set[str] = set()
        self.paths: list[str] = []
        self.opened: dict[int, tuple[str, ...]] = {}
        self._manage: tuple[str, ...] | None = None

    @property
    def _tree(self) -> Tree:
        return self._machine.tree

    def open(self, scope: int, name: str) -> None:
        """Say that names of a scope may come from somewhere out of sight."""
        before = self.opened.get(scope, ())
        if name not in before:
            self.opened[scope] = (*before, name)

    @staticmethod
    def file_of(path: str) -> str:
        """Return what `__file__` is in a module: the tree's root stands for the file system's."""
        return f"/{path}"

    def tree_path(self, absolute: str) -> str | None:
        """Return the path in the tree of an evaluated absolute path, None when it leaves the tree."""
        path = normpath(absolute)
        return path.lstrip("/") if path.startswith("/") else None

    # -- finding --

    def find(self, dotted: str, from_path: str) -> str | None:
        """Return the file of an absolute import, None when it is not in the tree."""
        for folder in self._search_folders(from_path):
            if path := self._module_file(folder, dotted):
                return path
        return None

    def find_implicit(self, dotted: str, from_path: str) -> str | None:
        """Return the file of a Python 2 implicit relative import."""
        first = dotted.split(".", 1)[0]
        if first in sys.stdlib_module_names or first in _INSTALLED:
            return None
        found = self._module_file(dirname(from_path), dotted)
        if found is None or found == from_path or first.lower().replace("_", "-") in self._machine.versions:
            return None
        return found if self._is_legacy(from_path) else None

    def _is_legacy(self, path: str) -> bool:
        """Whether a file is Python 2's: it says so itself, or its Django runs on nothing else or on both."""
        source = self._tree.source(path)
        django = self._machine.versions.get("django", ())
        if django:
            return django < (2,)
        _ = source.tree
        return source.refused is not None or _PYTHON_2.search(source.data) is not None

    def find_relative(self, level: int, dotted: str, from_path: str) -> str | None:
        """Return the file of an explicit relative import."""
        folder = dirname(from_path)
        for _ in range(level - 1):
            if not folder:
                return None
            folder = dirname(folder)
        if not dotted:
            path = f"{folder}/__init__.py".lstrip("/")
            return path if self._tree.exists(path) else None
        return self._module_file(folder, dotted)

    def _module_file(self, folder: str, dotted: str) -> str | None:
        stem = f"{folder}/{dotted.replace('.', '/')}".lstrip("/")
        for path in (f"{stem}/__init__.py", f"{stem}.py"):
            if self._tree.exists(path):
                return path
        return None

    def _search_folders(self, from_path: str) -> list[str]:
        folder = dirname(from_path)
        while folder and self._tree.exists(f"{folder}/__init__.py"):
            folder = dirname(folder)
        folders = [folder]
        while folder:
            folder = dirname(folder)
            folders.append(folder)
        folders += [f"{each}/src".lstrip("/") for each in folders]
        if self._manage is None:
            self._manage = self._tree.manage_folders
        nearest = sorted(self._manage, key=lambda each: -len(_common(each, from_path)))
        folders += nearest[:8]
        return list(dict.fromkeys(folders))

    def submodule(self, module: ModuleValue, name: str) -> ModuleValue | None:
        """Return a module inside a package of the tree, None when there is none."""
        if not module.path.endswith("__init__.py"):
            return None
        path = self._module_file(dirname(module.path), name)
        return self.load(path, f"{module.name}.{name}") if path else None

    # -- running --

    def load(self, path: str, name: str) -> ModuleValue:
        """Return a module, evaluating it when this is the first time; one that is running is returned as it is."""
        machine = self._machine
        module = self._modules.get(path)
        if module is None:
            module = self._modules[path] = ModuleValue(machine.store.new_scope(), path, name)
            self.paths.append(path)
        loaded = presence(restrict(machine.store.get(self._loaded, path), machine.known))
        if not possible(loaded, False):
            self._carry(path)
        elif not possible(loaded, True):
            self._load(path, module)
        else:  # another branch has run it, this one has not

            def load() -> Value:
                self._load(path, module)
                return NONE

            machine.choose(loaded, lambda: NONE, load)
        return module

    def _load(self, path: str, module: ModuleValue) -> None:
        machine = self._machine
        machine.store.bind(self._loaded, path, module)
        if self.paths.index(path) >= MAX_MODULES:
            machine.note(f"more than {MAX_MODULES} modules are imported; {path} was not read")
            self.open(module.scope, path)
            return
        try:
            self.run(path, module)
        except UnreadableError as error:
            machine.account.unreadable[path] = error
            self.open(module.scope, f"{path} (which cannot be read)")

    def run(self, path: str, module: ModuleValue) -> None:
        """Run a file in a module's namespace.

        Raises:
            UnreadableError: it cannot be read or parsed.
        """
        from djconnfix.settings.completions import raised
        from djconnfix.settings.statements import run_block

        machine = self._machine
        if path in self._running:
            return
        source = evaluable(machine.tree, path)
        body = source.tree.body
        self._running.add(path)
        if path not in self.paths:
            self.paths.append(path)
        catching, machine.catching = machine.catching, 0
        raising, risks, known = machine.raising, machine.risks, machine.known
        lost, machine.lost = machine.lost, []
        ended, died = len(machine.account.dead), len(machine.died)
        machine.frames.append(Frame((module.scope,), module, source))
        machine.depth += 1
        try:
            for kinds, test in raised(run_block(machine, body)).items():
                machine.loses(test, kinds)
        finally:
            machine.depth -= 1
            machine.frames.pop()
            machine.catching, machine.raising, machine.risks = catching, raising, risks
            self._running.discard(path)
            self._lost[path] = [*self._lost.get(path, ()), *machine.lost]
            machine.lost = [*lost, *machine.lost]
            if catching:
                machine.known, machine.lost = known, lost
        for world in self._carry(path):
            for worlds, count in ((machine.account.dead, ended), (machine.died, died)):
                worlds[count:] = [each for each in worlds[count:] if each != world]

    def _carry(self, path: str) -> list[dict[Atom, bool]]:
        """Raise what a module raised, where somebody around waits for it; returns the conditions."""
        from djconnfix.settings.tries import is_awaited

        machine = self._machine
        lost = self._lost.get(path, ()) if machine.catching else ()
        awaited = [each for each in lost if is_awaited(machine, each[1])]
        for each in awaited:
            machine.carry(each)
        return [world for world, *_ in awaited]

    def star(self, module: ModuleValue, scope: int) -> None:
        """Copy the public names of a module into a scope: `from module import *`."""
        machine = self._machine
        from djconnfix.settings.readings import plain

        listed = machine.store.get(module.scope, "__all__")
        names = [name for name in machine.store.names[module.scope] if not name.startswith("_")]
        if listed is not UNBOUND:
            seen, data = plain(machine, listed)
            if seen and isinstance(data, (list, tuple)):
                names = [name for name in data if isinstance(name, str)]
        for name in names:
            held = restrict(machine.store.get(module.scope, name), machine.known)
            if held is UNBOUND:
                continue
            before = restrict(machine.store.get(scope, name), machine.known)
            machine.bind(scope, name, select(presence(held), held, before), star=True)
        for each in self.opened.get(module.scope, ()):
            self.open(scope, each)


def _common(folder: str, path: str) -> str:
    parts: list[str] = []
    for one, other in zip(folder.split("/"), path.split("/"), strict=False):
        if one != other:
            break
        parts.append(one)
    return "/".join(parts)


def module_name(tree: Tree, path: str) -> str:
    """Return the dotted name under which Python would import a file; from the tree's root where two would share it."""
    folder = dirname(path)
    while folder.strip("/") and tree.exists(f"{folder}/__init__.py"):
        folder = dirname(folder)
    above = folder
    while above.strip("/") and not tree.exists(f"{above}/manage.py"):
        above = dirname(above)
    if tree.exists(f"{above}/manage.py".lstrip("/")):
        folder = above
    name = path[len(folder) :].lstrip("/")
    if tree.listing.count(f"/{name}\n") > (f"\n/{path}\n" in tree.listing):  # another file, besides this one
        name = path
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
