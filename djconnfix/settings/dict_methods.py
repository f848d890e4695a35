"""Methods of dictionaries, and copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.attributes import dict_item
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.choices import leaves_of, possible, restrict, select
from djconnfix.settings.displays import may_be_unbound, merge_into, slotted, write_entry, write_over
from djconnfix.settings.machine import View
from djconnfix.settings.phrases import code
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import DictContent, Item, ListContent, presence, slot_value
from djconnfix.settings.trace import CreationKind, WriteKind
from djconnfix.settings.values import (
    NONE,
    UNBOUND,
    Bound,
    Const,
    CreationSite,
    Ref,
    Slot,
    Unbound,
    Unknown,
    Value,
    WriteSite,
    origin_of,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin


def keyword_entries(machine: Machine, target: Ref, arguments: Arguments) -> None:
    """Write the keywords of a call as entries; others may replace any entry that is there."""
    for reason in arguments.unseen:
        merge_into(machine, target, Unknown(reason, "keywords that cannot be seen"), reason)
    for name, value in arguments.keywords.items():
        keyword = arguments.keyword_nodes.get(name)
        site = None
        if keyword is not None:
            site = WriteSite(WriteKind.KEYWORD, machine.here(keyword.value), arguments.node, keyword)
        if may_be_unbound(value):
            write_over(machine, target, name, slotted(value, site))
        else:
            machine.write(target.object, name, Slot(value, site), site)


def pour(machine: Machine, target: Ref, value: Value) -> None:
    """Pour a dictionary, or an iterable of pairs, over another."""
    pairs = machine.list_of(value)
    if pairs is None:
        merge_into(
            machine,
            target,
            value,
            f"what {code(_call_node(value)) if origin_of(value) else '`.update()`'} adds cannot be seen",
        )
        return
    for item in pairs.items:

        def put(item: Item = item) -> Value:
            return machine.each(item.value, lambda each: _pour_pair(machine, target, each, _call_node(value)))

        machine.choose(item.present, put, lambda: NONE)
    for reason in pairs.unseen:
        merge_into(machine, target, Unknown(reason, f"pairs of {key_of(machine, value)[:200]}"), reason)


def _pour_pair(machine: Machine, target: Ref, value: Value, node: ast.expr) -> Value:
    pair = machine.list_of(value)
    if pair is not None and len(pair.items) == 2 and not pair.unseen:
        site = WriteSite(WriteKind.OTHER, machine.here(node), node)
        write_entry(machine, target, pair.items[0].value, pair.items[1].value, site)
    else:
        merge_into(machine, target, Unknown("pairs of keys and values cannot be seen", "pairs"), "")
    return NONE


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
        return Unknown(
            "a key is known only when the settings run", f"setdefault {key_of(machine, key)}", arguments.origin
        )
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
        take_out_unseen(machine, target, "an entry is taken out whose key is known only when the settings run")
    return value


def take_out_unseen(machine: Machine, target: Ref, reason: str) -> None:
    """Take out an entry whose key cannot be seen: any may be gone; what dictionaries hold inside stays as it was."""
    content = machine.dict_of(target)
    assert content is not None
    reason = machine.placed(reason)
    machine.store.put(target.object, content.open(reason))
    for key, slot in content.entries.items():
        if not any(isinstance(leaf, Ref) for leaf in leaves_of(slot_value(slot))):
            machine.write(target.object, key, Slot(Unknown(reason, machine.occurrence(f"{key!r} if it is left"))), None)


def _clear(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    content = machine.dict_of(target)
    if content is not None:
        for key in content.entries:
            machine.remove(target.object, key)
        machine.store.put(target.object, DictContent({}, (), content.created))
    return NONE


def _set_item(machine: Machine, target: Ref, arguments: Arguments) -> Value:
    if len(arguments.positional) == 2:
        node = arguments.node_of(1, "") or arguments.node
        site = WriteSite(WriteKind.OTHER, machine.here(node), arguments.node)
        write_entry(machine, target, arguments.positional[0], arguments.positional[1], site)
    return NONE


def _views(kind: str) -> Callable[[Machine, Ref, Arguments], Value]:
    def view(machine: Machine, target: Ref, arguments: Arguments) -> Value:
        def make(content: DictContent) -> ListContent:
            return _view_of(machine, content, kind, arguments.origin)

        whole = machine.store.content(target.object)
        assert isinstance(whole, DictContent)
        content = make(whole)
        made = machine.new_list(content, arguments.origin)
        machine.views[made.object] = View(target.object, make, whole, content)
        return made

    return view


def _view_of(machine: Machine, content: DictContent, kind: str, origin: Origin) -> ListContent:
    items: list[Item] = []
    for key, slot in content.entries.items():
        held = restrict(slot, machine.known)
        present = presence(held)
        if not possible(present, True):
            continue
        value = slot_value(held)
        if kind == "items":
            pair = ListContent((Item(Const(key, origin)), Item(value)), "tuple")
            value = machine.new_list(pair, origin)
        elif kind == "keys":
            value = Const(key, origin)
        items.append(Item(value, present))
    return ListContent(tuple(items), "tuple", content.unseen)


def copy_of(machine: Machine, value: Value, arguments: Arguments, *, deep: bool = False) -> Value:
    """Return a copy; what a shallow one holds is shared."""
    return machine.each(value, lambda each: _copy(machine, each, _Copying(machine, arguments, deep), 0))


class _Copying:
    """One copy being made: what has been copied already stays one object, as `copy.deepcopy` remembers it."""

    def __init__(self, machine: Machine, arguments: Arguments, deep: bool) -> None:
        self.arguments = arguments
        self.deep = deep
        self.known = machine.known  # an object is copied whole, whatever condition leads to it
        self.made: dict[int, Value] = {}


def _copy(machine: Machine, value: Value, copying: _Copying, depth: int) -> Value:
    if not isinstance(value, Ref) or depth > 8:
        return value
    if not copying.deep:
        return _copied(machine, value, copying, depth)
    if value.object not in copying.made:
        known, machine.known = machine.known, copying.known
        copying.made[value.object] = _copied(machine, value, copying, depth)
        machine.known = known
    return copying.made[value.object]


def _copied(machine: Machine, value: Ref, copying: _Copying, depth: int) -> Value:
    content = machine.store.content(value.object)
    if isinstance(content, DictContent):
        created = CreationSite(CreationKind.COPY, copying.arguments.origin)
        entries = dict(content.entries)
        if copying.deep:
            entries = {key: _copy_slot(machine, slot, copying, depth + 1) for key, slot in entries.items()}
        copied = DictContent(entries, content.unseen, created, machine.ancestry(value.object))
        return Ref(machine.store.new_object(copied), copying.arguments.origin)
    if isinstance(content, ListContent):
        items = content.items
        if copying.deep:
            items = tuple(
                Item(machine.each(item.value, lambda v: _copy(machine, v, copying, depth + 1)), item.present)
                for item in items
            )
        copied_list = ListContent(items, content.kind, content.unseen, content.created)
        return machine.new_list(copied_list, copying.arguments.origin)
    return value


def _copy_slot(machine: Machine, slot: Value, copying: _Copying, depth: int) -> Value:
    from djconnfix.settings.choices import guarded
    from djconnfix.settings.values import Guarded

    if isinstance(slot, Slot):
        value = slot.value
        if isinstance(value, Guarded):
            copied = machine.each(value, lambda each: _copy(machine, each, copying, depth))
        else:
            copied = _copy(machine, value, copying, depth)
        return slot if copied is value else Slot(copied, slot.write, slot.by)
    if isinstance(slot, Guarded):
        then = _copy_slot(machine, slot.then, copying, depth)
        return guarded(slot.atom, then, _copy_slot(machine, slot.orelse, copying, depth))
    return slot


METHODS: dict[str, Callable[[Machine, Ref, Arguments], Value]] = {
    "__setitem__": _set_item,
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
