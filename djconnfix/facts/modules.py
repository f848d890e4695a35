"""Settings modules: what they say besides `DATABASES`, and what is known of how they are served."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.facts.deployment import Serving
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.facts.databases import Database
    from djconnfix.facts.deployment import Migration, Pooler, Server
    from djconnfix.facts.packages import Package, Version
    from djconnfix.facts.values import Value
    from djconnfix.source import Location


class Role(str, enum.Enum):
    """What a settings module is for."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class ListItem:
    """One entry of a list setting such as `MIDDLEWARE`. `value` is None when it cannot be seen."""

    value: str | None
    location: Location


@dataclass(frozen=True, slots=True)
class ListSetting:
    """A list or tuple setting as it stands at the end of its module.

    Attributes:
        name: `MIDDLEWARE`, `MIDDLEWARE_CLASSES`, `INSTALLED_APPS`.
        items: in order; entries on any branch are included.
        complete: False when entries may exist that cannot be seen.
        location: the statement that first makes it.
    """

    name: str
    items: tuple[ListItem, ...]
    complete: bool
    location: Location


@dataclass(frozen=True, slots=True)
class ModuleName:
    """A module-level name that looks like a key of an alias. `used` is False when nothing reads it."""

    name: str
    value: Value
    location: Location
    used: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What decides which settings are right, as far as the files near a settings module tell.

    Attributes:
        django: the lowest Django the project may run on; empty when unknown.
        django_location: where that was read; None when given by an option or unknown.
        packages: what the project installs, by normalised name.
        servers: server processes that use this settings module (or that name none).
        poolers: poolers in front of the database.
        assumed: how the project is served according to an option (`wsgi`, `asgi`, `gevent`); empty: no option.
        wsgi_application: where `WSGI_APPLICATION` is set, None when it is not.
        asgi_application: where `ASGI_APPLICATION` is set, None when it is not.
        complete: False when deployment files exist that could not be read.
        strategy: how connections shall be kept according to an option; `auto` leaves it to the evidence.
        requirements: whether an option lets requirement files be changed as well.
        max_connections: what the database server is configured to admit according to an option; 0: no option.
        driver_replaced: where the settings put something else in the place of a database driver, None for nowhere.
        migrations: commands that migrate outside development.
        derived: what functions made of it, by their names, so that it is made once.
    """

    django: Version = ()
    django_location: Location | None = None
    packages: Mapping[str, Package] = field(default_factory=dict)
    servers: tuple[Server, ...] = ()
    poolers: tuple[Pooler, ...] = ()
    assumed: str = ""
    wsgi_application: Location | None = None
    asgi_application: Location | None = None
    complete: bool = True
    strategy: str = "auto"
    requirements: bool = False
    max_connections: int = 0
    driver_replaced: Location | None = None
    migrations: tuple[Migration, ...] = ()
    derived: dict[str, object] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "derived", {})

    def django_at_least(self, *version: int) -> bool | None:
        """Whether every Django the project may run on is at least this one; None when that is unknown."""
        return self.django >= version if self.django else None

    @property
    def web_servers(self) -> tuple[Server, ...]:
        """The servers that answer HTTP outside development."""
        return tuple(s for s in self.servers if s.kind is not Serving.WORKER and not s.development)


@dataclass(frozen=True, slots=True)
class SettingsModule:
    """One settings root: a module that a server, a command or a person uses as `DJANGO_SETTINGS_MODULE`.

    Attributes:
        module: dotted name.
        path: its file.
        role: what it is for.
        databases: every definition of every alias, in file order.
        lists: `MIDDLEWARE`, `MIDDLEWARE_CLASSES`, `INSTALLED_APPS` where present.
        names: module-level names that look like alias keys.
        held_elsewhere: why `DATABASES` (or part of it) is not in the tree; (clause, location) each.
        evidence: what is known of how it is served.
        notes: what limits the picture as a whole (a bound of the evaluator, an import of old style), a clause each.
        paths: every file that was read to evaluate it.
        location: its first line, for findings on the module as a whole.
        by_alias: `databases` by alias.
    """

    module: str
    path: str
    role: Role
    databases: tuple[Database, ...]
    lists: Mapping[str, ListSetting]
    names: tuple[ModuleName, ...]
    held_elsewhere: tuple[tuple[str, Location], ...]
    evidence: Evidence
    paths: tuple[str, ...]
    location: Location
    notes: tuple[str, ...] = ()
    by_alias: Mapping[str, tuple[Database, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Database]] = {}
        for database in self.databases:
            found.setdefault(database.alias, []).append(database)
        object.__setattr__(self, "by_alias", {alias: tuple(each) for alias, each in found.items()})
