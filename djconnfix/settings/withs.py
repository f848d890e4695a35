"""`with`: context managers of the tree are run, `suppress` is a `try`, all others are passed over."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.arguments import Arguments
from djconnfix.settings.assignments import assign
from djconnfix.settings.calls import invoke
from djconnfix.settings.doubts import doubt, doubt_names
from djconnfix.settings.expressions import evaluate
from djconnfix.settings.operators import binary
from djconnfix.settings.phrases import called, text_of
from djconnfix.settings.store import InstanceContent
from djconnfix.settings.tries import try_block
from djconnfix.settings.values import NONE, PREFIXED, UNBOUND, Const, Dotted, Method, Partial, Ref, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

    from djconnfix.settings.completions import Completion
    from djconnfix.settings.machine import Machine

# Their context managers do nothing to what they are given.
_PASSIVE = ("builtins.", "io.", "os.", "pathlib.", "tempfile.", "warnings.")


def with_block(machine: Machine, statement: ast.With) -> Completion:
    """Run `with`."""
    from djconnfix.settings.statements import run_block

    entered: list[tuple[Value, ast.expr]] = []
    unfollowed: list[ast.withitem] = []
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
        elif isinstance(value, Unknown):
            unfollowed.append(item)
        if item.optional_vars is not None:
            assign(machine, item.optional_vars, given, statement, item.context_expr)
    if any(_may_suppress(machine, value, call) for value, call in entered):
        completion = try_block(machine, _catching(statement, [ast.Name("BaseException", ast.Load())]))
    else:
        completion = run_block(machine, statement.body)
    for value, call in reversed(entered):
        _hook(machine, value, "__exit__", call, 3)
    for item in unfollowed:
        _doubt_exit(machine, item, statement)
    return completion


def _may_suppress(machine: Machine, value: Value, node: ast.expr) -> bool:
    """Whether the end of a context manager of the tree may give something true, which ends what was raised."""
    from djconnfix.settings.attributes import attribute

    method = attribute(machine, value, "__exit__", machine.here(node))
    if not isinstance(method, Method):
        return False
    returned = [each.value for each in ast.walk(method.function.node) if isinstance(each, ast.Return)]
    return any(each is not None and not (isinstance(each, ast.Constant) and not each.value) for each in returned)


def _doubt_exit(machine: Machine, item: ast.withitem, statement: ast.With) -> None:
    """Doubt again, at the end, what a context manager that is not followed was given, and is given in its block."""
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return
    function = evaluate(machine, call.func)
    if isinstance(function, Dotted) and function.name.startswith(_PASSIVE):
        return
    reason = f"{called(call)} may change it at the end"
    doubt(machine, function, reason)
    given: list[ast.expr] = [*call.args, *(keyword.value for keyword in call.keywords)]
    if isinstance(item.optional_vars, ast.Name):
        given += [each for each in ast.walk(statement) if _is_call_of(each, item.optional_vars.id)]
    for each in given:
        doubt_names(machine, ast.Call(each, [], []), reason)


def _is_call_of(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    """Whether a node is a call of a method of what a name means."""
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == name


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
    return try_block(machine, _catching(statement, call.args))


def _catching(statement: ast.With, classes: Sequence[ast.expr]) -> ast.Try:
    """Return a `try` statement with the body of a `with` statement, which passes over some exceptions."""
    handlers = [
        ast.copy_location(ast.ExceptHandler(each, None, [ast.copy_location(ast.Pass(), statement)]), statement)
        for each in classes
    ]
    return ast.copy_location(ast.Try(statement.body, handlers, [], []), statement)
