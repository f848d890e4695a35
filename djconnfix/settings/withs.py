"""`with`: context managers of the tree are run, `suppress` is a `try`, all others are passed over."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.arguments import Arguments
from djconnfix.settings.assignments import assign
from djconnfix.settings.calls import invoke
from djconnfix.settings.expressions import evaluate
from djconnfix.settings.operators import binary
from djconnfix.settings.phrases import text_of
from djconnfix.settings.store import InstanceContent
from djconnfix.settings.tries import try_block
from djconnfix.settings.values import NONE, PREFIXED, UNBOUND, Const, Dotted, Method, Partial, Ref, Value

if TYPE_CHECKING:
    from djconnfix.settings.completions import Completion
    from djconnfix.settings.machine import Machine


def with_block(machine: Machine, statement: ast.With) -> Completion:
    """Run `with`."""
    from djconnfix.settings.statements import run_block

    entered: list[tuple[Value, ast.expr]] = []
    for item in statement.items:
        value = evaluate(machine, item.context_expr)
        call = item.context_expr
        if isinstance(call, ast.Call) and text_of(call.func).endswith("suppress"):
            return _suppress(machine, statement, call)
        if isinstance(value, Partial) and isinstance(value.function, Dotted) and value.function.name == PREFIXED:
            return _prefixed(machine, statement, value)
        given = value
        if _is_instance(machine, value):
            entered.append((value, call))
            given = _hook(machine, value, "__enter__", call, 0)
        if item.optional_vars is not None:
            assign(machine, item.optional_vars, given, statement, item.context_expr)
    completion = run_block(machine, statement.body)
    for value, call in reversed(entered):
        _hook(machine, value, "__exit__", call, 3)
    return completion


def _prefixed(machine: Machine, statement: ast.With, value: Partial) -> Completion:
    """Run a block in which the names that environs reads have a prefix more."""
    name = "environs.Env().prefix"
    before = machine.store.get(machine.outside, name)
    more, env = value.arguments
    outer = Const("") if before is UNBOUND else before
    whole = binary(machine, ast.Add(), outer, more, machine.here(statement.items[0].context_expr))
    machine.bind(machine.outside, name, whole)
    first, *others = statement.items
    if first.optional_vars is not None:
        assign(machine, first.optional_vars, env, statement, first.context_expr)
    body = statement.body
    if others:
        body = [ast.copy_location(ast.With(others, body), statement)]
    from djconnfix.settings.statements import run_block

    completion = run_block(machine, body)
    machine.bind(machine.outside, name, before)
    return completion


def _is_instance(machine: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(machine.store.content(value.object), InstanceContent)


def _hook(machine: Machine, value: Value, name: str, node: ast.expr, arguments: int) -> Value:
    from djconnfix.settings.attributes import attribute

    method = attribute(machine, value, name, machine.here(node))
    if not isinstance(method, Method):
        return method
    call = ast.copy_location(ast.Call(node, [], []), node)
    return invoke(machine, method, Arguments(call, machine.here(node), [NONE] * arguments))


def _suppress(machine: Machine, statement: ast.With, call: ast.Call) -> Completion:
    handlers = [
        ast.copy_location(ast.ExceptHandler(each, None, [ast.copy_location(ast.Pass(), each)]), each)
        for each in call.args
    ]
    node = ast.copy_location(ast.Try(statement.body, handlers, [], []), statement)
    return try_block(machine, node)
