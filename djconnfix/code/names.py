"""Which object a name stands for: decided by the import that binds it, never by how it is spelt.

`Names.resolve` gives the dotted name of an expression (`django.db.transaction.commit`), following `as`, attributes
through modules, locals of the enclosing functions and one re-export inside the project. Anything rebound, passed in
or out of sight resolves to the empty string. Objects behind `connections[...]`, `connections.all()` and
`transaction.get_connection()` are written `django.db.connections[]`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.walk import FUNCTIONS, Function, own_nodes
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.code.modules import Module, Modules

__all__ = [
    "FUNCTIONS",
    "ONE_CONNECTION",
    "OPAQUE",
    "Assigned",
    "Binding",
    "Defined",
    "Function",
    "Imported",
    "Names",
    "Opaque",
    "bindings_of",
    "own_nodes",
    "parameters",
]

ONE_CONNECTION = "django.db.connections[]"
_STAR_NAMES = frozenset({"close_old_connections", "connection", "connections", "reset_queries", "transaction"})


@dataclass(frozen=True, slots=True)
class Imported:
    """A name bound by an import to a dotted name."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """A name bound to an expression, or (`each`) to its elements one after the other."""

    value: ast.expr
    each: bool = False


@dataclass(frozen=True, slots=True)
class Defined:
    """A name bound by `def` or `class`."""

    node: Function | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Opaque:
    """A name bound in a way that tells nothing (a parameter, `with ... as`, an augmented assignment)."""


Binding = Imported | Assigned | Defined | Opaque
OPAQUE = Opaque()


_BINDING = frozenset(
    {
        *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign),
        *(ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor, ast.comprehension, ast.withitem, ast.ExceptHandler),
        *(ast.Global, ast.Nonlocal, ast.MatchAs, ast.MatchStar),
    }
)


def _either(known: Binding, binding: Binding) -> Binding:
    """Return what a name stands for that is bound again: of imports (`try` ... `except ImportError`) the first."""
    return known if isinstance(known, Imported) and isinstance(binding, Imported) else OPAQUE


def bindings_of(body: Sequence[ast.AST], module: Module) -> dict[str, Binding]:
    """Return how each name is bound in one scope; `OPAQUE` for one that is bound in several ways."""
    found: dict[str, Binding] = {}

    def bind(name: str, binding: Binding) -> None:
        found[name] = _either(found[name], binding) if name in found else binding

    def bind_target(target: ast.expr, binding: Binding) -> None:
        if isinstance(target, ast.Name):
            bind(target.id, binding)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                bind_target(element, OPAQUE)
        elif isinstance(target, ast.Starred):
            bind_target(target.value, OPAQUE)

    for node in own_nodes(body):
        if type(node) not in _BINDING:
            continue
        match node:
            case ast.Import():
                for alias in node.names:
                    if alias.asname:
                        bind(alias.asname, Imported(alias.name))
                    else:
                        bind(alias.name.partition(".")[0], Imported(alias.name.partition(".")[0]))
            case ast.ImportFrom():
                base = module.absolute(node.module, node.level)
                for alias in node.names:
                    if alias.name != "*":
                        bind(alias.asname or alias.name, Imported(f"{base}.{alias.name}" if base else alias.name))
                    elif base == "django.db":
                        for name in _STAR_NAMES:
                            bind(name, Imported(f"django.db.{name}"))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bind(node.name, Defined(node))
            case ast.Assign():
                for target in node.targets:
                    bind_target(target, Assigned(node.value))
            case ast.AnnAssign() if node.value is not None:
                bind_target(node.target, Assigned(node.value))
            case ast.NamedExpr():
                bind_target(node.target, Assigned(node.value))
            case ast.AugAssign():
                bind_target(node.target, OPAQUE)
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                bind_target(node.target, Assigned(node.iter, each=True))
            case ast.withitem() if node.optional_vars is not None:
                bind_target(node.optional_vars, OPAQUE)
            case ast.ExceptHandler() if node.name:
                bind(node.name, OPAQUE)
            case ast.Global() | ast.Nonlocal():
                for name in node.names:
                    bind(name, OPAQUE)
            case ast.MatchAs() | ast.MatchStar() if node.name:
                bind(node.name, OPAQUE)
            case _:
                pass
    return found


def parameters(function: Function | ast.Lambda) -> list[str]:
    """Return the names of a function's parameters, in order."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
    return [a.arg for a in [*plain, *extra]]


