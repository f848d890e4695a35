"""What kind of code a function is: where it runs decides what it may do with connections."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.words import is_test_path
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.code.names import Function


@dataclass(frozen=True, slots=True)
class Place:
    """The functions and the class around a node."""

    scope: tuple[Function, ...] = ()
    owner: ast.ClassDef | None = None
    decorated: str = ""

    @property
    def name(self) -> str:
        """For people: `Class.method.inner`, empty for the module itself."""
        parts = [*([self.owner.name] if self.owner else []), *(f.name for f in self.scope), self.decorated]
        return ".".join(part for part in parts if part)


def is_migration(path: str) -> bool:
    """Whether a file is a migration, which runs once and alone."""
    return "migrations" in path.split("/")[:-1]


def place_of(path: str, function: Function | None, owner: ast.ClassDef | None) -> str:
    """Return where a function runs: `test`, `command`, `task`, `view`, `module` or `function`."""
    if is_test_path(path):
        return "test"
    if "/management/commands/" in f"/{path}":
        return "command"
    if function is None:
        return "module"
    if any(
        _last_name(d) in {"task", "shared_task", "periodic_task", "db_task", "job", "register"}
        for d in function.decorator_list
    ):
        return "task"
    if owner is not None:
        bases = [_last_name(base) for base in owner.bases]
        if any("Command" in base for base in bases):
            return "command"
        if any("Thread" in base for base in bases):
            return "thread"
        if any(base.endswith(("View", "ViewSet", "APIView")) or "ViewSet" in base for base in bases):
            return "view"
    parameters = [argument.arg for argument in function.args.args]
    if "request" in parameters[:2]:
        return "view"
    return "function"


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _last_name(function)
        case ast.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""
