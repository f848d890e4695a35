"""The arguments of calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field
from djconnfix.settings.phrases import short, text_of
from djconnfix.settings.store import ListContent, slot_value
from djconnfix.settings.values import Const, Dotted, Value

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin


@dataclass(slots=True, eq=False)
class Arguments:
    """The arguments of a call, evaluated.

    Attributes:
        node: the call.
        origin: where it stands.
        positional: in order.
        positional_nodes: their expressions; shorter than `positional` after a `*`.
        keywords: by name.
        keyword_nodes: their syntax.
        unseen: why there may be others.
    """

    node: ast.Call
    origin: Origin
    positional: list[Value] = field(default_factory=list)
    positional_nodes: list[ast.expr] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    keyword_nodes: dict[str, ast.keyword] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()

    def get(self, position: int, name: str) -> Value | None:
        """Return an argument given by position or by name, None when it is not given."""
        if 0 <= position < len(self.positional):
            return self.positional[position]
        return self.keywords.get(name)

    def node_of(self, position: int, name: str) -> ast.expr | None:
        """Return the expression of an argument."""
        if 0 <= position < len(self.positional_nodes):
            return self.positional_nodes[position]
        keyword = self.keyword_nodes.get(name)
        return keyword.value if keyword else None

    @property
    def all(self) -> list[Value]:
        """Every argument."""
        return [*self.positional, *self.keywords.values()]


def use_up(machine: Machine, function: Value, arguments: Arguments) -> None:
    """Put the items that an iterator still has in its place, and leave it empty; `next()` and `iter()` do without."""
    from djconnfix.settings.displays import items_of

    if isinstance(function, Dotted) and function.name in ("builtins.next", "builtins.iter"):
        return
    for place, value in enumerate(arguments.positional):
        content = machine.list_of(value)
        if content is not None and content.kind == "iterator":
            items, unseen = items_of(machine, value)
            arguments.positional[place] = machine.new_list(
                ListContent(tuple(items), "list", unseen, content.created), arguments.origin
            )


_STOPPING = ("all", "any", "islice", "next", "takewhile", "zip")
_CHANGING = frozenset({"__setitem__", "append", "clear", "extend", "insert", "pop", "remove", "setdefault", "update"})


def _stops_early(call: ast.Call) -> bool:
    """Whether a function may leave an iterator that it is given before its end."""
    return text_of(call.func).endswith(_STOPPING)


def _changes(generator: ast.expr) -> bool:
    """Whether what a generator gives is made by methods that change something."""
    return any(isinstance(each, ast.Attribute) and each.attr in _CHANGING for each in ast.walk(generator))


def evaluate_arguments(machine: Machine, node: ast.Call) -> Arguments:
    """Evaluate the arguments of a call, from left to right."""
    from djconnfix.settings.displays import items_of
    from djconnfix.settings.expressions import evaluate, evaluate_used

    arguments = Arguments(node, machine.here(node))
    for each in node.args:
        if isinstance(each, ast.Starred):
            items, unseen = items_of(machine, evaluate_used(machine, each.value))
            arguments.positional.extend(item.value for item in items)
            if unseen or any(not isinstance(item.present, Const) for item in items):
                arguments.unseen = (*arguments.unseen, *(unseen or ("arguments that depend on conditions",)))
        else:
            unused = isinstance(each, ast.GeneratorExp) and _stops_early(node) and _changes(each)
            arguments.positional.append(evaluate(machine, each) if unused else evaluate_used(machine, each))
            if len(arguments.positional_nodes) == len(arguments.positional) - 1:
                arguments.positional_nodes.append(each)
    for keyword in node.keywords:
        value = evaluate(machine, keyword.value)
        if keyword.arg is not None:
            arguments.keywords[keyword.arg] = value
            arguments.keyword_nodes[keyword.arg] = keyword
            continue
        mapping = machine.dict_of(value)
        if mapping is None or mapping.unseen:
            arguments.unseen = (*arguments.unseen, f"what `**{short(text_of(keyword.value))}` adds cannot be seen")
        if mapping is not None:
            for key, slot in mapping.entries.items():
                if isinstance(key, str):
                    arguments.keywords[key] = slot_value(slot)
    return arguments
