"""What code that cannot be followed may have changed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.choices import leaves_of, restrict
from djconnfix.settings.readings import key_of
from djconnfix.settings.store import ClassContent, DictContent, InstanceContent, ListContent, slot_value
from djconnfix.settings.values import (
    GLOBALS,
    UNBOUND,
    Bound,
    Function,
    Guarded,
    Method,
    ModuleValue,
    Partial,
    Ref,
    Slot,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.settings.machine import Machine

MAX_NESTING = 6
_CHANGES = (ast.Call, ast.Delete, ast.AugAssign, ast.Global, ast.Nonlocal)


def doubt(machine: Machine, value: Value, reason: str, depth: int = 0) -> None:
    """Mark a mutable object, and what it holds, as possibly changed; of a function, what its code reaches."""
    if depth > MAX_NESTING:
        return
    reason = machine.placed(reason)
    if isinstance(value, Guarded):
        for leaf in leaves_of(value):
            doubt(machine, leaf, reason, depth)
    elif isinstance(value, ModuleValue) and value.name == GLOBALS:
        machine.modules.open(value.scope, reason.replace("may change it", "is given all names and may set others"))
        machine.hold_elsewhere(reason.replace("may change it", "may set names of this module"), None)
    elif isinstance(value, Function):
        _doubt_code(machine, value, reason, depth)
    elif isinstance(value, Method):
        doubt(machine, value.function, reason, depth)
        doubt(machine, value.receiver, reason, depth)
    elif isinstance(value, Bound):
        doubt(machine, value.receiver, reason, depth)
    elif isinstance(value, Partial):
        for each in (value.function, *value.arguments, *value.keywords.values()):
            doubt(machine, each, reason, depth + 1)
    elif isinstance(value, Unknown):
        for each in value.among:
            doubt(machine, each, reason, depth + 1)
    elif isinstance(value, Ref):
        _doubt_object(machine, value, reason, depth)


def _doubt_object(machine: Machine, value: Ref, reason: str, depth: int) -> None:
    content = machine.store.content(value.object)
    if isinstance(content, ListContent):
        for item in content.items:
            doubt(machine, item.value, reason, depth + 1)
        if content.kind in ("list", "set"):
            machine.store.put(value.object, content.open(reason))
    elif isinstance(content, DictContent):
        machine.store.put(value.object, content.open(reason))
        for key, slot in content.entries.items():
            held = slot_value(slot)
            if isinstance(held, (Ref, Guarded)) and any(isinstance(leaf, Ref) for leaf in leaves_of(held)):
                doubt(machine, held, reason, depth + 1)
            else:
                hidden = Unknown(reason, f"{key_of(machine, held)} changed", machine.here(_node_of(machine)))
                machine.write(value.object, key, Slot(hidden), None)
    elif isinstance(content, InstanceContent):
        from djconnfix.settings.instances import namespace

        doubt(machine, namespace(machine, content, machine.here(_node_of(machine))), reason, depth + 1)


def _doubt_code(machine: Machine, function: Function, reason: str, depth: int) -> None:
    """Doubt what a function that is not followed may change: names it declares global, objects its names mean."""
    nodes = list(ast.walk(function.node))
    outer = {name for each in nodes if isinstance(each, (ast.Global, ast.Nonlocal)) for name in each.names}
    for name in outer:
        scope = next((each for each in function.scopes if machine.store.get(each, name) is not UNBOUND), None)
        if scope is not None:
            machine.bind(scope, name, Unknown(reason, machine.occurrence(f"{name} changed")))
    if _only_reads(nodes):
        return
    signature = function.node.args
    own = {each.arg for each in (*signature.posonlyargs, *signature.args, *signature.kwonlyargs)}
    own |= {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)} - outer
    reached = {each.id for each in nodes if isinstance(each, ast.Name)} - own
    _doubt_names(machine, function.scopes, reached, reason, depth)


def _only_reads(nodes: Iterable[ast.AST]) -> bool:
    """Whether code holds nothing that could change an object that it did not make."""
    return not any(
        isinstance(each, _CHANGES)
        or (isinstance(each, (ast.Subscript, ast.Attribute)) and isinstance(each.ctx, ast.Store))
        for each in nodes
    )


def _doubt_names(machine: Machine, scopes: tuple[int, ...], names: set[str], reason: str, depth: int) -> None:
    for name in sorted(names):
        for scope in scopes:
            held = restrict(machine.store.get(scope, name), machine.known)
            if held is UNBOUND:
                continue
            for leaf in leaves_of(held):
                if isinstance(leaf, (Ref, Function, Method, Bound)) and not _is_class(machine, leaf):
                    doubt(machine, leaf, reason, depth + 1)
            break


def _is_class(machine: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(machine.store.content(value.object), ClassContent)


def doubt_names(machine: Machine, node: ast.AST, reason: str) -> None:
    """Doubt what an expression may change whenever it is run."""
    nodes = list(ast.walk(node))
    if not _only_reads(nodes):
        names = {each.id for each in nodes if isinstance(each, ast.Name)}
        _doubt_names(machine, machine.frames[-1].scopes, names, reason, 0)


def doubt_block(machine: Machine, statements: Iterable[ast.stmt], reason: str) -> None:
    """Doubt what statements that run an unknown number of times count up."""
    frame = machine.frames[-1]
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                name = node.target.id
                held = machine.store.get(frame.scope, name)
                if held is not UNBOUND and not any(isinstance(leaf, Ref) for leaf in leaves_of(held)):
                    machine.bind(frame.scope, name, Unknown(reason, machine.occurrence(f"{name} after a loop")))


def _node_of(machine: Machine) -> ast.expr:
    statement = machine.frames[-1].statement
    for each in ast.walk(statement) if statement is not None else ():
        if isinstance(each, ast.expr):
            return each
    return ast.Constant(None, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
