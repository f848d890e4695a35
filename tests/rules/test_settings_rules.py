"""The remaining rules on settings: what they do not say, and how careful they are with what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, DatabaseKey, ModuleName, PoolMode, Role, State, Value
from djconnfix.findings import Applicability, CastSetting, SetSetting, Severity
from tests.rules.build import (
    CELERY,
    GEVENT,
    MYSQL,
    ORACLE,
    POSTGRESQL,
    SQLITE,
    SYNC,
    THREADS,
    UVICORN,
    at,
    database,
    known,
    package,
    packages,
    pgbouncer,
    problems,
    project,
    read,
    settings,
    unseen,
)
from tests.rules.silence import offers, silent

SAFE, UNSAFE, MANUAL = Applicability.SAFE, Applicability.UNSAFE, Applicability.MANUAL
CHECKS = {"CONN_HEALTH_CHECKS": True}
DEV = Role.DEVELOPMENT
ZAPPA = replace(SYNC, program="zappa")
WAIT = {"init_command": "SET wait_timeout=300"}
IDLE = {"options": "-c idle_session_timeout=5min"}
TLS = {"ssl_mode": "REQUIRED"}
MANY = replace(THREADS, processes=40)


def url(**entries: object) -> object:
    """Return an alias that a URL helper makes: every value comes from one expression."""
    alias = database(ENGINE=read("DATABASE_URL", POSTGRESQL, ""), **entries)  # type: ignore[arg-type]
    return replace(alias, made_by="environ.db")


def from_url(value: object) -> Value:
    return Value(State.ENVIRONMENT, value, at(line=6), variable="DATABASE_URL")


def names(key: str, value: object = True, *, used: bool = False) -> tuple[ModuleName, ...]:
    return (ModuleName(key, known(value), at(line=9), used),)


def twins(**second: object) -> tuple[object, object]:
    """Return two aliases of one database."""
    first = database(HOST="db", NAME="shop", CONN_MAX_AGE=60)
    return first, database(**{"alias": "second", "HOST": "db", "NAME": "shop", **second})  # type: ignore[arg-type]


SILENT = {
    "health-checks-unsupported": {
        "django-4.1": settings(database(**CHECKS), django=(4, 1)),
        "django-unknown": settings(database(**CHECKS), django=()),
        "off": settings(database(CONN_HEALTH_CHECKS=False), django=(3, 2)),
        "sqlite": settings(database(ENGINE=SQLITE, **CHECKS), django=(3, 2)),
        "development": settings(database(**CHECKS), django=(3, 2), role=DEV),
    },
    "health-checks-inert": {
        "kept": settings(database(CONN_MAX_AGE=60, **CHECKS)),
        "perhaps-kept": settings(database(CONN_MAX_AGE=read("AGE", 0), **CHECKS)),
        "age-out-of-sight": settings(database(CONN_MAX_AGE=unseen(), **CHECKS)),
        "pool": settings(database(options={"pool": True}, **CHECKS)),
        "pool-perhaps": settings(database(options={"pool": unseen()}, **CHECKS)),
        "misspelt-age": settings(database(CONN_MAXAGE=60, **CHECKS)),
        "sqlite": settings(database(ENGINE=SQLITE, **CHECKS)),
    },
    "conn-max-age-unlimited": {
        "finite": settings(database(CONN_MAX_AGE=600), servers=(SYNC,)),
        "nobody-serves": settings(database(CONN_MAX_AGE=None)),
        "asgi-is-worse": settings(database(CONN_MAX_AGE=None), servers=(UVICORN,)),
        "transaction-pooler": settings(
            database(CONN_MAX_AGE=None, HOST="pgbouncer"), servers=(SYNC,), poolers=(pgbouncer(PoolMode.TRANSACTION),)
        ),
        "variable": settings(database(CONN_MAX_AGE=read("AGE", None)), servers=(SYNC,)),
        "sqlite": settings(database(CONN_MAX_AGE=None, ENGINE=SQLITE), servers=(SYNC,)),
    },
    "conn-max-age-over-server-timeout": {
        "shorter": settings(database(CONN_MAX_AGE=300, ENGINE=MYSQL, options=WAIT)),
        "checked": settings(database(CONN_MAX_AGE=600, ENGINE=MYSQL, options=WAIT, **CHECKS)),
        "not-kept": settings(database(ENGINE=MYSQL, options=WAIT)),
        "another-command": settings(database(CONN_MAX_AGE=600, ENGINE=MYSQL, options={"init_command": "SET x=1"})),
        "variable": settings(database(CONN_MAX_AGE=read("AGE", 600), ENGINE=MYSQL, options=WAIT)),
        "postgresql-does-not-know-it": settings(database(CONN_MAX_AGE=600, options=WAIT)),
        "idle-session-longer": settings(database(CONN_MAX_AGE=60, options=IDLE)),
    },
    "conn-max-age-in-dev": {
        "django-4.0": settings(database(CONN_MAX_AGE=60), django=(4, 0), role=DEV),
        "django-unknown": settings(database(CONN_MAX_AGE=60), django=(), role=DEV),
        "production": settings(database(CONN_MAX_AGE=60), django=(3, 2)),
        "not-kept": settings(database(), django=(3, 2), role=DEV),
        "sqlite": settings(database(CONN_MAX_AGE=60, ENGINE=SQLITE), django=(3, 2), role=DEV),
    },
    "conn-max-age-differs-by-alias": {
        "same": settings(*twins(CONN_MAX_AGE=60)),
        "another-name": settings(*twins(NAME="other", CONN_MAX_AGE=0)),
        "another-host": settings(*twins(HOST="other", CONN_MAX_AGE=0)),
        "name-out-of-sight": settings(*twins(NAME=unseen(), CONN_MAX_AGE=0)),
        "age-by-default": settings(*twins()),
        "cases-of-one-alias": settings(*twins(alias="default", index=1, CONN_MAX_AGE=0)),
    },
    "persistent-connection-in-serverless": {
        "zero": settings(database(CONN_MAX_AGE=0), servers=(ZAPPA,)),
        "short": settings(database(CONN_MAX_AGE=60), servers=(ZAPPA,)),
        "workers": settings(database(CONN_MAX_AGE=600), servers=(SYNC,)),
        "pooler": settings(
            database(CONN_MAX_AGE=600, HOST="x.pooler.supabase.com", PORT="6543"), servers=(ZAPPA,)
        ),
        "sqlite": settings(database(CONN_MAX_AGE=600, ENGINE=SQLITE), servers=(ZAPPA,)),
    },
    "mysql-tls-ca-bundle": {
        "kept": settings(database(ENGINE=MYSQL, options=TLS, CONN_MAX_AGE=60)),
        "age-out-of-sight": settings(database(ENGINE=MYSQL, options=TLS, CONN_MAX_AGE=unseen())),
        "authority": settings(database(ENGINE=MYSQL, options={**TLS, "ssl": {"ca": "/x"}})),
        "option-file": settings(database(ENGINE=MYSQL, options={**TLS, "read_default_file": "/x"})),
        "preferred": settings(database(ENGINE=MYSQL, options={"ssl_mode": "PREFERRED"})),
        "postgresql": settings(database(options=TLS)),
        "no-tls": settings(database(ENGINE=MYSQL)),
    },
    "postgresql-timezone-roundtrip": {
        "kept": settings(database(CONN_MAX_AGE=60), servers=(UVICORN,)),
        "options": settings(database(options={"options": "-c x=1"}), servers=(UVICORN,)),
        "pooler": settings(database(PORT="6432"), servers=(UVICORN,)),
        "pooler-in-the-files": settings(database(), servers=(UVICORN,), poolers=(pgbouncer(None),)),
        "mysql": settings(database(ENGINE=MYSQL), servers=(UVICORN,)),
    },
    "transactions-managed": {
        "django-1.7": settings(database(), names=names("TRANSACTIONS_MANAGED"), django=(1, 7)),
        "django-unknown": settings(database(), names=names("TRANSACTIONS_MANAGED"), django=()),
        "off": settings(database(), names=names("TRANSACTIONS_MANAGED", False)),
        "read-by-the-project": settings(database(), names=names("TRANSACTIONS_MANAGED", used=True)),
        "another-name": settings(database(), names=names("CONN_MAX_AGE")),
    },
    "atomic-requests-truthy-string": {
        "boolean": settings(database(ATOMIC_REQUESTS=True)),
        "cast": settings(database(ATOMIC_REQUESTS=read("A", False, "bool"))),
        "empty": settings(database(ATOMIC_REQUESTS="")),
        "number": settings(database(ATOMIC_REQUESTS=1)),
        "out-of-sight": settings(database(ATOMIC_REQUESTS=unseen())),
        "env-url-string-boolean-says-it": settings(url(ATOMIC_REQUESTS=from_url("false"))),
        "test-settings": settings(database(ATOMIC_REQUESTS="False"), role=Role.TEST),
    },
    "atomic-requests-cost": {
        "off": settings(database()),
        "sqlite": settings(database(ENGINE=SQLITE, ATOMIC_REQUESTS=True)),
    },
    "atomic-requests-all-aliases": {
        "one": settings(database(ATOMIC_REQUESTS=True), database(alias="b")),
        "cases-of-one": settings(database(ATOMIC_REQUESTS=True), database(index=1, ATOMIC_REQUESTS=True)),
        "a-file-beside": settings(
            database(ATOMIC_REQUESTS=True), database(alias="b", ENGINE=SQLITE, ATOMIC_REQUESTS=True)
        ),
    },
    "mysql-isolation-none": {
        "read-committed": settings(
            database(ENGINE=MYSQL, ATOMIC_REQUESTS=True, options={"isolation_level": "read committed"})
        ),
        "short-transactions": settings(database(ENGINE=MYSQL, options={"isolation_level": None})),
        "not-written": settings(database(ENGINE=MYSQL, ATOMIC_REQUESTS=True)),
        "variable": settings(
            database(ENGINE=MYSQL, ATOMIC_REQUESTS=True, options={"isolation_level": read("I", None, "")})
        ),
        "postgresql": settings(database(ATOMIC_REQUESTS=True, options={"isolation_level": None})),
    },
    "sqlite-deferred": {
        "one-process": settings(database(ENGINE=SQLITE, NAME="x"), servers=(replace(SYNC, processes=1),)),
        "nobody-serves": settings(database(ENGINE=SQLITE, NAME="x")),
        "django-5.0": settings(database(ENGINE=SQLITE, NAME="x"), servers=(SYNC,), django=(5, 0)),
        "in-memory": settings(database(ENGINE=SQLITE, NAME="file:x?mode=memory:memory:"), servers=(SYNC,)),
        "written": settings(
            database(ENGINE=SQLITE, NAME="x", options={"transaction_mode": "EXCLUSIVE"}), servers=(SYNC,)
        ),
        "only-a-default": settings(database(ENGINE=read("E", SQLITE, ""), NAME="x"), servers=(SYNC,)),
        "postgresql": settings(database(NAME="x"), servers=(SYNC,)),
    },
    "conn-max-age-not-number": {
        "number": settings(database(CONN_MAX_AGE=60)),
        "none": settings(database(CONN_MAX_AGE=None)),
        "float": settings(database(CONN_MAX_AGE=0.5)),
        "cast": settings(database(CONN_MAX_AGE=read("AGE", 60))),
        "out-of-sight": settings(database(CONN_MAX_AGE=unseen())),
        "default": settings(database()),
        "test-settings": settings(database(CONN_MAX_AGE="60"), role=Role.TEST),
    },
    "options-at-alias-level": {
        "inside": settings(database(options={"sslmode": "require"})),
        "foreign-engine": settings(database(sslmode="require", ENGINE="x.postgresql")),
        "not-an-alias": settings(database(alias="OPTIONS", sslmode="require")),
        "django-key": settings(database(TIME_ZONE="UTC")),
    },
    "key-at-databases-level": {
        "alias": settings(database(alias="options")),
        "alias-in-capitals": settings(database(alias="OPTIONS")),
    },
    "env-url-string-boolean": {
        "boolean": settings(url(ATOMIC_REQUESTS=from_url(False))),
        "another-helper": settings(database(ATOMIC_REQUESTS="false")),
        "set-elsewhere": settings(url(ATOMIC_REQUESTS=known("false", line=30))),
    },
    "url-conn-max-age": {
        "literal": settings(database(options={"conn_max_age": 60})),
        "driver-option": settings(replace(database(options={"sslmode": "x"}), made_by="dj_database_url.parse")),
        "environ-reads-it": settings(replace(database(options={"conn_max_age": 6}), made_by="environ.db")),
    },
    "ssl-require-non-pg": {
        "postgresql": settings(database(options={"sslmode": "require"})),
        "not-written": settings(database(ENGINE=SQLITE)),
        "out-of-sight": settings(database(ENGINE=MYSQL, options={"sslmode": unseen()})),
        "engine-out-of-sight": settings(database(ENGINE=unseen(), options={"sslmode": "require"})),
    },
    "dj-url-update-overwrites": {
        "one-case": settings(database(CONN_MAX_AGE=Value(State.DEFAULT, 0, at(), source="dj_database_url"))),
        "same-value": settings(
            database(CONN_MAX_AGE=0), database(index=1, CONN_MAX_AGE=Value(State.DEFAULT, 0, at(), source="dj_database_url"))
        ),
        "django-default": settings(database(CONN_MAX_AGE=60), database(index=1)),
    },
    "name-missing": {
        "name": settings(database(NAME="x")),
        "variable": settings(database(NAME=read("N", MISSING, ""))),
        "out-of-sight": settings(database(NAME=unseen())),
        "service": settings(database(options={"service": "x"})),
        "mysql": settings(database(ENGINE=MYSQL)),
        "oracle": settings(database(ENGINE=ORACLE)),
        "incomplete": settings(database(complete=False)),
        "held-elsewhere": settings(database(), held_elsewhere=(("a file", at()),)),
        "development": settings(database(), role=DEV),
        "long-sqlite-path": settings(database(ENGINE=SQLITE, NAME="x" * 80)),
    },
    "time-zone-with-use-tz-false": {
        "used": settings(database(TIME_ZONE="UTC"), names=names("USE_TZ", True)),
        "not-written": settings(database(TIME_ZONE="UTC")),
        "no-zone": settings(database(), names=names("USE_TZ", False)),
        "zone-none": settings(database(TIME_ZONE=None), names=names("USE_TZ", False)),
        "zone-variable": settings(database(TIME_ZONE=read("TZ", "UTC", "")), names=names("USE_TZ", False)),
        "one-of-two": settings(
            database(TIME_ZONE="UTC"), names=(*names("USE_TZ", False), *names("USE_TZ", True))
        ),
    },
    "gevent-psycopg-not-cooperative": {
        "threads": settings(database(), servers=(SYNC,), installs=packages("psycopg2")),
        "no-driver": settings(database(), servers=(GEVENT,)),
        "psycogreen": settings(database(), servers=(GEVENT,), installs=packages("psycopg2", "psycogreen")),
        "new-psycopg": settings(
            database(), servers=(GEVENT,), installs={"psycopg": package("psycopg", (3, 1, 14), ["binary"])}
        ),
        "a-floor-is-no-version": settings(
            database(),
            servers=(GEVENT,),
            installs={"psycopg": replace(package("psycopg", (3, 1, 8), ["binary"]), exact=False)},
        ),
        "python-psycopg": settings(
            database(), servers=(GEVENT,), installs={"psycopg": package("psycopg", (3, 1, 8))}
        ),
        "mysql": settings(database(ENGINE=MYSQL), servers=(GEVENT,), installs=packages("psycopg2")),
    },
    "connection-budget": {
        "few": settings(database(CONN_MAX_AGE=60), servers=(THREADS,)),
        "nothing-kept": settings(database(), servers=(MANY,)),
        "pooler": settings(
            database(CONN_MAX_AGE=60, HOST="pgbouncer"), servers=(MANY,), poolers=(pgbouncer(PoolMode.TRANSACTION),)
        ),
        "oracle": settings(database(CONN_MAX_AGE=60, ENGINE=ORACLE), servers=(MANY,)),
        "sqlite": settings(database(CONN_MAX_AGE=60, ENGINE=SQLITE), servers=(MANY,)),
        "two-servers": settings(
            database(CONN_MAX_AGE=60, HOST="a"), database(alias="b", CONN_MAX_AGE=60, HOST="b"),
            servers=(replace(THREADS, processes=20),),
        ),
        "development": settings(database(CONN_MAX_AGE=60), servers=(replace(MANY, development=True),)),
    },
    "mixed-wsgi-asgi": {
        "one-kind": settings(database(), servers=(SYNC, THREADS)),
        "conn-max-age-asgi-says-it": settings(database(CONN_MAX_AGE=60), servers=(SYNC, UVICORN)),
        "variable": settings(database(CONN_MAX_AGE=read("AGE", 0)), servers=(SYNC, UVICORN)),
        "pool": settings(database(options={"pool": True}), servers=(SYNC, UVICORN)),
        "sqlite": settings(database(ENGINE=SQLITE), servers=(SYNC, UVICORN)),
        "session-pooler-wants-zero": settings(
            database(HOST="pgbouncer"), servers=(SYNC, UVICORN), poolers=(pgbouncer(PoolMode.SESSION),)
        ),
    },
    "celery-ignores-conn-max-age": {
        "no-celery": settings(database(CONN_MAX_AGE=60), servers=(SYNC,)),
        "nothing-kept": settings(database(), servers=(CELERY,)),
        "pool": settings(database(options={"pool": True}), servers=(CELERY,)),
    },
    "gunicorn-config-vs-cli": {
        "no-file": settings(database(), servers=(SYNC,)),
        "same": settings(database(), servers=(SYNC, replace(SYNC, location=at("g.py"), part_of=SYNC.location))),
        "file-says-nothing": settings(
            database(),
            servers=(SYNC, replace(SYNC, location=at("g.py"), part_of=SYNC.location, processes=None, threads=None)),
        ),
        "command-not-found": settings(database(), servers=(replace(GEVENT, part_of=at("nowhere")),)),
        "celery-in-the-same-script": settings(
            database(),
            servers=(CELERY, replace(SYNC, location=at("run.sh"), part_of=CELERY.location, processes=9)),
        ),
    },
}  # fmt: skip


@silent(SILENT)
def test_silent(rule: str, module: object) -> None:
    assert problems(rule, module) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "module", "applicability"),
    [
        ("health-checks-unsupported", settings(database(**CHECKS), django=(4, 0)), MANUAL),
        ("health-checks-inert", settings(database(**CHECKS)), MANUAL),
        ("conn-max-age-unlimited", settings(database(CONN_MAX_AGE=None), servers=(SYNC,)), UNSAFE),
        ("conn-max-age-over-server-timeout", settings(database(CONN_MAX_AGE=600, ENGINE=MYSQL, options=WAIT)), SAFE),
        ("conn-max-age-over-server-timeout", settings(database(CONN_MAX_AGE=None, options=IDLE)), SAFE),
        (
            "conn-max-age-over-server-timeout",
            settings(database(CONN_MAX_AGE=60, options={"options": "-c idle_session_timeout=5000"})),
            SAFE,
        ),
        (
            "conn-max-age-over-server-timeout",
            settings(database(CONN_MAX_AGE=600, ENGINE=MYSQL, options=WAIT), django=(4, 0)),
            MANUAL,
        ),
        (
            "conn-max-age-over-server-timeout",
            settings(database(CONN_MAX_AGE=600, ENGINE=MYSQL, options=WAIT, CONN_HEALTH_CHECKS=False)),
            MANUAL,
        ),
        ("conn-max-age-in-dev", settings(database(CONN_MAX_AGE=60), django=(3, 2), role=DEV), MANUAL),
        ("persistent-connection-in-serverless", settings(database(CONN_MAX_AGE=None), servers=(ZAPPA,)), UNSAFE),
        (
            "persistent-connection-in-serverless",
            settings(database(CONN_MAX_AGE=read("A", 600)), servers=(ZAPPA,)),
            UNSAFE,
        ),
        ("mysql-tls-ca-bundle", settings(database(ENGINE=MYSQL, options=TLS)), MANUAL),
        ("mysql-tls-ca-bundle", settings(database(ENGINE=MYSQL, options={"ssl": {"check": 1}})), MANUAL),
        ("transactions-managed", settings(database(), names=names("TRANSACTIONS_MANAGED")), UNSAFE),
        ("atomic-requests-truthy-string", settings(database(ATOMIC_REQUESTS="False")), UNSAFE),
        ("atomic-requests-truthy-string", settings(database(AUTOCOMMIT=read("A", True, ""))), MANUAL),
        (
            "mysql-isolation-none",
            settings(database(ENGINE=MYSQL, AUTOCOMMIT=False, options={"isolation_level": None})),
            MANUAL,
        ),
        ("sqlite-deferred", settings(database(ENGINE=SQLITE, NAME="x"), servers=(SYNC,)), MANUAL),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE="60")), SAFE),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE="None")), SAFE),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE="1 min")), MANUAL),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE="")), MANUAL),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE="६०")), MANUAL),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE=read("A", 60, ""))), UNSAFE),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE=read("A", "60", ""))), UNSAFE),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE=read("A", None, ""))), MANUAL),
        ("conn-max-age-not-number", settings(database(CONN_MAX_AGE=read("A", MISSING, ""))), MANUAL),
        ("conn-max-age-not-number", settings(url(CONN_MAX_AGE=from_url("none"))), MANUAL),
        ("options-at-alias-level", settings(database(sslmode="require")), UNSAFE),
        ("options-at-alias-level", settings(database(sslmode="require", options={"sslmode": "x"})), MANUAL),
        ("options-at-alias-level", settings(database(sslmode="require", ENGINE=SQLITE)), MANUAL),
        ("env-url-string-boolean", settings(url(ATOMIC_REQUESTS=from_url("false"))), MANUAL),
        ("ssl-require-non-pg", settings(database(ENGINE=MYSQL, options={"sslmode": "require"})), UNSAFE),
        (
            "ssl-require-non-pg",
            settings(
                replace(database(ENGINE=SQLITE, options={"sslmode": "require"}), made_by="dj_database_url.config")
            ),
            MANUAL,
        ),
        ("name-missing", settings(database()), MANUAL),
        ("name-missing", settings(database(ENGINE=SQLITE)), MANUAL),
        ("name-missing", settings(database(NAME="x" * 64)), MANUAL),
        ("connection-budget", settings(database(CONN_MAX_AGE=60), servers=(MANY,)), MANUAL),
        ("mixed-wsgi-asgi", settings(database(), servers=(SYNC, UVICORN)), MANUAL),
    ],
)
def test_how_careful(rule: str, module: object, applicability: Applicability) -> None:
    assert offers(rule, module) is applicability  # type: ignore[arg-type]


def test_text_of_a_variable_is_cast() -> None:
    alias = database(CONN_MAX_AGE=read("A", 60, ""))
    (problem,) = problems("conn-max-age-not-number", settings(alias))
    assert problem.remedy is not None
    assert problem.remedy.actions == (CastSetting(alias.key, ("CONN_MAX_AGE",), "int"),)


def test_a_number_in_quotes_becomes_zero_where_it_would_leak() -> None:
    alias = database(CONN_MAX_AGE="60")
    (problem,) = problems("conn-max-age-not-number", settings(alias, servers=(UVICORN,)))
    assert problem.remedy is not None
    assert problem.remedy.actions == (SetSetting(alias.key, ("CONN_MAX_AGE",), 0),)


def test_a_text_that_could_be_a_secret_is_not_printed() -> None:
    (problem,) = problems("conn-max-age-not-number", settings(database(CONN_MAX_AGE="hunter2")))
    assert "hunter2" not in repr(problem)


def test_a_number_beside_the_aliases_is_an_error() -> None:
    alias = database(alias="CONN_MAX_AGE", ENGINE=None, complete=False)
    (problem,) = problems("key-at-databases-level", settings(alias))
    assert problem.severity is Severity.ERROR
    assert problem.database == DatabaseKey("shop.settings", "CONN_MAX_AGE", 0)


def test_ssl_of_a_default_that_the_environment_replaces_is_a_warning() -> None:
    alias = database(ENGINE=read("DATABASE_URL", SQLITE, ""), options={"sslmode": "require"})
    (problem,) = problems("ssl-require-non-pg", settings(replace(alias, made_by="dj_database_url.config")))
    assert problem.severity is Severity.WARNING


def test_aliases_of_one_server_are_added_up() -> None:
    pair = settings(
        database(CONN_MAX_AGE=60, HOST="a"), database(alias="b", CONN_MAX_AGE=60, HOST="a"),
        servers=(replace(THREADS, processes=20),),
    )  # fmt: skip
    (problem,) = problems("connection-budget", pair)
    assert "160 connections" in problem.message


def test_the_file_that_loses_is_named() -> None:
    module = settings(
        database(), servers=(SYNC, replace(SYNC, location=at("g.py"), part_of=SYNC.location, processes=9))
    )
    assert project(module).evidence is module.evidence
    (problem,) = problems("gunicorn-config-vs-cli", module)
    assert problem.location.path == "g.py"
    assert "workers 9 here, 2 there" in problem.message
