"""The whitespace between the items of a bracketed sequence: line breaks, margins, comments."""

from __future__ import annotations

import libcst as cst

Space = cst.BaseParenthesizableWhitespace


def is_line_break(gap: Space) -> bool:
    """Whether the gap goes on to another line."""
    return isinstance(gap, cst.ParenthesizedWhitespace)


def is_wide(gap: Space) -> bool:
    """Whether there is anything in the gap."""
    return not gap.empty


def line_at(
    margin: cst.SimpleWhitespace,
    *,
    of: cst.ParenthesizedWhitespace | None = None,
    comment_of: cst.ParenthesizedWhitespace | None = None,
    indent: bool | None = None,
) -> cst.ParenthesizedWhitespace:
    """Return a gap that begins a line at a margin, with the comments of another gap or only its first one.

    Args:
        margin: what stands before the line, or, with `indent`, behind the indentation of the block.
        of: the gap whose comments it has.
        comment_of: the gap whose comment behind the line before it has.
        indent: whether the block's indentation comes first; None: as in the other gap.
    """
    model = of or comment_of
    return cst.ParenthesizedWhitespace(
        first_line=model.first_line if model else cst.TrailingWhitespace(),
        empty_lines=of.empty_lines if of else (),
        indent=indent if indent is not None else model.indent if model else True,
        last_line=margin,
    )


def bare(gap: cst.ParenthesizedWhitespace) -> cst.ParenthesizedWhitespace:
    """Return the same line break without comments."""
    return cst.ParenthesizedWhitespace(indent=gap.indent, last_line=gap.last_line)


def without_comment(gap: cst.ParenthesizedWhitespace) -> cst.ParenthesizedWhitespace:
    """Return the gap with the comments on lines of their own only."""
    return gap.with_changes(first_line=cst.TrailingWhitespace())


def has_comments(gap: Space) -> bool:
    """Whether a comment stands in the gap."""
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        return False
    return gap.first_line.comment is not None or any(line.comment for line in gap.empty_lines)


def item_margin(gap: cst.ParenthesizedWhitespace, unit: str) -> cst.SimpleWhitespace:
    """Return the margin for a first item in a gap: that of a comment in it, else one step deeper than its end."""
    for line in gap.empty_lines:
        if line.comment is not None:
            return cst.SimpleWhitespace(line.whitespace.value)
    return cst.SimpleWhitespace(gap.last_line.value + unit)
