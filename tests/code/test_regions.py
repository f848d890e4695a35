"""A transaction by hand becomes `atomic` where it has one commit, at its end, and nowhere else."""

from __future__ import annotations

import ast

import pytest

from djconnfix.code.kinds import LEFT_OPEN, NOT_RESTORED, REMOVED_API
from djconnfix.fix.edits import Refused
from tests.code.files import facts, rewritten
from tests.code.regions import BOTH_VERSIONS, HEAD, KEPT, MANUALLY, NOT_MANUALLY, OTHERS, WRAPPED


@pytest.mark.parametrize(("before", "after"), WRAPPED.values(), ids=WRAPPED)
def test_one_commit_at_the_end_becomes_a_block(before: str, after: str) -> None:
    assert rewritten(before, NOT_RESTORED) == after
    assert facts(after) == []


@pytest.mark.parametrize(("before", "after"), OTHERS.values(), ids=OTHERS)
def test_alias_and_indentation_stay(before: str, after: str) -> None:
    assert rewritten(HEAD + before, NOT_RESTORED) == HEAD + after


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_whatever_else_is_no_block(text: str) -> None:
    ast.parse(text)
    assert facts(text, NOT_RESTORED) != []
    result = rewritten(text, NOT_RESTORED)
    assert isinstance(result, Refused) or result.count("atomic") == text.count("atomic")


@pytest.mark.parametrize(("before", "after"), MANUALLY.values(), ids=MANUALLY)
def test_the_removed_ways_of_the_same_become_a_block(before: str, after: str) -> None:
    head = "" if before.startswith("from") else HEAD
    assert rewritten(head + before, REMOVED_API) == head + after
    assert facts(head + after) == []


@pytest.mark.parametrize("text", NOT_MANUALLY.values(), ids=NOT_MANUALLY)
def test_what_cannot_be_mapped_is_left_to_a_person(text: str) -> None:
    head = "" if text.startswith("from") else HEAD
    assert isinstance(rewritten(head + text, REMOVED_API), Refused)


@pytest.mark.parametrize("text", BOTH_VERSIONS.values(), ids=BOTH_VERSIONS)
def test_code_for_both_versions_is_not_old(text: str) -> None:
    assert facts(text) == []


@pytest.mark.parametrize("kind", [NOT_RESTORED, REMOVED_API])
def test_how_a_command_divides_its_work_is_left_to_it(kind: str) -> None:
    begin = "enter_transaction_management()" if kind == REMOVED_API else "set_autocommit(False)"
    text = f"class Command(BaseCommand):\n    def handle(self):\n        transaction.{begin}\n        go()\n        transaction.commit()\n"
    assert isinstance(rewritten(f"{HEAD}{text}", kind), Refused)
    assert isinstance(rewritten(f"{HEAD}{text.replace('Command', 'Task')}", kind), str)


def test_what_saves_the_state_and_ends_well_is_no_finding() -> None:
    text = "def f():\n    saved = transaction.get_autocommit()\n    transaction.set_autocommit(False)\n    try:\n        go()\n        transaction.commit()\n    finally:\n        transaction.rollback()\n        transaction.set_autocommit(saved)\n"
    assert [fact for fact in facts(HEAD + text) if fact.kind in {LEFT_OPEN, NOT_RESTORED}] == []
