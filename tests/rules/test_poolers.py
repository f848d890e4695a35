"""DCF420 to DCF441: what the rules on poolers do not say, and how careful they are with what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, PoolMode, Role
from djconnfix.findings import Applicability, Severity
from tests.rules.build import (
    GEVENT,
    MYSQL,
    SYNC,
    THREADS,
    UVICORN,
    at,
    database,
    known,
    pgbouncer,
    problems,
    read,
    settings,
    unseen,
)
from tests.rules.silence import offers, silent

SESSION = (pgbouncer(PoolMode.SESSION),)
TRANSACTION = (pgbouncer(PoolMode.TRANSACTION),)
STATEMENT = (pgbouncer(PoolMode.STATEMENT),)
UNKNOWN = (pgbouncer(None),)
POOL = {"pool": {"min_size": 1, "max_size": 2}}
SAFE, UNSAFE, MANUAL = Applicability.SAFE, Applicability.UNSAFE, Applicability.MANUAL


def behind(**entries: object) -> object:
    """Return an alias whose host is PgBouncer."""
    return database(HOST="pgbouncer", **entries)  # type: ignore[arg-type]


def ini(mode: PoolMode = PoolMode.TRANSACTION, **parameters: str) -> tuple[object, ...]:
    return (pgbouncer(mode, **parameters),)


BOTH = {"server_side_binding": True, "prepare_threshold": 5}
IDLE = ini(client_idle_timeout="60")
DJ = "dj_db_conn_pool.backends.mysql"
GEVENTPOOL = "django_db_geventpool.backends.postgresql_psycopg3"
RDS = "shop.proxy-x.eu-west-1.rds.amazonaws.com"

SILENT = {
    "pgbouncer-server-side-cursors": {
        "off": settings(behind(DISABLE_SERVER_SIDE_CURSORS=True), poolers=TRANSACTION),
        "out-of-sight": settings(behind(DISABLE_SERVER_SIDE_CURSORS=unseen()), poolers=TRANSACTION),
        "variable": settings(behind(DISABLE_SERVER_SIDE_CURSORS=read("D", MISSING, "bool")), poolers=TRANSACTION),
        "session": settings(behind(), poolers=SESSION),
        "mode-unknown": settings(behind(), poolers=UNKNOWN),
        "another-host": settings(database(HOST="db"), poolers=TRANSACTION),
        "host-out-of-sight": settings(database(HOST=unseen()), poolers=TRANSACTION),
        "mysql": settings(behind(ENGINE=MYSQL), poolers=TRANSACTION),
        "misplaced": settings(behind(options={"DISABLE_SERVER_SIDE_CURSORS": True}), poolers=TRANSACTION),
        "development": settings(behind(), poolers=TRANSACTION, role=Role.DEVELOPMENT),
    },
    "pgbouncer-prepared-statements": {
        "no-threshold": settings(behind(options={"server_side_binding": True}), poolers=TRANSACTION),
        "no-binding": settings(behind(options={"prepare_threshold": 5}), poolers=TRANSACTION),
        "binding-off": settings(behind(options={**BOTH, "server_side_binding": False}), poolers=TRANSACTION),
        "none": settings(behind(options={**BOTH, "prepare_threshold": None}), poolers=TRANSACTION),
        "session": settings(behind(options=BOTH), poolers=SESSION),
        "tracked": settings(behind(options=BOTH), poolers=ini(max_prepared_statements="100")),
        "direct": settings(database(options=BOTH)),
    },
    "prepare-threshold-inert": {
        "binding": settings(database(options=BOTH)),
        "binding-out-of-sight": settings(database(options={**BOTH, "server_side_binding": unseen()})),
        "not-written": settings(database()),
        "foreign-engine": settings(database(options={"prepare_threshold": 5}, ENGINE="x.postgresql")),
    },
    "pgbouncer-startup-options": {
        "direct": settings(database(options={"options": "-c x=1"})),
        "empty": settings(behind(options={"options": ""}), poolers=TRANSACTION),
        "out-of-sight": settings(behind(options={"options": unseen()}), poolers=TRANSACTION),
        "other-pooler": settings(database(HOST="x.pooler.supabase.com", PORT="6543", options={"options": "-c x=1"})),
        "mysql": settings(behind(options={"options": "x"}, ENGINE=MYSQL), poolers=TRANSACTION),
    },
    "pgbouncer-session-conn-max-age": {
        "zero": settings(behind(CONN_MAX_AGE=0), poolers=SESSION),
        "out-of-sight": settings(behind(CONN_MAX_AGE=unseen()), poolers=SESSION),
        "transaction": settings(behind(CONN_MAX_AGE=60), poolers=TRANSACTION),
        "mode-unknown": settings(behind(CONN_MAX_AGE=60), poolers=UNKNOWN),
        "pool-with-conn-max-age-says-it": settings(behind(CONN_MAX_AGE=60, options=POOL), poolers=SESSION),
        "conn-max-age-asgi-says-it": settings(behind(CONN_MAX_AGE=60), poolers=SESSION, servers=(UVICORN,)),
        "conn-max-age-greenlets-says-it": settings(behind(CONN_MAX_AGE=60), poolers=SESSION, servers=(GEVENT,)),
        "misspelt": settings(behind(CONN_MAXAGE=60), poolers=SESSION),
    },
    "pgbouncer-transaction-age-zero": {
        "kept": settings(behind(CONN_MAX_AGE=60), poolers=TRANSACTION, servers=(SYNC,)),
        "nobody-serves": settings(behind(), poolers=TRANSACTION),
        "asgi": settings(behind(), poolers=TRANSACTION, servers=(UVICORN,)),
        "mixed": settings(behind(), poolers=TRANSACTION, servers=(SYNC, UVICORN)),
        "session": settings(behind(), poolers=SESSION, servers=(SYNC,)),
        "direct": settings(database(), servers=(SYNC,)),
        "pool": settings(behind(options=POOL), poolers=TRANSACTION, servers=(SYNC,)),
    },
    "pgbouncer-statement-mode": {
        "transaction": settings(behind(), poolers=TRANSACTION),
        "another-host": settings(database(HOST="db"), poolers=STATEMENT),
    },
    "pgbouncer-assume-role": {
        "session": settings(behind(options={"assume_role": "r"}), poolers=SESSION),
        "direct": settings(database(options={"assume_role": "r"})),
        "none": settings(behind(options={"assume_role": None}), poolers=TRANSACTION),
    },
    "pooler-idle-timeout-vs-age": {
        "checked": settings(behind(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True), poolers=IDLE),
        "checks-out-of-sight": settings(behind(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=unseen()), poolers=IDLE),
        "shorter": settings(behind(CONN_MAX_AGE=60), poolers=IDLE),
        "never": settings(behind(CONN_MAX_AGE=None), poolers=ini(client_idle_timeout="0")),
        "not-written": settings(behind(CONN_MAX_AGE=None), poolers=TRANSACTION),
        "nonsense": settings(behind(CONN_MAX_AGE=None), poolers=ini(client_idle_timeout="soon")),
        "pool": settings(behind(CONN_MAX_AGE=600, options=POOL), poolers=IDLE),
        "another-host": settings(database(HOST="db", CONN_MAX_AGE=600), poolers=IDLE),
    },
    "rds-proxy-pinning": {
        "instance": settings(database(HOST="db.x.eu-west-1.rds.amazonaws.com")),
        "mysql": settings(database(HOST=RDS, ENGINE=MYSQL)),
    },
    "ssl-require-local-pooler": {
        "prefer": settings(database(HOST="localhost", PORT="6432", options={"sslmode": "prefer"}), poolers=TRANSACTION),
        "remote": settings(behind(options={"sslmode": "require"}), poolers=TRANSACTION),
        "no-ini": settings(database(HOST="localhost", PORT="6432", options={"sslmode": "require"})),
        "tls": settings(
            database(HOST="localhost", PORT="6432", options={"sslmode": "require"}),
            poolers=ini(client_tls_sslmode="require"),
        ),
    },
    "third-party-pool-conn-max-age": {
        "zero": settings(database(ENGINE=DJ, CONN_MAX_AGE=0)),
        "default": settings(database(ENGINE=DJ)),
        "out-of-sight": settings(database(ENGINE=DJ, CONN_MAX_AGE=unseen())),
        "stock": settings(database(ENGINE=MYSQL, CONN_MAX_AGE=60)),
        "geventpool": settings(database(ENGINE=GEVENTPOOL, CONN_MAX_AGE=60)),
    },
    "dj-db-conn-pool-options-ignored": {
        "upper": settings(database(ENGINE=DJ, POOL_OPTIONS=known({"POOL_SIZE": 5, "RECYCLE": 3}))),
        "stock": settings(database(ENGINE=MYSQL, POOL_OPTIONS=known({"pool_size": 5}))),
        "out-of-sight": settings(database(ENGINE=DJ, POOL_OPTIONS=unseen())),
    },
    "geventpool-misconfigured": {
        "right": settings(database(ENGINE=GEVENTPOOL, options={"MAX_CONNS": 9}), servers=(GEVENT,)),
        "size-out-of-sight": settings(database(ENGINE=GEVENTPOOL, options={"MAX_CONNS": unseen()})),
        "nobody-serves": settings(database(ENGINE=GEVENTPOOL, options={"MAX_CONNS": 9})),
        "stock": settings(database()),
    },
    "max-conns-in-plain-engine": {
        "geventpool": settings(database(ENGINE=GEVENTPOOL, options={"MAX_CONNS": 9})),
        "not-written": settings(database()),
    },
    "dead-pool-backend": {
        "old-django": settings(database(ENGINE="django_postgrespool2"), django=(1, 11)),
        "living": settings(database(ENGINE=DJ)),
        "like-one": settings(database(ENGINE="django_postgrespool3")),
        "out-of-sight": settings(database(ENGINE=unseen())),
    },
    "double-pooling": {
        "session": settings(behind(options=POOL), poolers=SESSION),
        "one": settings(behind(), poolers=TRANSACTION),
        "direct": settings(database(options=POOL)),
    },
    "atomic-requests-pins-pooler": {
        "off": settings(behind(), poolers=TRANSACTION),
        "session": settings(behind(ATOMIC_REQUESTS=True), poolers=SESSION),
        "direct": settings(database(ATOMIC_REQUESTS=True)),
    },
    "pgbouncer-budget": {
        "room": settings(behind(CONN_MAX_AGE=60), poolers=TRANSACTION, servers=(THREADS,)),
        "nobody-serves": settings(behind(), poolers=ini(max_client_conn="1")),
        "direct": settings(database(), poolers=ini(max_client_conn="1"), servers=(THREADS,)),
        "development": settings(
            behind(), poolers=ini(max_client_conn="1"), servers=(replace(THREADS, development=True),)
        ),
        "counted-elsewhere": settings(
            behind(), poolers=ini(max_client_conn="8"), servers=(THREADS, replace(THREADS, part_of=at("Procfile")))
        ),
    },
    "pgbouncer-query-wait-timeout": {
        "shorter": settings(behind(), poolers=ini(query_wait_timeout="10"), servers=(replace(SYNC, timeout=30),)),
        "server-says-nothing": settings(behind(), poolers=TRANSACTION, servers=(SYNC,)),
        "direct": settings(database(), poolers=TRANSACTION, servers=(replace(SYNC, timeout=30),)),
    },
    "pgbouncer-reset-query": {
        "default": settings(behind(), poolers=SESSION),
        "written": settings(behind(), poolers=ini(PoolMode.SESSION, server_reset_query="DISCARD ALL")),
        "empty-in-transaction-mode": settings(behind(), poolers=ini(server_reset_query="")),
        "not-always": settings(behind(), poolers=ini(server_reset_query_always="0")),
    },
}


@silent(SILENT)
def test_silent(rule: str, module: object) -> None:
    assert problems(rule, module) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "module", "applicability"),
    [
        ("pgbouncer-server-side-cursors", settings(behind(), poolers=TRANSACTION), SAFE),
        ("pgbouncer-server-side-cursors", settings(behind(), poolers=STATEMENT), SAFE),
        ("pgbouncer-server-side-cursors", settings(behind(options=POOL), poolers=TRANSACTION), SAFE),
        (
            "pgbouncer-server-side-cursors",
            settings(behind(DISABLE_SERVER_SIDE_CURSORS=False), poolers=TRANSACTION),
            UNSAFE,
        ),
        ("pgbouncer-server-side-cursors", settings(behind(ENGINE="x.postgresql"), poolers=TRANSACTION), UNSAFE),
        (
            "pgbouncer-server-side-cursors",
            settings(behind(DISABLE_SERVER_SIDE_CURSORS=read("D", False, "bool")), poolers=TRANSACTION),
            UNSAFE,
        ),
        ("pgbouncer-prepared-statements", settings(behind(options=BOTH), poolers=TRANSACTION), SAFE),
        (
            "pgbouncer-prepared-statements",
            settings(behind(options=BOTH), poolers=ini(max_prepared_statements="0")),
            SAFE,
        ),
        (
            "pgbouncer-prepared-statements",
            settings(behind(options={**BOTH, "prepare_threshold": read("P", 5)}), poolers=TRANSACTION),
            UNSAFE,
        ),
        ("prepare-threshold-inert", settings(database(options={"prepare_threshold": 5})), MANUAL),
        ("pgbouncer-startup-options", settings(behind(options={"options": "-c x=1"}), poolers=TRANSACTION), UNSAFE),
        ("pgbouncer-startup-options", settings(behind(options={"options": "-c x=1"}), poolers=UNKNOWN), UNSAFE),
        (
            "pgbouncer-startup-options",
            settings(behind(options={"options": read("O", "-c x=1", "")}), poolers=TRANSACTION),
            MANUAL,
        ),
        ("pgbouncer-session-conn-max-age", settings(behind(CONN_MAX_AGE=60), poolers=SESSION), SAFE),
        ("pgbouncer-session-conn-max-age", settings(behind(CONN_MAX_AGE=None), poolers=SESSION), SAFE),
        ("pgbouncer-session-conn-max-age", settings(behind(CONN_MAX_AGE=read("A", 60)), poolers=SESSION), UNSAFE),
        ("pgbouncer-transaction-age-zero", settings(behind(), poolers=TRANSACTION, servers=(SYNC,)), UNSAFE),
        (
            "pgbouncer-transaction-age-zero",
            settings(behind(CONN_MAX_AGE=0), poolers=TRANSACTION, servers=(SYNC,)),
            MANUAL,
        ),
        ("pooler-idle-timeout-vs-age", settings(behind(CONN_MAX_AGE=600), poolers=IDLE), SAFE),
        ("pooler-idle-timeout-vs-age", settings(behind(CONN_MAX_AGE=None), poolers=IDLE), SAFE),
        ("pooler-idle-timeout-vs-age", settings(behind(CONN_MAX_AGE=600), poolers=IDLE, django=(4, 0)), MANUAL),
        (
            "pooler-idle-timeout-vs-age",
            settings(behind(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=read("C", False, "bool")), poolers=IDLE),
            MANUAL,
        ),
        ("third-party-pool-conn-max-age", settings(database(ENGINE=DJ, CONN_MAX_AGE=None)), SAFE),
        ("third-party-pool-conn-max-age", settings(database(ENGINE=DJ, CONN_MAX_AGE=read("A", 60))), UNSAFE),
        ("dj-db-conn-pool-options-ignored", settings(database(ENGINE=DJ, POOL=known({"POOL_SIZE": 5}))), UNSAFE),
        ("max-conns-in-plain-engine", settings(database(options={"REUSE_CONNS": 9})), UNSAFE),
        ("dead-pool-backend", settings(database(ENGINE="dbpool.db.backends.postgresql"), django=()), MANUAL),
        ("rds-proxy-pinning", settings(database(HOST=RDS)), MANUAL),
        ("pgbouncer-budget", settings(behind(), poolers=ini(max_client_conn="7"), servers=(THREADS,)), MANUAL),
        (
            "pgbouncer-query-wait-timeout",
            settings(behind(), poolers=ini(query_wait_timeout="0"), servers=(replace(SYNC, timeout=30),)),
            MANUAL,
        ),
    ],
)
def test_how_careful(rule: str, module: object, applicability: Applicability) -> None:
    assert offers(rule, module) is applicability  # type: ignore[arg-type]


def test_ignored_options_are_a_warning() -> None:
    module = settings(
        behind(options={"options": "-c x=1"}), poolers=ini(ignore_startup_parameters="extra_float_digits, options")
    )
    (problem,) = problems("pgbouncer-startup-options", module)
    assert problem.severity is Severity.WARNING


def test_the_value_of_an_option_is_not_printed() -> None:
    module = settings(behind(options={"options": "-c shop.token=hunter2"}), poolers=TRANSACTION)
    (problem,) = problems("pgbouncer-startup-options", module)
    assert "hunter2" not in repr([problem.message, problem.because, problem.remedy])


def test_every_dropped_option_is_named() -> None:
    found = problems(
        "dj-db-conn-pool-options-ignored", settings(database(ENGINE=DJ, POOL_OPTIONS=known({"pool_size": 1, "x": 2})))
    )
    assert [("'pool_size'" in each.message, "'x'" in each.message) for each in found] == [(True, False), (False, True)]


def test_geventpool_says_each_trouble() -> None:
    module = settings(database(ENGINE=GEVENTPOOL, ATOMIC_REQUESTS=True), servers=(THREADS,))
    assert len(problems("geventpool-misconfigured", module)) == 3
