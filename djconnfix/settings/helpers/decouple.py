"""python-decouple: `config(name, default=, cast=)`; the cast is applied to the default as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.arguments import Arguments
from djconnfix.settings.calls import invoke, unknown_call
from djconnfix.settings.operators import absent, from_plain
from djconnfix.settings.process import environment, set_before
from djconnfix.settings.readings import plain
from djconnfix.settings.values import Const, Dotted, EnvRead, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})


def _config(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "option")
    if name is None:
        return unknown_call(machine, Dotted("config"), arguments)
    return machine.each(name, lambda each: _read(machine, each, arguments))


def _read(machine: Machine, name: Value, arguments: Arguments) -> Value:
    seen, variable = plain(machine, name)
    if not seen or not isinstance(variable, str):
        return unknown_call(machine, Dotted("config"), arguments)
    default = arguments.get(1, "default")
    cast = arguments.get(2, "cast")
    read = environment(machine, Const(variable), default, arguments.origin)
    assert isinstance(read, EnvRead)
    if cast is None or absent(cast):
        return read
    if read.default is not default:
        default = set_before(machine, variable, read.default)
    if isinstance(cast, Dotted) and cast.name.startswith("builtins."):
        kind = cast.name.removeprefix("builtins.")
        key = f"{variable} is on" if kind == "bool" else f"{kind}({variable})"
        return EnvRead(variable, _cast_default(machine, default, kind), kind, key, arguments.origin)
    if isinstance(cast, Unknown):
        parts = _parts(machine, default) if cast.key.partition("#")[0].endswith("Csv()") else None
        return EnvRead(variable, default and (parts or cast), "list", f"cast({variable})", arguments.origin)
    inner = Arguments(arguments.node, arguments.origin, [read])
    return machine.each(cast, lambda each: invoke(machine, each, inner))


def _cast_default(machine: Machine, default: Value | None, kind: str) -> Value | None:
    if not isinstance(default, Const):
        return default
    data = default.value
    try:
        if kind == "bool":
            data = data.lower() in _TRUE if isinstance(data, str) else bool(data)
        elif kind in ("int", "float"):
            data = int(data) if kind == "int" else float(data)  # type: ignore[call-overload, arg-type]
    except (TypeError, ValueError):
        return None
    return Const(data, default.origin)


def _parts(machine: Machine, default: Value | None) -> Value | None:
    """Return what `Csv()` makes of a default, None where that takes more than to split it."""
    text = default.value if isinstance(default, Const) else None
    if not isinstance(text, str) or any(sign in text for sign in "\"'\\"):
        return None
    return from_plain(machine, [part.strip() for part in text.split(",") if part.strip()], None)


def _make(machine: Machine, arguments: Arguments, function: Value) -> Value:
    return Dotted("decouple.config", arguments.origin)


HANDLERS: dict[str, Handler] = {
    "decouple.AutoConfig": _make,
    "decouple.Config": _make,
    "decouple.config": _config,
}
