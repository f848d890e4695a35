"""Strategies against databases, drivers, versions and servers: reached, or refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.strategies.engines import pooled
from djconnfix.strategies.judge import judge_alias
from djconnfix.strategies.overruled import governed
from djconnfix.strategies.table import TABLE
from tests.rules.build import CELERY, GEVENT, MYSQL, SYNC, THREADS, UVICORN, project, settings
from tests.strategies.states import STACKS, STRATEGIES, applied, starting_points

if TYPE_CHECKING:
    from djconnfix.facts import Database, Server
    from djconnfix.strategies.verdict import Verdict

SERVERS: dict[str, tuple[Server, ...]] = {
    "sync": (SYNC,),
    "threads": (THREADS,),
    "asgi": (UVICORN,),
    "gevent": (GEVENT,),
    "mixed": (SYNC, UVICORN),
    "workers": (CELERY,),
    "nobody": (),
}
BOUNCER = "PgBouncer speaks only PostgreSQL's protocol"
NO_POOL = "no Django has a pool for MySQL"
# What is said under WSGI threads; what is not named is reached.
REFUSED_STACKS = {
    ("pool", "psycopg-4.2"): "Django 4.2 may be installed, and has no pool before 5.1",
    ("pool", "psycopg-3.2"): "Django 3.2 may be installed, and has no pool before 5.1",
    ("pool", "psycopg2-5.2"): "the only driver asked for is too old for it: it needs psycopg[pool]",
    ("pool", "mysql-5.2"): NO_POOL,
    ("pool", "oracle-5.1"): "Django 5.1 may be installed, and has no pool before 5.2",
    ("sqlalchemy-pool", "oracle-5.2"): "it is not offered for Oracle",
    ("sqlalchemy-pool", "oracle-5.1"): "it is not offered for Oracle",
    **{
        (strategy, stack): BOUNCER
        for strategy in STRATEGIES
        for stack in ("mysql-5.2", "oracle-5.2", "oracle-5.1")
        if strategy.startswith("pgbouncer-")
    },
}
# What is said of PostgreSQL with psycopg 3 and Django 5.2.
OWN_THREADS = "each request runs on a thread of its own, so nothing is reused and what is opened stays"
REFUSED_SERVERS = {
    ("persistent", "asgi"): OWN_THREADS,
    ("persistent", "gevent"): OWN_THREADS.replace("request runs on", "greenlet is").replace(
        "a thread of its own,", "a thread of its own to Django,"
    ),
    ("persistent", "mixed"): "servers of two kinds share these settings, and no one age is right for both",
    ("pool", "gevent"): "its locks are not known to work under gevent and eventlet",
    ("sqlalchemy-pool", "gevent"): "its locks are not known to work under gevent and eventlet",
}


def verdict(strategy: str, stack: str, servers: str, alias: Database) -> Verdict:
    _, django, installs = STACKS[stack]
    module = settings(alias, django=django, servers=SERVERS[servers], installs=installs)
    return judge_alias(TABLE[strategy], project(module), module, alias)


def cases() -> list[object]:
    found: list[object] = []
    for strategy in STRATEGIES:
        for stack, (engine, _, _) in STACKS.items():
            if stack.startswith("sqlite"):
                continue
            for start, alias in starting_points(engine).items():
                expected = REFUSED_STACKS.get((strategy, stack), "")
                found.append(
                    pytest.param(strategy, stack, "threads", alias, expected, id=f"{strategy}-{stack}-{start}")
                )
        for servers in SERVERS:
            engine = STACKS["psycopg-5.2"][0]
            for start, alias in starting_points(engine).items():
                expected = REFUSED_SERVERS.get((strategy, servers), "")
                name = f"{strategy}-{servers}-{start}"
                found.append(pytest.param(strategy, "psycopg-5.2", servers, alias, expected, id=name))
    return found


@pytest.mark.parametrize(("strategy", "stack", "servers", "alias", "refusal"), cases())
def test_a_strategy_is_reached_or_refused(
    strategy: str, stack: str, servers: str, alias: Database, refusal: str
) -> None:
    first = verdict(strategy, stack, servers, alias)
    assert first.refusal == refusal
    if refusal:
        assert first.actions == ()
        return
    assert not first.unseen
    assert bool(first.actions) == bool(first.differences)
    after = applied(alias, first.actions)
    assert verdict(strategy, stack, servers, after).differences == ()
    row = TABLE[strategy]
    assert (after.options.values.get("pool") is not None) == (row.pool.name == "DJANGO")
    assert pooled(after.engine.value) == (row.pool.name == "SQLALCHEMY")
    assert bool(after.get("DISABLE_SERVER_SIDE_CURSORS").value) == row.cursors_disabled
    if row.age.name == "ZERO":
        assert after.conn_max_age.value == 0
    if row.age.name == "KEPT":
        assert after.conn_max_age.value != 0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_a_strategy_does_not_own_stays(strategy: str) -> None:
    alias = starting_points(STACKS["psycopg-5.2"][0])["a-pool"]
    after = applied(alias, verdict(strategy, "psycopg-5.2", "threads", alias).actions)
    assert after.options.values["connect_timeout"] == alias.options.values["connect_timeout"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("servers", SERVERS)
def test_sqlite_follows_no_strategy(strategy: str, servers: str) -> None:
    from dataclasses import replace

    alias = starting_points(STACKS["sqlite-5.2"][0])["nothing"]
    module = settings(alias, servers=SERVERS[servers])
    chosen = replace(module, evidence=replace(module.evidence, strategy=strategy))
    assert governed(chosen, alias) is None


@pytest.mark.parametrize(
    ("servers", "size"),
    [("sync", 1), ("threads", 4), ("asgi", 10), ("mixed", 10), ("nobody", 10)],
)
def test_a_pool_is_as_large_as_what_serves_the_project(servers: str, size: int) -> None:
    alias = starting_points(STACKS["psycopg-5.2"][0])["nothing"]
    django, sqlalchemy = (
        applied(alias, verdict(strategy, "psycopg-5.2", servers, alias).actions)
        for strategy in ("pool", "sqlalchemy-pool")
    )
    pool = django.options.values["pool"]
    assert {key: value.value for key, value in pool.values.items()} == {  # type: ignore[union-attr]
        "min_size": 1,
        "max_size": size,
        "timeout": 10,
    }
    assert sqlalchemy.settings["POOL_OPTIONS"].value == {"POOL_SIZE": size, "MAX_OVERFLOW": 0, "TIMEOUT": 10}


@pytest.mark.parametrize(
    ("stack", "checks"), [("psycopg-3.2", False), ("psycopg-4.2", True), ("mysql-5.2", True)], ids=str
)
def test_health_checks_are_written_where_django_has_them(stack: str, checks: bool) -> None:
    alias = starting_points(STACKS[stack][0])["nothing"]
    after = applied(alias, verdict("persistent", stack, "threads", alias).actions)
    assert ("CONN_HEALTH_CHECKS" in after.settings) == checks


@pytest.mark.parametrize(("servers", "age"), [("threads", 60), ("sync", 60), ("asgi", 0), ("gevent", 0), ("mixed", 0)])
def test_the_age_behind_a_transaction_pooler_follows_who_serves(servers: str, age: int) -> None:
    alias = starting_points(STACKS["psycopg-5.2"][0])["nothing"]
    after = applied(alias, verdict("pgbouncer-transaction", "psycopg-5.2", servers, alias).actions)
    assert after.conn_max_age.value == age


def test_mysql_gets_its_own_engine() -> None:
    alias = starting_points(MYSQL)["an-age"]
    after = applied(alias, verdict("sqlalchemy-pool", "mysql-5.2", "threads", alias).actions)
    assert after.engine.value == "dj_db_conn_pool.backends.mysql"
    back = applied(after, verdict("persistent", "mysql-5.2", "threads", after).actions)
    assert (back.engine.value, back.conn_max_age.value) == (MYSQL, 60)
    assert "POOL_OPTIONS" not in back.settings
