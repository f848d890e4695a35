"""The strategies as a table: what belongs to each. Everything else in this package reads its rows."""

from __future__ import annotations

import enum

from djconnfix.facts import PoolMode
from djconnfix.records import dataclass
from djconnfix.strategies import names


class Age(enum.Enum):
    """What `CONN_MAX_AGE` has to be."""

    ZERO = "0"
    KEPT = "more than 0"
    AS_SERVED = "more than 0 under WSGI threads, 0 under everything else"


class Pool(enum.Enum):
    """Which pool inside the process keeps connections."""

    NONE = "none"
    DJANGO = 'OPTIONS["pool"]'
    SQLALCHEMY = "an engine of django-db-connection-pool"


@dataclass(frozen=True, slots=True)
class Strategy:
    """One row: what holds of an alias that follows it. What a row does not ask for has to be gone.

    Attributes:
        name: as on the command line.
        title: what it is, a clause.
        age: what `CONN_MAX_AGE` has to be.
        pool: the pool inside the process.
        mode: the mode of the PgBouncer that the address has to lead to; None: any address.
        vendors: the databases it exists for.
    """

    name: str
    title: str
    age: Age
    pool: Pool
    mode: PoolMode | None
    vendors: frozenset[str]

    @property
    def cursors_disabled(self) -> bool:
        """Whether server-side cursors have to be off: their statements may reach another connection."""
        return self.mode in (PoolMode.TRANSACTION, PoolMode.STATEMENT)

    @property
    def needs(self) -> str:
        """The distribution that it needs besides the driver, as requirement files write it; empty: none."""
        return "django-db-connection-pool" if self.pool is Pool.SQLALCHEMY else ""


_ANY = frozenset({"postgresql", "mysql", "oracle"})
_BUILT_IN = frozenset({"postgresql", "oracle"})
_SQLALCHEMY = frozenset({"postgresql", "mysql"})
_BOUNCED = frozenset({"postgresql"})

_ROWS = (
    Strategy(names.CLOSE_PER_REQUEST, "a connection for each request", Age.ZERO, Pool.NONE, None, _ANY),
    Strategy(names.PERSISTENT, "a connection for each thread, kept between requests", Age.KEPT, Pool.NONE, None, _ANY),
    Strategy(names.POOL, "Django's own pool in each process", Age.ZERO, Pool.DJANGO, None, _BUILT_IN),
    Strategy(names.SQLALCHEMY_POOL, "SQLAlchemy's pool in each process", Age.ZERO, Pool.SQLALCHEMY, None, _SQLALCHEMY),
    Strategy(names.PGBOUNCER_SESSION, "PgBouncer in session mode", Age.ZERO, Pool.NONE, PoolMode.SESSION, _BOUNCED),
    Strategy(
        names.PGBOUNCER_TRANSACTION,
        "PgBouncer in transaction mode",
        Age.AS_SERVED,
        Pool.NONE,
        PoolMode.TRANSACTION,
        _BOUNCED,
    ),
    Strategy(
        names.PGBOUNCER_STATEMENT,
        "PgBouncer in statement mode",
        Age.AS_SERVED,
        Pool.NONE,
        PoolMode.STATEMENT,
        _BOUNCED,
    ),
)
TABLE = {row.name: row for row in _ROWS}


def strategy_of(name: str) -> Strategy | None:
    """Return the row of a name, None for `auto`."""
    return TABLE.get(name)
