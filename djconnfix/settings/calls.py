"""Calls: arguments, functions of the tree, and what an unknown function may have changed."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from djconnfix.records import replace
from djconnfix.settings.account import Frame
from djconnfix.settings.arguments import Arguments, evaluate_arguments, use_up
from djconnfix.settings.choices import changeable
from djconnfix.settings.completions import raised, returned
from djconnfix.settings.displays import filled, may_be_unbound, slotted
from djconnfix.settings.doubts import doubt
from djconnfix.settings.machine import MAX_DEPTH
from djconnfix.settings.phrases import called, text_of
from djconnfix.settings.readings import key_of
from djconnfix.settings.store import ClassContent, DictContent, InstanceContent, Item, ListContent
from djconnfix.settings.values import (
    NONE,
    UNBOUND,
    Bound,
    Dotted,
    Function,
    Method,
    Partial,
    Ref,
    Super,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin


# Methods that change nothing; what they give may be a part of what they are asked of.
_READING = frozenset(
    {"copy", "count", "endswith", "format", "get", "index", "items", "join", "keys", "lower", "replace", "split",
     "startswith", "strip", "upper", "values"}
)  # fmt: skip


def call(machine: Machine, node: ast.Call) -> Value:
    """Return the value of a call."""
    from djconnfix.settings.expressions import evaluate

    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.keywords:
        frame = machine.frames[-1]
        if frame.receiver is not None and frame.owner:
            return Super(frame.owner, frame.receiver)
    function = evaluate(machine, node.func)
    arguments = evaluate_arguments(machine, node)
    if not isinstance(function, (Function, Method)):
        use_up(machine, function, arguments)
    return machine.each(function, lambda each: invoke(machine, each, arguments))


def invoke(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """Call one value."""
    if isinstance(function, Function):
        return call_function(machine, function, arguments)
    if isinstance(function, Method):
        bound = Arguments(
            arguments.node,
            arguments.origin,
            [function.receiver, *arguments.positional],
            [],
            arguments.keywords,
            arguments.keyword_nodes,
            arguments.unseen,
        )
        return call_function(machine, function.function, bound)
    if isinstance(function, Partial) and not _is_instance(function):
        merged = Arguments(
            arguments.node,
            arguments.origin,
            [*function.arguments, *arguments.positional],
            [],
            {**function.keywords, **arguments.keywords},
            {**function.keyword_nodes, **arguments.keyword_nodes},
            arguments.unseen,
        )
        return invoke(machine, function.function, merged)
    if isinstance(function, (Dotted, Partial)):
        from djconnfix.settings.externals import call_external

        return call_external(machine, function, arguments)
    if isinstance(function, Bound):
        from djconnfix.settings.methods import call_method

        return call_method(machine, function, arguments)
    if isinstance(function, Ref):
        content = machine.store.content(function.object)
        if isinstance(content, ClassContent):
            from djconnfix.settings.classes import instantiate

            return instantiate(machine, function, arguments)
        if isinstance(content, InstanceContent) and (
            method := special(machine, function, "__call__", arguments.origin)
        ):
            return invoke(machine, method, arguments)
    return unknown_call(machine, function, arguments)


def special(machine: Machine, instance: Ref, name: str, origin: Origin) -> Method | None:
    """Return the method behind an operation on an instance, None where it is not in the tree."""
    from djconnfix.settings.classes import class_attribute, own_attribute

    if own_attribute(machine, instance, name) in (None, UNBOUND):
        return None
    method = class_attribute(machine, instance, name, origin)
    return method if isinstance(method, Method) else None


def _is_instance(function: Partial) -> bool:
    return isinstance(function.function, Dotted) and function.function.name.endswith("()")


@lru_cache(maxsize=256)  # a loop calls the same function in each of its rounds
def _shape(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[frozenset[str], bool]:
    """Return the names that a function takes from outside to bind them, and whether it is a generator or waits."""
    outer: set[str] = set()
    suspends = False
    for each in ast.walk(node):
        if isinstance(each, (ast.Global, ast.Nonlocal)):
            outer.update(each.names)
        elif isinstance(each, (ast.Yield, ast.YieldFrom, ast.Await)):
            suspends = True
    return frozenset(outer), suspends


def call_function(machine: Machine, function: Function, arguments: Arguments) -> Value:
    """Run a function of the tree and return what it gives back."""
    node = function.node
    hidden = function.kind == "hidden" or isinstance(node, ast.AsyncFunctionDef)
    if machine.depth >= MAX_DEPTH or hidden or arguments.unseen:
        return unknown_call(machine, function, arguments)
    if function.kind == "cached":
        return _remembered(machine, function, arguments)
    bound = _bind(machine, function, arguments)
    if bound is None:
        return unknown_call(machine, function, arguments)
    scope = machine.store.new_scope()
    receiver = arguments.positional[0] if arguments.positional else None
    frame = Frame((scope, *function.scopes), function.module, function.source, "function", function.owner, receiver)
    frame.statement = machine.frames[-1].statement
    machine.account.calls[scope] = (id(node), frame)
    if not isinstance(node, ast.Lambda):
        frame.outer_names, suspends = _shape(node)
        if suspends:
            return unknown_call(machine, function, arguments)
    machine.frames.append(frame)
    machine.depth += 1
    try:
        for name, value in bound.items():
            machine.bind(scope, name, value)
        if isinstance(node, ast.Lambda):
            from djconnfix.settings.expressions import evaluate

            frame.source = function.source
            return evaluate(machine, node.body)
        from djconnfix.settings.statements import run_block

        completion = run_block(machine, node.body)
        result = returned(completion)
    finally:
        machine.depth -= 1
        machine.frames.pop()
    if machine.catching:
        for kinds, test in raised(completion).items():
            machine.raises(test, *kinds, settled=True)
    return NONE if result is None else result


def _remembered(machine: Machine, function: Function, arguments: Arguments) -> Value:
    """Return what a function with a cache gives: what it gave the first time, if it takes no arguments."""
    if arguments.all:
        return unknown_call(machine, function, arguments)
    held = machine.store.get(function.memo, "result")
    if held is not UNBOUND:
        return held
    result = call_function(machine, replace(function, kind="function"), arguments)
    machine.bind(function.memo, "result", result)
    return result


def _bind(machine: Machine, function: Function, arguments: Arguments) -> dict[str, Value] | None:
    signature = function.node.args
    positional = [each.arg for each in (*signature.posonlyargs, *signature.args)]
    bound: dict[str, Value] = dict(function.defaults)
    given = list(arguments.positional)
    if len(given) > len(positional) and signature.vararg is None:
        return None
    bound.update(zip(positional, given, strict=False))
    if signature.vararg is not None:
        rest = tuple(Item(value) for value in given[len(positional) :])
        bound[signature.vararg.arg] = machine.new_list(ListContent(rest, "tuple"), arguments.origin)
    names = {*positional, *(each.arg for each in signature.kwonlyargs)}
    extra: dict[object, Value] = {}
    for name, value in arguments.keywords.items():
        if name in names:
            if may_be_unbound(value) and name not in bound:
                return None
            bound[name] = filled(value, bound.get(name, value))
        elif signature.kwarg is None:
            return None
        else:
            extra[name] = slotted(value)
    if signature.kwarg is not None:
        bound[signature.kwarg.arg] = Ref(machine.store.new_object(DictContent(extra)), arguments.origin)
    return bound if names <= bound.keys() else None


def unknown_call(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """Return what a call gives that cannot be followed, and doubt what it was given."""
    name = key_of(machine, function)
    if isinstance(function, Function):
        # What it does may be changed by an edit, which is then seen from its number.
        name = f"{getattr(function.node, 'name', 'lambda')}#{crc32(text_of(function.node).encode(errors='replace'))}"
    reads = isinstance(function, Unknown) and getattr(arguments.node.func, "attr", "") in _READING
    for value in arguments.all if reads else (function, *arguments.all):
        doubt(machine, value, f"{called(arguments.node)} may change it")
    machine.risks += 1
    key = f"{name}({', '.join(key_of(machine, each)[:200] for each in arguments.all)})"
    reason = f"what {called(arguments.node)} gives is known only when the settings run"
    if isinstance(function, Unknown):
        reason = function.reason
    among = changeable(arguments.all) + (function.among if isinstance(function, Unknown) else ())
    return Unknown(reason, machine.occurrence(key[:2000]), arguments.origin, among=among)


__all__ = [
    "Arguments",
    "InstanceContent",
    "call",
    "call_function",
    "doubt",
    "evaluate_arguments",
    "invoke",
    "unknown_call",
]
