"""Pure operations: computed where all parts are known, kept symbolic where the environment or sight is missing."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from djconnfix.settings.atoms import set_atom
from djconnfix.settings.choices import guarded, negate, restrict
from djconnfix.settings.phrases import code
from djconnfix.settings.readings import MAX_PARTS, key_of, plain
from djconnfix.settings.store import DictContent, ListContent
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
    Const,
    EnvRead,
    Guarded,
    Ref,
    Slot,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin

MAX_TEXT = 20_000
MAX_BITS = 4_000  # a number that Python writes out; longer ones are refused by `str`
MAX_CONDITIONS = 10

BINARY: dict[type[ast.operator], tuple[str, Callable[[object, object], object]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.BitOr: ("|", operator.or_),
    ast.BitAnd: ("&", operator.and_),
}
COMPARE: dict[type[ast.cmpop], tuple[str, Callable[[object, object], object]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),  # type: ignore[dict-item]
    ast.LtE: ("<=", operator.le),  # type: ignore[dict-item]
    ast.Gt: (">", operator.gt),  # type: ignore[dict-item]
    ast.GtE: (">=", operator.ge),  # type: ignore[dict-item]
    ast.Is: ("is", operator.is_),
    ast.IsNot: ("is not", operator.is_not),
    ast.In: ("in", lambda item, whole: operator.contains(whole, item)),  # type: ignore[arg-type]
    ast.NotIn: ("not in", lambda item, whole: not operator.contains(whole, item)),  # type: ignore[arg-type]
}
_CASTS = {"bool": "bool", "int": "int", "float": "float"}


def lift(  # noqa: PLR0917
    machine: Machine,
    arguments: Sequence[Value],
    compute: Callable[[Sequence[object]], object],
    key: Callable[[Sequence[str]], str],
    origin: Origin | None,
    subject: str = "",
    constant: object = None,
) -> Value:
    """Apply a pure function to values.

    Args:
        machine: holds the objects.
        arguments: what it is applied to.
        compute: the function on plain data.
        key: the text of the application, from the texts of the arguments.
        origin: where it stands.
        subject: for a test of equality, the text of what is compared.
        constant: for a test of equality, what it is compared with.
    """
    arguments = [restrict(argument, machine.known) for argument in arguments]
    if _conditions(arguments) > MAX_CONDITIONS:
        return Unknown(f"it depends on more than {MAX_CONDITIONS} conditions", machine.occurrence("choices"), origin)
    for index, argument in enumerate(arguments):
        if isinstance(argument, Guarded):
            sides = []
            outer = machine.known
            for side, holds in ((argument.then, True), (argument.orelse, False)):
                parts = [*arguments[:index], side, *arguments[index + 1 :]]
                machine.known = {**outer, argument.atom: holds}
                try:
                    sides.append(lift(machine, parts, compute, key, origin, subject, constant))
                finally:
                    machine.known = outer
            return guarded(argument.atom, sides[0], sides[1])
    known = [plain(machine, argument) for argument in arguments]
    if all(seen for seen, _ in known):
        text = key([key_of(machine, argument) for argument in arguments])[:MAX_TEXT]
        return _computed(machine, compute, [data for _, data in known], text, origin)
    text = key([key_of(machine, argument) for argument in arguments])[:MAX_TEXT]
    reads = [argument for argument in arguments if isinstance(argument, EnvRead)]
    if reads and all(
        seen or isinstance(argument, EnvRead) for (seen, _), argument in zip(known, arguments, strict=False)
    ):
        unset = _unset(machine, arguments, compute, key, origin)
        cast = _cast_name(unset, reads[0].cast)
        return EnvRead(_variables(reads), unset, cast, text, origin, subject, constant)
    for argument in arguments:
        if isinstance(argument, Unknown):
            return Unknown(argument.reason, text, origin, subject, constant)
    return Unknown(_only_at_run_time(origin), text, origin, subject, constant)


def _conditions(arguments: Sequence[Value]) -> int:
    """Return how many conditions a function's arguments depend on, counted no further than is followed."""
    found: set[str] = set()
    pending = [argument for argument in arguments if isinstance(argument, Guarded)]
    if len(pending) < 2:
        return 0
    while pending and len(found) <= MAX_CONDITIONS:
        value = pending.pop()
        found.add(value.atom.key)
        pending += [side for side in (value.then, value.orelse) if isinstance(side, Guarded)]
    return len(found)


def _computed(
    machine: Machine,
    compute: Callable[[Sequence[object]], object],
    data: Sequence[object],
    text: str,
    origin: Origin | None,
) -> Value:
    try:
        result = compute(data)
    except Exception as error:
        machine.raises(TRUE, type(error).__name__)
        return Unknown(f"{code(origin.node) if origin is not None else 'it'} raises an error", text, origin)
    return from_plain(machine, result, origin, text)


