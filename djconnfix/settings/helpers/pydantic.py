"""pydantic-settings: every field is read from the variable of its name, upper or lower case, with a prefix.

As pydantic-settings 2.16.3 was seen to do it: `env_prefix` from `model_config` or `class Config`, an alias instead of
the name. A `.env` file is part of the environment.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.process import environment
from djconnfix.settings.readings import plain
from djconnfix.settings.store import ClassContent, InstanceContent
from djconnfix.settings.values import UNBOUND, Const, EnvRead, Ref, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.machine import Machine

BASES = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings"})
_CASTS = {"bool": "bool", "float": "float", "int": "int", "str": ""}


def make(machine: Machine, value: Ref, numbers: list[int], arguments: Arguments) -> Value:
    """Return an instance of a class of settings.

    Args:
        machine: the state.
        value: the class.
        numbers: it and its bases in the tree, the most basic last.
        arguments: those of the call; what is given there is not read.
    """
    scope = machine.store.new_scope()
    instance = Ref(machine.store.new_object(InstanceContent(value.object, scope)), arguments.origin)
    prefix = None if any(_validates(machine, number) for number in numbers) else _prefix(machine, numbers)
    for number in reversed(numbers):
        content = machine.store.content(number)
        assert isinstance(content, ClassContent)
        for statement in content.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                name = statement.target.id
                held = machine.store.get(content.scope, name)
                field = arguments.keywords.get(name) or _field(machine, statement, held, prefix, arguments)
                machine.bind(scope, name, field)
    return instance


def _validates(machine: Machine, number: int) -> bool:
    """Whether a class has functions of its own that may change what is read."""
    content = machine.store.content(number)
    assert isinstance(content, ClassContent)
    decorators = [
        decorator
        for statement in content.node.body
        if isinstance(statement, ast.FunctionDef)
        for decorator in statement.decorator_list
    ]
    return any("validator" in ast.dump(decorator) for decorator in decorators)


def _field(
    machine: Machine, statement: ast.AnnAssign, default: Value, prefix: str | None, arguments: Arguments
) -> Value:
    assert isinstance(statement.target, ast.Name)
    name = statement.target.id
    hidden = Unknown(f"the field `{name}` is read from the environment when the settings run", f"field {name}")
    # Only a plain annotation says what a text becomes; a call (`Field(...)`) may name another variable.
    kind = statement.annotation.id if isinstance(statement.annotation, ast.Name) else ""
    if prefix is None or kind not in _CASTS or isinstance(statement.value, ast.Call):
        return hidden
    if default is not UNBOUND and not (isinstance(default, Const) and type(default.value).__name__ == kind):
        return hidden  # the default is turned into the field's type as well
    variable = f"{prefix}{name}".upper()
    given = None if default is UNBOUND else default
    read = environment(machine, Const(variable), given, arguments.origin)
    if not isinstance(read, EnvRead) or read.default is not given:
        return hidden
    return EnvRead(variable, given, _CASTS[kind], f"{kind}({variable})", arguments.origin)


def _prefix(machine: Machine, numbers: list[int]) -> str | None:
    """Return what is put before the fields' names, None when that cannot be seen."""
    for number in numbers:
        content = machine.store.content(number)
        assert isinstance(content, ClassContent)
        for statement in content.node.body:
            if isinstance(statement, ast.ClassDef) and statement.name == "Config":
                return _in_class(machine, content, statement.name)
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "model_config" for target in statement.targets
            ):
                return _in_call(statement.value)
    return ""


def _in_class(machine: Machine, content: ClassContent, name: str) -> str | None:
    held = machine.store.get(content.scope, name)
    inner = machine.store.content(held.object) if isinstance(held, Ref) else None
    if not isinstance(inner, ClassContent):
        return None
    found = machine.store.get(inner.scope, "env_prefix")
    if machine.store.get(inner.scope, "fields") is not UNBOUND:
        return None
    seen, text = (True, "") if found is UNBOUND else plain(machine, found)
    return str(text) if seen else None


def _makes_config(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in ("ConfigDict", "SettingsConfigDict", "dict") and not node.args


def _in_call(node: ast.expr) -> str | None:
    """Return the `env_prefix` of `SettingsConfigDict(...)` or of a dictionary that is written out."""
    if isinstance(node, ast.Call) and _makes_config(node) and all(keyword.arg for keyword in node.keywords):
        pairs = {str(keyword.arg): keyword.value for keyword in node.keywords}
    elif isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        pairs = {str(key.value): value for key, value in zip(node.keys, node.values, strict=True)}  # type: ignore[union-attr]
    else:
        return None
    prefix = pairs.get("env_prefix")
    if prefix is None:
        return "" if "alias_generator" not in pairs else None
    return prefix.value if isinstance(prefix, ast.Constant) and isinstance(prefix.value, str) else None
