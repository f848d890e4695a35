"""Slices: what goes through libcst comes back changed only where it was meant."""

from __future__ import annotations

import ast

import libcst as cst
import pytest

from djconnfix.fix.edits import CannotEditError, apply
from djconnfix.fix.rewrite import cut, replace_nodes
from tests.fix.test_operations import source_of

TEXTS = {
    "top level": "X = {'a': 1}\nZ = 1\n",
    "indented": "class A:\n        X = {'a': 1}\n",
    "tabs": "class A:\n\tX = {\n\t\t'a': 1,\n\t}\n",
    "text that is not indented": "class A:\n    X = {'b': '''\nfoo''', 'a': 1}\n",
    "carriage returns": "class A:\r\n    X = {\r\n        'a': 1,\r\n    }\r\n",
    "no final newline": "class A:\n    X = {'a': 1}",
    "odd indentation inside brackets": "class A:\n    X = {\n'a':\n 1}\n",
    "non-ascii": "class A:\n    X = {'é': 'ж', 'a': 1}\n",
    "byte order mark": "\ufeffX = {'a': 1}\n",
    "comment after the block": "class A:\n    X = {'a': 1}\n    # tail\n# end\n",
    "second statement of its line": "class A:\n    Y = 2; X = {'a': 1}\n",
    "continued with a backslash": "X = \\\n  {'a': 1}\n",
    "very long": "X = {" + ", ".join(f"'k{i}': {i + 2}" for i in range(3000)) + ", 'a': 1}\n",
    "deep": "X = {'a': 1, 'b': " + "[" * 60 + "]" * 60 + "}\n",
}


@pytest.mark.parametrize("case", TEXTS)
def test_only_the_node_changes(case: str) -> None:
    source = source_of(TEXTS[case])
    one = next(n for n in ast.walk(source.tree) if isinstance(n, ast.Constant) and n.value == 1 and n.col_offset)
    statement = next(n for n in ast.walk(source.tree) if isinstance(n, ast.Assign) and one in ast.walk(n))
    line_start = source.line_starts[statement.lineno - 1]
    start = line_start + len(source.line_text(statement.lineno)) - len(source.line_text(statement.lineno).lstrip())
    span = source.node_span(one)
    slice_ = cut(source, start, source.node_span(statement)[1])
    edit = slice_.edit(replace_nodes(slice_.module, {slice_.find(span): lambda _: cst.Integer("77")}))
    assert (edit.start, edit.end, edit.replacement) == (*span, "77")
    assert source.encode(apply(source.text, [edit])).startswith(b"\xef\xbb\xbf") is source.has_bom


def test_a_slice_that_is_not_changed_gives_an_empty_edit() -> None:
    source = source_of("class A:\n  X = 1\n  Y = 2\n")
    slice_ = cut(source, 11, 16)
    edit = slice_.edit(slice_.module)
    assert (edit.start - edit.end, edit.replacement) == (0, "")


def test_the_slice_is_shown_without_its_indentation() -> None:
    source = source_of("class A:\n    def f(self):\n        return 1\n")
    assert cut(source, 13, len(source.text) - 1).module.code == "def f(self):\n    return 1\n"


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("if X: Y = 1\n", "Y = 1"),
        ("X = 1; Y = {\n1: 2}\n", "X = 1"),
        ("if X:\n    \fY = 1\n", "Y = 1"),
        ("try:\n    X = 1\nexcept E: Y = 1\n", "except E: Y = 1"),
        ("match X:\n    case 1: Y = 1\n", "case 1: Y = 1"),
        ("if X:\n    Y = 1  # a\\\n", "Y = 1"),
        ("if X:\n    if Y:\n        Z()\n# end\n", "if Y:\n        Z()\n# end"),
    ],
    ids=[
        "not first in its line",
        "half a statement",
        "form feed in the margin",
        "a clause",
        "a case",
        "a backslash at the end of the file",
        "a comment below",
    ],
)
def test_what_cannot_be_cut_out_is_refused(text: str, marker: str) -> None:
    source = source_of(text)
    start = text.index(marker)
    with pytest.raises(CannotEditError):
        cut(source, start, start + len(marker))


def test_a_span_that_names_no_node_is_refused() -> None:
    source = source_of("X = 1\n")
    with pytest.raises(CannotEditError, match="not found again"):
        cut(source, 0, 5).find((1, 4))


DEEP = {"a sum": " + ".join(["1"] * 3000), "attributes": "a" + ".b" * 3000, "signs": "-" * 900 + "a"}


@pytest.mark.parametrize("case", DEEP)
def test_what_is_nested_too_deeply_is_refused(case: str) -> None:
    text = f"X = {DEEP[case]}\n"
    with pytest.raises(CannotEditError, match="nested too deeply"):
        cut(source_of(text), 0, len(text) - 1)


def test_what_grows_too_deep_is_refused() -> None:
    slice_ = cut(source_of("X = 1\n"), 0, 5)
    deep: cst.BaseExpression = cst.Name("a")
    for _ in range(3000):
        deep = cst.Attribute(deep, cst.Name("b"))
    changed = replace_nodes(slice_.module, {slice_.find((4, 5)): lambda _: deep})
    for refused in (lambda: slice_.edit(changed), lambda: replace_nodes(changed, {})):
        with pytest.raises(CannotEditError, match="nested too deeply"):
            refused()
