"""The rule that docs/adding-a-rule.md makes: it is a rule like the others, and what the page says of it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix import rules
from tests.pages import BLOCKS
from tests.rules import test_examples as examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[rules.Rule]:
    """The rule of the page, registered for one test as if its file were there."""
    [block] = [each for each in BLOCKS if each.marker.startswith("rule: ")]
    known = {each.code: each for each in rules.all_rules()}
    monkeypatch.setattr(rules, "_registry", dict(known))
    exec(compile(block.text, str(block), "exec"), {"__name__": "djconnfix.rules.persistence.conn_max_age_long"})
    rules.all_rules.cache_clear()
    [new] = [each for each in rules.all_rules() if each.code not in known]
    yield new
    monkeypatch.undo()
    rules.all_rules.cache_clear()


def test_it_is_complete(made: rules.Rule) -> None:
    examples.test_a_rule_is_complete(made)


def test_its_bad_examples_are_found_and_fixed(made: rules.Rule, tmp_path: Path) -> None:
    assert made.bad
    for number, example in enumerate(made.bad):
        examples.test_a_bad_example_is_found(made, example, tmp_path / f"{number}")
        examples.test_fix_makes_of_a_bad_example_what_it_says(made, example, tmp_path / f"{number}-fixed")


def test_its_good_examples_are_silent(made: rules.Rule, tmp_path: Path) -> None:
    assert len(made.good) > len(made.bad)
    for number, example in enumerate(made.good):
        examples.test_a_good_example_is_silent(made, example, tmp_path / f"{number}")


def test_it_is_gone_afterwards() -> None:
    assert rules.find_rule("DCF199") is None
