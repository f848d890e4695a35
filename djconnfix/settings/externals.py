"""Calls of what lies out of the tree: the handlers that model them, and doubt for all others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from djconnfix.records import replace
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.phrases import called
from djconnfix.settings.readings import key_of
from djconnfix.settings.values import Bound, Dotted, Function, Method, Partial, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.machine import Machine

    Handler = Callable[[Machine, Arguments, Value], Value]

# Functions that change nothing they are given.
_PURE = (
    "builtins.", "copy.", "datetime.", "decouple.", "django.", "environ.", "environs.", "functools.", "getpass.",
    "hashlib.", "importlib.", "itertools.", "json.", "logging.", "math.", "os.", "pathlib.", "platform.", "pprint.",
    "random.", "re.", "secrets.", "sentry_sdk.", "socket.", "ssl.", "string.", "structlog.", "subprocess.", "sys.",
    "tempfile.", "time.", "typing.", "urllib.", "uuid.", "warnings.",
)  # fmt: skip
# Their results may be what they are given, or hold it.
_HANDING_ON = ("copy.", "functools.", "itertools.", "random.shuffle", "typing.cast")
# Their results do not change while settings are loaded, so that two calls are the same condition.
_STABLE = ("getpass.", "os.", "pathlib.", "platform.", "socket.", "sys.", "importlib.util.", "builtins.open", "json.")
_ALIASES = {
    "environ.environ.": "environ.",
    "environs.env.": "environs.Env().",
    "environs.environs.": "environs.",
    "environ.FileAwareEnv": "environ.Env",
    "split_settings.": "split_settings.tools.",
    "split_settings.tools.tools.": "split_settings.tools.",
    "prettyconf.config": "decouple.config",
    "configurations.values.": "configurations.values.",
    "django_on_heroku.": "django_heroku.",
}


@cache
def _handlers() -> dict[str, Handler]:
    from djconnfix.settings.helpers import (
        builtin,
        configurations,
        decouple,
        dj_database_url,
        dynaconf,
        email_url,
        environ,
        environs,
        heroku,
        iteration,
        itertools,
        modules,
        split_settings,
        stdlib,
        types,
    )

    helpers = (
        builtin, configurations, decouple, dj_database_url, dynaconf, email_url, environ, environs, heroku, iteration,
        itertools, modules, split_settings, stdlib, types,
    )  # fmt: skip
    return {name: handler for module in helpers for name, handler in module.HANDLERS.items()}


def call_external(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """Return what a call of something out of the tree gives."""
    name = _name(function)
    handler = _handlers().get(name)
    if handler is not None:
        return handler(machine, arguments, function)
    if (method := _unbound(name)) and arguments.positional:
        from djconnfix.settings.methods import call_method

        first, *rest = arguments.positional
        return call_method(machine, Bound(first, method), replace(arguments, positional=rest, positional_nodes=[]))
    if name.startswith(_PURE):
        if name.startswith(_HANDING_ON) or any(isinstance(each, (Function, Method, Bound)) for each in arguments.all):
            return unknown_call(machine, Dotted(name), arguments)
        key = f"{name.removeprefix('builtins.')}({', '.join(key_of(machine, each)[:200] for each in arguments.all)})"
        if not name.startswith(_STABLE):
            key = machine.occurrence(key)
        machine.risks += 1
        reason = f"what {called(arguments.node)} gives is known only when the settings run"
        return Unknown(reason, key[:2000], arguments.origin)
    return unknown_call(machine, Dotted(name), arguments)


def _name(function: Value) -> str:
    if isinstance(function, Dotted):
        name = function.name
    elif isinstance(function, Partial):
        name = f"{_name(function.function)}.__call__"
    elif isinstance(function, Bound):
        name = f"{_name(function.receiver).removesuffix('.__call__')}.{function.name}"
    else:
        name = ""
    for prefix, canonical in _ALIASES.items():
        if name.startswith(prefix) and not name.startswith(canonical):
            return canonical + name[len(prefix) :]
    return name


def _unbound(name: str) -> str:
    """Return the method that `dict.update`, `str.join` and the like name, empty for other functions."""
    kind, _, method = name.removeprefix("builtins.").partition(".")
    return method if kind in ("dict", "list", "set", "str") else ""


def is_overridden(outside: Dotted, name: str) -> bool:
    """Whether a class that binds a name behaves otherwise than its base out of the tree, as far as that is modelled."""
    special = name.startswith("__") and name not in ("__module__", "__qualname__", "__doc__", "__slots__")
    return special or f"{_name(outside)}().{name}" in _handlers() or name in ("get_value", "parse_value")


def instance(name: str) -> Handler:
    """Return a handler that makes an instance whose methods are `name().method`."""

    def make(_machine: Machine, arguments: Arguments, _function: Value) -> Value:
        return Partial(Dotted(f"{name}()"), tuple(arguments.positional), arguments.keywords, {})

    return make
