"""Which modules are settings, which of them are roots, and what each root is for."""

from __future__ import annotations

import ast
import enum
import re
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from djconnfix.code.walk import all_nodes
from djconnfix.facts import Role, names_tests, serves_nobody
from djconnfix.project.scan import looks_like_settings
from djconnfix.records import dataclass
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from djconnfix.project.files import Tree
    from djconnfix.project.scan import Scan
    from djconnfix.source import Location

_STAR = re.compile(rb"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\*", re.MULTILINE)
_SETTINGS_NAMES = frozenset({"DATABASES", "INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "MIDDLEWARE_CLASSES"})

_DEVELOPMENT_WORDS = frozenset({"dev", "devel", "develop", "development", "local", "debug", "devstack", "sandbox"})
_WORD = re.compile(r"[a-z0-9]+")


class UseKind(enum.Enum):
    """Who names a settings module."""

    MANAGE = "manage"
    SERVER = "server"
    TEST = "test"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SettingsUse:
    """A place that names a settings module for `DJANGO_SETTINGS_MODULE`."""

    module: str
    location: Location
    kind: UseKind


def read_uses(tree: Tree, paths: Iterable[str]) -> Iterator[SettingsUse]:
    """Yield the settings modules that Python files name by string (`manage.py`, `wsgi.py`, `asgi.py`, ...)."""
    for path in paths:
        try:
            source = tree.source(path)
            module = source.tree
        except UnreadableError:
            continue
        name = path.rsplit("/", 1)[-1]
        if name == "manage.py":
            kind = UseKind.MANAGE
        elif "wsgi" in name or "asgi" in name:
            kind = UseKind.SERVER
        elif role_of_path(path) is Role.TEST or name == "conftest.py":
            kind = UseKind.TEST
        else:
            kind = UseKind.OTHER
        for node in all_nodes(module):
            if (value := _named_settings(node)) is not None:
                yield SettingsUse(value.value, source.node_location(value), kind)  # type: ignore[arg-type]


def _named_settings(node: ast.AST) -> ast.Constant | None:
    """Return the string of `x.setdefault("DJANGO_SETTINGS_MODULE", "…")` or `environ["…"] = "…"`."""
    candidate: ast.expr | None = None
    if isinstance(node, ast.Call) and len(node.args) == 2 and _is_variable(node.args[0]):
        candidate = node.args[1]
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        candidate = node.value if _is_variable(node.targets[0].slice) else None
    if isinstance(candidate, ast.Constant) and isinstance(candidate.value, str) and candidate.value:
        return candidate
    return None


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "DJANGO_SETTINGS_MODULE"


def settings_candidates(tree: Tree, scan: Scan, used_paths: Iterable[str]) -> tuple[list[str], list[UnreadableError]]:
    """Return the files that are settings modules by what they bind, or that inherit from one by star import."""
    unreadable: list[UnreadableError] = []
    found: set[str] = set(used_paths)
    for path in scan.settings:
        if path in found:
            continue
        try:
            if _binds_settings(tree.source(path).tree):
                found.add(path)
        except UnreadableError as error:
            if looks_like_settings(path):
                unreadable.append(error)
    parents = {path: set(_star_targets(tree, path)) for path in scan.stars}
    grew = True
    while grew:
        heirs = {path for path, targets in parents.items() if path not in found and targets & found}
        grew = bool(heirs)
        found |= heirs
    return sorted(found), unreadable


def _binds_settings(module: ast.Module) -> bool:
    for node in _top_level(module.body):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_base_name(target) in _SETTINGS_NAMES for target in targets):
                return True
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and _base_name(function.value) in _SETTINGS_NAMES:
                return True
        elif isinstance(node, ast.FunctionDef) and node.name in _SETTINGS_NAMES:
            return True
    return False


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when the module is imported, class bodies included."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _top_level(getattr(node, name, ()))
        for handler in getattr(node, "handlers", ()):
            yield from _top_level(handler.body)
        for case in getattr(node, "cases", ()):
            yield from _top_level(case.body)


def _base_name(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _star_targets(tree: Tree, path: str) -> Iterator[str]:
    for dots, name in _STAR.findall(tree.source(path).data):
        yield from resolve_module(tree, name.decode("ascii", "replace"), path, level=len(dots))


def resolve_module(tree: Tree, module: str, importer: str = "", level: int = 0) -> list[str]:
    """Return the files of the tree that a module name may mean, nearest to the importer first."""
    tail = module.replace(".", "/")
    if level:
        folder = importer
        for _ in range(level):
            folder = dirname(folder)
        bases = [folder]
    else:
        bases = []
        folder = dirname(importer)
        while True:
            bases.append(folder)
            if not folder:
                break
            folder = dirname(folder)
    found: list[str] = []
    for base in bases:
        for candidate in (join(base, tail) + ".py", join(base, tail, "__init__.py")):
            clean = normpath(candidate)
            if tail and tree.exists(clean) and clean not in found:
                found.append(clean)
        if not tail and tree.exists(join(base, "__init__.py")):
            found.append(normpath(join(base, "__init__.py")))
    return found


def role_of_path(path: str) -> Role:
    """Return the role that a settings module's path gives away; production when it gives none away."""
    *folders, name = path.lower().removesuffix(".py").split("/")
    if any(folder.startswith(".") for folder in folders) or name.startswith("."):
        return Role.TEST
    stem = set(_WORD.findall(name.replace("_", " ")))
    around = {word for folder in folders for word in _WORD.findall(folder.replace("_", " "))}
    if serves_nobody(stem) or names_tests(around):
        return Role.TEST
    if stem & _DEVELOPMENT_WORDS or around & (_DEVELOPMENT_WORDS - {"local", "debug"}):
        return Role.DEVELOPMENT
    return Role.PRODUCTION
