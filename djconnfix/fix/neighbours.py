"""New entries and keyword arguments that look like those beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from djconnfix.fix.edits import CannotEditError
from djconnfix.fix.literals import string

if TYPE_CHECKING:
    from djconnfix.fix.layout import Layout
    from djconnfix.fix.sequence import Sequence


def new_entry(sequence: Sequence, key: str, text: str, layout: Layout) -> cst.DictElement:
    """Return a dictionary entry with the quotes and the alignment of its neighbours."""
    entries = [item for item in sequence.items if isinstance(item, cst.DictElement)]
    made = cst.parse_expression(string(key, _quote(entries, layout)))
    before, after = _colon(sequence, entries, made)
    return cst.DictElement(
        made,
        parsed(text),
        whitespace_before_colon=cst.SimpleWhitespace(before),
        whitespace_after_colon=cst.SimpleWhitespace(after),
    )


def new_keyword(sequence: Sequence, keyword: str, text: str) -> cst.Arg:
    """Return a keyword argument with the spaces around `=` that its neighbours have."""
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    for item in sequence.items:
        if isinstance(item, cst.Arg) and isinstance(item.equal, cst.AssignEqual):
            found = item.equal
            if all(isinstance(w, cst.SimpleWhitespace) and len(w.value) <= 1 for w in _around(found)):
                equal = found
    return cst.Arg(parsed(text), keyword=cst.Name(keyword), equal=equal)


def parsed(text: str) -> cst.BaseExpression:
    """Return the expression of a source text.

    Raises:
        CannotEditError: it is none.
    """
    try:
        return cst.parse_expression(text)
    except cst.ParserSyntaxError:
        raise CannotEditError("the new expression cannot be parsed") from None


def _around(equal: cst.AssignEqual) -> tuple[cst.BaseParenthesizableWhitespace, ...]:
    return equal.whitespace_before, equal.whitespace_after


def _quote(entries: list[cst.DictElement], layout: Layout) -> str:
    for entry in reversed(entries):
        if isinstance(entry.key, cst.SimpleString) and len(entry.key.quote) == 1:
            return entry.key.quote
    return layout.quote


def _colon(sequence: Sequence, entries: list[cst.DictElement], key: cst.BaseExpression) -> tuple[str, str]:
    """Return the whitespace around the colon: aligned when the neighbours are, else like the last of them."""
    measured: list[tuple[int, str, str]] = []
    for entry in entries:
        left, right = entry.whitespace_before_colon, entry.whitespace_after_colon
        if isinstance(left, cst.SimpleWhitespace) and isinstance(right, cst.SimpleWhitespace):
            measured.append((_width(entry.key), left.value, right.value))
    if not measured:
        return "", " "
    width = _width(key)
    lengths = {length for length, _, _ in measured}
    columns = {length + len(before) + len(after) for length, before, after in measured}
    if sequence.on_lines and len(lengths) > 1 and len(columns) == 1:
        room = columns.pop() - width
        before, after = measured[-1][1:]
        if len({before for _, before, _ in measured}) == 1:
            return before, " " * max(room - len(before), 1)
        least = min(len(before) for _, before, _ in measured)
        return " " * max(room - len(after), least), after
    _, before, after = measured[-1]
    return (before if len(before) <= 1 else ""), (after if len(after) <= 1 else " ")


def _width(node: cst.BaseExpression) -> int:
    return len(cst.Module(body=()).code_for_node(node))
