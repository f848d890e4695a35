"""What is known of a project: the one language that readers write and rules read.

Nothing here reads files or knows syntax trees. Every fact carries the place it was read from.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from djconnfix.source import Location

Version = tuple[int, ...]


class State(str, enum.Enum):
    """How much of a setting's value can be seen in the files."""

    KNOWN = "known"  # written in the files, whatever the environment
    DEFAULT = "default"  # nobody wrote it: Django's or a helper's own default
    ENVIRONMENT = "environment"  # the environment decides; `Value.value` is what holds while it is silent
    UNKNOWN = "unknown"  # sight was lost; `Value.reason` says where


class Missing(enum.Enum):
    """The value of an environment read that has no default."""

    MISSING = "missing"


MISSING = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Value:
    """One setting as the files give it.

    Attributes:
        state: how it is known.
        value: plain Python data; for `ENVIRONMENT` what holds while the variable is unset (`MISSING`: no default);
            None for `UNKNOWN`.
        location: the expression that decides it; None for Django's own defaults.
        reason: for `UNKNOWN`, one clause that says what hid it.
        variable: for `ENVIRONMENT`, the variable's name.
        cast: for `ENVIRONMENT`, the type it is turned into (`int`, `bool`, ...); empty: stays a string.
        source: who set a `DEFAULT`: empty for Django, else the helper (`dj_database_url`).
    """

    state: State
    value: object = None
    location: Location | None = None
    reason: str = ""
    variable: str = ""
    cast: str = ""
    source: str = ""

    @property
    def written(self) -> bool:
        """Whether somebody wrote this setting down (known, from the environment, or out of sight)."""
        return self.state is not State.DEFAULT

    @property
    def certain(self) -> bool:
        """Whether `value` holds in every deployment."""
        return self.state in (State.KNOWN, State.DEFAULT)


@dataclass(frozen=True, slots=True)
class Options:
    """The `OPTIONS` of an alias.

    Attributes:
        values: by key; nested dictionaries are nested `Options`.
        complete: False when entries may exist that cannot be seen.
        location: where the dictionary is built, None when nobody wrote one.
    """

    values: Mapping[str, Value | Options] = field(default_factory=dict)
    complete: bool = True
    location: Location | None = None

    def get(self, key: str) -> Value | None:
        """Return the plain value under a key, None when absent or itself a dictionary."""
        found = self.values.get(key)
        return found if isinstance(found, Value) else None


@dataclass(frozen=True, slots=True)
class DatabaseKey:
    """Names one definition of one alias: settings module, alias, and which of its definitions (from 0)."""

    settings: str
    alias: str
    index: int


