"""django-environ: casts, schemes, and `db()`.

`db_url_config` reads five alias-level settings from a URL's query through `ast.literal_eval`; a text that is no
literal stays a text (`?atomic_requests=false` is the string `'false'`, which is true).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.settings.arguments import Arguments
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.externals import instance
from djconnfix.settings.helpers.database_url import UrlHelper, database
from djconnfix.settings.operators import absent
from djconnfix.settings.process import environment, set_before
from djconnfix.settings.readings import plain
from djconnfix.settings.values import NONE, UNBOUND, Bound, Const, Dotted, EnvRead, Partial, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine

_POSTGRESQL = "django.db.backends.postgresql"
_SCHEMES = {
    "cockroachdb": "django_cockroachdb",
    "ldap": "ldapdb.backends.ldap",
    "mssql": "mssql",
    "mysql": "django.db.backends.mysql",
    "mysql-connector": "mysql.connector.django",
    "mysql2": "django.db.backends.mysql",
    "mysqlgis": "django.contrib.gis.db.backends.mysql",
    "oracle": "django.db.backends.oracle",
    "pgsql": _POSTGRESQL,
    "postgis": "django.contrib.gis.db.backends.postgis",
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "psql": _POSTGRESQL,
    "prometheus_mysql": "django_prometheus.db.backends.mysql",
    "prometheus_postgis": "django_prometheus.db.backends.postgis",
    "prometheus_postgresql": "django_prometheus.db.backends.postgresql",
    "prometheus_sqlite": "django_prometheus.db.backends.sqlite3",
    "pyodbc": "sql_server.pyodbc",
    "redshift": "django_redshift_backend",
    "spatialite": "django.contrib.gis.db.backends.spatialite",
    "sqlite": "django.db.backends.sqlite3",
}
_ALIAS_KEYS = frozenset(
    {"CONN_MAX_AGE", "ATOMIC_REQUESTS", "AUTOCOMMIT", "DISABLE_SERVER_SIDE_CURSORS", "CONN_HEALTH_CHECKS"}
)
_TRUE = frozenset({"true", "on", "ok", "y", "yes", "1"})


def _convert(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


HELPER = UrlHelper("environ", _SCHEMES, _convert, _ALIAS_KEYS)


def read(
    machine: Machine,
    arguments: Arguments,
    cast: str,
    prefix: str | None = "",
    position: int = 1,
    *,
    unnamed: Value | None = None,
) -> Value:
    """Return a typed environment read: `env.int("NAME", default=60)`.

    Args:
        machine: the evaluation.
        arguments: of the call.
        cast: the type that the text is turned into.
        prefix: what is put before the name, None where it cannot be seen.
        position: of the default.
        unnamed: the name of the variable where none is given.
    """
    name = arguments.get(0, "var") or arguments.get(0, "name") or unnamed
    seen, variable = plain(machine, name) if name is not None else (False, None)
    if not seen or not isinstance(variable, str) or prefix is None:
        return unknown_call(machine, Dotted("env"), arguments)
    variable = f"{prefix}{variable}"
    default = arguments.get(position, "default")
    plain_read = environment(machine, Const(variable), default, arguments.origin)
    assert isinstance(plain_read, EnvRead)
    if not cast:
        return plain_read
    key = f"{variable} is on" if cast == "bool" else f"{cast}({variable})"
    if plain_read.default is not default:  # set before, as a text that is still to be cast
        default = set_before(machine, variable, plain_read.default)
    return EnvRead(variable, default, cast, key, arguments.origin)


def prefix_of(machine: Machine, function: Value) -> str | None:
    """Return what is put before the names that an `Env` reads, None when that cannot be seen."""
    env = function.receiver if isinstance(function, Bound) else function
    name = env.function.name if isinstance(env, Partial) and isinstance(env.function, Dotted) else ""
    if machine.store.get(machine.outside, f"{name}.ENVIRON") is not UNBOUND:
        return None
    parts = [machine.store.get(machine.outside, f"{name}.prefix")]
    if name.startswith("environs.") and isinstance(env, Partial):
        parts.insert(0, env.keywords.get("prefix", UNBOUND))
    found = [plain(machine, part) for part in parts if part is not UNBOUND and part is not NONE]
    return "".join(str(text) for _, text in found) if all(seen for seen, _ in found) else None


def typed(cast: str, position: int | None = None, unnamed: Value | None = None) -> Handler:
    """Return a handler for `env.int(...)` and its kin; `unnamed`: the variable that is read where none is named."""

    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        second = -1 if cast in ("list", "tuple", "dict") else 1
        prefix = prefix_of(machine, function)
        at = second if position is None else position
        return read(machine, arguments, cast, prefix, at, unnamed=unnamed)

    return handler


def _scheme(machine: Machine, function: Value, variable: object) -> tuple[str, Value | None]:
    """Return cast and default that `Env(NAME=(bool, False))` gives a variable."""
    partial = function.receiver if isinstance(function, Bound) else function
    if not isinstance(partial, Partial) or not isinstance(variable, str):
        return "", None
    held = partial.keywords.get(variable)
    if isinstance(held, Dotted):
        return held.name.removeprefix("builtins."), None
    content = machine.list_of(held) if held is not None else None
    if content is not None and len(content.items) == 2 and isinstance(content.items[0].value, Dotted):
        return content.items[0].value.name.removeprefix("builtins."), content.items[1].value
    return "", None


def _call(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "var")
    seen, variable = plain(machine, name) if name is not None else (False, None)
    cast, default = _scheme(machine, function, variable if seen else None)
    given = arguments.get(1, "cast")
    if isinstance(given, Dotted) and given.name.startswith("builtins."):
        cast = given.name.removeprefix("builtins.")
    elif given is not None and not absent(given):
        return Unknown(
            "an environment read with a cast that cannot be seen", machine.occurrence("env()"), arguments.origin
        )
    default = arguments.get(2, "default") or default
    if not cast and isinstance(default, Const) and type(default.value) in (bool, int, float):
        cast = type(default.value).__name__
    keywords = {"default": default} if default is not None else {}
    plain_arguments = Arguments(
        arguments.node, arguments.origin, arguments.positional[:1] or [name or NONE], [], keywords
    )
    return read(machine, plain_arguments, "" if cast == "str" else cast, prefix_of(machine, function))


def _database(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "var") or Const("DATABASE_URL")
    return machine.each(name, lambda each: _named_database(machine, each, arguments, function))


def _named_database(machine: Machine, name: Value, arguments: Arguments, function: Value) -> Value:
    seen, variable = plain(machine, name)
    prefix = prefix_of(machine, function)
    if not seen or not isinstance(variable, str) or prefix is None:
        return unknown_call(machine, Dotted("env.db"), arguments)
    variable = f"{prefix}{variable}"
    default = arguments.get(1, "default")
    _, scheme_default = _scheme(machine, function, variable)
    made_by = "environ.db_url" if isinstance(function, Bound) and function.name == "db_url" else "environ.db"

    def one(fallback: Value | None) -> Value:
        url = environment(machine, Const(variable), fallback, arguments.origin)
        return database(machine, HELPER, url, arguments, made_by, engine=arguments.get(2, "engine"))

    chosen = default if default is not None else scheme_default
    return one(None) if chosen is None else machine.each(chosen, one)


def _url_config(machine: Machine, arguments: Arguments, function: Value) -> Value:
    url = arguments.get(0, "url")
    if url is None:
        return unknown_call(machine, Dotted("environ.Env.db_url_config"), arguments)
    engine = arguments.get(1, "engine")
    return machine.each(
        url, lambda each: database(machine, HELPER, each, arguments, "environ.Env.db_url_config", engine=engine)
    )


def _nothing(_machine: Machine, _arguments: Arguments, _function: Value) -> Value:
    return NONE


_CASTS = {
    "bool": "bool", "bytes": "bytes", "dict": "dict", "float": "float", "int": "int", "json": "json", "list": "list",
    "path": "path", "str": "", "tuple": "tuple", "unicode": "", "url": "url",
}  # fmt: skip
_EMAIL, _CACHE = Const("EMAIL_URL"), Const("CACHE_URL")


HANDLERS: dict[str, Handler] = {
    "environ.Env": instance("environ.Env"),
    "environ.Env().__call__": _call,
    "environ.Env().get_value": _call,
    "environ.Env().db": _database,
    "environ.Env().db_url": _database,
    "environ.Env().db_url_config": _url_config,
    "environ.Env.db_url_config": _url_config,
    "environ.Env().read_env": _nothing,
    "environ.Env.read_env": _nothing,
    **{f"environ.Env().{name}": typed(cast) for name, cast in _CASTS.items()},
    **{f"environ.Env().{name}": typed("email", unnamed=_EMAIL) for name in ("email", "email_url")},
    **{f"environ.Env().{name}": typed("dict", 1, _CACHE) for name in ("cache", "cache_url")},
}
