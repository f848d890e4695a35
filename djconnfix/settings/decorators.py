"""Decorators of functions and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import replace
from djconnfix.settings.arguments import Arguments
from djconnfix.settings.calls import invoke
from djconnfix.settings.phrases import short, text_of
from djconnfix.settings.values import Dotted, Function, Method, Partial, Unknown, Value

if TYPE_CHECKING:
    import ast

    from djconnfix.settings.machine import Machine

_KINDS = {
    "builtins.classmethod": "classmethod",
    "builtins.property": "property",
    "builtins.staticmethod": "staticmethod",
    "django.utils.functional.cached_property": "cached property",
    "functools.cache": "cached",
    "functools.cached_property": "cached property",
    "functools.lru_cache": "cached",
}
_SAME = frozenset({"functools.wraps", "typing.no_type_check", "typing.overload", "typing.override", "typing.final"})
# Class decorators that leave the attributes in the class's body as they are.
_HARMLESS = frozenset(
    {"dataclasses.dataclass", "functools.total_ordering", "typing.final", "typing.runtime_checkable", "attr.s"}
)


def decorated(machine: Machine, function: Value, decorator: Value, node: ast.expr) -> Value:
    """Return what a decorator makes of a function.

    Args:
        machine: the state.
        function: the function, as the decorators nearer to it have left it.
        decorator: the decorator's value.
        node: its expression.
    """
    import ast

    from djconnfix.settings.expressions import evaluate

    name = _name(machine, decorator, node)
    if isinstance(function, Function) and name in _KINDS:
        memo = machine.store.new_scope() if _KINDS[name] == "cached" else 0
        return replace(function, kind=_KINDS[name], memo=memo)
    if name in _SAME:
        return function
    if isinstance(decorator, (Function, Method)):
        call = ast.copy_location(ast.Call(node, [], []), node)
        return invoke(machine, decorator, Arguments(call, machine.here(node), [function]))
    if isinstance(node, ast.Attribute) and node.attr in ("setter", "deleter"):
        own = evaluate(machine, node.value)
        return own if getattr(own, "kind", "") == "property" else replace(function, kind="hidden")  # type: ignore[type-var]
    if isinstance(function, Function):
        return replace(function, kind="hidden")
    return Unknown(f"the decorator `@{short(text_of(node))}` is not followed", machine.occurrence("a decorator"))


def _name(machine: Machine, decorator: Value, node: ast.expr) -> str:
    """Return a decorator's name, also where it is called for its options."""
    import ast

    from djconnfix.settings.expressions import evaluate

    if isinstance(decorator, Dotted):
        return decorator.name
    if isinstance(decorator, Partial):
        return _name(machine, decorator.function, node)
    if isinstance(decorator, Unknown) and isinstance(node, ast.Call):
        called = evaluate(machine, node.func)
        return called.name if isinstance(called, Dotted) else ""
    return ""


def decorated_class(machine: Machine, value: Value, decorator: Value, node: ast.expr) -> Value | None:
    """Return what a decorator makes of a class, None when that cannot be seen."""
    import ast

    if _name(machine, decorator, node) in _HARMLESS:
        return value
    if isinstance(decorator, Function):
        call = ast.copy_location(ast.Call(node, [], []), node)
        return invoke(machine, decorator, Arguments(call, machine.here(node), [value]))
    return None
