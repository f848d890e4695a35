"""`itertools` and `random`: what is made of the items of others, each of which may be changed through it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from djconnfix.settings.calls import unknown_call
from djconnfix.settings.choices import possible
from djconnfix.settings.displays import items_of
from djconnfix.settings.doubts import doubt
from djconnfix.settings.phrases import called
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import Item, ListContent
from djconnfix.settings.values import Dotted, Function, Method, Partial, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine

MAX_PRODUCT = 200


def handed_on(name: str) -> Handler:
    """Return a handler of a function that hands on the items that it was given, in a way that is not followed."""

    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        if any(isinstance(each, (Function, Method, Partial)) for each in arguments.all):
            return unknown_call(machine, Dotted(name), arguments)
        reason = f"{called(arguments.node)} hands it on, and it may be changed"
        for each in arguments.all:
            for item in items_of(machine, each)[0]:
                doubt(machine, item.value, reason)
        machine.risks += 1
        key = f"{name}({', '.join(key_of(machine, each)[:200] for each in arguments.all)})"
        gives = f"what {called(arguments.node)} gives is known only when the settings run"
        return Unknown(gives, machine.occurrence(key[:2000]), arguments.origin)

    return handler


def _columns(machine: Machine, values: list[Value]) -> list[list[Value]] | None:
    """Return the items of several iterables, None where they are not certain."""
    found: list[list[Value]] = []
    for value in values:
        items, unseen = items_of(machine, value)
        if unseen or any(possible(item.present, False) for item in items):
            return None
        found.append([item.value for item in items])
    return found


def _iterator(machine: Machine, values: list[Value], arguments: Arguments) -> Value:
    items = tuple(Item(value) for value in values)
    return machine.new_list(ListContent(items, "iterator"), arguments.origin)


def _from_iterable(machine: Machine, arguments: Arguments, function: Value) -> Value:
    outer = _columns(machine, arguments.positional)
    inner = _columns(machine, outer[0]) if outer is not None and len(outer) == 1 else None
    if inner is None:
        return unknown_call(machine, Dotted("itertools.chain.from_iterable"), arguments)
    return _iterator(machine, [value for column in inner for value in column], arguments)


def _product(machine: Machine, arguments: Arguments, function: Value) -> Value:
    columns = _columns(machine, arguments.positional)
    size = 1
    for column in columns or ():
        size *= len(column)
    if columns is None or arguments.keywords or arguments.unseen or size > MAX_PRODUCT:
        return handed_on("itertools.product")(machine, arguments, function)
    rows: list[Value] = []
    for row in itertools.product(*columns):
        whole = ListContent(tuple(Item(value) for value in row), "tuple")
        rows.append(machine.new_list(whole, arguments.origin))
    return _iterator(machine, rows, arguments)


def _islice(machine: Machine, arguments: Arguments, function: Value) -> Value:
    columns = _columns(machine, arguments.positional[:1])
    bounds = [plain(machine, each) for each in arguments.positional[1:]]
    counts = [data for seen, data in bounds if seen and (data is None or (isinstance(data, int) and data >= 0))]
    if columns is None or not counts or len(counts) < len(bounds) or arguments.unseen or 0 in counts[2:]:
        return handed_on("itertools.islice")(machine, arguments, function)
    return _iterator(machine, columns[0][slice(*counts)], arguments)


HANDLERS: dict[str, Handler] = {
    "itertools.chain.from_iterable": _from_iterable,
    "itertools.islice": _islice,
    "itertools.product": _product,
    **{
        f"itertools.{name}": handed_on(f"itertools.{name}")
        for name in (
            "accumulate", "combinations", "combinations_with_replacement", "compress", "cycle", "dropwhile",
            "filterfalse", "groupby", "pairwise", "permutations", "repeat", "starmap", "takewhile", "tee",
            "zip_longest",
        )
    },
    **{f"random.{name}": handed_on(f"random.{name}") for name in ("choice", "choices", "sample")},
}  # fmt: skip
