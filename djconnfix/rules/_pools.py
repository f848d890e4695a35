"""What rules ask of Django's own pools: psycopg_pool for PostgreSQL (5.1), python-oracledb for Oracle (5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import MISSING, Options, State, Value
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.facts import Database, Evidence, Package, Version

SINCE: dict[str, Version] = {"postgresql": (5, 1), "oracle": (5, 2)}
DEFAULT_TIMEOUT = 30  # psycopg_pool, seconds

# Parameters of psycopg_pool.ConnectionPool 3.3 that Django passes on.
PSYCOPG_OPTIONS = frozenset(
    {
        "check",
        "close_returns",
        "connection_class",
        "max_idle",
        "max_lifetime",
        "max_size",
        "max_waiting",
        "min_size",
        "name",
        "num_workers",
        "reconnect_failed",
        "reconnect_timeout",
        "reset",
        "timeout",
    }
)
RESERVED = frozenset({"configure", "conninfo", "kwargs", "open"})  # Django passes these itself


def may_pool(database: Database, evidence: Evidence) -> bool:
    """Whether a pool inside the process serves an alias, or may: in an `OPTIONS` that cannot be seen stands none where
    this engine, or this Django, knows of none.
    """
    if database.has_pool is not None or "pool" in database.options.values:
        return database.has_pool is not False
    if database.engine.state is State.KNOWN and database.stock_engine and database.vendor not in SINCE:
        return False
    return evidence.django_at_least(*SINCE["postgresql"]) is not False


def without_pool(database: Database, evidence: Evidence) -> Package | None:
    """Return psycopg where it is asked for without its pool, None where nothing of that is missing."""
    psycopg = evidence.packages.get("psycopg")
    if database.vendor == "oracle" or psycopg is None:
        return None
    return None if "pool" in psycopg.extras or "psycopg-pool" in evidence.packages else psycopg


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many connections one process' pool holds; None where that cannot be seen."""

    low: int | None
    high: int | None


def pool_of(database: Database) -> Value | Options | None:
    """Return what `OPTIONS["pool"]` of a stock PostgreSQL or Oracle engine is, None when there is none."""
    if not database.stock_engine or database.vendor not in SINCE:
        return None
    return database.options.values.get("pool")


def pools(database: Database) -> bool:
    """Whether Django's own pool surely serves an alias."""
    return pool_of(database) is not None and database.has_pool is True


def sizes(database: Database) -> Sizes:
    """Return the sizes of the pool of an alias that `pools`, defaults filled in."""
    pool = pool_of(database)
    low, high = ("min_size", "max_size") if database.vendor == "postgresql" else ("min", "max")
    default_low = 4 if database.vendor == "postgresql" else 1
    if isinstance(pool, Options):
        least = _number(pool, low, default_low)
        return Sizes(least, _number(pool, high, least if database.vendor == "postgresql" else 2))
    if database.vendor == "postgresql":
        return Sizes(4, 4)
    return Sizes(1, 2)


def number(pool: Options, key: str) -> float | None:
    """Return a number that is surely the value of a pool's option, else None."""
    value = pool.get(key)
    if value is None or value.state is not State.KNOWN or value.value is MISSING:
        return None
    return value.value if isinstance(value.value, int | float) else None


def _number(pool: Options, key: str, default: int | None) -> int | None:
    if key not in pool.values:
        return default if pool.complete else None
    found = number(pool, key)
    return int(found) if found is not None else None
