"""All rules together on every example: one run of `fix` leaves nothing to the next, and no fix calls for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.fix.plan import make_plan
from djconnfix.rules import Example, Rule, all_rules

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = [(rule, example) for rule in all_rules() for example in (*rule.bad, *rule.good)]


def name(case: object) -> str:
    return case.name if isinstance(case, Rule) else getattr(case, "title", "").replace(" ", "-")


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=name)
def test_a_second_run_plans_nothing(rule: Rule, example: Example, unsafe: bool, tmp_path: Path) -> None:
    for path, text in example.files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    config = Config(root=tmp_path, strategy=example.strategy)
    report = audit(config)
    plan = make_plan(report, report.findings, unsafe=unsafe)
    for change in plan.changes:
        (tmp_path / change.source.path).write_bytes(change.new)
    again = audit(config)
    second = make_plan(again, again.findings, unsafe=unsafe)
    assert {change.source.path: change.new.decode() for change in second.changes} == {}
