"""DCF501 renames what is surely misspelt, and only where the right key is surely absent."""

from __future__ import annotations

import pytest

from djconnfix.facts import Role
from djconnfix.findings import Applicability, MoveSetting, Severity
from djconnfix.rules._keys import DJANGO_KEYS, meant_key
from tests.rules.build import POSTGRESQL, SQLITE, THREADS, database, problems, read, settings, unseen

RULE = "unknown-database-key"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("CONN_HEALTH_CHECK", "CONN_HEALTH_CHECKS"),
        ("ATOMIC_REQUEST", "ATOMIC_REQUESTS"),
        ("CONN_MAXAGE", "CONN_MAX_AGE"),
        ("MAX_CONN_AGE", "CONN_MAX_AGE"),
        ("CONN_MAX_AGES", "CONN_MAX_AGE"),
        ("conn_max_age", "CONN_MAX_AGE"),
        ("CONN-MAX-AGE", "CONN_MAX_AGE"),
        ("DISABLE_SERVER_SIDE_CURSOR", "DISABLE_SERVER_SIDE_CURSORS"),
        ("AUTO_COMMIT", "AUTOCOMMIT"),
        ("ATOMIC_REQEUSTS", "ATOMIC_REQUESTS"),
        ("TIMEZONE", "TIME_ZONE"),
        ("ENGIN", "ENGINE"),
    ],
)
def test_meant(key: str, meant: str) -> None:
    assert meant_key(key) == meant


@pytest.mark.parametrize(
    "key",
    [*sorted(DJANGO_KEYS), "TEST_NAME", "POOL_OPTIONS", "SCHEMA", "sslmode", "pool", "timeout", "TIMEOUT", "HOSTS",
     "NAMES", "PORTS", "TESTS", "USERS", "REPLICA", "AGE", "", "X"],
)  # fmt: skip
def test_not_a_slip(key: str) -> None:
    assert meant_key(key) == ""


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(CONN_MAX_AGE=60, TEST_NAME="x", NAME="x")), id="known-keys"),
        pytest.param(settings(database(ENGINE="shop.backends.sharded", SHARDS=4)), id="foreign-engine"),
        pytest.param(settings(database(ENGINE=unseen(), SHARDS=4)), id="engine-out-of-sight"),
        pytest.param(settings(database(sslmode="require")), id="options-at-alias-level-says-it"),
        pytest.param(settings(database(ATOMIC_REQUEST=True), role=Role.TEST), id="test-settings"),
    ],
)
def test_nothing_is_said(module: object) -> None:
    assert problems(RULE, module) == []  # type: ignore[arg-type]


def test_a_key_like_none_of_django_is_information() -> None:
    (problem,) = problems(RULE, settings(database(SHARDS=4)))
    assert problem.severity is Severity.INFO
    assert problem.remedy is not None
    assert problem.remedy.actions == ()


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(ATOMIC_REQUEST=True)), id="policy"),
        pytest.param(settings(database(CONN_MAXAGE=60), servers=(THREADS,)), id="age"),
        pytest.param(settings(database(CONN_HEALTH_CHECK=True)), id="nothing-is-kept"),
        pytest.param(settings(database(CONN_HEALTH_CHECK=False, CONN_MAX_AGE=60)), id="written-off"),
        pytest.param(settings(database(CONN_HEALTH_CHECK=True, CONN_MAX_AGE=60), django=(4, 0)), id="django-4.0"),
        pytest.param(settings(database(CONN_HEALTH_CHECK=True, CONN_MAX_AGE=60), django=()), id="django-unknown"),
        pytest.param(settings(database(CONN_HEALTH_CHECK=True, CONN_MAX_AGE=60, ENGINE=SQLITE)), id="sqlite"),
        pytest.param(settings(database(CONN_HEALTH_CHECK=read("C", True, "bool"), CONN_MAX_AGE=60)), id="variable"),
        pytest.param(
            settings(database(CONN_HEALTH_CHECK=True, CONN_MAX_AGE=60, ENGINE=read("E", POSTGRESQL, ""))),
            id="engine-from-environment",
        ),
    ],
)
def test_unsafe(module: object) -> None:
    (problem,) = problems(RULE, module)  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE


@pytest.mark.parametrize(
    "alias",
    [
        pytest.param(database(ATOMIC_REQUEST=True, ATOMIC_REQUESTS=False), id="right-key-there"),
        pytest.param(database(CONN_HEALTH_CHECK=True, CONN_HEALTH_CHECKS=unseen()), id="right-key-out-of-sight"),
        pytest.param(database(ATOMIC_REQUEST=True, complete=False), id="alias-incomplete"),
    ],
)
def test_a_person_decides(alias: object) -> None:
    (problem,) = problems(RULE, settings(alias))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL


def test_health_checks_that_are_wanted_are_renamed() -> None:
    alias = database(CONN_HEALTH_CHECK=True, CONN_MAX_AGE=60)
    (problem,) = problems(RULE, settings(alias))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE
    assert problem.remedy.actions == (MoveSetting(alias.key, ("CONN_HEALTH_CHECK",), ("CONN_HEALTH_CHECKS",)),)
