"""What to connect to: one alias of the loaded settings, opened apart from `django.db.connections`."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.utils import load_backend

from djconnfix.facts import POOLING_ENGINE_PREFIXES, STOCK_ENGINES, vendor_of
from djconnfix.probe.errors import NoServerError, ProbeError, clause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

NAME = "djconnfix"
_PLAIN_ENGINES = {"postgresql": "django.db.backends.postgresql", "mysql": "django.db.backends.mysql"}
_POOLING_OPTIONS = ("pool", "MAX_CONNS", "REUSE_CONNS")
_DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306}
_SECRETS = ("PASSWORD", "USER")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One host and port as the settings give it; `host` begins with a slash for the folder or path of a Unix socket."""

    host: str
    port: int

    @property
    def is_socket(self) -> bool:
        """Whether it is a Unix socket."""
        return self.host.startswith(("/", "@"))

    @property
    def shown(self) -> str:
        """The endpoint for a person."""
        return self.host if self.is_socket else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """One alias, ready to be connected to.

    Attributes:
        alias: its name in `DATABASES`.
        vendor: `postgresql`, `mysql`, `oracle`, ...
        driver: the module that talks to the server: `psycopg`, `psycopg2`, `MySQLdb`, `pymysql`, ...
        wrapper: Django's own way to connect, never registered with `django.db.connections`.
        parameters: what the driver's `connect` gets. Holds the password: never shown.
        settings: the alias' settings as loaded, with Django's defaults. Holds the password: never shown.
        endpoints: in the order in which the driver tries them; empty when the driver alone knows.
        notes: in what the measurement differs from what the project does.
    """

    alias: str
    vendor: str
    driver: str
    wrapper: BaseDatabaseWrapper
    parameters: Mapping[str, Any]
    settings: Mapping[str, Any]
    endpoints: tuple[Endpoint, ...]
    notes: tuple[str, ...] = ()

    @property
    def driver_error(self) -> type[Exception]:
        """What the driver raises when a server refuses a statement."""
        found: type[Exception] = getattr(self.wrapper, "Database").Error  # noqa: B009 -- the stubs do not know it
        return found

    @property
    def secrets(self) -> dict[str, str]:
        """What must not be shown, by setting."""
        return secrets_of(self.settings)


def secrets_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return what of an alias' settings must not be shown, by setting."""
    return {key: str(settings[key]) for key in _SECRETS if settings.get(key)}


def find_target(alias: str) -> Target:
    """Return the target for an alias of the loaded `DATABASES`.

    Raises:
        NoServerError: the alias is a file or has no engine.
        ProbeError: the settings do not give a server that can be connected to.
    """
    loaded = connections.settings.get(alias)  # read only: nothing is opened, and the copy below is ours
    if loaded is None:
        raise ProbeError("there is no such alias")
    settings = copy.deepcopy({key: value for key, value in loaded.items() if key != "TEST"})
    settings["TEST"] = {}
    notes = _without_pool(settings)
    engine = str(settings["ENGINE"])
    vendor = vendor_of(engine)
    if vendor in ("sqlite", "dummy"):
        raise NoServerError("it is a file, not a server" if vendor == "sqlite" else "it has no engine")
    try:
        wrapper = load_backend(engine).DatabaseWrapper(settings, alias)
        parameters = dict(wrapper.get_connection_params())
    except (ImproperlyConfigured, ImportError) as error:
        raise ProbeError(clause(error, secrets_of(settings))) from None
    driver = str(getattr(wrapper.Database, "__name__", ""))
    if vendor == "postgresql":
        parameters["application_name"] = NAME
    elif driver == "pymysql":
        parameters["program_name"] = NAME
    return Target(alias, vendor, driver, wrapper, parameters, loaded, _endpoints(vendor, parameters), notes)


def _without_pool(settings: dict[str, Any]) -> tuple[str, ...]:
    """Take the pool out of the settings, so that what is opened is one connection."""
    notes: list[str] = []
    engine = str(settings["ENGINE"])
    if engine.startswith(POOLING_ENGINE_PREFIXES) and (plain := _PLAIN_ENGINES.get(vendor_of(engine))):
        settings["ENGINE"] = plain
        notes.append(f"measured with {plain}, without the pool that {engine.partition('.')[0]} brings")
    elif engine not in STOCK_ENGINES:
        notes.append(f"measured with the engine {engine}")
    for key in _POOLING_OPTIONS:
        settings["OPTIONS"].pop(key, None)
    return tuple(notes)


def _endpoints(vendor: str, parameters: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    default = _DEFAULT_PORTS.get(vendor)
    if default is None:
        return ()
    if vendor == "mysql":
        if path := parameters.get("unix_socket"):
            return (Endpoint(str(path), default),)
        return (Endpoint(str(parameters.get("host") or "localhost"), int(parameters.get("port") or default)),)
    hosts = str(parameters.get("hostaddr") or parameters.get("host") or "")
    if not hosts or "service" in parameters:
        return ()
    names = hosts.split(",")
    ports = [int(port or default) for port in str(parameters.get("port") or default).split(",")]
    if len(ports) == 1:
        ports *= len(names)
    if len(ports) != len(names) or not all(names):
        return ()
    return tuple(Endpoint(name, port) for name, port in zip(names, ports, strict=True))


def server_of(alias: str) -> str:
    """Return ` (host:port)` of an alias for a message, empty when the settings name none."""
    loaded = connections.settings.get(alias) or {}
    host, port = str(loaded.get("HOST") or ""), str(loaded.get("PORT") or "")
    return f" ({host}{':' if port and not host.startswith('/') else ''}{port})" if host else ""
