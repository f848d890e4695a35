"""Builtin functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.attributes import GLOBALS, attribute, module_attribute
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.dict_methods import keyword_entries, pour
from djconnfix.settings.displays import items_of
from djconnfix.settings.operators import key_of, lift, plain
from djconnfix.settings.store import Item, ListContent, presence
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
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

    from djconnfix.settings.calls import Arguments
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
        return _cast("bool", bool)(machine, arguments, function)
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
        return Unknown("`vars()` of an object", "vars()", arguments.origin)
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
        return Unknown("an attribute whose name is known only at run time", f"getattr({key_of(machine, receiver)})")
    machine.account.reads.add(data)

    def get(value: Value) -> Value:
        if isinstance(value, ModuleValue) and default is not None:
            held = restrict(machine.store.get(value.scope, data), machine.known)
            if not machine.modules.opened.get(value.scope):
                return select(presence(held), held, default)
        if isinstance(value, Dotted):
            text = f"`{data}` comes from {value.name}, which is not in the tree"
            return Unknown(text, f"{value.name}.{data}", arguments.origin)
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
        key = f"hasattr({key_of(machine, receiver)}, {key_of(machine, name)})"
        return Unknown(f"`{key}` cannot be evaluated", key, arguments.origin)
    return FALSE


def _setattr(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) == 3:
        receiver, name, value = arguments.positional
        seen, data = plain(machine, name)
        if isinstance(receiver, ModuleValue) and seen and isinstance(data, str):
            machine.bind(receiver.scope, data, value)
        elif isinstance(receiver, (ModuleValue, Unknown)) and (not seen or data == "DATABASES"):
            clause = f"names of this module are set at run time by `setattr({key_of(machine, name)[:40]})`"
            machine.hold_elsewhere(clause, arguments.origin)
    return NONE


def _isinstance(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) == 2:
        value, kind = arguments.positional
        kinds = {"builtins.dict": dict, "builtins.str": str, "builtins.list": list, "builtins.int": int}
        if isinstance(kind, Dotted) and kind.name in kinds:
            wanted = kinds[kind.name]
            if isinstance(value, Const):
                return Const(isinstance(value.value, wanted), arguments.origin)
            if machine.dict_of(value) is not None:
                return Const(wanted is dict, arguments.origin)
            content = machine.list_of(value)
            if content is not None:
                return Const(wanted is list and content.kind == "list", arguments.origin)
        key = f"isinstance({key_of(machine, value)[:200]}, {key_of(machine, kind)})"
        return Unknown(f"`{key[:60]}` cannot be evaluated", key, arguments.origin)
    return FALSE


def _enumerate(machine: Machine, arguments: Arguments, function: Value) -> Value:
    items, unseen = items_of(machine, arguments.positional[0]) if arguments.positional else ([], ())
    pairs = tuple(
        Item(machine.new_list(ListContent((Item(Const(place)), item), "tuple"), arguments.origin), item.present)
        for place, item in enumerate(items)
    )
    return machine.new_list(ListContent(pairs, "tuple", unseen), arguments.origin)


def _zip(machine: Machine, arguments: Arguments, function: Value) -> Value:
    columns = [items_of(machine, each) for each in arguments.positional]
    unseen = tuple(reason for _, reasons in columns for reason in reasons)
    rows = zip(*(items for items, _ in columns), strict=False)
    items = tuple(Item(machine.new_list(ListContent(tuple(row), "tuple"), arguments.origin)) for row in rows)
    return machine.new_list(ListContent(items, "tuple", unseen), arguments.origin)


def _quantifier(wanted: bool) -> Handler:
    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        items, unseen = items_of(machine, arguments.positional[0]) if arguments.positional else ([], ())
        if unseen:
            key = f"{'any' if wanted else 'all'}({key_of(machine, arguments.positional[0])[:200]})"
            return Unknown(unseen[0], key, arguments.origin)
        result: Value = FALSE if wanted else TRUE
        for item in items:
            holds = select(item.present, machine.truth(item.value), Const(not wanted))
            result = select(result, TRUE, holds) if wanted else select(result, holds, FALSE)
        return result

    return handler


def _print(_machine: Machine, _arguments: Arguments, _function: Value) -> Value:
    return NONE


def _open(machine: Machine, arguments: Arguments, function: Value) -> Value:
    machine.risks += 1
    path = key_of(machine, arguments.positional[0]) if arguments.positional else ""
    return Unknown("a file is read at run time", f"open({path})", arguments.origin)


def _next(machine: Machine, arguments: Arguments, function: Value) -> Value:
    items, unseen = items_of(machine, arguments.positional[0]) if arguments.positional else ([], ())
    if items and not unseen and not possible(items[0].present, False):
        return items[0].value
    return Unknown("`next()` cannot be evaluated", machine.occurrence("next()"), arguments.origin)


def _same(machine: Machine, arguments: Arguments, function: Value) -> Value:
    return arguments.positional[0] if arguments.positional else NONE


def _sorted(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if arguments.positional and not arguments.keywords:
        value = arguments.positional[0]
        items, unseen = items_of(machine, value)
        known = [plain(machine, item.value) for item in items]
        if not unseen and all(seen for seen, _ in known):
            try:
                order = sorted(range(len(items)), key=lambda place: known[place][1])  # type: ignore[arg-type, return-value]
            except TypeError:
                return Unknown("things that cannot be sorted", "sorted()", arguments.origin)
            ordered = tuple(items[place] for place in order)
            return machine.new_list(ListContent(ordered, "list"), arguments.origin)
    return unknown_call(machine, Dotted("sorted"), arguments)


def _range(*bounds: int) -> list[int]:
    whole = range(*bounds)
    if len(whole) > 200:
        raise ValueError
    return list(whole)


HANDLERS: dict[str, Handler] = {
    "builtins.abs": pure("abs", abs),
    "builtins.all": _quantifier(False),
    "builtins.any": _quantifier(True),
    "builtins.bool": _truth,
    "builtins.dict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.float": _cast("float", float),
    "builtins.frozenset": _sequence("set"),
    "builtins.getattr": _getattr,
    "builtins.globals": _namespace,
    "builtins.hasattr": _hasattr,
    "builtins.int": _cast("int", int),
    "builtins.isinstance": _isinstance,
    "builtins.iter": _same,
    "builtins.len": pure("len", len),
    "builtins.list": _sequence("list"),
    "builtins.locals": _namespace,
    "builtins.max": pure("max", max),
    "builtins.min": pure("min", min),
    "builtins.next": _next,
    "builtins.open": _open,
    "builtins.print": _print,
    "builtins.range": pure("range", _range),
    "builtins.round": pure("round", round),
    "builtins.set": _sequence("set"),
    "builtins.setattr": _setattr,
    "builtins.sorted": _sorted,
    "builtins.str": _cast("str", str),
    "builtins.sum": pure("sum", sum),
    "builtins.tuple": _sequence("tuple"),
    "builtins.unicode": _cast("str", str),
    "builtins.vars": _namespace,
    "builtins.zip": _zip,
    "collections.OrderedDict": _dict,
    "django.utils.translation.gettext": _same,
    "django.utils.translation.gettext_lazy": _same,
    "django.utils.translation.gettext_noop": _same,
    "django.utils.translation.ugettext_lazy": _same,
    "django.urls.reverse_lazy": _same,
}

__all__ = ["HANDLERS", "Ref", "module_attribute", "pure"]
