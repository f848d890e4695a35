"""Methods of dictionaries, lists, texts, paths and module namespaces."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from djconnfix.settings import dict_methods, list_methods
from djconnfix.settings.attributes import module_attribute
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.operators import lift
from djconnfix.settings.phrases import asked, called, code
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import DictContent, ListContent, presence, slot_value
from djconnfix.settings.values import NONE, UNBOUND, Bound, Const, EnvRead, ModuleValue, Partial, Ref, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.machine import Machine

_TEXT_METHODS = frozenset(
    {
        "capitalize", "casefold", "center", "count", "decode", "encode", "endswith", "expandtabs", "find", "format",
        "index", "isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "isupper", "join",
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rpartition",
        "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill",
        "as_posix", "total_seconds", "joinpath", "with_name", "with_suffix", "bit_length", "is_absolute",
    }
)  # fmt: skip
_EXISTS = frozenset({"exists", "is_dir", "is_file"})
_SAME_PATH = frozenset({"resolve", "absolute", "expanduser"})


def call_method(machine: Machine, function: Bound, arguments: Arguments) -> Value:
    """Call a method of a value."""
    receiver = restrict(function.receiver, machine.known)
    if isinstance(receiver, Ref):
        content = machine.store.content(receiver.object)
        if isinstance(content, DictContent) and (handler := dict_methods.METHODS.get(function.name)):
            return handler(machine, receiver, arguments)
        if isinstance(content, ListContent) and (change := list_methods.METHODS.get(function.name)):
            return change(machine, receiver, arguments)
        if isinstance(content, (DictContent, ListContent)) and function.name == "copy":
            return dict_methods.copy_of(machine, receiver, arguments)
    if isinstance(receiver, ModuleValue):
        return _namespace_method(machine, receiver, function, arguments)
    if isinstance(receiver, Partial):
        from djconnfix.settings.externals import call_external

        return call_external(machine, function, arguments)
    if isinstance(receiver, (Const, EnvRead)):
        return _text_method(machine, receiver, function, arguments)
    return unknown_call(machine, function, arguments)


def _text_method(machine: Machine, receiver: Const | EnvRead, function: Bound, arguments: Arguments) -> Value:
    name = function.name
    if isinstance(receiver, Const) and isinstance(receiver.value, PurePosixPath) and name in _SAME_PATH:
        return receiver
    if isinstance(receiver, Const) and isinstance(receiver.value, PurePosixPath) and name in _EXISTS:
        from djconnfix.settings.helpers.stdlib import exists

        return exists(machine, receiver, arguments.origin)
    if isinstance(receiver, Const) and name == "get" and receiver.value is None:
        return unknown_call(machine, function, arguments)
    if name not in _TEXT_METHODS or arguments.unseen:
        key = f"{asked(key_of(machine, receiver))}.{name}({', '.join(key_of(machine, each) for each in arguments.all)})"
        machine.risks += 1
        return Unknown(
            f"what {called(arguments.node)} gives is known only when the settings run", key, arguments.origin
        )
    names = list(arguments.keywords)
    count = len(arguments.positional)

    def compute(data: Sequence[object]) -> object:
        result = getattr(data[0], name)(*data[1 : 1 + count], **dict(zip(names, data[1 + count :], strict=False)))
        return result if name != "split" or isinstance(result, list) else list(result)

    def text(keys: Sequence[str]) -> str:
        given = [*keys[1 : 1 + count], *(f"{each}={key}" for each, key in zip(names, keys[1 + count :], strict=False))]
        return f"{asked(keys[0])}.{name}({', '.join(given)})"

    return lift(machine, (receiver, *arguments.all), compute, text, arguments.origin)


def _namespace_method(machine: Machine, receiver: ModuleValue, function: Bound, arguments: Arguments) -> Value:
    if function.name == "get" and arguments.positional:
        seen, name = plain(machine, arguments.positional[0])
        if seen and isinstance(name, str):
            held = restrict(machine.store.get(receiver.scope, name), machine.known)
            default = arguments.get(1, "default") or NONE
            return select(presence(held), held, default) if possible(presence(held), False) else held
    if function.name == "update" and len(arguments.positional) <= 1:
        for value in arguments.positional:
            update_namespace(machine, receiver, value, arguments)
        for name, value in arguments.keywords.items():
            machine.bind(receiver.scope, name, value)
        return NONE
    if function.name == "setdefault" and arguments.positional:
        seen, name = plain(machine, arguments.positional[0])
        if seen and isinstance(name, str):
            held = restrict(machine.store.get(receiver.scope, name), machine.known)
            value = select(presence(held), held, arguments.get(1, "default") or NONE)
            machine.bind(receiver.scope, name, value)
            return value
    if function.name in ("items", "keys", "values", "copy"):
        return Unknown("all names of the module", "globals()", arguments.origin)
    return unknown_call(machine, module_attribute(machine, receiver, function.name, arguments.origin), arguments)


def update_namespace(machine: Machine, receiver: ModuleValue, value: Value, arguments: Arguments) -> None:
    """Pour a dictionary over the names of a module: `globals().update(...)`."""
    content = machine.dict_of(value)
    if isinstance(value, EnvRead) and value.cast == "email":
        return
    if content is not None and (not content.unseen or content.entries):
        for name, slot in content.entries.items():
            if isinstance(name, str):
                held = restrict(slot, machine.known)
                before = restrict(machine.store.get(receiver.scope, name), machine.known)
                machine.bind(receiver.scope, name, select(presence(held), slot_value(held), before))
        if content.unseen:
            machine.hold_elsewhere(f"`DATABASES` may be replaced at run time: {content.unseen[0]}", arguments.origin)
            machine.doubt_names(receiver.scope, f"{code(arguments.node, 40)}, which sets names at run time,")
        return
    clause = f"names of this module are replaced at run time by {code(arguments.node)}"
    machine.hold_elsewhere(clause, arguments.origin)
    machine.modules.open(receiver.scope, f"{code(arguments.node)}, which sets names at run time")
    held = machine.store.get(receiver.scope, "DATABASES")
    if held is not UNBOUND:
        machine.bind(receiver.scope, "DATABASES", Unknown(clause, f"DATABASES after {clause}", arguments.origin))
