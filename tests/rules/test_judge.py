"""What several settings roots have in common is one finding, as careful as the most careful."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, Role
from djconnfix.findings import Applicability
from djconnfix.rules import find_rule, judge
from tests.rules.build import THREADS, database, project, read, settings


def module(name: str, role: Role = Role.PRODUCTION, **entries: object) -> object:
    alias = database(module=name, **entries)  # type: ignore[arg-type]
    return replace(settings(alias, servers=(THREADS,), role=role), module=name)


def findings(rule: str, *modules: object) -> list[object]:
    found = find_rule(rule)
    assert found is not None
    return list(judge(project(*modules), [found]))  # type: ignore[arg-type]


def test_a_shared_place_is_one_finding_that_names_all_and_edits_for_all() -> None:
    (finding,) = findings("conn-max-age-zero", module("shop.production"), module("shop.staging"))
    problem = finding.problem  # type: ignore[attr-defined]
    assert (problem.settings, problem.also) == ("shop.production", ("shop.staging",))
    assert {action.database.settings for action in problem.remedy.actions} == {"shop.production", "shop.staging"}


def test_production_speaks_first() -> None:
    development = module("shop.development", Role.DEVELOPMENT, ATOMIC_REQUEST=True)
    (finding,) = findings("unknown-database-key", development, module("shop.production", ATOMIC_REQUEST=True))
    assert finding.problem.settings == "shop.production"  # type: ignore[attr-defined]


def test_the_most_careful_remedy_wins() -> None:
    unsure = module("shop.staging", ATOMIC_REQUEST=True, ATOMIC_REQUESTS=read("A", MISSING))
    (finding,) = findings("unknown-database-key", module("shop.production", ATOMIC_REQUEST=True), unsure)
    assert finding.remedy.applicability is Applicability.MANUAL  # type: ignore[attr-defined]
    assert finding.remedy.actions == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize("other", [{"alias": "second"}, {"line": 40}], ids=["alias", "place"])
def test_different_things_stay_apart(other: dict[str, object]) -> None:
    pair = settings(database(), database(**other), servers=(THREADS,))  # type: ignore[arg-type]
    found = findings("conn-max-age-zero", pair)
    assert len({finding.fingerprint for finding in found}) == 2  # type: ignore[attr-defined]


def test_cases_of_one_dictionary_are_one_finding_without_conditions() -> None:
    cases = settings(
        database(index=0, conditions=("DEBUG",)), database(index=1, conditions=("not DEBUG",)), servers=(THREADS,)
    )
    (finding,) = findings("conn-max-age-zero", cases)
    assert "DEBUG" not in finding.problem.message  # type: ignore[attr-defined]
    assert len(finding.remedy.actions) == 4  # type: ignore[attr-defined]


def test_a_condition_that_always_holds_for_it_is_said() -> None:
    (finding,) = findings("conn-max-age-zero", settings(database(conditions=("not DEBUG",)), servers=(THREADS,)))
    assert finding.problem.message.endswith(" when not DEBUG")  # type: ignore[attr-defined]


def test_a_condition_as_long_as_a_page_stands_with_the_evidence() -> None:
    long = " and ".join(f"{'X' * 20} is set" for _ in range(40))
    (finding,) = findings("conn-max-age-zero", settings(database(conditions=(long,)), servers=(THREADS,)))
    assert finding.problem.message.endswith(" under some conditions")  # type: ignore[attr-defined]
    said = finding.problem.because[-1].text  # type: ignore[attr-defined]
    assert said.startswith("it is so when XXXX")
    assert said.endswith(" …")
    assert len(said) < 420


def test_what_holds_in_some_cases_alone_says_so_and_in_which() -> None:
    cases = settings(
        database(index=0, conditions=("A is set",)),
        database(index=1, conditions=("B is set",)),
        database(index=2, conditions=("neither A nor B is set",), CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True),
        servers=(THREADS,),
    )
    (finding,) = findings("conn-max-age-zero", cases)
    problem = finding.problem  # type: ignore[attr-defined]
    assert problem.message.endswith("for every request in some cases")
    assert [each.text for each in problem.because][-2:] == ["it is so when A is set", "it is so when B is set"]


def test_what_holds_in_all_cases_of_one_condition_says_that_condition() -> None:
    cases = settings(
        database(index=0, conditions=("A SECRET is set", "URL is set", "TLS is set")),
        database(index=1, conditions=("A SECRET is set", "URL is set", "TLS is not set")),
        database(index=2, conditions=("A SECRET is set", "URL is not set"), CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True),
        servers=(THREADS,),
    )
    (finding,) = findings("conn-max-age-zero", cases)
    problem = finding.problem  # type: ignore[attr-defined]
    assert problem.message.endswith("for every request when URL is set")
    assert not any(each.text.startswith("it is so") for each in problem.because)


@pytest.mark.parametrize(
    ("held", "other", "said"),
    [
        (("KIND != 'file'", "KIND in ('a', 'b')"), ("KIND not in ('a', 'b')", "KIND == 'c'"), "KIND in ('a', 'b')"),
        (("not URL", "DEBUG is off"), ("DEBUG is on",), "DEBUG is off"),
        (("not (a file exists)", "KIND == 'x'"), ("a file exists",), "not (a file exists)"),
        (("KIND != 'file' (and set)", "TLS is set"), ("KIND == 'file' (or not set)",), "KIND != 'file' (and set)"),
        (("KIND == 'a'", "TLS is set"), ("KIND == 'b'",), "KIND == 'a' and TLS is set"),
    ],
)
def test_only_what_contradicts_the_other_cases_is_said(
    held: tuple[str, ...], other: tuple[str, ...], said: str
) -> None:
    cases = settings(
        database(index=0, conditions=(*held, "A is set")),
        database(index=1, conditions=(*held, "A is not set")),
        database(index=2, conditions=other, CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True),
        servers=(THREADS,),
    )
    (finding,) = findings("conn-max-age-zero", cases)
    assert finding.problem.message.endswith(f"for every request when {said}")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("'test' in sys.argv", 0),
        ("'pytest' in sys.argv[0]", 0),
        ("sys.argv[1:2] == ['test']", 0),
        ("sys.argv[1] == 'test'", 0),
        ("'test' == sys.argv[1]", 0),
        ("'test' not in sys.argv", 1),
        ("sys.argv[1] != 'test'", 1),
        ("'runserver' in sys.argv", 1),
    ],
)
def test_what_holds_while_tests_run_is_not_judged_as_production(condition: str, count: int) -> None:
    cases = settings(
        database(index=0, conditions=(condition,)),
        database(index=1, CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True),
        servers=(THREADS,),
    )
    assert len(findings("conn-max-age-zero", cases)) == count
