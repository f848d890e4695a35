"""DCF402 to DCF418: what the rules on Django's own pools do not say, and how careful they are with what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, CodeFact, Options, PoolMode, Role
from djconnfix.findings import Applicability, SetSetting, Severity
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
    packages,
    pgbouncer,
    problems,
    read,
    settings,
    unseen,
)
from tests.rules.silence import offers, silent

POOL = {"pool": {"min_size": 1, "max_size": 2}}
TRUE = {"pool": True}
SAFE, UNSAFE, MANUAL = Applicability.SAFE, Applicability.UNSAFE, Applicability.MANUAL
PSYCOPG = packages("psycopg[pool]")


def pool(**sizes: object) -> object:
    return database(options={"pool": sizes})


SILENT = {
    "pool-empty-dict": {
        "true": settings(database(options=TRUE)),
        "sizes": settings(database(options=POOL)),
        "may-hold-more": settings(database(options={"pool": Options({}, complete=False, location=at())})),
        "no-pool": settings(database()),
        "foreign-engine": settings(database(options={"pool": {}}, ENGINE="x.postgresql")),
        "mysql": settings(database(options={"pool": {}}, ENGINE=MYSQL)),
    },
    "pool-unsupported-django": {
        "django-5.1": settings(database(options=POOL), django=(5, 1)),
        "django-unknown": settings(database(options=POOL), django=()),
        "no-pool": settings(database(), django=(4, 2)),
        "oracle-5.2": settings(database(options=POOL, ENGINE=ORACLE), django=(5, 2)),
        "sqlite": settings(database(options=POOL, ENGINE=SQLITE), django=(4, 2)),
        "test-settings": settings(database(options=POOL), django=(4, 2), role=Role.TEST),
    },
    "pool-needs-psycopg3": {
        "pool-extra": settings(database(options=POOL), installs=PSYCOPG),
        "pool-package": settings(database(options=POOL), installs=packages("psycopg", "psycopg-pool")),
        "nothing-named": settings(database(options=POOL)),
        "no-pool": settings(database(), installs=packages("psycopg2")),
        "pool-perhaps": settings(database(options={"pool": read("P", True, "bool")}), installs=packages("psycopg2")),
        "oracle": settings(database(options=POOL, ENGINE=ORACLE), installs=packages("psycopg2")),
        "development": settings(database(options=POOL), installs=packages("psycopg2"), role=Role.DEVELOPMENT),
    },
    "pool-not-a-mapping": {
        "true": settings(database(options=TRUE)),
        "false": settings(database(options={"pool": False})),
        "none": settings(database(options={"pool": None})),
        "sizes": settings(database(options=POOL)),
        "out-of-sight": settings(database(options={"pool": unseen()})),
        "variable-as-boolean": settings(database(options={"pool": read("P", False, "bool")})),
        "mysql": settings(database(options={"pool": "true"}, ENGINE=MYSQL)),
    },
    "pool-unknown-or-reserved-option": {
        "known": settings(pool(min_size=1, max_size=2, timeout=3, max_lifetime=4, name="x")),
        "check-on-6.1": settings(pool(check=None), django=(6, 1)),
        "check-on-unknown": settings(pool(check=None), django=()),
        "oracle": settings(database(options={"pool": {"min": 1, "whatever": 2}}, ENGINE=ORACLE)),
        "true": settings(database(options=TRUE)),
    },
    "pool-max-below-min": {
        "equal": settings(pool(min_size=2, max_size=2)),
        "four": settings(pool(max_size=4)),
        "no-maximum": settings(pool(min_size=9)),
        "maximum-out-of-sight": settings(pool(max_size=unseen())),
        "minimum-out-of-sight": settings(pool(max_size=2, min_size=unseen())),
        "maximum-from-environment": settings(pool(max_size=read("N", 2))),
        "may-hold-more": settings(
            database(options={"pool": Options(database(options=POOL).options.values["pool"].values, complete=False)})  # type: ignore[union-attr]
        ),
        "oracle": settings(database(options={"pool": {"max": 0}}, ENGINE=ORACLE)),
    },
    "pool-smaller-than-threads": {
        "enough": settings(pool(max_size=4), servers=(THREADS,)),
        "true-is-four": settings(database(options=TRUE), servers=(THREADS,)),
        "one-thread": settings(pool(max_size=1, min_size=1), servers=(SYNC,)),
        "threads-unknown": settings(pool(max_size=1), servers=(replace(THREADS, threads=None),)),
        "size-out-of-sight": settings(pool(max_size=unseen()), servers=(THREADS,)),
        "asgi-has-no-limit": settings(pool(max_size=1), servers=(UVICORN,)),
        "greenlets": settings(pool(max_size=1), servers=(GEVENT,)),
        "nobody-serves": settings(pool(max_size=1)),
        "development": settings(pool(max_size=1), servers=(THREADS,), role=Role.DEVELOPMENT),
    },
    "pool-sync-single-thread": {
        "threads": settings(database(options=TRUE), servers=(THREADS,)),
        "threads-beside": settings(database(options=TRUE), servers=(SYNC, THREADS)),
        "threads-unknown": settings(database(options=TRUE), servers=(replace(SYNC, threads=None),)),
        "asgi": settings(database(options=TRUE), servers=(replace(UVICORN, threads=1),)),
        "one-connection": settings(pool(min_size=1), servers=(SYNC,)),
        "nobody-serves": settings(database(options=TRUE)),
        "only-an-option-says-so": settings(database(options=TRUE), assumed="wsgi"),
    },
    "pool-timeout-over-server-timeout": {
        "shorter": settings(pool(timeout=10), servers=(replace(THREADS, timeout=30),)),
        "patient-server": settings(database(options=POOL), servers=(replace(THREADS, timeout=60),)),
        "server-says-nothing": settings(pool(timeout=60), servers=(THREADS,)),
        "out-of-sight": settings(pool(timeout=unseen()), servers=(replace(THREADS, timeout=30),)),
        "no-pool": settings(database(), servers=(replace(THREADS, timeout=30),)),
    },
    "pool-fork-inherited": {
        "no-preload": settings(database(options=POOL), servers=(THREADS,)),
        "age-without-a-known-query": settings(database(CONN_MAX_AGE=60), servers=(replace(THREADS, preload=True),)),
        "nothing-kept": settings(database(), servers=(replace(THREADS, preload=True),)),
    },
    "pool-celery-prefork": {
        "no-celery": settings(database(options=POOL), servers=(THREADS,)),
        "threads": settings(database(options=POOL), servers=(replace(CELERY, worker_class="threads"),)),
        "solo": settings(database(options=POOL), servers=(replace(CELERY, worker_class="solo"),)),
        "gevent": settings(database(options=POOL), servers=(replace(CELERY, worker_class="gevent", greenlets=True),)),
        "no-pool": settings(database(CONN_MAX_AGE=60), servers=(CELERY,)),
        "rq": settings(database(options=POOL), servers=(replace(CELERY, program="rq", worker_class=""),)),
    },
    "pool-multiplies-aliases": {
        "one-pool": settings(database(HOST="db", options=POOL), database(alias="b", HOST="db")),
        "two-servers": settings(database(HOST="a", options=POOL), database(alias="b", HOST="b", options=POOL)),
        "two-cases-of-one-alias": settings(database(HOST="a", options=POOL), database(index=1, HOST="a", options=POOL)),
        "hosts-out-of-sight": settings(
            database(HOST=unseen(), options=POOL), database(alias="b", HOST=unseen(), options=POOL)
        ),
        "two-variables": settings(
            database(HOST=read("A", "db", ""), options=POOL),
            database(alias="b", HOST=read("B", "db", ""), options=POOL),
        ),
        "sockets": settings(database(options=POOL), database(alias="b", options=POOL)),
    },
    "pool-behind-session-pooler": {
        "direct": settings(database(HOST="db", options=POOL)),
        "transaction": settings(database(HOST="pgbouncer", options=POOL), poolers=(pgbouncer(PoolMode.TRANSACTION),)),
        "mode-unknown": settings(database(HOST="pgbouncer", options=POOL), poolers=(pgbouncer(None),)),
        "no-pool": settings(database(HOST="pgbouncer"), poolers=(pgbouncer(PoolMode.SESSION),)),
    },
    "pool-with-wrapped-engine": {
        "stock": settings(database(options=POOL)),
        "other-engine": settings(database(options=POOL, ENGINE="x.backends.postgresql")),
        "no-pool": settings(database(ENGINE="django_prometheus.db.backends.postgresql")),
    },
    "pool-in-management-commands": {
        "one": settings(pool(min_size=1)),
        "zero": settings(pool(min_size=0)),
        "out-of-sight": settings(pool(min_size=unseen())),
        "oracle-begins-with-one": settings(database(options=TRUE, ENGINE=ORACLE)),
        "no-pool": settings(database()),
    },
    "pool-static-credentials": {
        "stock": settings(database(options=POOL)),
        "no-pool": settings(database(ENGINE="django_iam_dbauth.aws.postgresql")),
        "diamond-is-no-iam": settings(database(options=POOL, ENGINE="diamond.postgresql")),
        "engine-from-environment": settings(database(options=POOL, ENGINE=read("E", "x.iam.postgresql", ""))),
    },
    "no-pool-under-asgi": {
        "pool": settings(database(options=POOL), servers=(UVICORN,)),
        "pool-perhaps": settings(database(options={"pool": read("P", False, "bool")}), servers=(UVICORN,)),
        "wsgi": settings(database(), servers=(SYNC,)),
        "mixed": settings(database(), servers=(SYNC, UVICORN)),
        "gevent": settings(database(), servers=(GEVENT,)),
        "nobody-serves": settings(database()),
        "sqlite": settings(database(ENGINE=SQLITE), servers=(UVICORN,)),
        "pooler": settings(database(PORT="6432"), servers=(UVICORN,)),
        "age-out-of-sight": settings(database(CONN_MAX_AGE=unseen()), servers=(UVICORN,)),
        "age-from-environment": settings(database(CONN_MAX_AGE=read("AGE", 60)), servers=(UVICORN,)),
        "misspelt-age": settings(database(CONN_MAXAGE=60), servers=(UVICORN,)),
        "development": settings(database(), servers=(UVICORN,), role=Role.DEVELOPMENT),
    },
}


@silent(SILENT)
def test_silent(rule: str, module: object) -> None:
    assert problems(rule, module) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "module", "applicability"),
    [
        ("pool-empty-dict", settings(database(options={"pool": {}})), UNSAFE),
        ("pool-empty-dict", settings(database(options={"pool": {}}, ENGINE=ORACLE)), MANUAL),
        ("pool-unsupported-django", settings(database(options=POOL), django=(5, 0), servers=(SYNC,)), UNSAFE),
        ("pool-unsupported-django", settings(database(options=POOL, ENGINE=ORACLE), django=(5, 1)), UNSAFE),
        ("pool-needs-psycopg3", settings(database(options=POOL), installs=packages("psycopg2")), MANUAL),
        ("pool-needs-psycopg3", settings(database(options=POOL), installs=packages("psycopg")), MANUAL),
        ("pool-not-a-mapping", settings(database(options={"pool": "True"})), SAFE),
        ("pool-not-a-mapping", settings(database(options={"pool": "1"})), SAFE),
        ("pool-not-a-mapping", settings(database(options={"pool": "false"})), UNSAFE),
        ("pool-not-a-mapping", settings(database(options={"pool": "psycopg"})), MANUAL),
        ("pool-not-a-mapping", settings(database(options={"pool": 4})), MANUAL),
        ("pool-not-a-mapping", settings(database(options={"pool": read("P", MISSING, "")})), MANUAL),
        ("pool-unknown-or-reserved-option", settings(pool(maxSize=2)), UNSAFE),
        ("pool-unknown-or-reserved-option", settings(pool(max_size=2, maxsize=2)), MANUAL),
        ("pool-unknown-or-reserved-option", settings(pool(size=2)), MANUAL),
        ("pool-unknown-or-reserved-option", settings(pool(open=True)), MANUAL),
        ("pool-unknown-or-reserved-option", settings(pool(check=None), django=(5, 2)), MANUAL),
        ("pool-max-below-min", settings(pool(max_size=2)), SAFE),
        ("pool-max-below-min", settings(pool(max_size=2, min_size=3)), MANUAL),
        ("pool-smaller-than-threads", settings(pool(max_size=2), servers=(THREADS,)), UNSAFE),
        ("pool-sync-single-thread", settings(database(options=TRUE), servers=(SYNC,)), UNSAFE),
        ("pool-timeout-over-server-timeout", settings(pool(timeout=30), servers=(replace(SYNC, timeout=30),)), UNSAFE),
        (
            "pool-timeout-over-server-timeout",
            settings(database(options=TRUE), servers=(replace(SYNC, timeout=30),)),
            MANUAL,
        ),
        ("pool-fork-inherited", settings(database(options=POOL), servers=(replace(SYNC, preload=True),)), MANUAL),
        ("pool-celery-prefork", settings(database(options=POOL), servers=(SYNC, CELERY, CELERY)), MANUAL),
        (
            "pool-behind-session-pooler",
            settings(database(HOST="pgbouncer", options=POOL), poolers=(pgbouncer(PoolMode.SESSION),)),
            UNSAFE,
        ),
        ("no-pool-under-asgi", settings(database(), servers=(UVICORN,), installs=PSYCOPG), UNSAFE),
        ("no-pool-under-asgi", settings(database(CONN_MAX_AGE=60), servers=(UVICORN,), installs=PSYCOPG), UNSAFE),
        ("no-pool-under-asgi", settings(database(), servers=(UVICORN,), installs=PSYCOPG, django=(5, 0)), MANUAL),
        ("no-pool-under-asgi", settings(database(), servers=(UVICORN,), installs=packages("psycopg2")), MANUAL),
        ("no-pool-under-asgi", settings(database(), servers=(UVICORN,)), MANUAL),
        ("no-pool-under-asgi", settings(database(ENGINE=MYSQL), servers=(UVICORN,)), MANUAL),
        (
            "no-pool-under-asgi",
            settings(database(ENGINE=read("E", POSTGRESQL, "")), servers=(UVICORN,), installs=PSYCOPG),
            MANUAL,
        ),
        (
            "no-pool-under-asgi",
            settings(database(options=Options(complete=False, location=at())), servers=(UVICORN,), installs=PSYCOPG),
            None,
        ),
    ],
)
def test_how_careful(rule: str, module: object, applicability: Applicability | None) -> None:
    assert offers(rule, module) is applicability  # type: ignore[arg-type]


def test_a_pool_under_asgi_takes_the_age_away_with_it() -> None:
    alias = database(CONN_MAX_AGE=60)
    (problem,) = problems("no-pool-under-asgi", settings(alias, servers=(UVICORN,), installs=PSYCOPG))
    assert problem.remedy is not None
    assert problem.remedy.actions[0] == SetSetting(alias.key, ("CONN_MAX_AGE",), 0)
    assert len(problem.remedy.actions) == 3


def test_a_query_at_import_makes_an_error_of_preloading() -> None:
    module = settings(database(CONN_MAX_AGE=60), servers=(replace(SYNC, preload=True),))
    (problem,) = problems("pool-fork-inherited", module, code=(CodeFact("query-at-import", at("shop/apps.py")),))
    assert problem.severity is Severity.ERROR


def test_only_postgresql_sizes_are_named_min_size() -> None:
    alias = database(options=TRUE, ENGINE=ORACLE)
    (problem,) = problems("pool-smaller-than-threads", settings(alias, servers=(THREADS,)))
    assert problem.remedy is not None
    assert problem.remedy.actions == (SetSetting(alias.key, ("OPTIONS", "pool"), {"min": 1, "max": 4}),)


@pytest.mark.parametrize(
    ("processes", "size"),
    [pytest.param(9, 10, id="fits"), pytest.param(10, 9, id="90-of-97"), pytest.param(48, 2, id="96-of-97")],
)
def test_a_pool_is_no_larger_than_the_server_admits_for_all_processes(processes: int, size: int) -> None:
    module = settings(database(), servers=(replace(UVICORN, processes=processes),), installs=PSYCOPG)
    (problem,) = problems("no-pool-under-asgi", module)
    (pool_set,) = [action for action in problem.remedy.actions if action.path == ("OPTIONS", "pool")]
    assert pool_set.value == {"min_size": 1, "max_size": size, "timeout": 10}
    assert problem.because[-1].text.startswith(f"with a pool {processes * size} connections may stand open then: ")


def test_no_pool_is_offered_where_not_even_one_connection_for_each_process_fits() -> None:
    module = settings(database(), servers=(replace(UVICORN, processes=98),), installs=PSYCOPG)
    (problem,) = problems("no-pool-under-asgi", module)
    assert problem.remedy.applicability is MANUAL
    assert "more connections than the server admits" in problem.remedy.why
    assert "a pooler in transaction mode" in problem.remedy.instructions


def test_a_pool_is_not_advised_for_a_django_without_one_whatever_the_engine() -> None:
    from_environment = database(ENGINE=read("DATABASE_URL", MISSING, ""))
    module = settings(from_environment, servers=(UVICORN,), installs=PSYCOPG, django=(4, 2))
    (problem,) = problems("no-pool-under-asgi", module)
    assert problem.remedy.why == "Django 4.2 has no pool, 5.1 brings it"
    assert 'pool"' not in problem.remedy.instructions
