"""Builtin functions that go through items: what they give is an iterator where Python gives one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import replace
from djconnfix.settings.arguments import Arguments
from djconnfix.settings.calls import invoke, unknown_call
from djconnfix.settings.choices import changeable, guarded, possible, restrict, select
from djconnfix.settings.displays import items_of
from djconnfix.settings.helpers.builtin import pure
from djconnfix.settings.helpers.itertools import handed_on
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import Item, ListContent, Slot, presence
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import FALSE, NONE, TRUE, Const, CreationSite, Dotted, Guarded, Ref, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine

MAX_CALLS = 100


def _iterator(machine: Machine, items: list[Item], unseen: tuple[str, ...], arguments: Arguments) -> Ref:
    return machine.new_list(ListContent(tuple(items), "iterator", unseen), arguments.origin)


def _certain(items: list[Item]) -> bool:
    return all(not possible(item.present, False) for item in items)


def _items(machine: Machine, arguments: Arguments, position: int = 0) -> tuple[list[Item], tuple[str, ...]]:
    given = arguments.positional[position] if len(arguments.positional) > position else None
    return ([], ()) if given is None else items_of(machine, given)


def _apply(machine: Machine, function: Value, arguments: Arguments, *values: Value) -> Value:
    """Call a function that was given to another."""
    call = Arguments(arguments.node, arguments.origin, list(values))
    return machine.each(function, lambda each: invoke(machine, each, call))


def _iter(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) != 1:
        return unknown_call(machine, Dotted("iter"), arguments)
    items, unseen = _items(machine, arguments)
    return _iterator(machine, items, unseen, arguments)


def _next(machine: Machine, arguments: Arguments, function: Value) -> Value:
    iterator = arguments.positional[0] if arguments.positional else NONE
    content = machine.list_of(iterator)
    if content is None or content.kind != "iterator" or content.unseen or not isinstance(iterator, Ref):
        among = changeable([item.value for item in content.items] if content is not None else [])
        gives = "what `next()` gives is known only at run time"
        return Unknown(gives, machine.occurrence("next()"), arguments.origin, among=among)
    result = arguments.get(1, "default") or Unknown("nothing is left to take", machine.occurrence("next()"))
    left: list[Item] = []
    for place in range(len(content.items) - 1, -1, -1):
        item = content.items[place]
        result = select(item.present, item.value, result)
        if not possible(item.present, False):
            left = list(content.items[place + 1 :])
    rest = content.with_items(tuple(left))
    machine.store.put(iterator.object, rest if _certain(list(content.items)) else rest.open("`next()` took an item"))
    return restrict(result, machine.known)


def _enumerate(machine: Machine, arguments: Arguments, function: Value) -> Value:
    seen, first = plain(machine, arguments.get(1, "start") or Const(0))
    if not seen or not isinstance(first, int) or not arguments.positional:
        return unknown_call(machine, Dotted("enumerate"), arguments)

    def numbered(value: Value) -> Value:
        items, unseen = items_of(machine, value)
        place: Value = Unknown(unseen[0], machine.occurrence("a place")) if unseen else Const(first)
        pairs: list[Item] = []
        for item in items:
            pair = ListContent((Item(place), Item(item.value)), "tuple")
            pairs.append(Item(machine.new_list(pair, arguments.origin), item.present))
            place = place if unseen else select(item.present, _next_number(place), place)
        return _iterator(machine, pairs, unseen, arguments)

    return machine.each(arguments.positional[0], numbered)


def _next_number(number: Value) -> Value:
    """Return the number after one that depends on conditions."""
    if isinstance(number, Guarded):
        return guarded(number.atom, _next_number(number.then), _next_number(number.orelse))
    return Const(number.value + 1, number.origin) if isinstance(number, Const) else number  # type: ignore[operator]


def _len(machine: Machine, arguments: Arguments, function: Value) -> Value:
    def counted(value: Value) -> Value:
        whole, content = machine.dict_of(value), machine.list_of(value)
        if whole is not None and not whole.unseen:
            held = [restrict(presence(slot), machine.known) for slot in whole.entries.values()]
        elif content is not None and not content.unseen and content.kind in ("list", "tuple"):
            held = [restrict(item.present, machine.known) for item in content.items]
        else:
            return pure("len", len)(machine, replace(arguments, positional=[value]), function)
        count: Value = Const(0, arguments.origin)
        for present in held:
            count = select(present, _next_number(count), count)
        return count

    if len(arguments.positional) != 1:
        return unknown_call(machine, Dotted("len"), arguments)
    return machine.each(arguments.positional[0], counted)


def _zip(machine: Machine, arguments: Arguments, function: Value) -> Value:
    given = list(arguments.positional)
    open_one = next((place for place, value in enumerate(given) if isinstance(value, Guarded)), None)
    if open_one is not None:

        def chosen(value: Value) -> Value:
            positional = [*given[:open_one], value, *given[open_one + 1 :]]
            return _zip(machine, replace(arguments, positional=positional), function)

        return machine.each(given[open_one], chosen)
    columns = [items_of(machine, each) for each in given]
    if not all(_certain(items) and not unseen for items, unseen in columns):
        return handed_on("zip")(machine, arguments, function)
    rows = zip(*(items for items, _ in columns), strict=False)
    items = [Item(machine.new_list(ListContent(tuple(row), "tuple"), arguments.origin)) for row in rows]
    return _iterator(machine, items, (), arguments)


def _lazily(machine: Machine, arguments: Arguments, run: Callable[[], list[Item]]) -> list[Item] | None:
    """Return what calls give that Python makes later; None when they change something, which has its time."""
    count = len(machine.account.events)
    log = machine.store.begin()
    try:
        items = run()
    finally:
        changes = machine.store.rewind(log)
    if machine.store.touched_by(changes):
        del machine.account.events[count:]
        return None
    machine.store.replay(changes)
    return items


def _map(machine: Machine, arguments: Arguments, function: Value) -> Value:
    items, unseen = _items(machine, arguments, 1)
    made: list[Item] | None = None
    if len(arguments.positional) == 2 and len(items) <= MAX_CALLS:
        mapped = arguments.positional[0]
        made = _lazily(
            machine, arguments, lambda: [Item(_apply(machine, mapped, arguments, i.value), i.present) for i in items]
        )
    if made is None:
        return unknown_call(machine, Dotted("map"), arguments)
    return _iterator(machine, made, unseen, arguments)


def _filter(machine: Machine, arguments: Arguments, function: Value) -> Value:
    items, unseen = _items(machine, arguments, 1)
    made: list[Item] | None = None
    if len(arguments.positional) == 2 and len(items) <= MAX_CALLS:
        test = arguments.positional[0]
        is_none = isinstance(test, Const) and test.value is None

        def keep(item: Item) -> Item:
            held = item.value if is_none else _apply(machine, test, arguments, item.value)
            return Item(item.value, select(item.present, machine.truth(held), FALSE))

        made = _lazily(machine, arguments, lambda: [keep(item) for item in items])
    if made is None:
        return unknown_call(machine, Dotted("filter"), arguments)
    return _iterator(machine, [item for item in made if possible(item.present, True)], unseen, arguments)


def _reduce(machine: Machine, arguments: Arguments, function: Value) -> Value:
    items, unseen = _items(machine, arguments, 1)
    values = [*arguments.positional[2:], *(item.value for item in items)]
    if unseen or not values or not _certain(items) or len(items) > MAX_CALLS:
        return unknown_call(machine, Dotted("functools.reduce"), arguments)
    result = values[0]
    for value in values[1:]:
        result = _apply(machine, arguments.positional[0], arguments, result, value)
    return result


def _sorted(machine: Machine, arguments: Arguments, function: Value) -> Value:
    items, unseen = _items(machine, arguments)
    order = sort_order(machine, items, arguments)
    if unseen or order is None:
        return unknown_call(machine, Dotted("sorted"), arguments)
    return machine.new_list(ListContent(tuple(items[place] for place in order), "list"), arguments.origin)


def sort_order(machine: Machine, items: list[Item], arguments: Arguments) -> list[int] | None:
    """Return the places of items in the order that `key=` and `reverse=` ask for, None when that cannot be seen."""
    key = arguments.keywords.get("key", NONE)
    seen, backwards = plain(machine, arguments.keywords.get("reverse", FALSE))
    if not seen or len(items) > MAX_CALLS:
        return None
    values = [item.value if key is NONE else _apply(machine, key, arguments, item.value) for item in items]
    known = [plain(machine, value) for value in values]
    if not all(is_seen for is_seen, _ in known):
        return None
    try:
        return sorted(range(len(items)), key=lambda place: known[place][1], reverse=bool(backwards))  # type: ignore[arg-type, return-value]
    except TypeError:
        machine.raises(TRUE, "TypeError")
        return None


def _extreme(name: str, function_of: Callable[..., object]) -> Handler:
    """Return a handler of `max()` or `min()`: the first item of all that are equally large, or small."""
    plainly = pure(name, function_of)

    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        if "key" not in arguments.keywords or not arguments.positional or arguments.unseen:
            return plainly(machine, arguments, function)
        items = [Item(value) for value in arguments.positional]
        unseen: tuple[str, ...] = ()
        if len(items) == 1:
            items, unseen = items_of(machine, items[0].value)
        keywords = {"key": arguments.keywords["key"], "reverse": Const(name == "max")}
        order = sort_order(machine, items, replace(arguments, keywords=keywords))
        if unseen or not order or not _certain(items):
            return handed_on(name)(machine, arguments, function)
        return items[order[0]].value

    return handler


def _reversed(machine: Machine, arguments: Arguments, function: Value) -> Value:
    items, unseen = _items(machine, arguments)
    return _iterator(machine, items[::-1], unseen, arguments)


def _chained(machine: Machine, arguments: Arguments, function: Value) -> Value:
    columns = [items_of(machine, each) for each in arguments.positional]
    items = [item for column, _ in columns for item in column]
    return _iterator(machine, items, tuple(reason for _, reasons in columns for reason in reasons), arguments)


def _quantifier(wanted: bool) -> Handler:
    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        items, unseen = _items(machine, arguments)
        if unseen:
            key = f"{'any' if wanted else 'all'}({key_of(machine, arguments.positional[0])[:200]})"
            return Unknown(unseen[0], key, arguments.origin)
        result: Value = FALSE if wanted else TRUE
        for item in items:
            holds = select(item.present, machine.truth(item.value), Const(not wanted))
            result = select(result, TRUE, holds) if wanted else select(result, holds, FALSE)
        return result

    return handler


def _from_keys(machine: Machine, arguments: Arguments, function: Value) -> Value:
    """`dict.fromkeys(keys, value)`: every entry is the same object."""
    result = machine.new_dict(CreationSite(CreationKind.DICT_CALL, arguments.origin))
    items, unseen = _items(machine, arguments)
    value = arguments.get(1, "value") or NONE
    for item in items:
        seen, key = plain(machine, item.value)
        if not seen or possible(item.present, False):
            return unknown_call(machine, Dotted("dict.fromkeys"), arguments)
        machine.write(result.object, key, Slot(value), None)
    content = machine.dict_of(result)
    if unseen and content is not None:
        machine.store.put(result.object, content.open(unseen[0]))
    return result


HANDLERS: dict[str, Handler] = {
    "builtins.all": _quantifier(False),
    "builtins.any": _quantifier(True),
    "builtins.dict.fromkeys": _from_keys,
    "builtins.enumerate": _enumerate,
    "builtins.filter": _filter,
    "builtins.iter": _iter,
    "builtins.len": _len,
    "builtins.map": _map,
    "builtins.max": _extreme("max", max),
    "builtins.min": _extreme("min", min),
    "builtins.next": _next,
    "builtins.reduce": _reduce,
    "builtins.reversed": _reversed,
    "builtins.sorted": _sorted,
    "builtins.zip": _zip,
    "functools.reduce": _reduce,
    "itertools.chain": _chained,
}
