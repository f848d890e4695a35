"""What the strategies are called; imported by the options, so that nothing else may be imported here."""

from __future__ import annotations

AUTO = "auto"
CLOSE_PER_REQUEST = "close-per-request"
PERSISTENT = "persistent"
POOL = "pool"
SQLALCHEMY_POOL = "sqlalchemy-pool"
PGBOUNCER_SESSION = "pgbouncer-session"
PGBOUNCER_TRANSACTION = "pgbouncer-transaction"
PGBOUNCER_STATEMENT = "pgbouncer-statement"

STRATEGIES = (
    AUTO,
    CLOSE_PER_REQUEST,
    PERSISTENT,
    POOL,
    SQLALCHEMY_POOL,
    PGBOUNCER_SESSION,
    PGBOUNCER_TRANSACTION,
    PGBOUNCER_STATEMENT,
)
