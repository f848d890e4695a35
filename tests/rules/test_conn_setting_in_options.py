"""DCF502 moves a setting out of OPTIONS only into an empty place, and an age only where it is right."""

from __future__ import annotations

import pytest

from djconnfix.facts import Role
from djconnfix.findings import Applicability, MoveSetting, RemoveSetting, SetSetting
from tests.rules.build import MYSQL, THREADS, UVICORN, database, problems, read, settings, unseen

RULE = "conn-setting-in-options"


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(options={"sslmode": "require"})), id="driver-options"),
        pytest.param(settings(database(options={"autocommit": True}, ENGINE=MYSQL)), id="mysqlclient-autocommit"),
        pytest.param(settings(database(options={"CONN_MAX_AGE": 60}, ENGINE="x.backends.postgresql")), id="foreign"),
        pytest.param(settings(database(options={"CONN_MAX_AGE": 60}, ENGINE=unseen())), id="engine-out-of-sight"),
        pytest.param(settings(database(options={"CONN_MAX_AGE": 60}), role=Role.TEST), id="test-settings"),
    ],
)
def test_nothing_is_said(module: object) -> None:
    assert problems(RULE, module) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "alias",
    [
        pytest.param(database(options={"CONN_MAX_AGE": 60}, CONN_MAX_AGE=0), id="there-too"),
        pytest.param(database(options={"CONN_MAX_AGE": 60}, CONN_MAX_AGE=unseen()), id="there-out-of-sight"),
        pytest.param(database(options={"CONN_MAX_AGE": 60}, complete=False), id="alias-incomplete"),
        pytest.param(database(options={"AUTOCOMMIT": False}), id="autocommit-off"),
        pytest.param(database(options={"AUTOCOMMIT": unseen()}), id="autocommit-out-of-sight"),
        pytest.param(database(options={"ATOMIC_REQUESTS": {}}), id="nonsense"),
    ],
)
def test_a_person_decides(alias: object) -> None:
    (problem,) = problems(RULE, settings(alias, servers=(THREADS,)))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
    assert problem.remedy.actions == ()


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(options={"ATOMIC_REQUESTS": True}), servers=(THREADS,)), id="policy"),
        pytest.param(settings(database(options={"CONN_MAX_AGE": 60})), id="nobody-says-who-serves"),
    ],
)
def test_unsafe(module: object) -> None:
    (problem,) = problems(RULE, module)  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("DISABLE_SERVER_SIDE_CURSORS", "DISABLE_SERVER_SIDE_CURSORS"),
        ("conn_health_checks", "CONN_HEALTH_CHECKS"),
        ("AUTOCOMMIT", "AUTOCOMMIT"),
    ],
)
def test_safe(key: str, meant: str) -> None:
    alias = database(options={key: True})
    (problem,) = problems(RULE, settings(alias, servers=(THREADS,)))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE
    assert problem.remedy.actions == (MoveSetting(alias.key, ("OPTIONS", key), (meant,)),)


def test_an_age_brings_its_health_checks_along() -> None:
    alias = database(options={"CONN_MAX_AGE": 60})
    (problem,) = problems(RULE, settings(alias, servers=(THREADS,)))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE
    assert problem.remedy.actions == (
        MoveSetting(alias.key, ("OPTIONS", "CONN_MAX_AGE"), ("CONN_MAX_AGE",)),
        SetSetting(alias.key, ("CONN_HEALTH_CHECKS",), True),
    )


@pytest.mark.parametrize("value", [60, None, read("AGE", 60)], ids=["60", "none", "variable"])
def test_an_age_that_would_leak_is_deleted(value: object) -> None:
    alias = database(options={"CONN_MAX_AGE": value})
    (problem,) = problems(RULE, settings(alias, servers=(UVICORN,)))
    assert problem.remedy is not None
    assert problem.remedy.actions == (RemoveSetting(alias.key, ("OPTIONS", "CONN_MAX_AGE")),)


def test_health_checks_misplaced_as_well_are_moved_once() -> None:
    alias = database(options={"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True})
    found = problems(RULE, settings(alias, servers=(THREADS,)))
    actions = [action for problem in found if problem.remedy for action in problem.remedy.actions]
    assert actions == [
        MoveSetting(alias.key, ("OPTIONS", "CONN_MAX_AGE"), ("CONN_MAX_AGE",)),
        MoveSetting(alias.key, ("OPTIONS", "CONN_HEALTH_CHECKS"), ("CONN_HEALTH_CHECKS",)),
    ]
