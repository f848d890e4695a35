"""The keys that Django reads from an alias, and what people write instead of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djconnfix.facts import Database

DJANGO_KEYS = frozenset(
    {
        "ATOMIC_REQUESTS",
        "AUTOCOMMIT",
        "CONN_HEALTH_CHECKS",
        "CONN_MAX_AGE",
        "DISABLE_SERVER_SIDE_CURSORS",
        "ENGINE",
        "HOST",
        "NAME",
        "OPTIONS",
        "PASSWORD",
        "PORT",
        "TEST",
        "TIME_ZONE",
        "USER",
    }
)
# What decides connections and transactions; the rest of `DJANGO_KEYS` says where the database is.
CONNECTION_KEYS = frozenset(
    {"ATOMIC_REQUESTS", "AUTOCOMMIT", "CONN_HEALTH_CHECKS", "CONN_MAX_AGE", "DISABLE_SERVER_SIDE_CURSORS"}
)
# Read by Django up to 1.8 as TEST_NAME and so on; by common engines and packages besides Django.
FOREIGN_KEYS = frozenset({"POOL_OPTIONS", "SCHEMA", "SUPPORTS_TRANSACTIONS", "DOMAIN", "STORAGE_ENGINE", "CLIENT"})
FOREIGN_PREFIXES = ("TEST_",)

# Names of drivers' options that people write on the alias, one level too high.
OPTION_NAMES = frozenset(
    {
        "application_name",
        "assume_role",
        "charset",
        "connect_timeout",
        "init_command",
        "isolation_level",
        "keepalives",
        "keepalives_idle",
        "options",
        "pool",
        "prepare_threshold",
        "read_default_file",
        "read_timeout",
        "server_side_binding",
        "service",
        "sql_mode",
        "ssl",
        "ssl_mode",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "timeout",
        "transaction_mode",
        "unix_socket",
        "write_timeout",
    }
)

_HABITS = {
    "ATOMIC": "ATOMIC_REQUESTS",
    "CONNECTION_MAX_AGE": "CONN_MAX_AGE",
    "CONN_AGE": "CONN_MAX_AGE",
    "HEALTH_CHECKS": "CONN_HEALTH_CHECKS",
    "MAX_AGE": "CONN_MAX_AGE",
    "MAX_CONN_AGE": "CONN_MAX_AGE",
    "OPTION": "OPTIONS",
    "PASSWD": "PASSWORD",
    "USERNAME": "USER",
}


@lru_cache(maxsize=256)
def meant_key(key: str) -> str:
    """Return the key that a misspelt one stands for; empty when it is right, foreign or too far from every one."""
    if key in DJANGO_KEYS or key in FOREIGN_KEYS or key in OPTION_NAMES or key.startswith(FOREIGN_PREFIXES):
        return ""
    upper = key.upper().replace("-", "_")
    if upper in DJANGO_KEYS:
        return upper
    if upper in _HABITS:
        return _HABITS[upper]
    for known in sorted(DJANGO_KEYS):
        allowed = 2 if len(known) > 7 else 1 if len(known) > 4 else 0
        if abs(len(known) - len(upper)) <= allowed and _distance(upper, known, allowed) <= allowed:
            return known
    return ""


def misspelt(database: Database, key: str) -> str:
    """Return the key of an alias that stands for this one, empty when there is none."""
    return next((found for found in sorted(database.settings) if meant_key(found) == key), "")


def misplaced(database: Database, key: str) -> str:
    """Return the key inside `OPTIONS` that stands for this one, empty when there is none."""
    # lower case, `autocommit` is an option of mysqlclient
    spelt = str if key == "AUTOCOMMIT" else str.upper
    return next((found for found in sorted(database.options.values) if spelt(found) == key), "")


def tried(database: Database, key: str) -> bool:
    """Whether somebody meant to give this key but misspelt or misplaced it; other rules say so."""
    return bool(misspelt(database, key) or misplaced(database, key))


def _distance(one: str, other: str, limit: int) -> int:
    """Return the edit distance (insert, delete, replace, swap neighbours), `limit + 1` when above the limit."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i, *[0] * len(other)]
        for j, wanted in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], older[j - 2] + 1)
        if min(row) > limit:
            return limit + 1
    return row[-1]
