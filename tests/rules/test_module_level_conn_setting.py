"""DCF503 points at names that nothing reads, and changes nothing."""

from __future__ import annotations

import pytest

from djconnfix.facts import ModuleName, Role
from djconnfix.findings import Applicability
from tests.rules.build import SQLITE, at, database, known, problems, settings

RULE = "module-level-conn-setting"


def name(key: str, *, used: bool = False) -> ModuleName:
    return ModuleName(key, known(60), at(line=9), used)


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(), names=(name("CONN_MAX_AGE", used=True),)), id="used"),
        pytest.param(settings(names=(name("CONN_MAX_AGE"),)), id="no-databases"),
        pytest.param(settings(database(), names=(name("TIME_ZONE"),)), id="a-setting-of-django"),
        pytest.param(settings(database(), names=(name("USER"),)), id="a-name-for-anything"),
        pytest.param(settings(database(), names=(name("CONN_MAX_AGE"),), role=Role.TEST), id="test-settings"),
    ],
)
def test_nothing_is_said(module: object) -> None:
    assert problems(RULE, module) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(), names=(name("ATOMIC_REQUESTS"),)), id="server"),
        pytest.param(settings(database(ENGINE=SQLITE), names=(name("CONN_MAX_AGE"),)), id="sqlite-by-default"),
        pytest.param(settings(held_elsewhere=(("a YAML file", at()),), names=(name("CONN_MAX_AGE"),)), id="elsewhere"),
    ],
)
def test_found_and_left_to_a_person(module: object) -> None:
    (problem,) = problems(RULE, module)  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
