"""Facts made by hand, for the tests of rules: short to write, complete to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.facts import (
    Database,
    DatabaseKey,
    Evidence,
    Options,
    Package,
    Pooler,
    PoolMode,
    Project,
    Role,
    Server,
    Serving,
    SettingsModule,
    State,
    Value,
)
from djconnfix.rules import find_rule
from djconnfix.source import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.facts import CodeFact, ModuleName, Version
    from djconnfix.findings import Problem


def at(path: str = "shop/settings.py", line: int = 1) -> Location:
    """Return a place; different lines are different places."""
    return Location(path, line, 1, line, 10, line * 100, line * 100 + 9)


def known(value: object, line: int = 5) -> Value:
    return Value(State.KNOWN, value, at(line=line))


def read(variable: str, default: object, cast: str = "int") -> Value:
    """Return what `os.environ.get(variable, default)` gives."""
    return Value(State.ENVIRONMENT, default, at(line=6), variable=variable, cast=cast)


def unseen(reason: str = "a function of another package") -> Value:
    return Value(State.UNKNOWN, None, at(line=7), reason)


POSTGRESQL = "django.db.backends.postgresql"
MYSQL = "django.db.backends.mysql"
ORACLE = "django.db.backends.oracle"
SQLITE = "django.db.backends.sqlite3"


def database(
    *,
    alias: str = "default",
    module: str = "shop.settings",
    index: int = 0,
    line: int = 2,
    options: Mapping[str, object] | Options | None = None,
    complete: bool = True,
    conditions: tuple[str, ...] = (),
    **entries: object,
) -> Database:
    """Return one definition of an alias; PostgreSQL unless `ENGINE` says otherwise, `ENGINE=None` for none at all."""
    entries = {"ENGINE": POSTGRESQL, **entries}
    settings = {k: v if isinstance(v, Value) else known(v) for k, v in entries.items()}
    if entries["ENGINE"] is None:
        del settings["ENGINE"]
    return Database(
        DatabaseKey(module, alias, index),
        conditions,
        settings,
        options if isinstance(options, Options) else nested(options or {}),
        complete,
        at(line=line),
        unseen=() if complete else ("something else fills it",),
    )


def nested(entries: Mapping[str, object]) -> Options:
    values: dict[str, Value | Options] = {}
    for key, value in entries.items():
        if isinstance(value, Options | Value):
            values[key] = value
        else:
            values[key] = nested(value) if isinstance(value, dict) else known(value, line=8)
    return Options(values, location=at(line=8))


def package(name: str, floor: Version = (), extras: Iterable[str] = ()) -> Package:
    return Package(name, floor, True, frozenset(extras), at("requirements.txt"))


def packages(*names: str) -> Mapping[str, Package]:
    """Return packages from `name` or `name[extra]`."""
    found = [name.rstrip("]").partition("[") for name in names]
    return {name: package(name, extras=extra.split(",") if extra else ()) for name, _, extra in found}


THREADS = Server(Serving.WSGI, "gunicorn", at("Procfile"), "gthread", 2, 4)
SYNC = Server(Serving.WSGI, "gunicorn", at("Procfile"), "sync", 2, 1)
UVICORN = Server(Serving.ASGI, "uvicorn", at("Procfile", 2), processes=1)
GEVENT = Server(Serving.WSGI, "gunicorn", at("Procfile", 3), "gevent", 2, greenlets=True)
CELERY = Server(Serving.WORKER, "celery", at("Procfile", 4), "prefork", 4)
RUNSERVER = Server(Serving.WSGI, "runserver", at("docker-compose.yml"), development=True)


def pgbouncer(mode: PoolMode | None, host: str = "pgbouncer", **parameters: str) -> Pooler:
    return Pooler("pgbouncer", at("pgbouncer.ini"), mode, host, 6432, parameters)


def settings(
    *databases: Database,
    module: str = "shop.settings",
    role: Role = Role.PRODUCTION,
    django: Version = (5, 2),
    servers: tuple[Server, ...] = (),
    poolers: tuple[Pooler, ...] = (),
    installs: Mapping[str, Package] | None = None,
    assumed: str = "",
    names: tuple[ModuleName, ...] = (),
    held_elsewhere: tuple[tuple[str, Location], ...] = (),
) -> SettingsModule:
    evidence = Evidence(
        django,
        at("requirements.txt") if django else None,
        installs or {},
        servers,
        poolers,
        assumed,
    )
    return SettingsModule(
        module, "shop/settings.py", role, databases, {}, names, held_elsewhere, evidence, ("shop/settings.py",), at()
    )


def project(*modules: SettingsModule, code: tuple[CodeFact, ...] = ()) -> Project:
    return Project(Path(), modules, code, (), modules[0].evidence if modules else Evidence())


def problems(rule: str, *modules: SettingsModule, code: tuple[CodeFact, ...] = ()) -> list[Problem]:
    """Return what a rule says of settings modules."""
    found = find_rule(rule)
    assert found is not None, rule
    return list(found.check(project(*modules, code=code)))