@dataclass(frozen=True, slots=True)
class Database:
    """One definition of one alias: what it is on one set of branches.

    Attributes:
        key: its name for remedies.
        conditions: what must hold for this definition, in words (`DATABASE_URL is set`); empty: always.
        settings: alias-level keys that somebody or a helper set, `OPTIONS` apart.
        options: the `OPTIONS` dictionary.
        complete: False when alias-level keys may exist that cannot be seen.
        location: where the alias' dictionary is built.
        made_by: `literal`, or the helper that builds it (`dj_database_url.config`, `environ.db`, ...).
        unseen: why parts of it cannot be seen, one clause each.
        key_locations: where each alias-level key's *name* (or the whole entry) stands, for findings on the key.
        bounded: whether it depends on more combinations of conditions than are looked at, so that `conditions` may
            lack some.
    """

    key: DatabaseKey
    conditions: tuple[str, ...]
    settings: Mapping[str, Value]
    options: Options
    complete: bool
    location: Location
    made_by: str = "literal"
    unseen: tuple[str, ...] = ()
    key_locations: Mapping[str, Location] = field(default_factory=dict)
    bounded: bool = False

    @property
    def alias(self) -> str:
        """The alias in `DATABASES`."""
        return self.key.alias

    def get(self, key: str) -> Value:
        """Return an alias-level setting; Django's default when nobody set it and no unseen key could."""
        if (value := self.settings.get(key)) is not None:
            return value
        if not self.complete:
            return Value(State.UNKNOWN, location=self.location, reason=self.unseen[0] if self.unseen else "")
        return Value(State.DEFAULT, DJANGO_DEFAULTS.get(key))

    @property
    def engine(self) -> Value:
        """The `ENGINE` setting."""
        return self.get("ENGINE")

    @property
    def vendor(self) -> str:
        """`postgresql`, `mysql`, `oracle`, `sqlite`, `dummy`; empty when the engine is unknown or not recognised."""
        engine = self.engine
        if engine.state is State.UNKNOWN or not isinstance(engine.value, str):
            return ""
        return vendor_of(engine.value)

    @property
    def stock_engine(self) -> bool:
        """Whether the engine is one of Django's own, so that what Django documents holds."""
        engine = self.engine
        return engine.state is not State.UNKNOWN and isinstance(engine.value, str) and engine.value in STOCK_ENGINES

    @property
    def may_be_server(self) -> bool:
        """Whether this is a database server's alias, or may be one in deployment (the environment names the engine)."""
        if self.vendor in SERVER_VENDORS:
            return True
        engine = self.engine
        return engine.state is State.ENVIRONMENT and (engine.value is MISSING or self.vendor == "sqlite")

    @property
    def when(self) -> str:
        """Its conditions as a clause that a message can end with (` when DATABASE_URL is set`); empty: always."""
        held = [each for each in self.conditions if not each.startswith("unless ")]
        doubts = [each.removeprefix("unless ") for each in self.conditions if each.startswith("unless ")]
        when = f" when {' and '.join(held)}" if held else ""
        return f"{when} unless {' or '.join(doubts)}" if doubts else when

    @property
    def conn_max_age(self) -> Value:
        """The effective `CONN_MAX_AGE`."""
        return self.get("CONN_MAX_AGE")

    @property
    def conn_health_checks(self) -> Value:
        """The effective `CONN_HEALTH_CHECKS`."""
        return self.get("CONN_HEALTH_CHECKS")

    @property
    def has_pool(self) -> bool | None:
        """Whether a pool inside the process serves this alias; None when that cannot be seen.

        Django's `OPTIONS["pool"]` counts when truthy, and so does an engine that brings its own pool.
        """
        engine = self.engine.value
        if isinstance(engine, str) and engine.startswith(POOLING_ENGINE_PREFIXES):
            return True
        pool = self.options.values.get("pool")
        if isinstance(pool, Options):
            return bool(pool.values) or (None if not pool.complete else False)
        if pool is None:
            return False if self.options.complete else None
        return bool(pool.value) if pool.certain else None


DJANGO_DEFAULTS: Mapping[str, object] = {
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "CONN_HEALTH_CHECKS": False,
    "CONN_MAX_AGE": 0,
    "DISABLE_SERVER_SIDE_CURSORS": False,
    "ENGINE": "django.db.backends.dummy",
    "HOST": "",
    "NAME": "",
    "PASSWORD": "",
    "PORT": "",
    "TIME_ZONE": None,
    "USER": "",
}

STOCK_ENGINES: Mapping[str, str] = {
    "django.contrib.gis.db.backends.mysql": "mysql",
    "django.contrib.gis.db.backends.oracle": "oracle",
    "django.contrib.gis.db.backends.postgis": "postgresql",
    "django.contrib.gis.db.backends.spatialite": "sqlite",
    "django.db.backends.dummy": "dummy",
    "django.db.backends.mysql": "mysql",
    "django.db.backends.oracle": "oracle",
    "django.db.backends.postgresql": "postgresql",
    "django.db.backends.postgresql_psycopg2": "postgresql",
    "django.db.backends.sqlite3": "sqlite",
}

POOLING_ENGINE_PREFIXES = (
    "dj_db_conn_pool.",
    "django_db_geventpool.",
    "django_postgrespool",
    "django_postgrespool2",
    "django_mysqlpool",
    "dbpool.",
)

