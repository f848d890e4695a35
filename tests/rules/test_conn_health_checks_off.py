"""DCF102 asks for health checks only where connections are kept and Django has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, PoolMode, Role
from djconnfix.findings import Applicability, Severity
from tests.rules.build import (
    POSTGRESQL,
    SQLITE,
    THREADS,
    UVICORN,
    database,
    known,
    pgbouncer,
    problems,
    read,
    settings,
    unseen,
)

RULE = "conn-health-checks-off"


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)), id="on"),
        pytest.param(settings(database(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=unseen())), id="out-of-sight"),
        pytest.param(
            settings(database(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=read("C", MISSING, "bool"))), id="variable-decides"
        ),
        pytest.param(settings(database(CONN_MAX_AGE=60, CONN_HEALTH_CHECK=True)), id="misspelt"),
        pytest.param(settings(database(CONN_MAX_AGE=60, options={"CONN_HEALTH_CHECKS": True})), id="misplaced"),
        pytest.param(settings(database()), id="nothing-is-kept"),
        pytest.param(settings(database(CONN_MAX_AGE=0)), id="zero"),
        pytest.param(settings(database(CONN_MAX_AGE=-1)), id="negative"),
        pytest.param(settings(database(CONN_MAX_AGE=unseen())), id="age-out-of-sight"),
        pytest.param(settings(database(CONN_MAX_AGE=60), django=(4, 0)), id="django-4.0"),
        pytest.param(settings(database(CONN_MAX_AGE=read("AGE", 60)), django=()), id="django-and-age-unknown"),
        pytest.param(settings(database(CONN_MAX_AGE=60, ENGINE=SQLITE)), id="sqlite"),
        pytest.param(settings(database(CONN_MAX_AGE=60), servers=(UVICORN,)), id="asgi-leaks-instead"),
        pytest.param(settings(database(CONN_MAX_AGE=60), role=Role.DEVELOPMENT), id="development"),
        pytest.param(settings(database(ENGINE="dj_db_conn_pool.backends.mysql")), id="pooling-engine-checks-by-itself"),
        pytest.param(
            settings(database(CONN_MAX_AGE=60, HOST="pgbouncer"), poolers=(pgbouncer(PoolMode.SESSION),)),
            id="session-pooler-wants-no-age",
        ),
    ],
)
def test_nothing_is_said(module: object) -> None:
    assert problems(RULE, module) == []  # type: ignore[arg-type]


def test_an_unknown_django_is_asked_for_and_nothing_is_written() -> None:
    (problem,) = problems(RULE, settings(database(CONN_MAX_AGE=60), django=()))
    assert problem.severity is Severity.INFO
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
    assert "--django" in problem.remedy.instructions


@pytest.mark.parametrize(
    ("alias", "applicability"),
    [
        pytest.param(database(CONN_MAX_AGE=60), Applicability.SAFE, id="age"),
        pytest.param(database(CONN_MAX_AGE=None), Applicability.SAFE, id="unlimited"),
        pytest.param(database(options={"pool": True}), Applicability.SAFE, id="pool"),
        pytest.param(database(CONN_MAX_AGE=read("AGE", 0)), Applicability.SAFE, id="variable-may-keep"),
        pytest.param(database(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=False), Applicability.UNSAFE, id="written-false"),
        pytest.param(
            database(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=read("C", False, "bool")), Applicability.UNSAFE, id="variable"
        ),
        pytest.param(database(CONN_MAX_AGE=60, ENGINE=None), Applicability.UNSAFE, id="engine-elsewhere"),
        pytest.param(database(CONN_MAX_AGE=60, ENGINE=unseen()), Applicability.UNSAFE, id="engine-out-of-sight"),
        pytest.param(
            database(CONN_MAX_AGE=60, ENGINE=read("E", POSTGRESQL, "")), Applicability.SAFE, id="harmless-elsewhere"
        ),
    ],
)
def test_offered(alias: object, applicability: Applicability) -> None:
    (problem,) = problems(RULE, settings(alias, servers=(THREADS,)))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is applicability
    assert [action.path for action in problem.remedy.actions] == [("CONN_HEALTH_CHECKS",)]  # type: ignore[union-attr]


def test_a_branch_that_keeps_nothing_may_get_the_setting_too() -> None:
    shared = database(CONN_MAX_AGE=60)
    idle = replace(shared, key=replace(shared.key, index=1), settings={**shared.settings, "CONN_MAX_AGE": known(0)})
    (problem,) = problems(RULE, settings(shared, idle, servers=(THREADS,)))
    assert problem.remedy is not None
    assert [action.database.index for action in problem.remedy.actions] == [0]  # type: ignore[union-attr]
    assert [action.database.index for action in problem.remedy.permits] == [1]  # type: ignore[union-attr]
