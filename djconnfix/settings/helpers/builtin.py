"""Builtin functions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from djconnfix.records import replace
from djconnfix.settings.assignments import set_attribute
from djconnfix.settings.attributes import attribute, module_attribute, namespace_of
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.classes import alter, own_attribute
from djconnfix.settings.dict_methods import keyword_entries, pour
from djconnfix.settings.displays import items_of
from djconnfix.settings.doubts import doubt
from djconnfix.settings.operators import lift
from djconnfix.settings.phrases import code, from_outside
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import ClassContent, InstanceContent, Item, ListContent, presence
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import (
    FALSE,
    GLOBALS,
    NONE,
    UNBOUND,
    Const,
    CreationSite,
    Dotted,
    EnvRead,
    ModuleValue,
    Ref,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine


def pure(name: str, compute: Callable[..., object]) -> Handler:
    """Return a handler for a pure function of plain data."""

    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        if arguments.unseen:
            return unknown_call(machine, Dotted(name), arguments)
        names = list(arguments.keywords)
        count = len(arguments.positional)

        def run(data: Sequence[object]) -> object:
            return compute(*data[:count], **dict(zip(names, data[count:], strict=False)))

        def text(keys: Sequence[str]) -> str:
            given = [*keys[:count], *(f"{each}={key}" for each, key in zip(names, keys[count:], strict=False))]
            return f"{name}({', '.join(given)})"

        return lift(machine, arguments.all, run, text, arguments.origin)

    return handler


def _cast(name: str, compute: Callable[..., object]) -> Handler:
    inner = pure(name, compute)

    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        result = inner(machine, arguments, function)

        def named(value: Value) -> Value:
            if isinstance(value, EnvRead):
                return EnvRead(value.variable, value.default, name, value.key, value.origin, value.subject)
            return value

        return machine.each(result, named)

    return handler


def _truth(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) != 1:
        return FALSE
    value = restrict(arguments.positional[0], machine.known)
    if isinstance(value, EnvRead):
        result = _cast("bool", bool)(machine, arguments, function)
        return replace(result, truth=machine.truth(value)) if isinstance(result, EnvRead) else result
    test = machine.truth(value)
    return Const(bool(test.value), arguments.origin) if isinstance(test, Const) else test


def _dict(machine: Machine, arguments: Arguments, function: Value) -> Value:
    result = machine.new_dict(CreationSite(CreationKind.DICT_CALL, arguments.origin))
    if arguments.positional:
        pour(machine, result, arguments.positional[0])
    keyword_entries(machine, result, arguments)
    return result


def _sequence(kind: str) -> Handler:
    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        if arguments.unseen:
            return unknown_call(machine, function, arguments)
        items: list[Item] = []
        unseen: tuple[str, ...] = ()
        if arguments.positional:
            items, unseen = items_of(machine, arguments.positional[0])
        site = CreationSite(CreationKind.COPY, arguments.origin)
        return machine.new_list(ListContent(tuple(items), kind, unseen, site), arguments.origin)

    return handler


def _namespace(machine: Machine, arguments: Arguments, function: Value) -> Value:
    frame = machine.frames[-1]
    if arguments.positional:
        return machine.each(arguments.positional[0], lambda each: namespace_of(machine, each, arguments.origin))
    is_globals = isinstance(function, Dotted) and function.name.endswith("globals")
    scope = frame.scopes[-1] if is_globals else frame.scope
    return ModuleValue(scope, frame.module.path, GLOBALS)


def _getattr(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) < 2:
        return unknown_call(machine, Dotted("getattr"), arguments)
    receiver, name = arguments.positional[:2]
    default = arguments.positional[2] if len(arguments.positional) > 2 else None
    seen, data = plain(machine, name)
    if not seen or not isinstance(data, str):
        return Unknown(
            f"{code(arguments.node)} asks for a name that is known only when the settings run",
            f"getattr({key_of(machine, receiver)})",
        )

    def get(value: Value) -> Value:
        if isinstance(value, ModuleValue) and default is not None:
            held = restrict(machine.store.get(value.scope, data), machine.known)
            if not machine.modules.opened.get(value.scope):
                return select(presence(held), held, default)
        if default is not None and own_attribute(machine, value, data) is UNBOUND:
            return default
        if isinstance(value, Dotted):
            return Unknown(from_outside(data, value.name), f"{value.name}.{data}", arguments.origin)
        return attribute(machine, value, data, arguments.origin)

    return machine.each(receiver, get)


def _hasattr(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) == 2:
        receiver, name = arguments.positional
        data = plain(machine, name)[1]
        if isinstance(receiver, ModuleValue) and isinstance(data, str):
            held = restrict(machine.store.get(receiver.scope, data), machine.known)
            if not possible(presence(held), False) or not machine.modules.opened.get(receiver.scope):
                return presence(held)
        if isinstance(data, str) and (found := own_attribute(machine, receiver, data)) is not None:
            return Const(found is not UNBOUND, arguments.origin)
        key = f"hasattr({key_of(machine, receiver)}, {key_of(machine, name)})"
        return Unknown("what an object has is known only when the settings run", key, arguments.origin)
    return unknown_call(machine, Dotted("hasattr"), arguments)


def _setattr(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) == 3:
        receiver, name, value = arguments.positional
        seen, data = plain(machine, name)
        content = machine.store.content(receiver.object) if isinstance(receiver, Ref) else None
        if isinstance(receiver, ModuleValue) and seen and isinstance(data, str):
            machine.bind(receiver.scope, data, value)
        elif isinstance(content, (ClassContent, InstanceContent)) and isinstance(receiver, Ref):
            _set_own(machine, receiver, content, data if seen and isinstance(data, str) else "", value)
        elif isinstance(receiver, (ModuleValue, Unknown)) and (not seen or data == "DATABASES"):
            clause = (
                f"names of this module are set under a name that is only known at run time ({code(arguments.node)})"
            )
            machine.hold_elsewhere(clause, arguments.origin)
    return NONE


def _set_own(machine: Machine, receiver: Ref, content: ClassContent | InstanceContent, name: str, value: Value) -> None:
    """Set an attribute of a class or of an object, as `x.name = value` does; any of them where the name is not seen."""
    if isinstance(content, ClassContent) and not name:
        alter(machine, receiver.object, "an attribute is set whose name is known only when the settings run")
    elif isinstance(content, InstanceContent) and not name:
        doubt(machine, receiver, "an attribute is set whose name is known only when the settings run")
    else:
        set_attribute(machine, content, name, value)


def _print(_machine: Machine, _arguments: Arguments, _function: Value) -> Value:
    return NONE


def _open(machine: Machine, arguments: Arguments, function: Value) -> Value:
    machine.risks += 1
    path = key_of(machine, arguments.positional[0]) if arguments.positional else ""
    return Unknown("a file is read at run time", f"open({path})", arguments.origin)


def _same(machine: Machine, arguments: Arguments, function: Value) -> Value:
    return arguments.positional[0] if arguments.positional else NONE


def _range(*bounds: int) -> list[int]:
    whole = range(*bounds)
    if len(whole) > 200:
        raise ValueError
    return list(whole)


HANDLERS: dict[str, Handler] = {
    "builtins.abs": pure("abs", abs),
    "builtins.bool": _truth,
    "builtins.dict": _dict,
    "builtins.float": _cast("float", float),
    "builtins.frozenset": _sequence("set"),
    "builtins.getattr": _getattr,
    "builtins.globals": _namespace,
    "builtins.hasattr": _hasattr,
    "builtins.int": _cast("int", int),
    "builtins.list": _sequence("list"),
    "builtins.locals": _namespace,
    "builtins.divmod": pure("divmod", divmod),
    "builtins.max": pure("max", max),
    "builtins.min": pure("min", min),
    "builtins.open": _open,
    "builtins.print": _print,
    "builtins.range": pure("range", _range),
    "builtins.round": pure("round", round),
    "builtins.set": _sequence("set"),
    "builtins.setattr": _setattr,
    "builtins.str": _cast("str", str),
    "builtins.sum": pure("sum", sum),
    "builtins.tuple": _sequence("tuple"),
    "builtins.unicode": _cast("str", str),
    "builtins.vars": _namespace,
    "collections.OrderedDict": _dict,
    "math.ceil": pure("ceil", math.ceil),
    "math.floor": pure("floor", math.floor),
    "django.utils.translation.gettext": _same,
    "django.utils.translation.gettext_lazy": _same,
    "django.utils.translation.gettext_noop": _same,
    "django.utils.translation.ugettext_lazy": _same,
    "django.urls.reverse_lazy": _same,
}

__all__ = ["HANDLERS", "Ref", "module_attribute", "pure"]