_VENDOR_WORDS = (
    ("sqlite", "sqlite"),
    ("spatialite", "sqlite"),
    ("postgis", "postgresql"),
    ("postgres", "postgresql"),
    ("psqlextra", "postgresql"),
    ("timescale", "postgresql"),
    ("cockroach", "postgresql"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
    ("oracle", "oracle"),
    ("dummy", "dummy"),
)


def vendor_of(engine: str) -> str:
    """Return the vendor that an engine's dotted path names, empty when it gives none away."""
    if engine in STOCK_ENGINES:
        return STOCK_ENGINES[engine]
    lowered = engine.lower()
    return next((vendor for word, vendor in _VENDOR_WORDS if word in lowered), "")


SERVER_VENDORS = frozenset({"postgresql", "mysql", "oracle"})


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


class Serving(str, enum.Enum):
    """What kind of code a server process runs, which decides who closes connections."""

    WSGI = "wsgi"
    ASGI = "asgi"
    WORKER = "worker"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Server:
    """One group of server processes that a deployment file starts.

    Attributes:
        kind: how it serves.
        program: `gunicorn`, `uvicorn`, `uwsgi`, `celery`, ...
        location: the command or option that names it.
        worker_class: gunicorn's worker class or celery's pool (`sync`, `gthread`, `gevent`, `prefork`, ...).
        processes: worker processes; None when it cannot be seen.
        threads: threads a process; None when it cannot be seen or does not apply.
        replicas: copies of the whole group.
        greenlets: True for gevent or eventlet, where each request is a thread of its own to Django.
        preload: the application is loaded before the fork.
        timeout: the worker's time-out in seconds.
        settings: the settings module it runs under, when the file says so.
        application: the WSGI or ASGI application (`shop.wsgi`), or celery's app.
        development: True for `runserver` and the like.
        notes: what could not be read, one clause each.
        part_of: for a configuration file or script, the command that uses it and stands for both in sums.
        also_part_of: further commands that use it, each of which stands for both as well.
        addresses: names of its environment's variables that hold an address, each with the place of the pooler whose
            address it is; None for any other host.
        platform: what deploys it: two platforms that start the same program are two ways to deploy one service.
        unused: it is a configuration file that no command in the files reads.
        replicas_seen: False when its files ask for copies, and not for how many (a template's value).
    """

    kind: Serving
    program: str
    location: Location
    worker_class: str = ""
    processes: int | None = None
    threads: int | None = None
    replicas: int = 1
    greenlets: bool = False
    preload: bool = False
    timeout: int | None = None
    settings: str = ""
    application: str = ""
    development: bool = False
    notes: tuple[str, ...] = ()
    part_of: Location | None = None
    also_part_of: tuple[Location, ...] = ()
    addresses: tuple[tuple[str, Location | None], ...] = ()
    platform: str = ""
    unused: bool = False
    replicas_seen: bool = True

    def stands_for_itself(self, commands: Collection[Location]) -> bool:
        """Whether none of these commands uses it: it is a command itself, or the file of others."""
        return self.part_of not in commands and not any(each in commands for each in self.also_part_of)


class PoolMode(str, enum.Enum):
    """When a pooler takes its server connection back."""

    SESSION = "session"
    TRANSACTION = "transaction"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class PooledDatabase:
    """One database that a pooler's configuration offers.

    Attributes:
        server: what tells its server from others; never shown. Empty when the configuration does not say.
        pool_size: server connections for each user; None: the pooler's default.
        reserve: further ones when clients wait; None: the pooler's default.
        limit: the most for all users together; None: the pooler's default.
    """

    server: str = ""
    pool_size: int | None = None
    reserve: int | None = None
    limit: int | None = None


class Secrets(str, enum.Enum):
    """What a pooler's list of users holds, which decides what a login costs."""

    PLAIN = "plain"
    SCRAM = "scram"
    MD5 = "md5"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Pooler:
    """A connection pooler or proxy in front of the database.

    Attributes:
        program: `pgbouncer`, `pgcat`, `odyssey`, `supavisor`, `rds-proxy`, ...
        location: what gives it away.
        mode: None when it cannot be seen.
        host: the name under which it is reached, empty when unknown.
        port: None when unknown.
        parameters: its other settings that matter, by their own names; never a secret.
        version: floor of its version, empty when unknown.
        variables: names of the variables that deployment files set to its address, and to no other.
        databases: those that its configuration offers, as far as it is in the files.
        secrets: what its list of users holds; None when that is not in the files.
        secrets_location: where that was seen.
    """

    program: str
    location: Location
    mode: PoolMode | None = None
    host: str = ""
    port: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    version: Version = ()
    variables: frozenset[str] = frozenset()
    databases: tuple[PooledDatabase, ...] = ()
    secrets: Secrets | None = None
    secrets_location: Location | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A command in a deployment file that migrates a database.

    Attributes:
        location: the line that says it.
        alias: the alias it names with `--database`; empty: the default.
        settings: the settings module it runs under, when the file says so.
        addresses: as those of a server.
    """

    location: Location
    alias: str = ""
    settings: str = ""
    addresses: tuple[tuple[str, Location | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution that the project asks for.

    Attributes:
        name: normalised (PEP 503).
        floor: lowest version that satisfies what is written; empty when nothing is said.
        exact: whether only that version satisfies it (a pin or a lock file).
        extras: extras asked for, lower case.
        location: the line that says it; None when no file does, but it is installed.
    """

    name: str
    floor: Version
    exact: bool
    extras: frozenset[str]
    location: Location | None


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
        found: dict[str, tuple[Database, ...]] = {}
        for database in self.databases:
            found[database.alias] = (*found.get(database.alias, ()), database)
        object.__setattr__(self, "by_alias", found)


@dataclass(frozen=True, slots=True)
class CodeFact:
    """Something that user code does with transactions or connections, found by binding and path analysis.

    Attributes:
        kind: which fact; the closed list stands in `djconnfix.code`.
        location: the statement or expression.
        name: the class or function it stands in (`CommitIfDirty.process_response`).
        place: `middleware`, `view`, `command`, `task`, `thread`, `test`, `signal`, `module`, `function`.
        path_lines: the path through the code that shows it, location and words for each step.
        rewrite: the name of the rewrite in `djconnfix.fix` that mends it, empty when none is right.
        rewrite_span: what that rewrite replaces (the function or class), None without a rewrite.
        why: why the rewrite is right or why there is none, one sentence.
        safe: whether behaviour only improves.
        detail: what the message needs besides, by name.
        dotted: dotted path of the class or function, to be found in `MIDDLEWARE`.
        alias: the database alias it handles, `default` when it names none.
    """

    kind: str
    location: Location
    name: str = ""
    place: str = "function"
    path_lines: tuple[tuple[Location, str], ...] = ()
    rewrite: str = ""
    rewrite_span: Location | None = None
    why: str = ""
    safe: bool = False
    detail: Mapping[str, str] = field(default_factory=dict)
    dotted: str = ""
    alias: str = "default"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file in scope that could not be read. `line` is 0 when none can be named."""

    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Project:
    """All that is known, and all that rules get.

    Attributes:
        root: the folder that paths are relative to.
        settings: every settings root.
        code: facts about user code, in file order.
        unreadable: what could not be read.
        evidence: the union over the whole tree, for the report.
    """

    root: Path
    settings: tuple[SettingsModule, ...]
    code: tuple[CodeFact, ...]
    unreadable: tuple[Unreadable, ...]
    evidence: Evidence

    def databases(self, *roles: Role) -> Iterator[tuple[SettingsModule, Database]]:
        """Yield every definition of every alias of the settings roots with one of these roles (none: all)."""
        for settings in self.settings:
            if not roles or settings.role in roles:
                for database in settings.databases:
                    yield settings, database
