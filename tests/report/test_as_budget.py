"""The sums as a person reads them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import PoolMode, Role
from djconnfix.report.as_budget import write_budget
from tests.rules.build import CELERY, MYSQL, SQLITE, THREADS, UVICORN, database, pgbouncer, project, settings, unseen


def test_a_sum_for_each_server_and_in_total() -> None:
    aliases = database(HOST="db", CONN_MAX_AGE=60), database(alias="other", HOST="db")
    assert write_budget(project(settings(*aliases, servers=(replace(THREADS, replicas=3), CELERY)))).splitlines() == [
        "shop.settings",
        "  alias 'default', PostgreSQL",
        "    2 × 4 threads × 3 replicas = 24: gunicorn (WSGI, gthread, 2 processes, 4 threads each, 3 replicas)  (Procfile:1)",
        "    4 × 1 = 4: celery (worker, prefork, 4 processes)  (Procfile:4)",
        "  alias 'other', PostgreSQL, closed after each request",
        "    2 × 4 threads × 3 replicas = 24: gunicorn (WSGI, gthread, 2 processes, 4 threads each, 3 replicas)  (Procfile:1)",
        "    4 × 1 = 4: celery (worker, prefork, 4 processes)  (Procfile:4)",
        "  together 56 at a time; PostgreSQL admits 97 unless configured: 41 to spare",
    ]


@pytest.mark.parametrize(
    ("alias", "changes", "line"),
    [
        (database(), {"servers": (THREADS,) * 20}, "together 160 at a time; PostgreSQL admits 97 unless configured: 63 too many"),
        (database(ENGINE=MYSQL), {}, "together 8 at a time; MySQL admits 151 unless configured: 143 to spare"),
        (database(), {"servers": (UVICORN,)}, "together at least 1 at a time; PostgreSQL admits 97 unless configured: 96 to spare"),
        (database(), {"servers": ()}, "no file says how many processes serve it"),
        (
            database(HOST="pgbouncer"),
            {"poolers": (pgbouncer(PoolMode.TRANSACTION),)},
            "together 8 at a time, to pgbouncer, which decides how many reach the server",
        ),
        (database(options={"pool": {"max_size": 3}}), {}, "together 6 at a time; PostgreSQL admits 97 unless configured: 91 to spare"),
        (
            database(ENGINE="dj_db_conn_pool.backends.postgresql", POOL_OPTIONS={"POOL_SIZE": 3, "MAX_OVERFLOW": 1}),
            {},
            "together 8 at a time; PostgreSQL admits 97 unless configured: 89 to spare",
        ),
        (
            database(ENGINE="dj_db_conn_pool.backends.postgresql"),
            {},
            "together 40 at a time; PostgreSQL admits 97 unless configured: 57 to spare",
        ),
        (
            database(ENGINE="dj_db_conn_pool.backends.postgresql", POOL_OPTIONS=unseen()),
            {},
            "together at least 2 at a time; PostgreSQL admits 97 unless configured: 95 to spare",
        ),
    ],
)  # fmt: skip
def test_the_total(alias: object, changes: dict[str, object], line: str) -> None:
    module = settings(alias, **{"servers": (THREADS,), **changes})  # type: ignore[arg-type]
    assert write_budget(project(module)).splitlines()[-1].strip() == line


def test_the_server_s_own_limit_counts() -> None:
    module = settings(database(), servers=(THREADS,))
    module = replace(module, evidence=replace(module.evidence, max_connections=20))
    assert "PostgreSQL admits 17 with max_connections 20: 9 to spare" in write_budget(project(module))


def test_aliases_of_two_servers_are_not_added_up() -> None:
    text = write_budget(project(settings(database(HOST="a"), database(alias="b", HOST="b"), servers=(THREADS,))))
    assert text.count("together 8 at a time") == 2


@pytest.mark.parametrize("module", [settings(database(ENGINE=SQLITE)), settings(database(), role=Role.DEVELOPMENT)])
def test_nothing_to_add_up(module: object) -> None:
    assert write_budget(project(module)) == ""  # type: ignore[arg-type]
