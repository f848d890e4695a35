"""Correct middleware, broken on one path at a time: the analysis must say what running the code says."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from djconnfix.code.kinds import LEFT_OPEN, NOT_RESTORED
from tests.code.files import kinds
from tests.code.rehearsal import leaves_something
from tests.code.shapes import BRANCHED, REFUSED, REWRITTEN, SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_RUN = (
    "enter_transaction_management",
    "TransactionMiddleware",
    "with transaction.atomic",
    "atomic(view)",
    "is_dirty(",
    ".queries",
    "self.changed",
    "import commit",
)


def runnable(texts: dict[str, str]) -> dict[str, str]:
    """Leave out what needs more of Django than the rehearsal has."""
    return {
        name: text
        for name, text in texts.items()
        if "transaction.set_autocommit" in text
        and ("class Middleware" in text or "def middleware" in text)
        and not any(word in text for word in _NOT_RUN)
    }


CORRECT = runnable({**SILENT, **{f"after-{name}": after for name, (_, after) in {**REWRITTEN, **BRANCHED}.items()}})
BROKEN = runnable(
    {
        **{f"before-{n}": before for n, (before, _) in {**REWRITTEN, **BRANCHED}.items()},
        **{n: t for n, (t, _) in REFUSED.items()},
    }
)


def _blocks(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Yield every block of statements below a function, and whether it belongs to a method that answers."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name not in {"__init__", "middleware"}:
            returns = any(isinstance(node, ast.Name) and node.id == "response" for node in ast.walk(function))
            for node in ast.walk(function):
                for name in ("body", "orelse", "finalbody"):
                    block = getattr(node, name, None)
                    if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                        yield block, returns


def _is_transactional(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith(("transaction.", "connection."))


def _mutations(text: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield each way to break one statement: dropped, made conditional, left out by an early return, swapped."""
    count = len(list(_blocks(ast.parse(text))))
    for number in range(count):
        size = len(list(_blocks(ast.parse(text)))[number][0])
        for index in range(size):
            for kind in ("drop", "by-method", "by-staff", "by-status", "early-return", "twice", "commit-for-rollback"):
                tree = ast.parse(text)
                block, answers = list(_blocks(tree))[number]
                statement = block[index]
                if not _is_transactional(statement):
                    continue
                source = ast.unparse(statement)
                match kind:
                    case "drop":
                        block[index] = ast.Pass()
                    case "by-method":
                        block[index] = _parsed(f"if request.method == 'POST':\n    {source}")
                    case "by-staff":
                        block[index] = _parsed(f"if request.user.is_staff:\n    {source}")
                    case "by-status" if (
                        answers and "response" in ast.unparse(tree).partition(source)[0].rpartition("def ")[2]
                    ):
                        block[index] = _parsed(f"if response.status_code == 200:\n    {source}")
                    case "early-return" if (
                        answers and "response =" in ast.unparse(tree).partition(source)[0].rpartition("def ")[2]
                    ):
                        block.insert(index, _parsed("if request.aliases:\n    return response"))
                    case "twice":
                        block.insert(index, _parsed(source))
                    case "commit-for-rollback" if "rollback" in source:
                        block[index] = _parsed(source.replace("rollback", "commit"))
                    case _:
                        continue
                yield f"{number}.{index}-{kind}", ast.fix_missing_locations(tree)


def _parsed(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


def _mutants() -> dict[str, bool]:
    """Return each different mutant that runs at all, with whether it leaves something behind."""
    texts = {ast.unparse(tree) + "\n" for text in CORRECT.values() for _, tree in _mutations(text)}
    judged = {}
    for text in sorted(texts):
        try:
            judged[text] = leaves_something(text)
        except NameError:  # noqa: PERF203 -- the early return comes before there is a response
            continue
    return judged


MUTANTS = _mutants()


def reported(text: str) -> bool:
    return not {LEFT_OPEN, NOT_RESTORED}.isdisjoint(kinds(text))


@pytest.mark.parametrize("text", CORRECT.values(), ids=CORRECT)
def test_the_correct_ones_leave_nothing(text: str) -> None:
    assert not leaves_something(text)


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_the_broken_ones_leave_something(text: str) -> None:
    assert leaves_something(text)


def test_there_are_enough_mutants() -> None:
    assert len(MUTANTS) >= 200
    assert len([text for text, leaves in MUTANTS.items() if not leaves]) >= 20


def test_every_mutant_that_leaves_something_is_found() -> None:
    missed = [text for text, leaves in MUTANTS.items() if leaves and not reported(text)]
    assert missed == []


def test_no_equivalent_mutant_is_reported() -> None:
    wrong = [text for text, leaves in MUTANTS.items() if not leaves and reported(text)]
    assert wrong == []
