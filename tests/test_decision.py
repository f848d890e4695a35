"""Same settings, different evidence, different advice: the whole decision table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.decision import (
    PERSISTENT_AGE,
    TABLE,
    Decision,
    Front,
    Situation,
    can_pool,
    decide,
    describe,
    outside,
    served,
)
from djconnfix.endpoints import pooler_from_endpoint
from djconnfix.facts import PoolMode, Serving
from tests.rules.build import (
    CELERY,
    GEVENT,
    MYSQL,
    ORACLE,
    POSTGRESQL,
    RUNSERVER,
    SQLITE,
    SYNC,
    THREADS,
    UVICORN,
    at,
    database,
    packages,
    pgbouncer,
    read,
    settings,
    unseen,
)

SERVERS = {
    Situation.THREADS: (THREADS, SYNC),
    Situation.ASGI: (UVICORN,),
    Situation.GREENLETS: (GEVENT,),
    Situation.MIXED: (SYNC, UVICORN),
    Situation.SERVERLESS: (replace(SYNC, program="zappa"),),
    Situation.WORKERS: (CELERY,),
    Situation.UNKNOWN: (),
}
ALIASES = {
    Front.DIRECT: (database(), ()),
    Front.IN_PROCESS: (database(options={"pool": True}), ()),
    Front.SESSION: (database(HOST="pgbouncer"), (pgbouncer(PoolMode.SESSION),)),
    Front.TRANSACTION: (database(HOST="pgbouncer"), (pgbouncer(PoolMode.TRANSACTION),)),
    Front.STATEMENT: (database(HOST="pgbouncer"), (pgbouncer(PoolMode.STATEMENT),)),
    Front.UNCLEAR: (database(HOST="pgbouncer"), (pgbouncer(None),)),
    Front.REPLACED: (database(), ()),
}
KEEP = PERSISTENT_AGE
LEAVE = None
#                    threads  asgi  greenlets  mixed  serverless  workers  unknown
AGES = {
    Front.DIRECT: (KEEP, 0, 0, LEAVE, LEAVE, LEAVE, LEAVE),
    Front.IN_PROCESS: (0, 0, 0, 0, 0, 0, 0),
    Front.SESSION: (0, 0, 0, 0, 0, 0, 0),
    Front.TRANSACTION: (KEEP, 0, 0, LEAVE, LEAVE, LEAVE, LEAVE),
    Front.STATEMENT: (LEAVE, 0, 0, LEAVE, LEAVE, LEAVE, LEAVE),
    Front.UNCLEAR: (LEAVE, 0, 0, LEAVE, LEAVE, LEAVE, LEAVE),
    Front.REPLACED: (LEAVE, 0, 0, LEAVE, LEAVE, LEAVE, LEAVE),
}


def decided(front: Front, situation: Situation) -> Decision:
    alias, poolers = ALIASES[front]
    evidence = settings(servers=SERVERS[situation], poolers=poolers).evidence
    if front is Front.REPLACED:
        evidence = replace(evidence, driver_replaced=at("shop/settings.py"))
    return decide(alias, evidence)


@pytest.mark.parametrize(
    ("front", "situation", "age"),
    [
        pytest.param(front, situation, age, id=f"{front.value}-{situation.value}".replace(" ", "-"))
        for front, ages in AGES.items()
        for situation, age in zip(Situation, ages, strict=True)
    ],
)
def test_the_table(front: Front, situation: Situation, age: int | None) -> None:
    decision = decided(front, situation)
    assert (decision.fronted.front, decision.served.situation) == (front, situation)
    assert decision.age == age
    assert decision.row.why


def test_every_row_is_reached() -> None:
    reached = {TABLE.index(decided(front, situation).row) for front in ALIASES for situation in Situation}
    assert reached == set(range(len(TABLE)))


@pytest.mark.parametrize(
    ("servers", "situation"),
    [
        pytest.param((), Situation.UNKNOWN, id="nothing"),
        pytest.param((RUNSERVER,), Situation.UNKNOWN, id="runserver-serves-nobody"),
        pytest.param((RUNSERVER, UVICORN), Situation.ASGI, id="runserver-beside"),
        pytest.param((CELERY,), Situation.WORKERS, id="only-workers"),
        pytest.param((CELERY, SYNC), Situation.THREADS, id="workers-beside"),
        pytest.param((SYNC, GEVENT), Situation.MIXED, id="threads-and-greenlets"),
        pytest.param((replace(SYNC, kind=Serving.UNKNOWN),), Situation.UNKNOWN, id="kind-not-seen"),
        pytest.param((replace(SYNC, kind=Serving.UNKNOWN), UVICORN), Situation.ASGI, id="kind-not-seen-beside"),
        pytest.param((replace(SYNC, program="vercel"), SYNC), Situation.MIXED, id="serverless-beside-a-server"),
        pytest.param(
            (UVICORN, replace(SYNC, location=at("gunicorn.conf.py"), part_of=UVICORN.location)),
            Situation.ASGI,
            id="a-file-that-a-command-reads",
        ),
        pytest.param(
            (replace(SYNC, part_of=at("compose.yml")),), Situation.THREADS, id="a-file-whose-command-serves-nobody"
        ),
        pytest.param((replace(UVICORN, greenlets=True),), Situation.GREENLETS, id="greenlets-win"),
        pytest.param((replace(UVICORN, development=True), SYNC), Situation.THREADS, id="asgi-only-in-development"),
    ],
)
def test_who_serves(servers: tuple[object, ...], situation: Situation) -> None:
    assert served(settings(servers=servers).evidence).situation is situation  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "situation"),
    [("wsgi", Situation.THREADS), ("asgi", Situation.ASGI), ("gevent", Situation.GREENLETS)],
)
def test_an_option_wins_over_the_files_and_is_the_evidence(option: str, situation: Situation) -> None:
    found = served(settings(servers=(SYNC, UVICORN), assumed=option).evidence)
    assert found.situation is situation
    assert [because.text for because in found.because] == [f"option server = {option}"]


@pytest.mark.parametrize(
    ("django", "checks"), [((), None), ((4, 0), False), ((4, 1), True), ((4, 1, 3), True), ((5, 2), True)]
)
def test_health_checks_follow_the_lowest_django(django: tuple[int, ...], checks: bool | None) -> None:
    assert decide(database(), settings(django=django).evidence).health_checks is checks


@pytest.mark.parametrize(
    ("alias", "poolers", "front"),
    [
        pytest.param(database(HOST="db"), (), Front.DIRECT, id="a-server"),
        pytest.param(database(HOST="db"), (pgbouncer(PoolMode.SESSION),), Front.DIRECT, id="a-pooler-elsewhere"),
        pytest.param(database(HOST="pgbouncer"), (), Front.UNCLEAR, id="a-name-that-gives-no-mode"),
        pytest.param(database(HOST="db", PORT=6432), (), Front.UNCLEAR, id="a-port-that-gives-no-mode"),
        pytest.param(
            database(HOST="db", PORT="6432"), (pgbouncer(PoolMode.TRANSACTION, "bouncer"),), Front.TRANSACTION,
            id="a-port-and-a-pooler-in-the-files",
        ),
        pytest.param(
            database(HOST="db", PORT=7000), (replace(pgbouncer(PoolMode.SESSION, ""), port=7000),), Front.SESSION,
            id="the-port-of-a-pooler-in-the-files",
        ),
        pytest.param(
            database(HOST="db", PORT=5432), (replace(pgbouncer(PoolMode.SESSION, ""), port=5432),), Front.DIRECT,
            id="the-port-of-every-postgresql",
        ),
        pytest.param(database(HOST="x.pooler.supabase.com", PORT="6543"), (), Front.TRANSACTION, id="supabase"),
        pytest.param(database(HOST="x.pooler.supabase.com", PORT="5432"), (), Front.SESSION, id="supabase-session"),
        pytest.param(
            database(HOST=read("DB_HOST", "localhost", "")), (pgbouncer(PoolMode.SESSION),), Front.UNCLEAR,
            id="the-environment-may-name-it",
        ),
        pytest.param(database(HOST=read("DB_HOST", "localhost", "")), (), Front.DIRECT, id="no-pooler-anywhere"),
        pytest.param(
            database(HOST=unseen()), (pgbouncer(PoolMode.TRANSACTION),), Front.UNCLEAR, id="an-address-out-of-sight"
        ),
        pytest.param(
            database(HOST="pgbouncer", options={"pool": True}), (pgbouncer(PoolMode.SESSION),), Front.SESSION,
            id="behind-the-pool-of-the-process",
        ),
    ],
)  # fmt: skip
def test_what_stands_outside(alias: object, poolers: tuple[object, ...], front: Front) -> None:
    assert outside(alias, settings(poolers=poolers).evidence).front is front  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("engine", "django", "installs", "possible"),
    [
        pytest.param(POSTGRESQL, (5, 1), ("psycopg[pool]",), True, id="psycopg-3"),
        pytest.param(POSTGRESQL, (5, 1), ("psycopg", "psycopg2"), True, id="both-drivers"),
        pytest.param(POSTGRESQL, (5, 0), ("psycopg",), False, id="django-5.0"),
        pytest.param(POSTGRESQL, (), ("psycopg",), None, id="django-unknown"),
        pytest.param(POSTGRESQL, (5, 2), ("psycopg2",), False, id="psycopg2"),
        pytest.param(POSTGRESQL, (5, 2), ("psycopg2-binary",), False, id="psycopg2-binary"),
        pytest.param(POSTGRESQL, (5, 2), (), None, id="driver-unknown"),
        pytest.param(ORACLE, (5, 2), ("oracledb",), True, id="oracledb"),
        pytest.param(ORACLE, (5, 1), ("oracledb",), False, id="oracle-5.1"),
        pytest.param(ORACLE, (5, 2), ("cx-oracle",), False, id="cx-oracle"),
        pytest.param(MYSQL, (6, 1), ("mysqlclient",), False, id="mysql-never"),
        pytest.param(SQLITE, (6, 1), (), False, id="sqlite-never"),
        pytest.param("shop.backends.postgresql", (5, 2), ("psycopg",), False, id="foreign-engine"),
        pytest.param(read("ENGINE", POSTGRESQL, ""), (5, 2), ("psycopg",), None, id="engine-from-environment"),
    ],
)
def test_where_django_has_a_pool(
    engine: object, django: tuple[int, ...], installs: tuple[str, ...], possible: bool | None
) -> None:
    evidence = settings(django=django, installs=packages(*installs)).evidence
    assert can_pool(database(ENGINE=engine), evidence) is possible


@pytest.mark.parametrize(
    ("host", "port", "found"),
    [
        ("", "", None),
        ("localhost", "5432", None),
        ("db.example.com", "", None),
        ("odyssey-tours.example.com", "5432", ("odyssey", None)),
        ("mypgbouncers.example.com", "5432", ("pgbouncer", None)),
        ("pg-bouncer", "5432", None),
        ("pgbouncer.internal", "5432", ("pgbouncer", None)),
        ("shop_pgbouncer_1", "5432", ("pgbouncer", None)),
        ("localhost", "6432", ("pgbouncer", None)),
        ("aws-0-eu.pooler.supabase.com", "6543", ("supavisor", PoolMode.TRANSACTION)),
        ("ep-x-123-pooler.eu-central-1.aws.neon.tech", "5432", ("neon-pooler", PoolMode.TRANSACTION)),
        ("ep-x-123.eu-central-1.aws.neon.tech", "5432", None),
        ("p.proxy-abc.eu-west-1.rds.amazonaws.com", "5432", ("rds-proxy", None)),
        ("db.abc.eu-west-1.rds.amazonaws.com", "5432", None),
    ],
)
def test_addresses(host: str, port: str, found: object) -> None:
    assert pooler_from_endpoint(host, port) == found


def test_a_server_in_words() -> None:
    assert describe(THREADS) == "gunicorn (WSGI, gthread, 2 processes, 4 threads each)"
    assert describe(replace(UVICORN, replicas=3)) == "uvicorn (ASGI, 1 process, 3 replicas)"
    assert describe(CELERY) == "celery (worker, prefork, 4 processes)"
