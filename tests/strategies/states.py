"""Aliases in the state of every strategy, as facts, and what actions make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from djconnfix.facts import Options
from djconnfix.findings import RemoveSetting, SetSetting
from tests.rules.build import MYSQL, ORACLE, POSTGRESQL, SQLITE, database, known, nested, packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.facts import Database, Package, Version
    from djconnfix.findings import Action

STRATEGIES = (
    "close-per-request",
    "persistent",
    "pool",
    "sqlalchemy-pool",
    "pgbouncer-session",
    "pgbouncer-transaction",
    "pgbouncer-statement",
)

# What each combination of database, driver and Django is: engine, Django, packages.
STACKS: Mapping[str, tuple[str, Version, Mapping[str, Package]]] = {
    "psycopg-5.2": (POSTGRESQL, (5, 2), packages("psycopg[pool]", "django-db-connection-pool")),
    "psycopg-6.1": (POSTGRESQL, (6, 1), packages("psycopg[pool]", "django-db-connection-pool")),
    "psycopg-4.2": (POSTGRESQL, (4, 2), packages("psycopg[pool]", "django-db-connection-pool")),
    "psycopg-3.2": (POSTGRESQL, (3, 2), packages("psycopg[pool]", "django-db-connection-pool")),
    "psycopg2-5.2": (POSTGRESQL, (5, 2), packages("psycopg2", "django-db-connection-pool")),
    "mysql-5.2": (MYSQL, (5, 2), packages("mysqlclient", "django-db-connection-pool")),
    "oracle-5.2": (ORACLE, (5, 2), packages("oracledb", "django-db-connection-pool")),
    "oracle-5.1": (ORACLE, (5, 1), packages("oracledb", "django-db-connection-pool")),
    "sqlite-5.2": (SQLITE, (5, 2), packages("django")),
}

_POOLED = {"django.db.backends.postgresql": "postgresql", "django.db.backends.mysql": "mysql"}


def starting_points(engine: str) -> Mapping[str, Database]:
    """Return aliases of one engine that follow nothing, or another strategy."""
    pool = {"min": 1, "max": 4} if engine == ORACLE else {"min_size": 1, "max_size": 4}
    found = {
        "nothing": database(ENGINE=engine),
        "a-written-zero": database(ENGINE=engine, CONN_MAX_AGE=0),
        "an-age": database(ENGINE=engine, CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True),
        "an-age-for-ever": database(ENGINE=engine, CONN_MAX_AGE=None),
    }
    if engine in (POSTGRESQL, ORACLE):
        found["a-pool"] = database(ENGINE=engine, CONN_HEALTH_CHECKS=True, options={"pool": pool, "connect_timeout": 3})
        found["a-pool-beside-an-age"] = database(ENGINE=engine, CONN_MAX_AGE=60, options={"pool": True})
    if engine == POSTGRESQL:
        found["cursors-off"] = database(
            ENGINE=engine, CONN_MAX_AGE=60, DISABLE_SERVER_SIDE_CURSORS=True, options={"prepare_threshold": None}
        )
        found["prepared"] = database(ENGINE=engine, options={"prepare_threshold": 5, "server_side_binding": True})
    if engine in _POOLED:
        pooled = f"dj_db_conn_pool.backends.{_POOLED[engine]}"
        found["sqlalchemy"] = database(ENGINE=pooled, POOL_OPTIONS={"POOL_SIZE": 5})
        found["sqlalchemy-without-a-size"] = database(ENGINE=pooled, CONN_MAX_AGE=30)
    return found


def applied(alias: Database, actions: Iterable[Action]) -> Database:
    """Return an alias after actions on its settings."""
    for action in actions:
        if isinstance(action, SetSetting):
            alias = _changed(alias, action.path, action.value)
        elif isinstance(action, RemoveSetting):
            alias = _removed(alias, action.path)
    return alias


def _changed(alias: Database, path: tuple[str, ...], value: object) -> Database:
    if len(path) == 1:
        return replace(alias, settings={**alias.settings, path[0]: known(value)})
    made = nested({path[1]: value}).values[path[1]]
    return replace(alias, options=Options({**alias.options.values, path[1]: made}, alias.options.complete))


def _removed(alias: Database, path: tuple[str, ...]) -> Database:
    if len(path) == 1:
        return replace(alias, settings={key: each for key, each in alias.settings.items() if key != path[0]})
    kept = {key: each for key, each in alias.options.values.items() if key != path[1]}
    return replace(alias, options=Options(kept, alias.options.complete))
