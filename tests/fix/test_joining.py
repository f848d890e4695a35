"""A comment goes behind the one line that brackets were joined into, or nothing is joined."""

from __future__ import annotations

import pytest

from djconnfix.fix.joining import with_comments

CASES: dict[str, tuple[list[str], str, tuple[str, ...], str | None]] = {
    "no comment": (["a"], "a\nb\n", (), "a\nb\n"),
    "one comment, one new line": (["a"], "a\nb\n", ("# c",), "a\nb  # c\n"),
    "a carriage return stays": (["a"], "a\r\nb\r\n", ("# c",), "a\r\nb  # c\r\n"),
    "two comments": (["a"], "a\nb\n", ("# c", "# d"), None),
    "two new lines": (["a"], "b\nc\n", ("# c",), None),
    "no new line": (["a", "b"], "a\nb\n", ("# c",), None),
    "a comment is there already": (["a"], "a\nb  # d\n", ("# c",), None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_comment_goes_behind_the_new_line(case: str) -> None:
    before, text, comments, after = CASES[case]
    assert with_comments(before, text, comments) == after
