"""Each of the hardest shapes that real projects take, from the files to what a careful person would make of them.

`fixtures/hard_cases/README.md` says how a case is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.engine import Report, audit
from djconnfix.findings import Applicability, Finding, Severity
from djconnfix.fix.plan import Plan, make_plan
from tests.hard_cases import HardCase, Wanted, all_cases, difference

if TYPE_CHECKING:
    from pathlib import Path

CASES = all_cases()
MODES = ("safe", "unsafe")


def marks(case: HardCase, aspect: str) -> list[pytest.MarkDecorator]:
    """A strict xfail where the program is known to fall short of what is expected."""
    return [pytest.mark.xfail(reason=case.xfail[aspect])] if aspect in case.xfail else []


def seen(finding: Finding) -> Wanted:
    remedy = finding.remedy
    fix = "none" if remedy is None else remedy.applicability.value
    return Wanted(finding.code, finding.location.path, finding.location.line, finding.alias, fix)


def planned(report: Report, mode: str) -> Plan:
    return make_plan(report, report.findings, unsafe=mode == "unsafe")


def test_all_twenty_five_are_there() -> None:
    assert {case.name[:2] for case in CASES} == {f"{number:02}" for number in range(1, 26)}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name, marks=marks(case, "audit")) for case in CASES])
def test_audit(case: HardCase, tmp_path: Path) -> None:
    report = audit(case.unpack(tmp_path))
    found = {seen(finding): finding for finding in report.findings}
    assert sorted(each.path for each in report.project.unreadable) == sorted(case.unreadable)
    assert set(case.wanted) - set(found) == set(), list(found)
    unasked = [each for each, f in found.items() if each not in case.wanted and f.severity is not Severity.INFO]
    assert unasked == []
    assert [each for each in found if each.code.startswith(case.silent)] == []


@pytest.mark.parametrize(
    ("case", "mode"),
    [pytest.param(case, mode, id=f"{case.name}-{mode}", marks=marks(case, mode)) for mode in MODES for case in CASES],
)
def test_fix(case: HardCase, mode: str, tmp_path: Path) -> None:
    config = case.unpack(tmp_path)
    report = audit(config)
    plan = planned(report, mode)
    changed = {change.source.path: change.new for change in plan.changes}
    assert changed == case.files(f"expected/{mode}"), [(r.finding.code, r.reason) for r in plan.refused]
    assert {f.remedy.applicability for f in plan.applied if f.remedy} <= {
        Applicability.SAFE,
        *([Applicability.UNSAFE] if mode == "unsafe" else []),
    }
    before = case.execute(tmp_path)
    for path, data in changed.items():
        (tmp_path / path).write_bytes(data)
    assert planned(audit(config), mode).changes == ()
    after = case.execute(tmp_path)
    differences = [difference(*pair) for pair in zip(before, after, strict=True)]
    assert differences == [run.difference(mode) for run in case.runs]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_not_executed_has_a_reason(case: HardCase) -> None:
    assert bool(case.runs) != bool(case.not_executed)


def black(text: bytes) -> str:
    """What black makes of a text, empty when it does not read it."""
    from black import Mode, format_str
    from black.parsing import InvalidInput

    try:
        return format_str(text.decode(), mode=Mode(string_normalization=False))
    except InvalidInput:
        return ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_formatted_stays_formatted(case: HardCase) -> None:
    before = case.files("project")
    for mode in MODES:
        for path, text in case.files(f"expected/{mode}").items():
            if black(before[path]) == before[path].decode():
                assert black(text) == text.decode()
