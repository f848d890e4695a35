"""Whole statements: inserted after another, given an else, removed with their lines."""

from __future__ import annotations

import ast

import black
import pytest

from djconnfix.fix import statements
from djconnfix.fix.edits import CannotEditError, apply
from djconnfix.fix.layout import Layout
from tests.fix.test_operations import source_of

LAYOUT = Layout("    ", '"', 88)
INSERTIONS = {
    "after an assignment": ("X = 1\n\nY = 2\n", "X = 1\nNEW = 1\n\nY = 2\n"),
    "after a trailing comment": ("X = 1  # x\nY = 2\n", "X = 1  # x\nNEW = 1\nY = 2\n"),
    "after several lines": ("X = {\n    1: 2,\n}\nY = 2\n", "X = {\n    1: 2,\n}\nNEW = 1\nY = 2\n"),
    "no final newline": ("X = 1", "X = 1\nNEW = 1"),
    "carriage returns": ("X = 1\r\nY = 2\r\n", "X = 1\r\nNEW = 1\r\nY = 2\r\n"),
    "inside a block": ("if A:\n\tX = 1\n\tY = 2\n", "if A:\n\tX = 1\n\tNEW = 1\n\tY = 2\n"),
    "after an import": ("import X\nY = 2\n", "import X\n\nNEW = 1\nY = 2\n"),
    "after a block": ("if X:\n    pass\nY = 2\n", "if X:\n    pass\nNEW = 1\nY = 2\n"),
    "after a block and its last comment": (
        "if X:\n    pass\n    # more\n\n# about Y\nY = 2\n",
        "if X:\n    pass\n    # more\nNEW = 1\n\n# about Y\nY = 2\n",
    ),
    "two on a line": ("X = 1; Z = 2\nY = 2\n", "X = 1; Z = 2\nNEW = 1\nY = 2\n"),
    "non-ascii": ("X = 'é'  # ж\nY = 2\n", "X = 'é'  # ж\nNEW = 1\nY = 2\n"),
}


def target_of(text: str) -> tuple:
    source = source_of(text)
    node = source.tree.body[0]
    if isinstance(node, ast.If) and ast.unparse(node.test) == "A":
        node = node.body[0]
    return source, node


@pytest.mark.parametrize("case", INSERTIONS)
def test_insertion(case: str) -> None:
    before, after = INSERTIONS[case]
    source, node = target_of(before)
    assert apply(before, [statements.insert_after(source, node, "NEW = 1", LAYOUT)]) == after
    ast.parse(after)


@pytest.mark.parametrize(
    ("behind", "text", "copied"),
    [
        ("  # noqa: F405", 'D["a"]["n"] = 1', True),
        ("  # noqa F405", 'D["a"]["n"] = 1', True),
        (" # type: ignore[index]", 'D["a"]["n"] = 1', True),
        ("\t# pylint: disable=undefined-variable", 'D["a"]["n"] = 1', True),
        ("  # noqa: F405  # why", 'D["a"]["n"] = 1', True),
        ("  # why # noqa", 'D["a"]["n"] = 1', False),
        ("  # noqab", 'D["a"]["n"] = 1', False),
        ("  # djconnfix: ignore[DCF101]", 'D["a"]["n"] = 1', False),
        ("  # noqa: F405", 'E["a"]["n"] = 1', False),
        ("  # noqa: F405", "D = 1", False),
        ("", 'D["a"]["n"] = 1', False),
    ],
)
def test_a_comment_for_linters_is_written_behind_both(behind: str, text: str, copied: bool) -> None:
    old = f'D["a"]["m"] = 2{behind}\n'
    source, node = target_of(old)
    edit = statements.insert_after(source, node, text, LAYOUT)
    assert apply(old, [edit]) == f"{old}{text}{behind if copied else ''}\n"


LONG = 'DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 2, "max_size": 4, "timeout": 10}'


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_statement_too_long_for_a_line_is_spread(newline: str) -> None:
    before = "if A:\n    X = 1  # x\nY = 2\n"
    source, node = target_of(before.replace("\n", newline))
    after = apply(source.text, [statements.insert_after(source, node, LONG, LAYOUT)])
    assert after == (
        'if A:\n    X = 1  # x\n    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {\n        "min_size": 2,\n'
        '        "max_size": 4,\n        "timeout": 10,\n    }\nY = 2\n'
    ).replace("\n", newline)
    assert black.format_str(after, mode=black.Mode()) == after.replace("\r\n", newline)


def test_a_statement_too_long_for_a_line_is_spread_in_an_else() -> None:
    before = "D = 1\nif X:\n    D = 2\n"
    source = source_of(before)
    (branch,) = statements.branches_after(source, source.tree.body[0], "D")
    after = apply(before, [statements.insert_else(source, branch, LONG, LAYOUT)])
    assert after.startswith(f"{before}else:\n    DATABASES[")
    assert black.format_str(after, mode=black.Mode()) == after


def test_a_long_statement_that_cannot_be_read_stays_on_its_line() -> None:
    source, node = target_of('D["a"] = 1  # type: ignore[index]\n')
    text = f'D["b"]{LONG[LONG.index(" = ") :]}'
    assert statements.insert_after(source, node, text, LAYOUT).replacement == f"{text}  # type: ignore[index]\n"


