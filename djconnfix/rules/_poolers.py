"""What rules ask of poolers and of an alias' options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import MISSING, Options, State

if TYPE_CHECKING:
    from djconnfix.decision import Fronted
    from djconnfix.facts import Database, Pooler, Value

_UNITS = {"": 1.0, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*\Z")


def option(database: Database, key: str) -> Value | None:
    """Return a driver's option that is surely set, whatever its value; None otherwise."""
    value = database.options.get(key)
    if value is None or value.state is State.UNKNOWN or value.value is MISSING:
        return None
    return value


def has_option(database: Database, key: str) -> bool:
    """Whether a driver's option is written at all, seen or not."""
    return isinstance(database.options.values.get(key), Options) or database.options.get(key) is not None


def server_parameter(database: Database, name: str) -> str:
    """Return what `OPTIONS["options"]` (`-c name=value`) sets a server parameter to; empty when it does not."""
    value = option(database, "options")
    text = value.value if value is not None and isinstance(value.value, str) else ""
    found = re.search(rf"(?:-c\s*|--){re.escape(name)}=(\S+)", text, re.IGNORECASE)
    return found[1] if found else ""


def seconds(text: str) -> float | None:
    """Return a duration as PostgreSQL and PgBouncer write it (`30`, `5min`, `500ms`) in seconds; None: no duration."""
    found = _DURATION.match(text.strip("'\"").lower())
    return float(found[1]) * _UNITS[found[2]] if found and found[2] in _UNITS else None


_FOR_POSTGRESQL = frozenset({"odyssey", "pgbouncer", "pgcat", "pgpool", "supavisor"})


def speaks_postgresql(database: Database, front: Fronted) -> bool:
    """Whether an alias is PostgreSQL's, by its engine or by the pooler to which its deployed URL leads."""
    if database.vendor == "postgresql":
        return True
    by_url = bool(front.variable) and database.engine.variable == front.variable
    return by_url and front.program in _FOR_POSTGRESQL


def parameter(pooler: Pooler | None, name: str) -> str:
    """Return a parameter of a pooler's own configuration, empty when it is not set."""
    return pooler.parameters.get(name, "").strip() if pooler else ""


def names_in(text: str) -> frozenset[str]:
    """Return the names of a comma-separated list, lower case."""
    return frozenset(word.strip().lower() for word in text.split(",") if word.strip())