@dataclass(slots=True)
class Names:
    """Resolves the expressions of one module.

    `scope` everywhere is the chain of enclosing functions, outermost first.
    """

    module: Module
    modules: Modules
    _scopes: dict[int, dict[str, Binding]] = field(default_factory=dict)
    _depth: int = 0

    def resolve(self, node: ast.expr, scope: tuple[Function, ...] = ()) -> str:
        """Return the dotted name of what an expression stands for, empty when that cannot be told."""
        if self._depth > 12:
            return ""
        self._depth += 1
        try:
            return self._resolve(node, scope)
        finally:
            self._depth -= 1

    def _resolve(self, node: ast.expr, scope: tuple[Function, ...]) -> str:
        match node:
            case ast.Name():
                return self._name(node.id, scope)
            case ast.Attribute():
                base = self.resolve(node.value, scope)
                return self._follow(f"{base}.{node.attr}") if base else ""
            case ast.Subscript() if self.resolve(node.value, scope) == "django.db.connections":
                return ONE_CONNECTION
            case ast.Call() if self.resolve(node.func, scope) == "django.db.transaction.get_connection":
                return ONE_CONNECTION
            case _:
                return ""

    def binding(self, name: str, scope: tuple[Function, ...]) -> Binding | None:
        """Return how a name is bound where it is used; `OPAQUE` when in several ways, None when not at all."""
        for function in reversed(scope):
            if (found := self._local(function).get(name)) is not None:
                return found
        return self._module_level().get(name)

    def definition(self, node: ast.expr, scope: tuple[Function, ...]) -> Function | ast.ClassDef | None:
        """Return the function or class of this very module that a name stands for."""
        if isinstance(node, ast.Name):
            found = self.binding(node.id, scope)
            if isinstance(found, Defined):
                return found.node
        return None

    def in_project(self, dotted: str) -> bool:
        """Whether a dotted name belongs to a module of the tree."""
        return self.modules.find(dotted.rpartition(".")[0], self.module) is not None

    def _name(self, name: str, scope: tuple[Function, ...]) -> str:
        for depth in range(len(scope), 0, -1):
            if (found := self._local(scope[depth - 1]).get(name)) is not None:
                return self._bound(name, found, scope[:depth])
        found = self._module_level().get(name)
        return self._bound(name, found, ()) if found is not None else ""

    def _bound(self, name: str, binding: Binding, scope: tuple[Function, ...]) -> str:
        match binding:
            case Imported():
                return self._follow(binding.dotted)
            case Defined() if not scope:
                return f"{self.module.dotted}.{name}"
            case Assigned(value, False):
                return self.resolve(value, scope)
            case Assigned(ast.Call(func=function), True):
                return ONE_CONNECTION if self.resolve(function, scope) == "django.db.connections.all" else ""
            case _:
                return ""

    def _follow(self, dotted: str) -> str:
        """Return what a project's module re-exports under this name, else the name itself."""
        if dotted.startswith("django.") or dotted == "django":
            return dotted
        owner, _, name = dotted.rpartition(".")
        if not owner or (module := self.modules.find(owner, self.module)) is None or module is self.module:
            return dotted
        found = self.modules.bindings(module).get(name)
        return found.dotted if isinstance(found, Imported) else dotted

    def _local(self, function: Function) -> dict[str, Binding]:
        known = self._scopes.get(id(function))
        if known is None:
            known = bindings_of(function.body, self.module)
            for name in parameters(function):
                known[name] = OPAQUE
            for node in own_nodes(function.body):
                if isinstance(node, ast.Global):
                    for name in node.names:
                        known.pop(name, None)
            self._scopes[id(function)] = known
        return known

    def _module_level(self) -> dict[str, Binding]:
        known = self._scopes.get(0)
        if known is None:
            known = self._scopes[0] = self.modules.bindings(self.module)
        return known