def test_nothing_is_inserted_into_a_line_with_its_condition() -> None:
    source, node = target_of("if A: X = 1\n")
    with pytest.raises(CannotEditError):
        statements.insert_after(source, node, "NEW = 1", LAYOUT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if X:\n    D = 2\nY = 2\n", "if X:\n    D = 2\nelse:\n    NEW = 1\nY = 2\n"),
        ("if X:\n\tD = 2", "if X:\n\tD = 2\nelse:\n\tNEW = 1"),
        ("if X:\n    D = 2\nelif Z:\n    b = 1\n", "if X:\n    D = 2\nelif Z:\n    b = 1\nelse:\n    NEW = 1\n"),
    ],
    ids=["if", "tabs", "elif"],
)
def test_an_else_is_added(before: str, after: str) -> None:
    source = source_of(f"D = 1\n{before}")
    (branch,) = statements.branches_after(source, source.tree.body[0], "D")
    unit = "\t" if "\t" in before else "    "
    assert (
        apply(source.text, [statements.insert_else(source, branch, "NEW = 1", Layout(unit, '"', 88))])
        == f"D = 1\n{after}"
    )


@pytest.mark.parametrize("test", ["X", "D is X"])
def test_an_else_is_added_only_where_the_name_is_spoken_of(test: str) -> None:
    source = source_of(f"D = 1\nif {test}:\n    a = 1\n")
    assert len(statements.branches_after(source, source.tree.body[0], "D")) == ("D" in test)


def test_only_later_conditions_are_asked() -> None:
    source = source_of("if X:\n    D = 2\nD = 1\nif Z:\n    D = 3\n")
    assert statements.branches_after(source, source.tree.body[1], "D") == [source.tree.body[2]]


def test_a_condition_that_has_an_else_is_left_alone() -> None:
    source = source_of("D = 1\nif X:\n    D = 2\nelse:\n    b = 1\n")
    assert statements.branches_after(source, source.tree.body[0], "D") == []
    branch = source.tree.body[1]
    assert isinstance(branch, ast.If)
    with pytest.raises(CannotEditError, match="another branch"):
        statements.insert_else(source, branch, "NEW = 1", LAYOUT)


def test_a_condition_behind_a_form_feed_is_left_alone() -> None:
    source = source_of("D = 1\n\x0cif X:\n    D = 2\n")
    branch = source.tree.body[1]
    assert isinstance(branch, ast.If)
    with pytest.raises(CannotEditError, match="beginning of a line"):
        statements.insert_else(source, branch, "NEW = 1", LAYOUT)


REMOVALS = {
    "first of its block": ("class A:\n    DEL = 1\n\n    a = 1\n", "class A:\n    a = 1\n"),
    "below a blank line in its block": (
        "class A:\n\n    DEL = 1\n\n    a = 1\n",
        "class A:\n\n    a = 1\n",
    ),
    "last before blank lines": ("a = 1\n\nDEL = 1\n\n", "a = 1\n\n"),
    "in the middle": ("a = 1\nDEL = 1\nb = 2\n", "a = 1\nb = 2\n"),
    "with its comment": ("a = 1\nDEL = 1  # gone\nb = 2\n", "a = 1\nb = 2\n"),
    "comment above stays": ("a = 1\n# stays\nDEL = 1\nb = 2\n", "a = 1\n# stays\nb = 2\n"),
    "between blank lines": ("a = 1\n\nDEL = 1\n\nb = 2\n", "a = 1\n\nb = 2\n"),
    "two blank lines below": ("a = 1\n\nDEL = 1\n\n\ndef b():\n    pass\n", "a = 1\n\n\ndef b():\n    pass\n"),
    "first of the file": ("DEL = 1\n\nb = 2\n", "b = 2\n"),
    "last of the file": ("a = 1\n\nDEL = 1\n", "a = 1\n"),
    "alone in its block": ("if X():\n    DEL = 1\nb = 2\n", "if X():\n    pass\nb = 2\n"),
    "alone in its block, with a comment": ("if X():\n    DEL = 1  # c\nb = 2\n", "if X():\n    pass  # c\nb = 2\n"),
    "alone after else": ("if X:\n    a = 1\nelse:\n    DEL = 1\n", "if X:\n    a = 1\nelse:\n    pass\n"),
    "several lines": ("a = 1\nDEL = {\n    1: 2,\n}\nb = 2\n", "a = 1\nb = 2\n"),
    "carriage returns": ("a = 1\r\nDEL = 1\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n"),
    "no final newline": ("a = 1\nDEL = 1", "a = 1\n"),
    "last of a block": ("if X:\n    a = 1\n\n    DEL = 1\n\n\nb = 2\n", "if X:\n    a = 1\n\n\nb = 2\n"),
    "last before a comment": ("a = 1\n\nDEL = 1\n# end\n", "a = 1\n\n# end\n"),
    "right below a comment at the top": ("# top\nDEL = 1\n\n\nb = 2\n", "# top\n\n\nb = 2\n"),
    "far below a comment at the top": (
        "# top\n\nDEL = 1\n\n\ndef b():\n    pass\n",
        "# top\n\n\ndef b():\n    pass\n",
    ),
    "below a comment at the top": ("# top\n\nDEL = 1\n\nb = 2\n", "# top\n\nb = 2\n"),
}


def removed(text: str) -> str:
    source = source_of(text)
    wanted = next(n for n in ast.walk(source.tree) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "DEL")
    return apply(text, [statements.remove_statement(source, wanted)])


@pytest.mark.parametrize("case", REMOVALS)
def test_removal(case: str) -> None:
    before, after = REMOVALS[case]
    assert removed(before) == after
    ast.parse(after)
    if black.format_str(before, mode=black.Mode()) == before:
        assert black.format_str(after, mode=black.Mode()) == after


@pytest.mark.parametrize("text", ["a = 1; DEL = 2\n", "DEL = 2; a = 1\n", "if X: DEL = 1\n"])
def test_a_statement_that_shares_its_line_stays(text: str) -> None:
    with pytest.raises(CannotEditError, match="shares a line"):
        removed(text)
