"""Methods of dictionaries, lists, texts, paths and module namespaces."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from djconnfix.settings.attributes import dict_item, module_attribute
from djconnfix.settings.calls import Arguments, unknown_call
from djconnfix.settings.expressions import items_of, merge_into, write_entry
from djconnfix.settings.operators import key_of, lift, plain
from djconnfix.settings.store import DictContent, Item, ListContent, presence, slot_value
from djconnfix.settings.trace import CreationKind, WriteKind
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
    UNBOUND,
    Bound,
    Const,
    CreationSite,
    EnvRead,
    ModuleValue,
    Partial,
    Ref,
    Slot,
    Unbound,
    Unknown,
    Value,
    WriteSite,
    origin_of,
    possible,
    restrict,
    select,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Sequence

    from djconnfix.settings.machine import Machine

_TEXT_METHODS = frozenset(
    {
        "capitalize", "casefold", "center", "count", "decode", "encode", "endswith", "expandtabs", "find", "format",
        "index", "isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "isupper", "join",
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rpartition",
        "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill",
        "as_posix", "joinpath", "with_name", "with_suffix", "bit_length", "is_absolute",
    }
)  # fmt: skip
_SAME_PATH = frozenset({"resolve", "absolute", "expanduser"})


def call_method(machine: Machine, function: Bound, arguments: Arguments) -> Value:
    """Call a method of a value."""
    receiver = restrict(function.receiver, machine.known)
    if isinstance(receiver, Ref):
        content = machine.store.content(receiver.object)
        if isinstance(content, DictContent) and (handler := _DICT.get(function.name)):
            return handler(machine, receiver, arguments)
        if isinstance(content, ListContent) and (change := _LIST.get(function.name)):
            return change(machine, receiver, arguments)
        if isinstance(content, (DictContent, ListContent)) and function.name == "copy":
            return copy_of(machine, receiver, arguments)
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
    if isinstance(receiver, Const) and name == "get" and receiver.value is None:
        return unknown_call(machine, function, arguments)
    if name not in _TEXT_METHODS or arguments.unseen:
        key = f"{key_of(machine, receiver)}.{name}({', '.join(key_of(machine, each) for each in arguments.all)})"
        machine.risks += 1
        return Unknown(f"`.{name}()` cannot be evaluated", key, arguments.origin)
    names = list(arguments.keywords)
    count = len(arguments.positional)

    def compute(data: Sequence[object]) -> object:
        result = getattr(data[0], name)(*data[1 : 1 + count], **dict(zip(names, data[1 + count :], strict=False)))
        return result if name != "split" or isinstance(result, list) else list(result)

    def text(keys: Sequence[str]) -> str:
        given = [*keys[1 : 1 + count], *(f"{each}={key}" for each, key in zip(names, keys[1 + count :], strict=False))]
        return f"{keys[0]}.{name}({', '.join(given)})"

    return lift(machine, (receiver, *arguments.all), compute, text, arguments.origin)


# -- dictionaries --


def keyword_entries(machine: Machine, target: Ref, arguments: Arguments) -> None:
    """Write the keywords of a call as entries."""
    for name, value in arguments.keywords.items():
        keyword = arguments.keyword_nodes.get(name)
        site = None
        if keyword is not None:
            site = WriteSite(WriteKind.KEYWORD, machine.here(keyword.value), arguments.node, keyword)
        machine.write(target.object, name, Slot(value, site), site)
    for reason in arguments.unseen:
        content = machine.dict_of(target)
        if content is not None:
            machine.store.put(target.object, content.open(reason))


def pour(machine: Machine, target: Ref, value: Value) -> None:
    """Pour a dictionary, or an iterable of pairs, over another."""
    pairs = machine.list_of(value)
    if pairs is None:
        merge_into(machine, target, value, "`.update()` with something that cannot be seen")
        return
    for item in pairs.items:
        pair = machine.list_of(item.value)
        if pair is not None and len(pair.items) == 2:
            site = WriteSite(WriteKind.OTHER, machine.here(_call_node(value)), _call_node(value))
            write_entry(machine, target, pair.items[0].value, pair.items[1].value, site)
        else:
            merge_into(machine, target, Unknown("pairs that cannot be seen", "pairs"), "")


def _call_node(value: Value) -> ast.expr:
    origin = origin_of(value)
    assert origin is not None
    return origin.node


def _update(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    if arguments.positional:
        pour(machine, target, arguments.positional[0])
    keyword_entries(machine, target, arguments)
    return NONE


def _setdefault(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    if not arguments.positional:
        return unknown_call(machine, NONE, arguments)
    key = arguments.positional[0]
    value = arguments.get(1, "default") or NONE
    node = arguments.node_of(1, "default")
    seen, data = plain(machine, key)
    content = machine.dict_of(target)
    if not seen or content is None:
        write_entry(machine, target, key, value, None)
        return Unknown("a key that is known only at run time", f"setdefault {key_of(machine, key)}", arguments.origin)
    held = restrict(content.entries.get(data, UNBOUND), machine.known)
    test = presence(held)
    if possible(test, False):
        site = WriteSite(WriteKind.SETDEFAULT, machine.here(node or arguments.node), arguments.node)
        if content.unseen:
            hidden = Unknown(content.unseen[0], f"{data!r} unless set before", arguments.origin)
            machine.write(target.object, data, Slot(hidden, site), site)
            return hidden
        slot = Slot(value, site)
        machine.write(target.object, data, slot if isinstance(held, Unbound) else select(test, held, slot), site)
    return slot_value(restrict(machine.store.content(target.object).entries[data], machine.known))  # type: ignore[union-attr]


def _get(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = machine.dict_of(target)
    if content is None or not arguments.positional:
        return unknown_call(machine, Bound(target, "get"), arguments)
    default = arguments.get(1, "default") or NONE
    return machine.each(
        arguments.positional[0], lambda key: dict_item(machine, content, key, default, arguments.origin)
    )


def _pop(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = machine.dict_of(target)
    if content is None or not arguments.positional:
        return unknown_call(machine, Bound(target, "pop"), arguments)
    seen, data = plain(machine, arguments.positional[0])
    value = dict_item(machine, content, arguments.positional[0], arguments.get(1, "default"), arguments.origin)
    if seen:
        machine.remove(target.object, data)
    else:
        machine.store.put(target.object, content.open("`.pop()` of a key that is known only at run time"))
    return value


def _clear(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = machine.dict_of(target)
    if content is not None:
        for key in content.entries:
            machine.remove(target.object, key)
        machine.store.put(target.object, DictContent({}, (), content.created))
    return NONE


def _views(kind: str) -> Callable[[Machine, Ref, Arguments], Value]:
    def view(machine: Machine, target: Ref, arguments: Arguments) -> Value:
        content = machine.dict_of(target)
        assert content is not None
        items: list[Item] = []
        for key, slot in content.entries.items():
            held = restrict(slot, machine.known)
            present = presence(held)
            if not possible(present, True):
                continue
            value = slot_value(held)
            if kind == "items":
                pair = ListContent((Item(Const(key, arguments.origin)), Item(value)), "tuple")
                value = machine.new_list(pair, arguments.origin)
            elif kind == "keys":
                value = Const(key, arguments.origin)
            items.append(Item(value, present))
        return machine.new_list(ListContent(tuple(items), "tuple", content.unseen), arguments.origin)

    return view


def copy_of(machine: Machine, value: Value, arguments: Arguments, *, deep: bool = False) -> Value:
    """Return a copy; what a shallow one holds is shared."""
    return machine.each(value, lambda each: _copy(machine, each, arguments, deep, 0))


def _copy(machine: Machine, value: Value, arguments: Arguments, deep: bool, depth: int) -> Value:
    if not isinstance(value, Ref) or depth > 8:
        return value
    content = machine.store.content(value.object)
    if isinstance(content, DictContent):
        created = CreationSite(CreationKind.COPY, arguments.origin)
        entries = dict(content.entries)
        if deep:
            entries = {key: _copy_slot(machine, slot, arguments, depth + 1) for key, slot in entries.items()}
        copied = DictContent(entries, content.unseen, created, machine.ancestry(value.object))
        return Ref(machine.store.new_object(copied), arguments.origin)
    if isinstance(content, ListContent):
        items = content.items
        if deep:
            items = tuple(
                Item(machine.each(item.value, lambda v: _copy(machine, v, arguments, deep, depth + 1)), item.present)
                for item in items
            )
        copied_list = ListContent(items, content.kind, content.unseen, content.created)
        return machine.new_list(copied_list, arguments.origin)
    return value


def _copy_slot(machine: Machine, slot: Value, arguments: Arguments, depth: int) -> Value:
    from djconnfix.settings.values import Guarded, guarded

    if isinstance(slot, Slot):
        value = slot.value
        if isinstance(value, Guarded):
            copied = machine.each(value, lambda each: _copy(machine, each, arguments, True, depth))
        else:
            copied = _copy(machine, value, arguments, True, depth)
        return slot if copied is value else Slot(copied, slot.write, slot.by)
    if isinstance(slot, Guarded):
        then = _copy_slot(machine, slot.then, arguments, depth)
        return guarded(slot.atom, then, _copy_slot(machine, slot.orelse, arguments, depth))
    return slot


_DICT: dict[str, Callable[[Machine, Ref, Arguments], Value]] = {
    "update": _update,
    "setdefault": _setdefault,
    "get": _get,
    "pop": _pop,
    "clear": _clear,
    "items": _views("items"),
    "iteritems": _views("items"),
    "keys": _views("keys"),
    "values": _views("values"),
    "itervalues": _views("values"),
}


# -- lists --


def _content(machine: Machine, target: Ref) -> ListContent:
    content = machine.store.content(target.object)
    assert isinstance(content, ListContent)
    return content


def _append(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = _content(machine, target)
    if arguments.positional:
        machine.store.put(target.object, content.with_items((*content.items, Item(arguments.positional[0]))))
    return NONE


def extend(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    """Append the items of an iterable."""
    content = _content(machine, target)
    if arguments.positional:
        items, unseen = items_of(machine, arguments.positional[0])
        content = content.with_items((*content.items, *items))
        for reason in unseen:
            content = content.open(reason)
        machine.store.put(target.object, content)
    return NONE


def _insert(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = _content(machine, target)
    if len(arguments.positional) == 2:
        seen, position = plain(machine, arguments.positional[0])
        items = list(content.items)
        certain = all(not possible(item.present, False) for item in items)
        item = Item(arguments.positional[1])
        if seen and isinstance(position, int) and (certain or position == 0):
            items.insert(position, item)
            machine.store.put(target.object, content.with_items(tuple(items)))
        else:
            machine.store.put(
                target.object, content.with_items((*items, item)).open("an item is inserted at an unknown place")
            )
    return NONE


def _remove(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = _content(machine, target)
    if arguments.positional:
        seen, wanted = plain(machine, arguments.positional[0])
        for position, item in enumerate(content.items):
            known, value = plain(machine, item.value)
            if not (seen and known):
                machine.store.put(target.object, content.open("an item is removed that cannot be seen"))
                return NONE
            if value == wanted:
                items = (*content.items[:position], *content.items[position + 1 :])
                machine.store.put(target.object, content.with_items(items))
                return NONE
        machine.raises(TRUE, "ValueError")
    return NONE


def _pop_item(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = _content(machine, target)
    seen, position = plain(machine, arguments.positional[0]) if arguments.positional else (True, -1)
    certain = not content.unseen and all(not possible(item.present, False) for item in content.items)
    if seen and isinstance(position, int) and certain and content.items:
        items = list(content.items)
        try:
            item = items.pop(position)
        except IndexError:
            return NONE
        machine.store.put(target.object, content.with_items(tuple(items)))
        return item.value
    machine.store.put(target.object, content.open("an item is taken out that cannot be seen"))
    return Unknown("an item that cannot be seen", "pop()", arguments.origin)


def _reorder(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    machine.store.put(target.object, _content(machine, target).open("its order is changed"))
    return NONE


def _index_of(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    seen = plain(machine, target)[0]
    if seen and arguments.positional:
        return lift(
            machine,
            (target, arguments.positional[0]),
            lambda data: list(data[0]).index(data[1]),  # type: ignore[call-overload]
            lambda keys: f"{keys[0]}.index({keys[1]})",
            arguments.origin,
        )
    return Unknown("a position that cannot be seen", "index()", arguments.origin)


_LIST: dict[str, Callable[[Machine, Ref, Arguments], Value]] = {
    "append": _append,
    "add": _append,
    "extend": extend,
    "update": extend,
    "insert": _insert,
    "remove": _remove,
    "discard": _remove,
    "pop": _pop_item,
    "sort": _reorder,
    "reverse": _reorder,
    "index": _index_of,
}


# -- namespaces --


def _namespace_method(machine: Machine, receiver: ModuleValue, function: Bound, arguments: Arguments) -> Value:
    if function.name == "get" and arguments.positional:
        seen, name = plain(machine, arguments.positional[0])
        if seen and isinstance(name, str):
            held = restrict(machine.store.get(receiver.scope, name), machine.known)
            default = arguments.get(1, "default") or NONE
            machine.account.reads.add(name)
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
    if content is not None and not content.unseen:
        for name, slot in content.entries.items():
            if isinstance(name, str):
                held = restrict(slot, machine.known)
                before = restrict(machine.store.get(receiver.scope, name), machine.known)
                machine.bind(receiver.scope, name, select(presence(held), slot_value(held), before))
        return
    clause = f"names of this module are replaced at run time by `{key_of(machine, value)[:60]}`"
    machine.hold_elsewhere(clause, arguments.origin)
    machine.modules.open(receiver.scope, f"`{key_of(machine, value)[:60]}`")
    held = machine.store.get(receiver.scope, "DATABASES")
    if held is not UNBOUND:
        machine.bind(receiver.scope, "DATABASES", Unknown(clause, f"DATABASES after {clause}", arguments.origin))


__all__ = ["FALSE", "call_method", "copy_of", "keyword_entries", "pour", "update_namespace"]
