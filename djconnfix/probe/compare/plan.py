"""Which ways of keeping connections are compared, what each changes in the loaded settings, and which cannot work."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from djconnfix.strategies.engines import pooled, pooled_twin, stock_twin
from djconnfix.strategies.table import TABLE, Age, Pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djconnfix.facts import PoolMode
    from djconnfix.probe.target import Endpoint, Target
    from djconnfix.strategies.table import Strategy

Plain = str | int | float | bool | dict[str, int] | None
TODAY = "loaded settings"
_AGE = 60  # seconds
_WAIT = 10  # seconds that a request waits for a pool
_SINCE = {"postgresql": (5, 1), "oracle": (5, 2)}  # Django's first version with a pool


@dataclass(frozen=True, slots=True)
class Change:
    """One setting of one alias. `path` are keys below the alias; `remove` takes the setting away."""

    alias: str
    path: tuple[str, ...]
    value: Plain = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to be tried.

    Attributes:
        name: of the strategy, or `TODAY`.
        title: what it is, a clause.
        changes: what differs from the loaded settings; empty for those of today.
        most: how many connections one process can hold, 0 when that is not known.
        today: whether the loaded settings are this.
    """

    name: str
    title: str
    changes: tuple[Change, ...] = ()
    most: int = 0
    today: bool = False


@dataclass(frozen=True, slots=True)
class NotTried:
    """A way that cannot work here, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Pooler:
    """A PgBouncer that was named, and its mode; None when that could not be told."""

    endpoint: Endpoint
    mode: PoolMode | None


@dataclass(frozen=True, slots=True)
class Around:
    """What the aliases are used in.

    Attributes:
        asgi: whether requests are served by ASGI.
        threads: how many requests run at a time.
        django: the running version.
        pooler: a PgBouncer to try, None when none was named.
    """

    asgi: bool
    threads: int
    django: tuple[int, ...]
    pooler: Pooler | None = None


def trials(targets: Sequence[Target], around: Around) -> tuple[tuple[Trial, ...], tuple[NotTried, ...]]:
    """Return the ways to try, today's first, and those that cannot work.

    Args:
        targets: the aliases that are changed, all of them alike.
        around: what they are used in.
    """
    tried: list[Trial] = []
    others: list[NotTried] = []
    for strategy in TABLE.values():
        if why := _why_not(strategy, targets, around):
            others.append(NotTried(strategy.name, why))
            continue
        changes = tuple(change for target in targets for change in _changes(strategy, target, around))
        most = 0 if around.asgi and strategy.pool is Pool.NONE else around.threads * len(targets)
        tried.append(Trial(strategy.name, strategy.title, changes, most, not changes))
    if not any(trial.today for trial in tried):
        tried.insert(0, Trial(TODAY, "as they are", today=True))
    return tuple(sorted(tried, key=lambda trial: not trial.today)), tuple(others)


def _why_not(strategy: Strategy, targets: Sequence[Target], around: Around) -> str:
    for target in targets:
        if target.vendor not in strategy.vendors:
            return f"not for {target.vendor or 'this engine'} ({target.alias})"
    if strategy.age is Age.KEPT and around.asgi:
        return "under ASGI each request runs on a thread of its own, so that no kept connection is used again"
    if strategy.pool is Pool.DJANGO:
        return next((why for target in targets if (why := _no_pool(target, around.django))), "")
    if strategy.pool is Pool.SQLALCHEMY:
        if find_spec("dj_db_conn_pool") is None:
            return f"{strategy.needs} is not installed"
        if not all(_sqlalchemy_engine(target) for target in targets):
            return f"{strategy.needs} has no engine for it"
    if strategy.mode is None:
        return ""
    if around.pooler is None:
        return "no PgBouncer was named (--through HOST:PORT)"
    if around.pooler.mode is None:
        return f"the mode of {around.pooler.endpoint.shown} could not be told"
    if around.pooler.mode is not strategy.mode:
        return f"{around.pooler.endpoint.shown} is in {around.pooler.mode.value} mode"
    return ""


def _no_pool(target: Target, django: tuple[int, ...]) -> str:
    since = _SINCE.get(target.vendor, ())
    if not since or django < since:
        return f"Django has a pool for {target.vendor} from {'.'.join(map(str, since))} on"
    if target.vendor == "postgresql":
        if target.driver != "psycopg":
            return "it needs psycopg 3"
        if find_spec("psycopg_pool") is None:
            return "psycopg_pool is not installed (psycopg[pool])"
    return ""


def _sqlalchemy_engine(target: Target) -> str:
    engine = str(target.settings["ENGINE"])
    return engine if pooled(engine) else pooled_twin(engine)


def _changes(strategy: Strategy, target: Target, around: Around) -> list[Change]:
    """Return what an alias lacks or has too much of."""
    loaded = target.settings
    found: dict[tuple[str, ...], Plain] = {}
    removed: list[tuple[str, ...]] = []
    kept = strategy.age is Age.KEPT or (strategy.age is Age.AS_SERVED and not around.asgi)
    age = loaded["CONN_MAX_AGE"]
    if kept != (age is None or age > 0):
        found["CONN_MAX_AGE",] = _AGE if kept else 0
    checked = kept or strategy.pool is Pool.DJANGO
    if checked != bool(loaded["CONN_HEALTH_CHECKS"]):
        found["CONN_HEALTH_CHECKS",] = checked
    options: Mapping[str, object] = loaded["OPTIONS"]
    if strategy.pool is Pool.DJANGO and not options.get("pool"):
        found["OPTIONS", "pool"] = _pool(target.vendor, around.threads)
    elif strategy.pool is not Pool.DJANGO and "pool" in options:
        removed.append(("OPTIONS", "pool"))
    engine = str(loaded["ENGINE"])
    wanted = _sqlalchemy_engine(target) if strategy.pool is Pool.SQLALCHEMY else stock_twin(engine) or engine
    if wanted != engine:
        found["ENGINE",] = wanted
        if strategy.pool is Pool.SQLALCHEMY:
            found["POOL_OPTIONS",] = {"POOL_SIZE": around.threads, "MAX_OVERFLOW": 0, "TIMEOUT": _WAIT}
    if strategy.mode is not None and around.pooler is not None:
        endpoint = around.pooler.endpoint
        if endpoint not in target.endpoints:
            found["HOST",], found["PORT",] = endpoint.host, endpoint.port
        if strategy.cursors_disabled and not loaded.get("DISABLE_SERVER_SIDE_CURSORS"):
            found["DISABLE_SERVER_SIDE_CURSORS",] = True
    sets = [Change(target.alias, path, value) for path, value in found.items()]
    return [*sets, *(Change(target.alias, path, remove=True) for path in removed)]


def _pool(vendor: str, threads: int) -> dict[str, int]:
    if vendor == "oracle":
        return {"min": 1, "max": threads, "increment": 1}
    return {"min_size": 1, "max_size": threads, "timeout": _WAIT}
