"""A plan in the making: what is given up together, what is begun again, and what the new audit objects to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import DatabaseKey
from djconnfix.findings import (
    CastSetting,
    RemoveListItem,
    RemoveSetting,
    RemoveStatement,
    RequirePackage,
    RewriteCode,
    SetSetting,
    Severity,
)
from djconnfix.fix import draft, together
from djconnfix.fix.aftermath import objections_to
from djconnfix.fix.code_rewrites import REWRITES
from djconnfix.fix.draft import Draft
from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.workspace import Workspace
from djconnfix.source import Location
from tests.fix.projects import NOWHERE, Wish, changed, plan, project, want

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.engine import Report
    from djconnfix.findings import Finding

DEFAULT = DatabaseKey("settings", "default", 0)
LITERAL = 'DATABASES = {"default": {"ENGINE": "e"}}\n'
WITH_AGE = {"settings.py": LITERAL.replace("}}", ', "CONN_MAX_AGE": 60}}')}
AGE = SetSetting(DEFAULT, ("CONN_MAX_AGE",), 60)
STUCK = CastSetting(DEFAULT, ("NOTHING",), "int")


def statement(text: str, wanted: str, occurrence: int = 0) -> RemoveStatement:
    """Wish a statement away, the first or a later one with this text."""
    start = -1
    for _ in range(occurrence + 1):
        start = text.index(wanted, start + 1)
    line = text.count("\n", 0, start) + 1
    return RemoveStatement(Location("settings.py", line, 1, line, len(wanted) + 1, start, start + len(wanted)))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the other one first", "the refused one first"])
def test_a_part_of_a_refused_finding_that_another_wants_is_carried_out_for_that_one(order, tmp_path: Path) -> None:
    wishes = [Wish((AGE,)), Wish((AGE, STUCK))]
    made = plan(project(tmp_path, {"settings.py": LITERAL}), *(wishes[place] for place in order))
    assert changed(made) == WITH_AGE
    assert [refusal.finding.fingerprint for refusal in made.refused] == [f"wish {order.index(1)}"]
    assert [finding.fingerprint for finding in made.applied] == [f"wish {order.index(0)}"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the other one first", "the refused one first"])
def test_what_a_refused_finding_permits_is_not_permitted(order, tmp_path: Path) -> None:
    text = 'DATABASES = {name: {"ENGINE": "e"} for name in ("default", "other")}\n'
    other = SetSetting(DatabaseKey("settings", "other", 0), ("CONN_MAX_AGE",), 60)
    wishes = [Wish((AGE,)), Wish((STUCK,), permits=(other,))]
    made = plan(project(tmp_path, {"settings.py": text}), *(wishes[place] for place in order))
    assert changed(made) == {"settings.py": f'{text}DATABASES["default"]["CONN_MAX_AGE"] = 60\n'}


def test_a_statement_stays_when_the_rest_of_its_finding_is_refused(tmp_path: Path) -> None:
    text = f"CONN_MAX_AGE = 60\n{LITERAL}"
    both = Wish((statement(text, "CONN_MAX_AGE = 60"), STUCK))
    made = plan(project(tmp_path, {"settings.py": text}), both, want(CONN_HEALTH_CHECKS=True))
    assert changed(made) == {"settings.py": text.replace("}}", ', "CONN_HEALTH_CHECKS": True}}')}
    assert [refusal.finding.fingerprint for refusal in made.refused] == ["wish 0"]


def test_statements_that_may_go_one_by_one_are_refused_when_they_may_not_go_together(tmp_path: Path) -> None:
    again = 'DATABASES["default"]["USER"] = "u"\n'
    text = LITERAL + again * 2
    wishes = [Wish((statement(text, again.strip(), occurrence),)) for occurrence in (0, 1)]
    made = plan(project(tmp_path, {"settings.py": text}), *wishes)
    assert changed(made) == {}
    assert {refusal.reason for refusal in made.refused} == {"USER of alias 'default' in settings would change too"}
    for wish in wishes:
        assert changed(plan(project(tmp_path, {"settings.py": text}), wish)) == {"settings.py": LITERAL + again}


def test_an_optional_removal_that_cannot_be_done_holds_nothing_up(tmp_path: Path) -> None:
    text = LITERAL + 'extra = [("USER", "u")]\nDATABASES["default"].update(extra)\n'
    for optional in (True, False):
        wish = Wish((AGE, RemoveSetting(DEFAULT, ("USER",), optional=optional)))
        made = plan(project(tmp_path, {"settings.py": text}), wish)
        assert ("CONN_MAX_AGE" in "".join(changed(made).values())) is optional
        assert bool(made.refused) is not optional


def test_a_package_is_asked_for_along_with_the_setting_that_needs_it(tmp_path: Path) -> None:
    beside = Location("requirements.txt", 1, 1, 1, 8, 0, 7)
    wish = Wish((AGE, RequirePackage(beside, "pool", "psycopg[pool]")))
    made = plan(project(tmp_path, {"settings.py": LITERAL, "requirements.txt": "psycopg>=3.2\n"}), wish)
    assert changed(made) == {**WITH_AGE, "requirements.txt": "psycopg[pool]>=3.2\n"}
    refused = Wish((RequirePackage(beside, "pool", "other[pool]"), AGE))
    assert changed(plan(project(tmp_path, {"settings.py": LITERAL}), refused)) == {}


@pytest.fixture
def judged(tmp_path: Path):
    """An audit with the rules that matter here, and one finding of it."""

    def made(text: str, code: str) -> tuple[Report, Finding]:
        from djconnfix.config import resolve
        from djconnfix.engine import audit

        (tmp_path / "settings.py").write_text(text)
        (tmp_path / "requirements.txt").write_text("Django==5.2\npsycopg[pool]==3.2.9\n")
        report = audit(resolve(tmp_path, {"select": [code]}).config)
        return report, next(finding for finding in report.findings if finding.code == code)

    return made


UNKNOWN_KEY = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "db", "NAME": "n", "CONN_MAXAGE": 1}}\n'


def drafted(report: Report, finding: Finding, *edits: Edit) -> Draft:
    state = Workspace(report).edited(edits)
    return Draft(state, {finding.fingerprint: {edit.path for edit in edits}}, [finding])


def test_a_file_that_does_not_parse_any_more_is_an_objection(judged) -> None:
    report, finding = judged(UNKNOWN_KEY, "DCF501")
    (refusal,) = objections_to(drafted(report, finding, Edit("settings.py", 0, 0, "(")))
    assert (refusal.finding, refusal.reason) == (finding, "settings.py could not be read any more")


def test_only_what_touched_the_file_is_given_up_for_it(judged) -> None:
    from dataclasses import replace

    report, finding = judged(UNKNOWN_KEY, "DCF501")
    bystander = replace(finding, fingerprint="other")
    draft = drafted(report, finding, Edit("settings.py", 0, 0, "("))
    draft.applied.append(bystander)
    draft.touched["other"] = {"elsewhere.py"}
    assert [refusal.finding.fingerprint for refusal in objections_to(draft)] == [finding.fingerprint]


def test_only_findings_of_the_same_settings_are_given_up_for_what_is_worse_there(judged) -> None:
    from dataclasses import replace

    report, finding = judged(UNKNOWN_KEY, "DCF501")
    elsewhere = replace(finding, fingerprint="other", problem=replace(finding.problem, settings="other"))
    at = UNKNOWN_KEY.index('"CONN_MAXAGE": 1')
    draft = drafted(report, finding, Edit("settings.py", at, at + len('"CONN_MAXAGE": 1'), '"CONN_MAX_AGE": "60"'))
    draft.applied.append(elsewhere)
    draft.touched["other"] = {"settings.py"}
    assert [refusal.finding.fingerprint for refusal in objections_to(draft)] == [finding.fingerprint]


def test_what_is_drafted_later_is_told_with_the_files_that_it_touched(judged) -> None:
    report, finding = judged(UNKNOWN_KEY, "DCF501")
    first = drafted(report, finding, Edit("settings.py", 0, 0, "A = 1\n"))
    later = drafted(report, finding, Edit("requirements.txt", 0, 0, "x\n"))
    first.add(later)
    assert first.touched == {finding.fingerprint: {"settings.py", "requirements.txt"}}
    assert sorted(first.state.changed) == ["requirements.txt", "settings.py"]
    assert len(first.applied) == 2


def test_what_would_still_be_found_is_an_objection(judged) -> None:
    report, finding = judged(UNKNOWN_KEY, "DCF501")
    (refusal,) = objections_to(
        drafted(report, finding, Edit("settings.py", len(UNKNOWN_KEY), len(UNKNOWN_KEY), "X = 1\n"))
    )
    assert (refusal.finding, refusal.reason) == (finding, "the change would not mend it")


def test_what_would_be_worse_is_an_objection_also_by_a_rule_that_was_not_asked_for(judged) -> None:
    report, finding = judged(UNKNOWN_KEY, "DCF501")
    at = UNKNOWN_KEY.index('"CONN_MAXAGE": 1')
    worse = Edit("settings.py", at, at + len('"CONN_MAXAGE": 1'), '"CONN_MAX_AGE": "60"')
    (refusal,) = objections_to(drafted(report, finding, worse))
    assert refusal.finding == finding
    assert refusal.reason.endswith("would be found afterwards")


def test_an_error_is_an_objection_also_where_an_error_is_mended(judged) -> None:
    from dataclasses import replace

    report, finding = judged(UNKNOWN_KEY, "DCF501")
    finding = replace(finding, severity=Severity.ERROR)
    at = UNKNOWN_KEY.index('"CONN_MAXAGE": 1')
    text = Edit("settings.py", at, at + len('"CONN_MAXAGE": 1'), '"CONN_MAX_AGE": "60"')
    assert [refusal.finding for refusal in objections_to(drafted(report, finding, text))] == [finding]


def test_only_the_roots_that_read_a_file_are_proved(tmp_path: Path) -> None:
    files = {"a/settings.py": LITERAL, "b/settings.py": LITERAL, "a/__init__.py": "", "b/__init__.py": ""}
    state = Workspace(project(tmp_path, files))
    assert state.roots_reading(["b/settings.py"]) == ["b.settings"]
    assert state.roots_reading(["a/settings.py", "b/settings.py"]) == ["a.settings", "b.settings"]


def test_each_change_is_told_with_what_it_fixes_also_where_one_finding_is_refused(tmp_path: Path) -> None:
    files = {"a/settings.py": LITERAL, "b/settings.py": LITERAL, "a/__init__.py": "", "b/__init__.py": ""}
    wishes = [want(settings=f"{root}.settings", CONN_MAX_AGE=60) for root in "ab"]
    stuck = Wish((CastSetting(DatabaseKey("a.settings", "default", 0), ("NOTHING",), "int"),))
    made = plan(project(tmp_path, files), *wishes, stuck)
    assert [(change.source.path, [each.fingerprint for each in change.findings]) for change in made.changes] == [
        ("a/settings.py", ["wish 0"]),
        ("b/settings.py", ["wish 1"]),
    ]


def test_a_file_of_python_2_is_not_edited(tmp_path: Path) -> None:
    state = Workspace(project(tmp_path, {"settings.py": LITERAL, "old.py": "print 'a'\n"}))
    assert state.source("old.py").tree.body
    with pytest.raises(CannotEditError, match=r"old\.py is not Python 3; it is read, and never changed"):
        state.edited([Edit("old.py", 0, 0, "A = 1\n")])


def test_nothing_applied_is_nothing_to_object_to(judged) -> None:
    report, _ = judged(UNKNOWN_KEY, "DCF501")
    assert objections_to(Draft(Workspace(report))) == []


def test_a_file_that_is_as_it_was_is_no_change(tmp_path: Path) -> None:
    text = LITERAL + "USE_TZ = True\n"
    report = project(tmp_path, {"settings.py": text})
    away, back = Edit("settings.py", 0, 1, "E"), Edit("settings.py", 0, 1, "D")
    from djconnfix.fix.plan import _plan

    assert _plan(Draft(Workspace(report).edited((away,)).edited((back,))), ()).changes == ()
    assert [c.source.path for c in _plan(Draft(Workspace(report).edited((away,))), ()).changes] == ["settings.py"]


def _descending(*_: object) -> None:
    _down()


def _down() -> None:  # without `*_`: calls of what takes any number are not counted by Python 3.13.0
    _down()


TOO_DEEP = {
    "the proof of a setting": Wish((AGE,)),
    "the proof that a statement may go": Wish((statement(LITERAL, LITERAL.strip()),)),
    "the rewriting of code": Wish((RewriteCode(NOWHERE, "descending"),)),
}


@pytest.mark.parametrize("wish", TOO_DEEP.values(), ids=TOO_DEEP)
def test_what_goes_deeper_than_the_stack_is_refused_alone(wish: Wish, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(REWRITES, "descending", _descending)
    monkeypatch.setattr(draft, "prove", _descending)
    monkeypatch.setattr(together, "prove", _descending)
    listed = Wish((RemoveListItem("settings", "MIDDLEWARE", "a"),))
    made = plan(project(tmp_path, {"settings.py": LITERAL + 'MIDDLEWARE = ["a"]\n'}), wish, listed)
    assert [refusal.reason for refusal in made.refused] == ["the statement is nested too deeply"]
    assert changed(made) == {"settings.py": LITERAL + "MIDDLEWARE = []\n"}


@pytest.mark.parametrize(("turns", "done"), [(1, 1), (2, 2), (9, 3)])
def test_findings_that_go_one_after_another_are_so_many_at_a_time(turns, done, tmp_path: Path, monkeypatch) -> None:
    text = "DATABASES = {'a': dict(ENGINE='e'), 'b': dict(ENGINE='e'), 'default': dict(ENGINE='e')}\n"
    ages = [SetSetting(DatabaseKey("settings", alias, 0), ("CONN_MAX_AGE",), 60) for alias in ("a", "b", "default")]
    monkeypatch.setattr(draft, "BYTES_IN_TURN", turns * len(text))
    made = plan(project(tmp_path, {"settings.py": text}), *(Wish((age,)) for age in ages), Wish((STUCK,)))
    assert changed(made)["settings.py"].count("CONN_MAX_AGE=60") == done
    assert [refusal.reason == draft.MANY for refusal in made.refused] == [True] * (4 - turns if turns < 4 else 0) + [
        False
    ] * (turns > 3)


def test_a_project_without_settings_is_no_reason_to_stop(tmp_path: Path) -> None:
    report = project(tmp_path, {"code.py": "x = 1\n"})
    assert report.evaluations == {}
    assert draft.draft_of(report, []).refused == []
