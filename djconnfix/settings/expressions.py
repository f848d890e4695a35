"""Expressions: from syntax to values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.attributes import attribute, index
from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.comparisons import compared
from djconnfix.settings.displays import items_of, merge_into
from djconnfix.settings.doubts import doubt_names
from djconnfix.settings.lookup import read_name
from djconnfix.settings.operators import MAX_BITS, binary, lift, opposite
from djconnfix.settings.phrases import code, is_question, text_of
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.store import ListContent
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
    Const,
    CreationSite,
    EnvRead,
    Function,
    Guarded,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djconnfix.settings.machine import Machine


def evaluate(machine: Machine, node: ast.expr) -> Value:
    """Return the value of an expression."""
    machine.step()
    handler = _HANDLERS.get(type(node))
    if handler is None:
        return unknown(machine, node, f"{code(node)} is not followed")
    return restrict(handler(machine, node), machine.known)


def unknown(machine: Machine, node: ast.expr, reason: str) -> Unknown:
    """Return a value out of sight, named by the text of its expression."""
    machine.risks += 1
    return Unknown(reason, machine.occurrence(text_of(node)), machine.here(node))


def _constant(machine: Machine, node: ast.Constant) -> Value:
    if isinstance(node.value, int) and node.value.bit_length() > MAX_BITS:
        return Unknown("a number that is too long", machine.occurrence("number"), machine.here(node))
    return Const(node.value, machine.here(node))


def _name(machine: Machine, node: ast.Name) -> Value:
    return read_name(machine, machine.frames[-1], node.id, node)


def _attribute(machine: Machine, node: ast.Attribute) -> Value:
    receiver = evaluate(machine, node.value)
    return machine.each(receiver, lambda value: attribute(machine, value, node.attr, machine.here(node)))


def _subscript(machine: Machine, node: ast.Subscript) -> Value:
    receiver = evaluate(machine, node.value)
    if isinstance(node.slice, ast.Slice):
        return machine.each(receiver, lambda value: _slice(machine, value, node))
    key = evaluate(machine, node.slice)
    return machine.each(
        receiver, lambda value: machine.each(key, lambda each: index(machine, value, each, machine.here(node)))
    )


def _slice(machine: Machine, value: Value, node: ast.Subscript) -> Value:
    assert isinstance(node.slice, ast.Slice)
    parts = [
        NONE if each is None else evaluate(machine, each)
        for each in (node.slice.lower, node.slice.upper, node.slice.step)
    ]
    content = machine.list_of(value)
    bounds = [plain(machine, part) for part in parts]
    if content is not None and all(seen for seen, _ in bounds) and not content.unseen:
        try:
            cut = content.items[slice(*(data for _, data in bounds))]  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return unknown(machine, node, "a slice that raises an error")
        return machine.new_list(ListContent(cut, content.kind), machine.here(node))
    return lift(
        machine,
        (value, *parts),
        lambda data: data[0][slice(*data[1:])],  # type: ignore[index]
        lambda keys: f"{keys[0]}[{_written(keys[1:])}]",
        machine.here(node),
    )


def _written(bounds: Sequence[str]) -> str:
    """Return the bounds of a slice as they are mostly written."""
    lower, upper, *step = ["" if bound == "None" else bound for bound in bounds]
    return ":".join([lower, upper, *filter(None, step)])


def _built(machine: Machine, node: ast.expr) -> Value:
    from djconnfix.settings.builders import build

    return build(machine, node)


def _boolean(machine: Machine, node: ast.BoolOp) -> Value:
    return _chain(machine, node, 0)


def _chain(machine: Machine, node: ast.BoolOp, position: int) -> Value:
    """Return what the operands from a position on give."""
    first = evaluate(machine, node.values[position])
    if position == len(node.values) - 1:
        return first
    is_or = isinstance(node.op, ast.Or)

    def rest() -> Value:
        return _chain(machine, node, position + 1)

    # `os.environ.get("X") or 60` is the environment's value with another default.
    if is_or and isinstance(first, EnvRead) and first.plain and _never(machine, first.default):
        asked: list[Value] = []

        def otherwise() -> Value:
            asked.append(rest())
            return asked[-1]

        machine.choose(machine.truth(first), lambda: first, otherwise)
        if not asked:
            return first
        other = asked[0]
        key = f"{first.key} or {key_of(machine, other)}"
        truth = select(machine.truth(first), TRUE, machine.truth(other))
        return EnvRead(first.variable, other, first.cast, key, machine.here(node), truth=truth)
    test = machine.truth(first)
    if is_or:
        return machine.choose(test, lambda: _where(first, test, True), rest)
    return machine.choose(test, rest, lambda: _where(first, test, False))


def _never(machine: Machine, value: Value | None) -> bool:
    """Whether a value is known to be false."""
    return value is not None and not possible(machine.truth(value), True)


def _where(value: Value, test: Value, wanted: bool) -> Value:
    """Return what a value is once its truth is decided; a mere condition becomes a plain bool."""
    if value is test or (isinstance(value, Unknown) and isinstance(test, Guarded) and is_question(value.key)):
        return TRUE if wanted else FALSE
    return value


def _ternary(machine: Machine, node: ast.IfExp) -> Value:
    test = machine.truth(evaluate(machine, node.test))
    return machine.choose(test, lambda: evaluate(machine, node.body), lambda: evaluate(machine, node.orelse))


def _unary(machine: Machine, node: ast.UnaryOp) -> Value:
    operand = evaluate(machine, node.operand)
    if isinstance(node.op, ast.Not):
        return opposite(machine, operand, machine.here(node))
    sign = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}[type(node.op)]

    def compute(data: object) -> object:
        value = data[0]  # type: ignore[index]
        return -value if sign == "-" else +value if sign == "+" else ~value

    return lift(machine, (operand,), compute, lambda keys: f"{sign}{keys[0]}", machine.here(node))


def _binary(machine: Machine, node: ast.BinOp) -> Value:
    left = evaluate(machine, node.left)
    right = evaluate(machine, node.right)
    return machine.each(
        left, lambda one: machine.each(right, lambda other: combine(machine, node.op, one, other, node))
    )


def combine(machine: Machine, op: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
    """Apply a binary operator, lists and dictionaries included."""
    origin = machine.here(node)
    first, second = machine.list_of(left), machine.list_of(right)
    if isinstance(op, ast.Add) and (first is not None or second is not None):
        left_items, unseen = items_of(machine, left)
        right_items, more = items_of(machine, right)
        kind = (first or second or ListContent()).kind
        site = CreationSite(CreationKind.MERGE, origin)
        reasons = tuple(dict.fromkeys((*unseen, *more)))
        return machine.new_list(ListContent((*left_items, *right_items), kind, reasons, site), origin)
    if isinstance(op, ast.BitOr) and (machine.dict_of(left) is not None or machine.dict_of(right) is not None):
        result = machine.new_dict(CreationSite(CreationKind.MERGE, origin))
        merged = f"what {code(node)} adds cannot be seen"
        merge_into(machine, result, left, merged)
        merge_into(machine, result, right, merged)
        return result
    if isinstance(op, ast.Div) and isinstance(left, Unknown):
        return Unknown(left.reason, f"{left.key} / {key_of(machine, right)}", origin)
    return binary(machine, op, left, right, origin)


def _compare(machine: Machine, node: ast.Compare) -> Value:
    def from_place(left: Value, place: int) -> Value:
        right = evaluate(machine, node.comparators[place])
        outcome = compared(machine, node.ops[place], left, right, node)
        if place == len(node.ops) - 1:
            return outcome if not place else machine.truth(outcome)
        return machine.choose(machine.truth(outcome), lambda: from_place(right, place + 1), lambda: FALSE)

    return from_place(evaluate(machine, node.left), 0)


def _lambda(machine: Machine, node: ast.Lambda) -> Value:
    return make_function(machine, node)


def make_function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Function:
    """Return the function that a definition makes, with its defaults evaluated."""
    frame = machine.frames[-1]
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[str, Value] = {}
    for parameter, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
        defaults[parameter.arg] = evaluate(machine, default)
    for parameter, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False):
        if keyword_default is not None:
            defaults[parameter.arg] = evaluate(machine, keyword_default)
    scopes = frame.scopes[1:] if frame.kind == "class" else frame.scopes
    owner = frame.owner if frame.kind == "class" else 0
    return Function(node, scopes, frame.module, frame.source, defaults, owner)


def _call(machine: Machine, node: ast.Call) -> Value:
    from djconnfix.settings.calls import call

    return call(machine, node)


def _comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    from djconnfix.settings.loops import comprehension

    return comprehension(machine, node)


def _walrus(machine: Machine, node: ast.NamedExpr) -> Value:
    value = evaluate(machine, node.value)
    frame = next(each for each in reversed(machine.frames) if each.kind != "comprehension")
    machine.bind(frame.scope, node.target.id, value)
    return value


def _generator(machine: Machine, node: ast.GeneratorExp) -> Value:
    """A generator that is not used up where it stands: it runs later, if ever."""
    doubt_names(machine, node, "a generator may change it")
    return unknown(machine, node, "a generator runs when it is used, which is not followed")


def evaluate_used(machine: Machine, node: ast.expr) -> Value:
    """Return the value of an expression that is iterated over at once."""
    return _comprehension(machine, node) if isinstance(node, ast.GeneratorExp) else evaluate(machine, node)


_HANDLERS: dict[type[ast.expr], Callable[[Machine, ast.expr], Value]] = {
    ast.Constant: _constant,  # type: ignore[dict-item]
    ast.Name: _name,  # type: ignore[dict-item]
    ast.Attribute: _attribute,  # type: ignore[dict-item]
    ast.Subscript: _subscript,  # type: ignore[dict-item]
    ast.Dict: _built,
    ast.List: _built,
    ast.Tuple: _built,
    ast.Set: _built,
    ast.JoinedStr: _built,
    ast.BoolOp: _boolean,  # type: ignore[dict-item]
    ast.IfExp: _ternary,  # type: ignore[dict-item]
    ast.UnaryOp: _unary,  # type: ignore[dict-item]
    ast.BinOp: _binary,  # type: ignore[dict-item]
    ast.Compare: _compare,  # type: ignore[dict-item]
    ast.Lambda: _lambda,  # type: ignore[dict-item]
    ast.Call: _call,  # type: ignore[dict-item]
    ast.ListComp: _comprehension,  # type: ignore[dict-item]
    ast.SetComp: _comprehension,  # type: ignore[dict-item]
    ast.GeneratorExp: _generator,  # type: ignore[dict-item]
    ast.DictComp: _comprehension,  # type: ignore[dict-item]
    ast.NamedExpr: _walrus,  # type: ignore[dict-item]
}
