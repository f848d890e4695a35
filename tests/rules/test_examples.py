"""Every rule's own examples: what they say is found is found, and what they say comes out comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from djconnfix import engine
from djconnfix.config import Config
from djconnfix.engine import Report, audit
from djconnfix.live_facts import with_servers
from djconnfix.rules import Example, Rule, all_rules

if TYPE_CHECKING:
    from pathlib import Path

BAD = [(rule, example) for rule in all_rules() for example in rule.bad]
GOOD = [(rule, example) for rule in all_rules() for example in rule.good]


def name(case: object) -> str:
    return case.name if isinstance(case, Rule) else getattr(case, "title", "").replace(" ", "-")


def judged(rule: Rule, example: Example, root: Path) -> Report:
    for path, text in example.files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    config = Config(root=root, select=(rule.code,), strategy=example.strategy)
    report = audit(config)
    if not example.servers:
        return report
    project = with_servers(report.project, example.servers)
    return replace(report, findings=engine.judged(config, project, report.tree))


@pytest.mark.parametrize(("rule", "example"), BAD, ids=name)
def test_a_bad_example_is_found(rule: Rule, example: Example, tmp_path: Path) -> None:
    report = judged(rule, example, tmp_path)
    assert [finding.code for finding in report.findings]
    assert {finding.code for finding in report.findings} == {rule.code}
    assert not report.project.unreadable


@pytest.mark.parametrize(("rule", "example"), GOOD, ids=name)
def test_a_good_example_is_silent(rule: Rule, example: Example, tmp_path: Path) -> None:
    report = judged(rule, example, tmp_path)
    assert [(f.code, f.location.path, f.problem.message) for f in report.findings] == []
    assert not report.project.unreadable


@pytest.mark.parametrize(("rule", "example"), BAD, ids=name)
def test_fix_makes_of_a_bad_example_what_it_says(rule: Rule, example: Example, tmp_path: Path) -> None:
    from djconnfix.fix.plan import make_plan

    report = judged(rule, example, tmp_path)
    if example.unsafe:
        assert make_plan(report, report.findings, unsafe=False).changes == ()
    plan = make_plan(report, report.findings, unsafe=example.unsafe or not example.fixed)
    changed = {change.source.path: change.new.decode() for change in plan.changes}
    assert changed == dict(example.fixed), [refusal.reason for refusal in plan.refused]


@pytest.mark.parametrize(("rule", "example"), [case for case in BAD if case[1].fixed], ids=name)
def test_what_a_rule_has_fixed_it_does_not_find_again(rule: Rule, example: Example, tmp_path: Path) -> None:
    again = Example({**example.files, **example.fixed}, strategy=example.strategy)
    assert [f.problem.message for f in judged(rule, again, tmp_path).findings] == []


@pytest.mark.parametrize("rule", all_rules(), ids=name)
def test_a_rule_is_complete(rule: Rule) -> None:
    headings = [line.removeprefix("## ") for line in rule.doc.splitlines() if line.startswith("## ")]
    expected = ["What it does", "Why it is bad", "Fix safety", "Known limits", "References"]
    assert headings in (expected, [each for each in expected if each != "Known limits"])
    assert rule.check.__module__.rpartition(".")[2] == rule.name.replace("-", "_")
    assert len(rule.bad) >= 1
    assert len(rule.good) >= 1
    assert rule.summary.endswith(".")
    titles = [example.title for example in (*rule.bad, *rule.good)]
    assert all(titles)
    assert len(set(titles)) == len(titles)
