"""DCF901 and DCF902: what cannot be seen is said, without weight and without edits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, ListItem, ListSetting, Options, Role
from djconnfix.findings import Applicability, Severity
from djconnfix.rules import find_rule
from tests.rules.build import at, database, known, problems, read, settings, unseen

VALUE, ELSEWHERE = "value-not-visible", "settings-held-elsewhere"


@pytest.mark.parametrize("rule", [VALUE, ELSEWHERE])
def test_it_is_information_for_a_person(rule: str) -> None:
    module = settings(database(CONN_MAX_AGE=unseen()), held_elsewhere=(("a YAML file", at()),))
    found = find_rule(rule)
    assert found is not None
    assert found.severity is Severity.INFO
    (problem,) = problems(rule, module)
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(CONN_MAX_AGE=60)), id="everything-is-there"),
        pytest.param(settings(database(CONN_MAX_AGE=read("AGE", MISSING))), id="a-variable-is-named"),
        pytest.param(settings(database(PASSWORD=unseen(), HOST=unseen())), id="decides-nothing"),
        pytest.param(settings(database(CONN_MAX_AGE=unseen()), role=Role.DEVELOPMENT), id="development"),
        pytest.param(settings(database(CONN_MAX_AGE=unseen()), role=Role.TEST), id="test-settings"),
    ],
)
def test_no_value_is_hidden(module: object) -> None:
    assert problems(VALUE, module) == []  # type: ignore[arg-type]


def test_one_finding_names_all_that_is_hidden_and_why() -> None:
    (problem,) = problems(VALUE, settings(database(ENGINE=unseen("vault.read()"), CONN_MAX_AGE=unseen("vault.read()"))))
    assert "ENGINE and CONN_MAX_AGE" in problem.message
    assert [because.text for because in problem.because] == ["vault.read()"]


def test_each_reason_is_said_once_with_what_it_hides() -> None:
    hidden = database(ENGINE=unseen("vault.read()"), CONN_MAX_AGE=unseen("age()"), AUTOCOMMIT=unseen("vault.read()"))
    (problem,) = problems(VALUE, settings(hidden))
    texts = [because.text for because in problem.because]
    assert texts == ["ENGINE and AUTOCOMMIT: vault.read()", "CONN_MAX_AGE: age()"]


def test_options_that_may_hold_more() -> None:
    (problem,) = problems(VALUE, settings(database(options=Options({"a": known(1)}, complete=False, location=at()))))
    assert "OPTIONS" in problem.message


@pytest.mark.parametrize(("role", "count"), [(Role.PRODUCTION, 1), (Role.DEVELOPMENT, 1), (Role.TEST, 0)])
def test_held_elsewhere_by_role(role: Role, count: int) -> None:
    assert len(problems(ELSEWHERE, settings(held_elsewhere=(("exec() of a file", at()),), role=role))) == count


def with_apps(*apps: str, **more: object) -> object:
    items = tuple(ListItem(app, at(line=line)) for line, app in enumerate(apps, 10))
    module = settings(**more)  # type: ignore[arg-type]
    return replace(module, lists={"INSTALLED_APPS": ListSetting("INSTALLED_APPS", items, True, at())})


def test_deployed_settings_without_any_alias_are_not_called_clean() -> None:
    (problem,) = problems(ELSEWHERE, with_apps("shop", "django.contrib.auth"))  # type: ignore[arg-type]
    assert problem.message == "no alias of DATABASES was seen, though 'django.contrib.auth' needs one"
    assert problem.location.line == 11


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(with_apps("django.contrib.staticfiles", "shop"), id="no-tables"),
        pytest.param(with_apps("django.contrib.auth", role=Role.TEST), id="test-settings"),
        pytest.param(with_apps("django.contrib.auth", role=Role.DEVELOPMENT), id="development"),
    ],
)
def test_a_project_may_do_without_a_database(module: object) -> None:
    assert problems(ELSEWHERE, module) == []  # type: ignore[arg-type]


def test_what_was_not_read_is_said_once_for_a_settings_module() -> None:
    module = replace(
        settings(database()), notes=(*(f"shop/{n}.py was not read" for n in range(9)), "shop/0.py was not read")
    )
    (problem,) = problems("settings-partly-read", module)
    assert problem.message == "shop.settings was read only in part: shop/0.py was not read"
    assert [because.text for because in problem.because] == [
        "shop/1.py was not read", "shop/2.py was not read", "shop/3.py was not read", "5 more of this kind",
    ]  # fmt: skip


def test_the_same_note_on_many_modules_is_one_finding() -> None:
    modules = [
        replace(settings(database()), module=f"sites.{n}", notes=(f"`base` in sites/{n}.py is found as Python 2 does",))
        for n in range(4)
    ]
    (problem,) = problems("settings-partly-read", *modules)
    assert problem.message.startswith("sites.0 (and 3 other settings modules) was read only in part: `base` in sites/0")
    assert [because.text.split()[2] for because in problem.because] == ["sites/1.py", "sites/2.py", "sites/3.py"]


def test_modules_with_other_notes_are_findings_of_their_own() -> None:
    modules = [replace(settings(database()), module=f"sites.{n}", notes=(f"loop {n}",)) for n in range(2)]
    assert len(problems("settings-partly-read", *modules)) == 2


def test_the_same_reason_in_several_places_is_one_finding() -> None:
    reason = "names of this module are set at run time"
    held = ((reason, at(line=3)), (reason, at(line=5)), ("a file that is run", at(line=9)))
    first, second = problems(ELSEWHERE, settings(held_elsewhere=held))
    assert (first.location.line, [each.location.line for each in first.because]) == (3, [5])
    assert (second.location.line, second.because) == (9, ())
