"""How large a strategy's pool has to be for what serves the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.decision import POOL, served
from djconnfix.facts import Options, Serving, State, Value
from djconnfix.records import replace
from djconnfix.strategies.engines import bare, pooled, pooled_twin
from djconnfix.strategies.table import Pool

if TYPE_CHECKING:
    from djconnfix.budget import Budget
    from djconnfix.facts import Database, Evidence
    from djconnfix.strategies.table import Strategy


def most_at_once(evidence: Evidence) -> int:
    """Return how many connections one process can use at a time: its threads, else as many as a pool usually has."""
    servers = served(evidence).servers
    threads = [server.threads or 1 for server in servers if server.kind is Serving.WSGI and not server.greenlets]
    usual: int = POOL["max_size"]
    return max(threads) if threads and len(threads) == len(servers) else max([usual, *threads])


def pool_size(evidence: Evidence, vendor: str) -> dict[str, int]:
    """Return `OPTIONS["pool"]` for a process of this project."""
    most = most_at_once(evidence)
    if vendor == "oracle":
        return {"min": 1, "max": most, "increment": 1}
    return {**POOL, "max_size": most}


def with_pool(database: Database, size: dict[str, int]) -> Database:
    """Return an alias as it would be with Django's own pool, as far as the sum of connections goes."""
    entries = {key: Value(State.KNOWN, value) for key, value in size.items()}
    values = {**database.options.values, "pool": Options(entries)}
    return replace(database, options=replace(database.options, values=values))


def fitting_pool(database: Database, evidence: Evidence) -> tuple[dict[str, int], Budget]:
    """Return the largest usual `OPTIONS["pool"]` whose sum over all processes the server admits, and that sum.

    Where not even one connection for each process fits, the sum that is returned is exceeded.
    """
    size = pool_size(evidence, database.vendor)
    most = "max" if database.vendor == "oracle" else "max_size"
    while True:
        found = budget(with_pool(database, size), evidence.servers, evidence.max_connections)
        if not found.exceeded or size[most] == 1:
            return size, found
        size = {**size, most: size[most] - 1}


def sqlalchemy_options(evidence: Evidence) -> dict[str, int]:
    """Return `POOL_OPTIONS` of django-db-connection-pool for a process of this project."""
    return {"POOL_SIZE": most_at_once(evidence), "MAX_OVERFLOW": 0, "TIMEOUT": POOL["timeout"]}


def after(strategy: Strategy, evidence: Evidence, database: Database) -> Database:
    """Return an alias as it would be under a strategy, as far as the sum of connections goes."""
    plain = bare(database)
    if strategy.pool is Pool.DJANGO:
        if database.has_pool and not pooled(database.engine.value):
            return database
        return with_pool(plain, pool_size(evidence, plain.vendor))
    if strategy.pool is Pool.SQLALCHEMY:
        options = database.settings.get("POOL_OPTIONS") or Value(State.KNOWN, sqlalchemy_options(evidence))
        twin = pooled_twin(plain.engine.value) or plain.engine.value
        return replace(plain, settings={**plain.settings, "ENGINE": Value(State.KNOWN, twin), "POOL_OPTIONS": options})
    return plain
