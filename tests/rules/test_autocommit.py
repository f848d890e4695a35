"""DCF210 and DCF211: autocommit switched off."""

from __future__ import annotations

import pytest

from djconnfix.facts import MISSING, CodeFact, Role
from djconnfix.findings import Applicability, RemoveSetting, SetSetting
from djconnfix.rules._values import is_replica
from tests.rules.build import MYSQL, SQLITE, at, database, problems, read, settings, unseen

OFF, NEVER = "autocommit-false", "autocommit-false-atomic-requests"


@pytest.mark.parametrize("rule", [OFF, NEVER])
@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database()), id="default"),
        pytest.param(settings(database(AUTOCOMMIT=True)), id="on"),
        pytest.param(settings(database(AUTOCOMMIT=unseen())), id="out-of-sight"),
        pytest.param(settings(database(AUTOCOMMIT=read("AC", MISSING, "bool"))), id="variable"),
        pytest.param(settings(database(complete=False)), id="alias-incomplete"),
        pytest.param(settings(database(options={"autocommit": False}, ENGINE=MYSQL)), id="option-of-the-driver"),
        pytest.param(settings(database(AUTOCOMMIT=False), role=Role.TEST), id="test-settings"),
    ],
)
def test_nothing_is_said(rule: str, module: object) -> None:
    assert problems(rule, module) == []  # type: ignore[arg-type]


def test_each_state_has_one_rule() -> None:
    never = settings(database(AUTOCOMMIT=False, ATOMIC_REQUESTS=True))
    off = settings(database(AUTOCOMMIT=False))
    assert [len(problems(rule, module)) for module in (never, off) for rule in (OFF, NEVER)] == [0, 1, 1, 0]


@pytest.mark.parametrize("engine", [MYSQL, SQLITE, "shop.backends.postgresql"])
def test_a_written_alias_gets_atomic_requests_but_never_by_itself(engine: str) -> None:
    alias = database(AUTOCOMMIT=False, ENGINE=engine)
    (problem,) = problems(OFF, settings(alias))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE
    assert problem.remedy.actions == (
        RemoveSetting(alias.key, ("AUTOCOMMIT",)),
        SetSetting(alias.key, ("ATOMIC_REQUESTS",), True),
    )


@pytest.mark.parametrize(
    "alias",
    [
        database(AUTOCOMMIT=False, alias="second", TEST={"MIRROR": "default"}),
        *(
            database(AUTOCOMMIT=False, alias=name)
            for name in ("replica", "read_only", "replica1", "db-slave", "readers")
        ),
    ],
    ids=lambda alias: alias.alias,
)
def test_a_replica_gets_no_atomic_requests(alias: object) -> None:
    (problem,) = problems(OFF, settings(alias))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE
    assert problem.remedy.actions == (RemoveSetting(alias.key, ("AUTOCOMMIT",)),)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["default", "thread", "spread", "readings", "other", "microservice"])
def test_no_replica_by_name(name: str) -> None:
    assert is_replica(database(alias=name)) == ""


def test_code_that_commits_by_hand_is_named_and_nothing_is_changed() -> None:
    fact = CodeFact("manual-commit", at("shop/views.py", 40), place="view")
    (problem,) = problems(OFF, settings(database(AUTOCOMMIT=False)), code=(fact,))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL
    assert problem.remedy.actions == ()
    assert "shop/views.py:40" in problem.remedy.instructions


@pytest.mark.parametrize(
    "fact",
    [
        CodeFact("manual-commit", at(), place="middleware"),
        CodeFact("manual-commit", at(), place="test"),
        CodeFact("manual-commit", at(), place="view", alias="other"),
        CodeFact("connection-closed-per-request", at(), place="view"),
    ],
    ids=["middleware", "test", "other-alias", "other-fact"],
)
def test_code_that_is_not_in_the_way(fact: CodeFact) -> None:
    (problem,) = problems(OFF, settings(database(AUTOCOMMIT=False)), code=(fact,))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE


def test_atomic_requests_out_of_sight_is_left() -> None:
    (problem,) = problems(OFF, settings(database(AUTOCOMMIT=False, ATOMIC_REQUESTS=unseen())))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL


@pytest.mark.parametrize("rule", [OFF, NEVER])
def test_of_a_variable_the_default_changes(rule: str) -> None:
    alias = database(AUTOCOMMIT=read("AC", False, "bool"), ATOMIC_REQUESTS=rule == NEVER)
    (problem,) = problems(rule, settings(alias))
    assert problem.remedy is not None
    assert problem.remedy.actions[0] == SetSetting(alias.key, ("AUTOCOMMIT",), True)


@pytest.mark.parametrize(("age", "words"), [(600, "stays open after the response"), (0, "is lost")])
def test_the_consequence_depends_on_the_age(age: int, words: str) -> None:
    (problem,) = problems(OFF, settings(database(AUTOCOMMIT=False, CONN_MAX_AGE=age)))
    assert words in problem.message
