"""DCF101 offers an age only where WSGI workers are proven and nothing speaks against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, Options, PoolMode, Role
from djconnfix.findings import Applicability, SetSetting, Severity
from tests.rules.build import (
    CELERY,
    GEVENT,
    MYSQL,
    POSTGRESQL,
    RUNSERVER,
    SQLITE,
    SYNC,
    THREADS,
    UVICORN,
    at,
    database,
    pgbouncer,
    problems,
    read,
    settings,
    unseen,
)

RULE = "conn-max-age-zero"


@pytest.mark.parametrize(
    "alias",
    [
        pytest.param(database(ENGINE=SQLITE), id="sqlite"),
        pytest.param(database(CONN_MAX_AGE=60), id="persistent"),
        pytest.param(database(CONN_MAX_AGE=None), id="unlimited"),
        pytest.param(database(CONN_MAX_AGE=unseen()), id="out-of-sight"),
        pytest.param(database(CONN_MAX_AGE=read("AGE", MISSING)), id="environment-without-default"),
        pytest.param(database(options={"pool": True}), id="pool"),
        pytest.param(database(options={"pool": read("POOL", False, "bool")}), id="pool-perhaps"),
        pytest.param(database(ENGINE="dj_db_conn_pool.backends.mysql"), id="pooling-engine"),
        pytest.param(database(CONN_MAXAGE=60), id="misspelt-age"),
        pytest.param(database(options={"CONN_MAX_AGE": 60}), id="misplaced-age"),
        pytest.param(database(complete=False), id="incomplete-alias"),
    ],
)
def test_nothing_is_said_of(alias: object) -> None:
    assert problems(RULE, settings(alias, servers=(THREADS,))) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("engine", "django", "found"),
    [
        pytest.param(MYSQL, (5, 2), 1, id="mysql-has-no-pool"),
        pytest.param(POSTGRESQL, (4, 2), 1, id="no-pool-yet"),
        pytest.param(POSTGRESQL, (5, 1), 0, id="perhaps-a-pool"),
        pytest.param(read("ENGINE", MYSQL, "str"), (5, 2), 0, id="the-environment-may-name-postgresql"),
        pytest.param(read("ENGINE", MYSQL, "str"), (4, 2), 1, id="which-has-no-pool-yet-either"),
    ],
)
def test_options_out_of_sight_hold_a_pool_only_where_there_are_pools(
    engine: object, django: tuple[int, ...], found: int
) -> None:
    alias = database(ENGINE=engine, options=Options({}, complete=False))
    assert len(problems(RULE, settings(alias, servers=(THREADS,), django=django))) == found


@pytest.mark.parametrize("role", [Role.DEVELOPMENT, Role.TEST])
def test_only_production_is_judged(role: Role) -> None:
    assert problems(RULE, settings(database(), role=role, servers=(THREADS,))) == []


@pytest.mark.parametrize(
    "servers",
    [(UVICORN,), (GEVENT,), (SYNC, UVICORN), (replace(SYNC, program="zappa"),)],
    ids=["asgi", "gevent", "wsgi-and-asgi", "serverless"],
)
def test_nothing_is_said_where_an_age_would_leak(servers: object) -> None:
    assert problems(RULE, settings(database(), servers=servers)) == []  # type: ignore[arg-type]


def test_nothing_is_said_behind_a_session_pooler() -> None:
    behind = settings(database(HOST="pgbouncer"), servers=(SYNC,), poolers=(pgbouncer(PoolMode.SESSION),))
    assert problems(RULE, behind) == []


@pytest.mark.parametrize(
    ("module", "words"),
    [
        pytest.param(settings(database()), "--server wsgi", id="nobody-says-who-serves"),
        pytest.param(settings(database(), servers=(RUNSERVER,)), "--server wsgi", id="only-runserver"),
        pytest.param(
            settings(database(PORT="6432"), servers=(SYNC,)), "pooler in transaction mode", id="pooler-of-unknown-mode"
        ),
        pytest.param(
            settings(database(HOST=read("HOST", "db", "")), servers=(SYNC,), poolers=(pgbouncer(PoolMode.SESSION),)),
            "pooler in transaction mode",
            id="pooler-that-the-environment-may-name",
        ),
        pytest.param(settings(database(CONN_MAX_AGE=0), servers=(SYNC,)), "if it is not", id="written-zero"),
    ],
)
def test_a_person_decides(module: object, words: str) -> None:
    (problem,) = problems(RULE, module)  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
    assert problem.remedy.actions == ()
    assert words in problem.remedy.instructions


def test_a_written_zero_is_information() -> None:
    (problem,) = problems(RULE, settings(database(CONN_MAX_AGE=0), servers=(SYNC,)))
    assert problem.severity is Severity.INFO


@pytest.mark.parametrize(
    "alias",
    [
        pytest.param(database(CONN_MAX_AGE=read("AGE", 0)), id="age-from-environment"),
        pytest.param(database(ENGINE=read("ENGINE", POSTGRESQL, "")), id="engine-from-environment"),
        pytest.param(database(ENGINE="django_prometheus.db.backends.postgresql"), id="foreign-engine"),
    ],
)
def test_unsafe(alias: object) -> None:
    (problem,) = problems(RULE, settings(alias, servers=(THREADS,)))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE


@pytest.mark.parametrize(
    ("django", "checks"), [((5, 2), True), ((4, 1), True), ((4, 0), False), ((1, 8), False), ((), False)]
)
def test_safe_with_threads_and_health_checks_where_django_has_them(django: tuple[int, ...], checks: bool) -> None:
    alias = database()
    (problem,) = problems(RULE, settings(alias, servers=(THREADS,), django=django))
    wanted = [SetSetting(alias.key, ("CONN_MAX_AGE",), 60)]
    if checks:
        wanted.append(SetSetting(alias.key, ("CONN_HEALTH_CHECKS",), True))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE
    assert list(problem.remedy.actions) == wanted
    assert problem.because[0].location == THREADS.location


def test_health_checks_that_somebody_wrote_stay() -> None:
    (problem,) = problems(RULE, settings(database(CONN_HEALTH_CHECKS=False), servers=(THREADS,)))
    assert problem.remedy is not None
    assert [action.path for action in problem.remedy.actions] == [("CONN_MAX_AGE",)]  # type: ignore[union-attr]


def test_an_option_stands_for_missing_files() -> None:
    (problem,) = problems(RULE, settings(database(), assumed="wsgi"))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE
    assert problem.because[0].text == "option server = wsgi"


def test_a_dictionary_that_an_asgi_server_reads_too_is_left() -> None:
    wsgi = settings(database(), servers=(THREADS,))
    alias = database(module="shop.asgi_settings")
    asgi = replace(settings(alias, servers=(UVICORN,)), module="shop.asgi_settings")
    (problem,) = problems(RULE, wsgi, asgi)
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
    assert "shop.asgi_settings" in problem.remedy.why


@pytest.mark.parametrize(("line", "count"), [(6, 0), (9, 1)], ids=["one expression", "two places"])
def test_an_expression_that_chooses_between_0_and_an_age_was_thought_about(line: int, count: int) -> None:
    zero = replace(read("AGE", 0), location=at(line=line))
    cases = settings(
        database(index=0, CONN_MAX_AGE=zero, conditions=("DEBUG",)),
        database(index=1, CONN_MAX_AGE=read("AGE", 60), conditions=("not DEBUG",)),
        servers=(THREADS,),
    )
    assert len(problems(RULE, cases)) == count


def test_task_workers_that_read_the_dictionary_of_web_workers_have_no_say() -> None:
    tasks = replace(settings(database(module="shop.tasks"), servers=(CELERY,)), module="shop.tasks")
    (problem,) = problems(RULE, settings(database(), servers=(THREADS,)), tasks)
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE
    assert problem.settings == "shop.settings"
    assert problem.also == ()
    (problem,) = problems(RULE, tasks)
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL


def test_a_dictionary_that_has_a_pool_in_another_case_is_left() -> None:
    pooled = database(index=1, options={"pool": True}, conditions=("POOL is set",))
    (problem,) = problems(RULE, settings(database(), pooled, servers=(THREADS,)))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
    assert "POOL is set" in problem.remedy.why


@pytest.mark.parametrize(("django", "count"), [((1, 5), 0), ((1, 6), 1)], ids=str)
def test_there_is_no_such_setting_before_django_1_6(django: tuple[int, ...], count: int) -> None:
    assert len(problems(RULE, settings(database(), servers=(THREADS,), django=django))) == count


def test_behind_a_transaction_pooler_another_rule_speaks() -> None:
    behind = settings(database(HOST="pgbouncer"), servers=(SYNC,), poolers=(pgbouncer(PoolMode.TRANSACTION),))
    assert problems(RULE, behind) == []
    assert len(problems("pgbouncer-transaction-age-zero", behind)) == 1


def test_the_sum_of_connections_is_shown() -> None:
    (problem,) = problems(RULE, settings(database(), servers=(THREADS, SYNC)))
    assert problem.because[-1].text == (
        "10 connections may stand open then: 2 × 4 threads (Procfile:1) + 2 × 1 thread (Procfile:1); "
        "PostgreSQL admits 97 unless configured"
    )


def test_unsafe_where_the_server_may_not_admit_so_many() -> None:
    (problem,) = problems(RULE, settings(database(), servers=(replace(THREADS, processes=40),)))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE
