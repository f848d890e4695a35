"""Why a change to a strategy is not proven, though its user asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.decision import Front, Situation, can_pool, outside, served
from djconnfix.facts import PoolMode
from djconnfix.strategies.engines import pooled
from djconnfix.strategies.names import CLOSE_PER_REQUEST
from djconnfix.strategies.table import Age, Pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Evidence
    from djconnfix.strategies.table import Strategy

_MODES = {
    PoolMode.SESSION: Front.SESSION,
    PoolMode.TRANSACTION: Front.TRANSACTION,
    PoolMode.STATEMENT: Front.STATEMENT,
}


def doubts_of(strategy: Strategy, evidence: Evidence, database: Database) -> Iterator[str]:
    """Yield what is not proven, a clause each; nothing when everything is.

    Args:
        strategy: what was chosen.
        evidence: what is known.
        database: the alias as it would be.
    """
    if not database.engine.certain:
        yield "the environment names the engine, so the deployed database cannot be seen"
    elif not database.stock_engine and not pooled(database.engine.value):
        yield "the engine is not Django's own and may handle connections its own way"
    if strategy.name == CLOSE_PER_REQUEST:
        return
    yield from _serving(strategy, evidence)
    front = outside(database, evidence).front
    if strategy.mode is not None:
        if front is not _MODES[strategy.mode]:
            yield f"no file shows that the address leads to a pooler in {strategy.mode.value} mode"
    elif front is Front.UNCLEAR:
        yield "a pooler may stand in front, and its mode decides"
    elif budget(database, evidence.servers, evidence.max_connections).exceeded:
        yield "more connections may stand open then than the server admits"
    if strategy.mode is PoolMode.STATEMENT:
        yield "that no code begins a transaction cannot be proven"
    if strategy.pool is not Pool.NONE:
        yield from _forking(evidence)
    if strategy.pool is not Pool.NONE and not evidence.packages:
        yield "no file names the packages"
    elif strategy.pool is Pool.DJANGO and can_pool(database, evidence) is None:
        yield "no file names the driver"


def _forking(evidence: Evidence) -> Iterator[str]:
    """Yield how processes that fork may come to share a pool, or to make one anew for each task."""
    if any(server.preload for server in evidence.servers):
        yield "the application is loaded before the fork, and a query at import would let all processes share a pool"
    if any(server.program == "celery" and server.worker_class in ("", "prefork") for server in evidence.servers):
        yield "celery's prefork workers would make the pool anew around every task"


def _serving(strategy: Strategy, evidence: Evidence) -> Iterator[str]:
    by = served(evidence)
    if strategy.age is Age.ZERO and strategy.pool is Pool.NONE:
        return
    if by.situation is Situation.UNKNOWN:
        yield "no file says who serves the project"
    elif by.situation is Situation.WORKERS:
        yield "only task workers use these settings, and they close their connections by themselves"
    elif not by.certain:
        yield "no file starts a server of a known kind, so that it is WSGI is likely, not proven"
