"""The definitions of aliases in `DATABASES`, with what Django makes of what they leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts.test_runs import only_in_tests
from djconnfix.facts.values import MISSING, Options, State, Value
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djconnfix.source import Location


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
        made_by: `literal`, or the helper that builds it (`dj_database_url.config`, `environ.db`, ...); `text` where it
            is a URL or other text instead of a dictionary, `unknown` where nobody can see what it is.
        unseen: why parts of it cannot be seen, one clause each.
        key_locations: where each alias-level key's *name* (or the whole entry) stands, for findings on the key.
        bounded: whether it depends on more combinations of conditions than are looked at, so that `conditions` may
            lack some.
        engine: the `ENGINE` setting.
        vendor: `postgresql`, `mysql`, `oracle`, `sqlite`, `dummy`; empty when the engine is unknown or not recognised.
        stock_engine: whether the engine is one of Django's own, so that what Django documents holds.
        may_be_server: whether this is a database server's alias, or may be one in deployment (the environment names
            the engine).
        for_tests: whether it holds only where tests run, or nothing at all is served: the command line, a variable or
            the settings class says so (`"test" in sys.argv`, `CI is set`).
        derived: what functions made of it, with what else they were given (see `remembered`).
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
    engine: Value = field(init=False, repr=False, compare=False)
    vendor: str = field(init=False, repr=False, compare=False)
    stock_engine: bool = field(init=False, repr=False, compare=False)
    may_be_server: bool = field(init=False, repr=False, compare=False)
    for_tests: bool = field(init=False, repr=False, compare=False)
    derived: dict[str, tuple[object, object]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every rule asks for these of every definition.
        engine = self.get("ENGINE")
        name = engine.value if engine.state is not State.UNKNOWN and isinstance(engine.value, str) else ""
        vendor = vendor_of(name) if name else ""
        by_environment = engine.state is State.ENVIRONMENT and (engine.value is MISSING or vendor == "sqlite")
        put = object.__setattr__
        put(self, "engine", engine)
        put(self, "vendor", vendor)
        put(self, "stock_engine", name in STOCK_ENGINES)
        put(self, "may_be_server", vendor in SERVER_VENDORS or by_environment)
        put(self, "for_tests", only_in_tests(self.conditions))
        put(self, "derived", {})

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
        return _DEFAULTS.get(key, _NO_DEFAULT)

    @property
    def when(self) -> str:
        """Its conditions as a clause that a message can end with (` when DATABASE_URL is set`); empty: always."""
        return clause_of(self.conditions)

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


def clause_of(conditions: Sequence[str]) -> str:
    """Return conditions as a clause that a message can end with; empty for none."""
    held = [each for each in conditions if not each.startswith("unless ")]
    doubts = [each.removeprefix("unless ") for each in conditions if each.startswith("unless ")]
    when = f" when {' and '.join(held)}" if held else ""
    return f"{when} unless {' or '.join(doubts)}" if doubts else when


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

_DEFAULTS = {key: Value(State.DEFAULT, default) for key, default in DJANGO_DEFAULTS.items()}
_NO_DEFAULT = Value(State.DEFAULT)

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
