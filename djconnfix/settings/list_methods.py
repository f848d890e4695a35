"""Methods of lists and sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.choices import changeable, possible
from djconnfix.settings.displays import items_of
from djconnfix.settings.operators import lift
from djconnfix.settings.readings import plain
from djconnfix.settings.store import Item, ListContent
from djconnfix.settings.values import NONE, TRUE, Ref, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.machine import Machine


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
    if seen and isinstance(position, int) and certain:
        items = list(content.items)
        try:
            item = items.pop(position)
        except IndexError:
            machine.raises(TRUE, "IndexError")
            return Unknown("there is no such item to take out", "pop()", arguments.origin)
        machine.store.put(target.object, content.with_items(tuple(items)))
        return item.value
    machine.store.put(target.object, content.open("an item is taken out that cannot be seen"))
    among = changeable(item.value for item in content.items)
    return Unknown("an item that cannot be seen", "pop()", arguments.origin, among=among)


def _clear(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = _content(machine, target)
    machine.store.put(target.object, ListContent((), content.kind, (), content.created))
    return NONE


def _sort(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    from djconnfix.settings.helpers.iteration import sort_order

    content = _content(machine, target)
    order = None if content.unseen else sort_order(machine, list(content.items), arguments)
    if order is None:
        machine.store.put(target.object, content.open("its order is changed"))
    else:
        machine.store.put(target.object, content.with_items(tuple(content.items[place] for place in order)))
    return NONE


def _reverse(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = _content(machine, target)
    machine.store.put(target.object, content.with_items(content.items[::-1]))
    return NONE


def _asked(name: str) -> Callable[[Machine, Ref, Arguments], Value]:
    """Return a method that changes nothing."""

    def method(machine: Machine, target: Ref, arguments: Arguments) -> Value:
        return lift(
            machine,
            (target, *arguments.positional),
            lambda data: getattr(data[0], name)(*data[1:]),
            lambda keys: f"{keys[0]}.{name}({', '.join(keys[1:])})",
            arguments.origin,
        )

    return method


METHODS: dict[str, Callable[[Machine, Ref, Arguments], Value]] = {
    "append": _append,
    "add": _append,
    "extend": extend,
    "update": extend,
    "insert": _insert,
    "remove": _remove,
    "discard": _remove,
    "pop": _pop_item,
    "sort": _sort,
    "reverse": _reverse,
    "clear": _clear,
    "index": _asked("index"),
    "count": _asked("count"),
    "isdisjoint": _asked("isdisjoint"),
    "issubset": _asked("issubset"),
    "issuperset": _asked("issuperset"),
    "union": _asked("union"),
    "intersection": _asked("intersection"),
    "difference": _asked("difference"),
    "symmetric_difference": _asked("symmetric_difference"),
}
