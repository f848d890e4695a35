"""Questions of what a value is: `type()`, `isinstance()`, `callable()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.calls import unknown_call
from djconnfix.settings.readings import key_of
from djconnfix.settings.values import NONE, Const, Dotted, Function, Method, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine

_TYPES = {
    "builtins.bool": bool, "builtins.dict": dict, "builtins.float": float, "builtins.int": int, "builtins.list": list,
    "builtins.set": set, "builtins.str": str, "builtins.tuple": tuple, "collections.OrderedDict": dict,
}  # fmt: skip


def _isinstance(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) != 2:
        return unknown_call(machine, Dotted("isinstance"), arguments)
    value, kind = arguments.positional
    listed = machine.list_of(kind)
    kinds = [kind] if listed is None else [item.value for item in listed.items]
    own = _type_of(machine, value)
    wanted = [_TYPES.get(each.name) for each in kinds if isinstance(each, Dotted)]
    if own is not None and None not in wanted and len(wanted) == len(kinds):
        return Const(issubclass(own, tuple(wanted)), arguments.origin)  # type: ignore[arg-type]
    key = f"isinstance({key_of(machine, value)[:200]}, {key_of(machine, kind)})"
    return Unknown("the type of a value is known only at run time", key, arguments.origin)


def _type_of(machine: Machine, value: Value) -> type | None:
    if isinstance(value, Const):
        return type(value.value)
    content = machine.list_of(value)
    if content is not None:
        return {"list": list, "set": set, "tuple": tuple}.get(content.kind)
    return dict if machine.dict_of(value) is not None else None


def _type(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.all) != 1:
        return unknown_call(machine, Dotted("type"), arguments)

    def cls(value: Value) -> Value:
        own = _type_of(machine, value)
        if own is not None:
            return Dotted(f"builtins.{own.__name__}", arguments.origin)
        key = f"type({key_of(machine, value)[:200]})"
        return Unknown("the type of a value is known only when the settings run", key, arguments.origin)

    return machine.each(arguments.positional[0], cls)


def _callable(machine: Machine, arguments: Arguments, function: Value) -> Value:
    value = arguments.positional[0] if arguments.positional else NONE
    if isinstance(value, (Const, Function, Method)):
        return Const(not isinstance(value, Const), arguments.origin)
    return Unknown("whether it can be called is known only at run time", f"callable({key_of(machine, value)})")


HANDLERS: dict[str, Handler] = {
    "builtins.callable": _callable,
    "builtins.isinstance": _isinstance,
    "builtins.type": _type,
}
