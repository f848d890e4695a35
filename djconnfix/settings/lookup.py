"""What a name means: scopes from the innermost outwards, builtins, and modules whose names are out of sight."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from djconnfix.settings.choices import negate, possible, restrict
from djconnfix.settings.displays import filled, may_be_unbound
from djconnfix.settings.phrases import from_outside
from djconnfix.settings.store import presence
from djconnfix.settings.values import (
    UNBOUND,
    Const,
    Dotted,
    Unbound,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    import ast

    from djconnfix.settings.account import Frame
    from djconnfix.settings.machine import Machine


_BUILTINS = frozenset(dir(builtins)) | {"execfile", "unicode", "basestring", "long", "xrange", "reduce", "unichr"}


# Python 2's, and those of other systems.
_ELSEWHERE = frozenset(
    {"WindowsError", "apply", "buffer", "cmp", "coerce", "exit", "file", "intern", "quit", "raw_input", "reload"}
)
_CONSTANTS: dict[str, object] = {"__debug__": True}


def read_name(machine: Machine, frame: Frame, name: str, node: ast.expr) -> Value:
    """Return what a name means in a frame."""
    found: Value = UNBOUND
    for scope in frame.scopes:
        value = restrict(machine.store.get(scope, name), machine.known)
        found = filled(found, value)
        if not may_be_unbound(found):
            return found
    outside = _outside(machine, frame, name, node, negate(presence(found)))
    if found is UNBOUND or isinstance(found, Unbound):
        return outside
    return filled(found, outside)


def _outside(machine: Machine, frame: Frame, name: str, node: ast.expr, test: Value) -> Value:
    """Return what a name means that no scope binds where a tree of conditions is true."""
    opened = machine.modules.opened.get(frame.scopes[-1], ())
    if name == "__file__":
        return Const(machine.modules.file_of(frame.source.path), machine.here(node))
    if name == "__name__":
        return Const(frame.module.name, machine.here(node))
    if name in _BUILTINS and not (opened and name.isupper()):
        return Const(_CONSTANTS[name]) if name in _CONSTANTS else Dotted(f"builtins.{name}", machine.here(node))
    if opened:
        source = opened[-1]
        return Unknown(from_outside(name, source), f"{source}.{name}", machine.here(node))
    if name in _ELSEWHERE or name.startswith("__") or possible(test, False):
        machine.raises(test, "NameError")
    else:
        machine.dies(test, "NameError")
    return Unknown(f"`{name}` is not defined in the files that were read", name, machine.here(node))
