"""dj-database-url: `config()` and `parse()`, and what they write by themselves.

Versions: `conn_health_checks` from 1.2.0, `disable_server_side_cursors` from 2.2.0. All three `CONN_*` keys are
always written, so they replace what a dictionary held before `.update()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.atoms import set_atom
from djconnfix.settings.calls import unknown_call
from djconnfix.settings.choices import guarded, leaves_of, possible, select
from djconnfix.settings.helpers.database_url import UrlHelper, database, unset_url
from djconnfix.settings.operators import absent
from djconnfix.settings.process import environment
from djconnfix.settings.readings import plain
from djconnfix.settings.trace import CreationKind, WriteKind
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
    UNBOUND,
    Const,
    CreationSite,
    Dotted,
    EnvRead,
    Guarded,
    Ref,
    Slot,
    Value,
    WriteSite,
)

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine

_POSTGRESQL = "django.db.backends.postgresql"
SCHEMES = {
    "cockroach": "django_cockroachdb",
    "mssql": "sql_server.pyodbc",
    "mssqlms": "mssql",
    "mysql": "django.db.backends.mysql",
    "mysql-connector": "mysql.connector.django",
    "mysql2": "django.db.backends.mysql",
    "mysqlgis": "django.contrib.gis.db.backends.mysql",
    "oracle": "django.db.backends.oracle",
    "oraclegis": "django.contrib.gis.db.backends.oracle",
    "pgsql": _POSTGRESQL,
    "postgis": "django.contrib.gis.db.backends.postgis",
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "redshift": "django_redshift_backend",
    "spatialite": "django.contrib.gis.db.backends.spatialite",
    "sqlite": "django.db.backends.sqlite3",
    "timescale": "timescale.db.backends.postgresql",
    "timescalegis": "timescale.db.backends.postgis",
}


def _convert(text: str) -> object:
    if text.isdigit():
        return int(text)
    return {"true": True, "false": False}.get(text.lower(), text)


def _rename(scheme: str, options: dict[str, object]) -> None:
    if scheme.startswith("mysql") and (ca := options.pop("ssl-ca", None)):
        options["ssl"] = {"ca": ca}
    is_postgresql = SCHEMES.get(scheme, "").endswith(("postgresql", "postgis", "redshift_backend"))
    if is_postgresql and (schema := options.pop("currentSchema", None)):
        options["options"] = f"-c search_path={schema}"


HELPER = UrlHelper("dj_database_url", SCHEMES, _convert, rename=_rename)
# keyword, position in parse() after the URL, setting, what is written when it is not given, first version
_SETTINGS: tuple[tuple[str, int, str, object, tuple[int, ...]], ...] = (
    ("conn_max_age", 2, "CONN_MAX_AGE", 0, ()),
    ("conn_health_checks", 3, "CONN_HEALTH_CHECKS", False, (1, 2)),
    ("disable_server_side_cursors", 4, "DISABLE_SERVER_SIDE_CURSORS", False, (2, 2)),
)


def parsed(machine: Machine, url: Value, arguments: Arguments, made_by: str, shift: int = 0) -> Value:
    """Return the dictionary that `parse(url, ...)` gives; `shift` is where its arguments begin in the call."""

    def one(each: Value) -> Value:
        if isinstance(each, EnvRead) and each.plain and each.default is not None:
            fallback = unset_url(machine, each)
            if isinstance(fallback, Const) and not fallback.value:  # parse("") and parse(None) fail
                each = EnvRead(each.variable, None, each.cast, each.key, each.origin, plain=True)
        result = database(machine, HELPER, each, arguments, made_by, engine=arguments.get(1 + shift, "engine"))
        if not _in_memory(machine, each):
            _write_settings(machine, result, arguments, shift)
        return result

    return machine.each(url, one)


def _in_memory(machine: Machine, url: Value) -> bool:
    return plain(machine, url) == (True, "sqlite://:memory:")


def _write_settings(machine: Machine, result: Ref, arguments: Arguments, shift: int) -> None:
    version = machine.versions.get("dj-database-url", ())
    for keyword, position, setting, default, since in _SETTINGS:
        value = arguments.get(position + shift, keyword)
        if value is None:
            if not version or version >= since:
                machine.write(result.object, setting, Slot(Const(default), None, "dj_database_url"), None)
            continue
        node = arguments.node_of(position + shift, keyword)
        site = None
        if node is not None:
            key_node = arguments.keyword_nodes.get(keyword)
            site = WriteSite(WriteKind.KEYWORD, machine.here(node), arguments.node, key_node)
        machine.write(result.object, setting, Slot(value, site), site)
    for reason in arguments.unseen:
        content = machine.dict_of(result)
        if content is not None:
            machine.store.put(result.object, content.open(reason))
    _require_ssl(machine, result, arguments, shift)
    test = arguments.get(6 + shift, "test_options")
    if test is not None and possible(machine.truth(test), True):
        machine.write(result.object, "TEST", select(machine.truth(test), Slot(test), UNBOUND), None)


def _require_ssl(machine: Machine, result: Ref, arguments: Arguments, shift: int) -> None:
    required = arguments.get(5 + shift, "ssl_require")
    if required is None:
        return
    test = machine.truth(required)
    if not possible(test, True):
        return
    node = arguments.node_of(5 + shift, "ssl_require") or arguments.node
    site = WriteSite(WriteKind.OTHER, machine.here(node), arguments.node)
    content = machine.dict_of(result)
    held = content.entries.get("OPTIONS", UNBOUND) if content is not None else UNBOUND
    entry: Value = Slot(Const("require", machine.here(node)), site)
    made = machine.new_dict(CreationSite(CreationKind.HELPER_CALL, arguments.origin, "dj_database_url"))
    machine.write(made.object, "sslmode", entry, site)
    for leaf in leaves_of(held):
        options = leaf.value if isinstance(leaf, Slot) else None
        if isinstance(options, Ref) and (present := machine.dict_of(options)) is not None:
            without = present.entries.get("sslmode", UNBOUND)
            machine.write(options.object, "sslmode", select(test, entry, without), site)
    machine.write(result.object, "OPTIONS", _filled(held, select(test, Slot(made), UNBOUND)), None)


def _filled(held: Value, new: Value) -> Value:
    """Return a choice with something new where nothing was."""
    if isinstance(held, Guarded):
        return guarded(held.atom, _filled(held.then, new), _filled(held.orelse, new))
    return new if held is UNBOUND else held


def _parse(machine: Machine, arguments: Arguments, function: Value) -> Value:
    url = arguments.get(0, "url")
    if url is None:
        return unknown_call(machine, Dotted("dj_database_url.parse"), arguments)
    return parsed(machine, url, arguments, "dj_database_url.parse")


def configured(machine: Machine, arguments: Arguments, variable: str, default: Value | None, made_by: str) -> Value:
    """Return what `config()` gives: the parsed URL, or `{}` where there is none."""

    def one(fallback: Value) -> Value:
        read = environment(machine, Const(variable), fallback, arguments.origin)
        if not absent(fallback) and plain(machine, fallback)[1] != "":
            return parsed(machine, read, arguments, made_by, 1)
        empty = machine.new_dict(CreationSite(CreationKind.HELPER_CALL, arguments.origin, made_by))
        test = guarded(set_atom(variable), TRUE, FALSE)
        return machine.choose(test, lambda: parsed(machine, read, arguments, made_by, 1), lambda: empty)

    return machine.each(default or NONE, one)


def _config(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "env")
    seen, variable = plain(machine, name) if name is not None else (True, "DATABASE_URL")
    if not seen or not isinstance(variable, str):
        return unknown_call(machine, Dotted("dj_database_url.config"), arguments)
    default = arguments.get(1, "default")
    return configured(machine, arguments, variable, default, "dj_database_url.config")


HANDLERS: dict[str, Handler] = {
    "dj_database_url.config": _config,
    "dj_database_url.parse": _parse,
}
