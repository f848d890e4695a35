"""environs: casts, and `dj_db_url`, which hands its keywords to `dj_database_url.parse`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.arguments import Arguments
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.externals import instance
from djconnfix.settings.helpers.dj_database_url import parsed
from djconnfix.settings.helpers.environ import prefix_of, typed
from djconnfix.settings.process import environment
from djconnfix.settings.readings import plain
from djconnfix.settings.values import NONE, PREFIXED, Bound, Const, Dotted, Partial, Value

if TYPE_CHECKING:
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine


def _database(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "name")
    seen, variable = plain(machine, name) if name is not None else (False, None)
    prefix = prefix_of(machine, function)
    if not seen or not isinstance(variable, str) or prefix is None:
        return unknown_call(machine, Dotted("env.dj_db_url"), arguments)
    variable = f"{prefix}{variable}"
    default = arguments.get(1, "default")
    keywords = Arguments(
        arguments.node, arguments.origin, [], [], arguments.keywords, arguments.keyword_nodes, arguments.unseen
    )

    def one(fallback: Value | None) -> Value:
        url = environment(machine, Const(variable), fallback, arguments.origin)
        return parsed(machine, url, keywords, "environs.dj_db_url")

    return one(None) if default is None else machine.each(default, one)


def _prefixed(machine: Machine, arguments: Arguments, function: Value) -> Value:
    """`with env.prefixed("DB_"):` puts a prefix before the names that are read in its block."""
    prefix = arguments.get(0, "prefix") or NONE
    env = function.receiver if isinstance(function, Bound) else NONE
    return Partial(Dotted(PREFIXED, arguments.origin), (prefix, env), {}, {})


def _nothing(_machine: Machine, _arguments: Arguments, _function: Value) -> Value:
    return NONE


_CASTS = {
    "__call__": "", "bool": "bool", "date": "date", "datetime": "datetime", "decimal": "decimal", "dict": "dict",
    "dj_cache_url": "dict", "dj_email_url": "email", "float": "float", "int": "int", "json": "json", "list": "list",
    "log_level": "int", "path": "path", "set": "set", "str": "", "timedelta": "timedelta", "url": "url", "uuid": "uuid",
}  # fmt: skip

HANDLERS: dict[str, Handler] = {
    "environs.Env": instance("environs.Env"),
    "environs.Env().dj_db_url": _database,
    "environs.Env().prefixed": _prefixed,
    "environs.Env().read_env": _nothing,
    "environs.Env().seal": _nothing,
    **{f"environs.Env().{name}": typed(cast, 1) for name, cast in _CASTS.items()},
}
