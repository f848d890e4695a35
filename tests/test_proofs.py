"""Every rule of severity error is shown on real servers, or it is said why not."""

from __future__ import annotations

import pytest

from djconnfix.findings import Severity
from djconnfix.rules import all_rules
from tests.proofs import NOT_SHOWN, proofs

PROVED = proofs()
CODES = {rule.code for rule in all_rules()}
ERRORS = sorted(rule.code for rule in all_rules() if rule.severity is Severity.ERROR)


@pytest.mark.parametrize("code", ERRORS)
def test_a_rule_of_severity_error_is_proved_or_it_is_said_why_not(code: str) -> None:
    assert (code in PROVED) is not (code in NOT_SHOWN)


def test_only_rules_are_proved() -> None:
    assert PROVED.keys() <= CODES
    assert NOT_SHOWN.keys() <= set(ERRORS)


def test_the_issues_own_list_is_proved() -> None:
    """Reuse, leak, killed connections, starvation, cursors, prepared statements, options, roles, locks, pools."""
    listed = "101 102 103 108 205 210 401 420 421 423 424 426 427 432 702"
    assert {f"DCF{number}" for number in listed.split()} <= PROVED.keys()


def test_what_is_read_from_the_source_is_what_pytest_sees(request: pytest.FixtureRequest) -> None:
    seen: dict[str, set[str]] = {}
    for item in request.session.items:
        for mark in item.iter_markers("proves"):
            for code in mark.args:
                seen.setdefault(code, set()).add(item.nodeid.partition("[")[0])
    assert {code: tests - set(PROVED[code]) for code, tests in seen.items()} == {code: set() for code in seen}