def from_plain(machine: Machine, data: object, origin: Origin | None, text: str = "") -> Value:
    """Return the value of plain Python data."""
    if isinstance(data, (list, tuple, set, frozenset)) and len(data) <= MAX_PARTS:
        from djconnfix.settings.store import Item

        kind = "tuple" if isinstance(data, tuple) else "list" if isinstance(data, list) else "set"
        items = tuple(Item(from_plain(machine, part, origin)) for part in data)
        return machine.new_list(ListContent(items, kind), origin)
    if isinstance(data, dict):
        entries = {key: Slot(from_plain(machine, part, origin)) for key, part in data.items()}
        return Ref(machine.store.new_object(DictContent(entries)), origin)
    if isinstance(data, (str, bytes)) and len(data) > MAX_TEXT:
        return Unknown("a text that is too long", text[:80], origin)
    if isinstance(data, int) and data.bit_length() > MAX_BITS:
        return Unknown("a number that is too long", text[:80], origin)
    return Const(data, origin)


def _unset(
    machine: Machine,
    arguments: Sequence[Value],
    compute: Callable[[Sequence[object]], object],
    key: Callable[[Sequence[str]], str],
    origin: Origin | None,
) -> Value | None:
    """Return what the operation gives while every variable in it is unset; None when it fails then."""
    parts: list[Value] = []
    for argument in arguments:
        if not isinstance(argument, EnvRead):
            parts.append(argument)
        elif argument.default is None:
            return None
        else:
            parts.append(argument.default)
    # What it raises while the variable is unset, it raises only then.
    before, machine.raising = machine.raising, None
    result = lift(machine, parts, compute, key, origin)
    raised = machine.take_raised(before)
    if isinstance(result, Unknown) and "raises an error" in result.reason:
        names = dict.fromkeys(argument.variable for argument in arguments if isinstance(argument, EnvRead))
        if raised is not None and len(names) == 1:
            machine.raises(guarded(set_atom(next(iter(names))), FALSE, TRUE), *raised[1])
        return None
    return result


def _variables(reads: Sequence[EnvRead]) -> str:
    return ", ".join(dict.fromkeys(read.variable for read in reads))


def _cast_name(unset: Value | None, before: str) -> str:
    if isinstance(unset, Const) and type(unset.value).__name__ in _CASTS:
        return _CASTS[type(unset.value).__name__]
    return before


def _only_at_run_time(origin: Origin | None) -> str:
    return f"{code(origin.node) if origin is not None else 'it'} is known only when the settings run"


def binary(machine: Machine, op: ast.operator, left: Value, right: Value, origin: Origin | None) -> Value:
    """Apply a binary operator to values without parts."""
    sign, function = BINARY.get(type(op), ("?", None))
    if function is None:
        sign, function = _rare(op)

    def compute(data: Sequence[object]) -> object:
        if isinstance(op, (ast.Mult, ast.Pow, ast.LShift)):
            if any(isinstance(each, (str, bytes, list, tuple)) for each in data):
                size = next(len(each) for each in data if isinstance(each, (str, bytes, list, tuple)))
                count = next((each for each in data if isinstance(each, int)), 1)
                if size * count > MAX_TEXT:
                    raise ValueError
            elif any(isinstance(each, int) and abs(each) > 10**9 for each in data):
                raise ValueError
            if isinstance(op, (ast.Pow, ast.LShift)) and isinstance(data[1], int) and data[1] > 256:
                raise ValueError
        return function(data[0], data[1])

    return lift(machine, (left, right), compute, lambda keys: f"{keys[0]} {sign} {keys[1]}", origin)


def _rare(op: ast.operator) -> tuple[str, Callable[[object, object], object]]:
    rare: dict[type[ast.operator], tuple[str, Callable[[object, object], object]]] = {
        ast.Pow: ("**", operator.pow),
        ast.LShift: ("<<", operator.lshift),
        ast.RShift: (">>", operator.rshift),
        ast.BitXor: ("^", operator.xor),
        ast.MatMult: ("@", operator.matmul),
    }
    return rare[type(op)]


def compare(machine: Machine, op: ast.cmpop, left: Value, right: Value, origin: Origin | None) -> Value:
    """Apply a comparison."""
    sign, function = COMPARE[type(op)]
    subject, constant = "", None
    if isinstance(op, ast.Eq):
        for one, other in ((left, right), (right, left)):
            seen, data = plain(machine, other)
            if seen:
                subject, constant = key_of(machine, one), data
                break
    if isinstance(op, (ast.NotEq, ast.NotIn, ast.IsNot)):
        positive = {ast.NotEq: ast.Eq(), ast.NotIn: ast.In(), ast.IsNot: ast.Is()}[type(op)]
        return opposite(machine, compare(machine, positive, left, right, origin), origin)
    return lift(
        machine,
        (left, right),
        lambda data: function(data[0], data[1]),
        lambda keys: f"{keys[0]} {sign} {keys[1]}",
        origin,
        subject,
        constant,
    )


def opposite(machine: Machine, value: Value, origin: Origin | None) -> Value:
    """Return `not value`, as a choice over the condition so that both share it."""
    from djconnfix.settings.choices import select

    if isinstance(value, EnvRead):
        default = None if value.default is None else opposite(machine, value.default, origin)
        return EnvRead(
            value.variable, default, "bool", f"not ({value.key})", origin, truth=negate(machine.truth(value))
        )
    test = machine.truth(value)
    if isinstance(test, Const):
        return Const(not test.value, origin)
    return select(test, FALSE, TRUE)


def absent(value: Value) -> bool:
    """Whether a value is known to be `None`."""
    return value is NONE or (isinstance(value, Const) and value.value is None)
