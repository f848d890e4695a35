"""Every finding shows what it rests on, and says why its fix is safe or not: held against every rule's own examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.findings import Applicability
from djconnfix.rules import all_rules
from tests.rules.test_examples import judged, name

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.rules import Example, Rule

BAD = [(rule, example) for rule in all_rules() for example in rule.bad]
# The place that such a finding points at is all there is to see: a call, a misplaced key, a comment, a limit of sight.
OWN_PLACE = ("DCF2", "DCF3", "DCF5", "DCF7", "DCF9")


@pytest.mark.parametrize(("rule", "example"), BAD, ids=name)
def test_evidence_and_reasons_are_given(rule: Rule, example: Example, tmp_path: Path) -> None:
    for finding in judged(rule, example, tmp_path).findings:
        problem, remedy = finding.problem, finding.remedy
        assert problem.because or finding.code.startswith(OWN_PLACE), problem.message
        for because in problem.because:
            assert because.text.strip()
            assert because.location is None or because.location.path in example.files
        assert problem.location.path in example.files
        assert remedy is not None, problem.message
        assert remedy.why.strip()
        assert remedy.instructions.strip()
        assert bool(remedy.actions) is (remedy.applicability is not Applicability.MANUAL), problem.message
