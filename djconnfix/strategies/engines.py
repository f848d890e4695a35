"""Engines of Django and their twins of django-db-connection-pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import POOLING_ENGINE_PREFIXES, Options, State, Value
from djconnfix.records import replace

if TYPE_CHECKING:
    from djconnfix.facts import Database

_TWINS = {
    "django.db.backends.mysql": "dj_db_conn_pool.backends.mysql",
    "django.db.backends.postgresql": "dj_db_conn_pool.backends.postgresql",
    "django.db.backends.postgresql_psycopg2": "dj_db_conn_pool.backends.postgresql",
}
_BACK = {
    "dj_db_conn_pool.backends.mysql": "django.db.backends.mysql",
    "dj_db_conn_pool.backends.oracle": "django.db.backends.oracle",
    "dj_db_conn_pool.backends.postgis": "django.contrib.gis.db.backends.postgis",
    "dj_db_conn_pool.backends.postgresql": "django.db.backends.postgresql",
}


def pooled(engine: object) -> bool:
    """Whether an engine is one of django-db-connection-pool's."""
    return isinstance(engine, str) and engine in _BACK


def brings_a_pool(engine: object) -> bool:
    """Whether an engine has a pool of its own, django-db-connection-pool's or another."""
    return isinstance(engine, str) and engine.startswith(POOLING_ENGINE_PREFIXES)


def pooled_twin(engine: object) -> str:
    """Return the engine of django-db-connection-pool for one of Django's; empty when it has none."""
    return _TWINS.get(engine, "") if isinstance(engine, str) else ""


def stock_twin(engine: object) -> str:
    """Return Django's engine for one of django-db-connection-pool's; empty for any other."""
    return _BACK.get(engine, "") if isinstance(engine, str) else ""


def bare(database: Database) -> Database:
    """Return an alias as it would be without any pool inside the process."""
    settings = dict(database.settings)
    if twin := stock_twin(database.engine.value):
        settings["ENGINE"] = Value(State.KNOWN, twin, database.engine.location)
    options = {key: value for key, value in database.options.values.items() if key != "pool"}
    return replace(
        database,
        settings=settings,
        options=Options(options, database.options.complete, database.options.location),
    )
