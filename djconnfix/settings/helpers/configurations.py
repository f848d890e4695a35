"""django-configurations: values that read the environment under the name of their attribute."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.arguments import Arguments
from djconnfix.settings.helpers.dj_database_url import parsed
from djconnfix.settings.operators import absent
from djconnfix.settings.process import environment, set_before
from djconnfix.settings.readings import plain
from djconnfix.settings.store import DictContent
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import FALSE, NONE, TRUE, Const, CreationSite, EnvRead, Ref, Slot, Value

if TYPE_CHECKING:
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine


def _flag(machine: Machine, arguments: Arguments, name: str, default: Value) -> bool:
    return bool(plain(machine, arguments.keywords.get(name, default))[1])


def _variable(machine: Machine, arguments: Arguments) -> str:
    """Return the variable that a value reads: its own name, or that of the attribute it is assigned to."""
    given = arguments.keywords.get("environ_name")
    name = plain(machine, given)[1] if given is not None else None
    statement = machine.frames[-1].statement
    if not isinstance(name, str):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        name = target.id.upper() if isinstance(target, ast.Name) else ""
    prefix = arguments.keywords.get("environ_prefix")
    text = "DJANGO" if prefix is None else plain(machine, prefix)[1]
    return f"{str(text).rstrip('_')}_{name}" if text else str(name)


def _value(cast: str) -> Handler:
    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        default = arguments.get(0, "default") or NONE
        if not _flag(machine, arguments, "environ", TRUE):
            return default
        name = _variable(machine, arguments)
        default_or_none = None if _flag(machine, arguments, "environ_required", FALSE) else default
        read = environment(machine, Const(name), default_or_none, arguments.origin)
        assert isinstance(read, EnvRead)
        if not cast:
            return read
        key = f"{name} is on" if cast == "bool" else f"{cast}({name})"
        if read.default is not default_or_none:
            default_or_none = set_before(machine, name, read.default)
        return EnvRead(name, default_or_none, cast, key, arguments.origin)

    return handler


def _database_url(machine: Machine, arguments: Arguments, function: Value) -> Value:
    keywords = dict(arguments.keywords)
    alias = plain(machine, keywords.get("alias", Const("default")))[1]
    name = plain(machine, keywords.get("environ_name", Const("DATABASE_URL")))[1]
    prefix = plain(machine, keywords.get("environ_prefix", NONE))[1]
    variable = f"{str(prefix).rstrip('_')}_{name}" if prefix else str(name)
    default = arguments.get(0, "default")
    own = ("alias", "default", "environ", "environ_name", "environ_prefix", "environ_required", "late_binding")
    passed = {key: value for key, value in keywords.items() if key not in own}
    inner = Arguments(arguments.node, arguments.origin, [], [], passed, arguments.keyword_nodes, arguments.unseen)
    fallback = None if default is None or absent(default) else default
    url = environment(machine, Const(variable), fallback, arguments.origin)
    made = parsed(machine, url, inner, "configurations.DatabaseURLValue")
    created = CreationSite(CreationKind.OPAQUE, arguments.origin, "configurations.DatabaseURLValue")
    entries: dict[object, Value] = {alias: Slot(made)}
    result = Ref(machine.store.new_object(DictContent(entries, (), created)), arguments.origin)
    machine.record(result.object, alias, None, Slot(made))
    return result


_CASTS = {
    "BooleanValue": "bool", "DecimalValue": "decimal", "DictValue": "dict", "EmailValue": "", "FloatValue": "float",
    "IntegerValue": "int", "IPValue": "", "ListValue": "list", "PathValue": "", "PositiveIntegerValue": "int",
    "RegexValue": "", "SecretValue": "", "SetValue": "set", "SingleNestedListValue": "list", "TupleValue": "tuple",
    "URLValue": "", "Value": "",
}  # fmt: skip


def _nothing(_machine: Machine, _arguments: Arguments, _function: Value) -> Value:
    return NONE


HANDLERS: dict[str, Handler] = {
    "configurations.values.DatabaseURLValue": _database_url,
    "configurations.Configuration.setup": _nothing,
    "configurations.Configuration.pre_setup": _nothing,
    "configurations.Configuration.post_setup": _nothing,
    **{f"configurations.values.{name}": _value(cast) for name, cast in _CASTS.items()},
}
