"""DCF401: an age beside a pool goes, unless there may be no pool."""

from __future__ import annotations

import pytest

from djconnfix.facts import MISSING, Role
from djconnfix.findings import Applicability, SetSetting
from tests.rules.build import MYSQL, ORACLE, database, problems, read, settings, unseen

RULE = "pool-with-conn-max-age"
POOL = {"pool": {"min_size": 1, "max_size": 4}}


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(options=POOL)), id="no-age"),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=0)), id="zero"),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=unseen())), id="age-out-of-sight"),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=read("AGE", MISSING))), id="variable"),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=read("AGE", 0))), id="variable-with-default-zero"),
        pytest.param(settings(database(CONN_MAX_AGE=60)), id="no-pool"),
        pytest.param(settings(database(options={"pool": {}}, CONN_MAX_AGE=60)), id="empty-pool-is-none"),
        pytest.param(settings(database(options={"pool": False}, CONN_MAX_AGE=60)), id="pool-off"),
        pytest.param(settings(database(options={"pool": unseen()}, CONN_MAX_AGE=60)), id="pool-out-of-sight"),
        pytest.param(
            settings(database(options={"pool": read("POOL", False, "bool")}, CONN_MAX_AGE=60)), id="pool-off-by-default"
        ),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=60), django=(5, 0)), id="django-without-pool"),
        pytest.param(
            settings(database(options=POOL, CONN_MAX_AGE=60, ENGINE=ORACLE), django=(5, 1)), id="oracle-before-5.2"
        ),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=60, ENGINE=MYSQL)), id="mysql-has-no-pool"),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=60, ENGINE="x.postgresql")), id="foreign-engine"),
        pytest.param(settings(database(options=POOL, CONN_MAX_AGE=60), role=Role.TEST), id="test-settings"),
    ],
)
def test_nothing_is_said(module: object) -> None:
    assert problems(RULE, module) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alias", "applicability"),
    [
        pytest.param(database(options=POOL, CONN_MAX_AGE=60), Applicability.SAFE, id="age"),
        pytest.param(database(options=POOL, CONN_MAX_AGE=None), Applicability.SAFE, id="none"),
        pytest.param(database(options=POOL, CONN_MAX_AGE=-1), Applicability.SAFE, id="negative-counts"),
        pytest.param(database(options={"pool": True}, CONN_MAX_AGE=60), Applicability.SAFE, id="pool-true"),
        pytest.param(database(options=POOL, CONN_MAX_AGE=60, ENGINE=ORACLE), Applicability.SAFE, id="oracle"),
        pytest.param(database(options=POOL, CONN_MAX_AGE=read("AGE", 60)), Applicability.UNSAFE, id="variable"),
        pytest.param(
            database(options={"pool": read("POOL", True, "bool")}, CONN_MAX_AGE=60),
            Applicability.UNSAFE,
            id="pool-variable",
        ),
    ],
)
def test_offered(alias: object, applicability: Applicability) -> None:
    (problem,) = problems(RULE, settings(alias))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is applicability
    assert problem.remedy.actions == (SetSetting(alias.key, ("CONN_MAX_AGE",), 0),)  # type: ignore[attr-defined]


def test_an_unknown_django_is_judged_because_older_ones_fail_as_well() -> None:
    assert len(problems(RULE, settings(database(options=POOL, CONN_MAX_AGE=60), django=()))) == 1
