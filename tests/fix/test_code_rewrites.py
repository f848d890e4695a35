"""The steps of code rewrites, one by one: what they refuse above all."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from djconnfix.code.steps import Step, encode
from djconnfix.fix.code_rewrites import REWRITES
from djconnfix.fix.edits import Refused, apply
from djconnfix.source import Location, SourceFile

STALE = "the file is not the one that was read"


def source(text: str) -> SourceFile:
    return SourceFile("shop/m.py", Path("/nowhere/shop/m.py"), text.encode())


def carried_out(text: str, *steps: Step, path: str = "shop/m.py", end: int | None = None) -> str | Refused:
    file = source(text)
    where = file.location(0, len(text))
    where = Location(path, where.line, where.column, where.end_line, where.end_column, 0, end or len(text))
    edits = REWRITES["end-every-path"](file, where, tuple(encode(steps).items()))
    return edits if isinstance(edits, Refused) else apply(file.text, edits)


def span(text: str, part: str) -> tuple[int, int]:
    start = text.index(part)
    return start, start + len(part)


def step(what: str, text: str, part: str, *marks: str, put: str = "") -> Step:
    places = [offset for mark in marks for offset in span(text, mark)]
    return Step(what, *span(text, part), tuple(places), put)


def refused(result: str | Refused, words: str) -> None:
    assert isinstance(result, Refused)
    assert words in result.reason


class TestTheWhole:
    def test_nothing_to_do(self) -> None:
        refused(carried_out("a()\n"), "nothing to do")

    def test_another_file(self) -> None:
        refused(carried_out("a()\n", Step("remove", 0, 3), path="shop/other.py"), STALE)

    def test_a_file_that_has_shrunk(self) -> None:
        refused(carried_out("a()\n", Step("remove", 0, 3), end=99), STALE)

    def test_a_step_that_nobody_knows(self) -> None:
        refused(carried_out("a()\n", Step("paint", 0, 3)), "two changes")

    def test_two_changes_of_one_place(self) -> None:
        text = "a(b)\n"
        refused(
            carried_out(text, step("put", text, "a(b)", put="c"), step("put", text, "(b)", put="(d)")), "two changes"
        )


GUARD = dedent(
    """
    def f(request):
        if dirty():
            commit()
        return 1
    """
).lstrip()


class TestDropTest:
    def drop(self, text: str, whole: str, tested: str, own: str = "", put: str = "") -> str | Refused:
        return carried_out(text, step("drop-test", text, whole, own or whole, tested, put=put))

    def test_the_body_stays(self) -> None:
        result = self.drop(GUARD, "if dirty():\n        commit()", "dirty()")
        assert result == "def f(request):\n    commit()\n    return 1\n"

    def test_something_may_follow_it(self) -> None:
        result = self.drop(GUARD, "if dirty():\n        commit()", "dirty()", put="restore()")
        assert result == "def f(request):\n    commit()\n    restore()\n    return 1\n"

    def test_nothing_can_follow_a_test_that_stays(self) -> None:
        text = GUARD.replace("dirty()", "a and dirty()")
        refused(self.drop(text, "if a and dirty():\n        commit()", "dirty()", put="restore()"), "after a branch")

    @pytest.mark.parametrize(
        ("condition", "left"),
        [
            ("a and dirty()", "a"),
            ("dirty() and a", "a"),
            ("a and dirty() and b", "a and b"),
            ("(dirty() and a)", "(a)"),
        ],
    )
    def test_the_other_operands_stay(self, condition: str, left: str) -> None:
        text = GUARD.replace("dirty()", condition)
        result = self.drop(text, f"if {condition}:\n        commit()", "dirty()")
        assert result == GUARD.replace("dirty()", left)

    def test_an_elif_becomes_the_else(self) -> None:
        text = GUARD.replace("    if dirty()", "    if a:\n        b()\n    elif dirty()")
        whole = text[text.index("if a") : text.index("\n    return")]
        result = self.drop(text, whole, "dirty()", own="elif dirty():\n        commit()")
        assert result == text.replace("elif dirty()", "else")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (GUARD.replace("    return", "    else:\n        b()\n    return"), "there is an `else`"),
            (GUARD.replace("dirty():", "(a  # why\n        and dirty()):"), "inside the test"),
            (GUARD.replace("dirty():", "(a or dirty()):"), "not found again in its condition"),
        ],
        ids=["else", "comment-in-the-test", "or"],
    )
    def test_what_would_be_lost_is_refused(self, text: str, words: str) -> None:
        whole = text[text.index("if ") : text.index("\n    return")]
        refused(self.drop(text, whole, "dirty()"), words)

    def test_an_else_of_an_elif_is_refused(self) -> None:
        text = GUARD.replace("    if dirty()", "    if a:\n        b()\n    elif dirty()")
        text = text.replace("    return", "    else:\n        c()\n    return")
        whole = text[text.index("if a") : text.index("\n    return")]
        own = text[text.index("elif dirty") : text.index("\n    return")]
        refused(self.drop(text, whole, "dirty()", own=own), "there is an `else`")

    def test_another_statement_is_not_the_test(self) -> None:
        text = GUARD.replace("if dirty()", "while dirty()")
        refused(self.drop(text, "while dirty():\n        commit()", "dirty()"), "not found again")

    def test_a_body_on_the_line_of_the_test(self) -> None:
        text = GUARD.replace(":\n        commit()", ": commit()  # now")
        assert self.drop(text, "if dirty(): commit()", "dirty()") == GUARD.replace(
            "    if dirty():\n        commit()", "    commit()  # now"
        )

    def test_comments_of_the_header_get_lines_of_their_own(self) -> None:
        text = GUARD.replace("dirty():", "dirty():  # why")
        result = self.drop(text, "if dirty():  # why\n        commit()", "dirty()")
        assert result == "def f(request):\n    # why\n    commit()\n    return 1\n"


TRY = "def f():\n    try:\n        go()\n    finally:\n        close()\n"


class TestUnwrapTry:
    def test_the_body_stays(self) -> None:
        text = TRY
        result = carried_out(text, step("unwrap-try", text, text[13:-1]))
        assert result == "def f():\n    go()\n"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (TRY.replace("    finally", "    except OSError:\n        pass\n    finally"), "not the one"),
            (TRY.replace("try:", "if a:").replace("    finally:\n        close()\n", ""), "not the one"),
            (TRY.replace("close()", "close()  # always"), "a comment"),
            (TRY.replace("    finally", "        # then\n    finally"), "end of the block"),
        ],
        ids=["handlers", "no-try", "comment", "comment-at-the-end"],
    )
    def test_any_other_is_refused(self, text: str, words: str) -> None:
        refused(carried_out(text, step("unwrap-try", text, text[13:-1])), words)


class TestBindReturn:
    TEXT = "def f():\n    return get(a)\n"

    def bound(self, text: str) -> str | Refused:
        return carried_out(text, step("bind-return", text, "return get(a)", "get(a)", put="if response:\n    b()"))

    def test_the_call_gets_a_name(self) -> None:
        assert self.bound(self.TEXT) == "def f():\n    response = get(a)\n    if response:\n        b()\n"

    @pytest.mark.parametrize(
        "text", ["def f(): return get(a)\n", "def f():\n    return get(a)  # now\n"], ids=["before", "after"]
    )
    def test_something_on_the_same_line_is_refused(self, text: str) -> None:
        refused(self.bound(text), "same line")


class TestLines:
    @pytest.mark.parametrize("text", ["a(); b()\n", "if x: a()\n"], ids=["two", "header"])
    def test_a_statement_that_shares_its_line_stays(self, text: str) -> None:
        refused(carried_out(text, step("remove", text, "a()")), "same line")

    def test_a_comment_beside_it_is_not_lost(self) -> None:
        text = "a()  # why\nb()\n"
        refused(carried_out(text, step("remove", text, "a()")), "a comment")

    def test_the_only_statement_of_a_block_becomes_pass(self) -> None:
        text = "def f():\n    a()  # why\n"
        assert carried_out(text, step("remove", text, "a()")) == "def f():\n    pass  # why\n"

    @pytest.mark.parametrize("header", ["else", "finally"])
    def test_also_in_a_block_behind_others(self, header: str) -> None:
        head = "for x in y:\n    c()\n" if header == "else" else "try:\n    c()\n"
        text = f"{head}{header}:\n    a()\n"
        assert carried_out(text, step("remove", text, "a()")) == f"{head}{header}:\n    pass\n"

    @pytest.mark.parametrize("blank", ["", " ", "   ", "    "])
    def test_lines_of_spaces_are_blank(self, blank: str) -> None:
        text = f"b()\n{blank}\na()\n{blank}\nc()\n"
        assert carried_out(text, step("remove", text, "a()")) == f"b()\n{blank}\nc()\n"

    def test_a_margin_of_tabs_is_gone_on_with_in_a_file_of_spaces(self) -> None:
        text = "def f():\n    a()\n\n\ndef g():\n\tb()\n"
        assert carried_out(text, step("insert-before", text, "b()", put="if c:\n    d()")) == (
            "def f():\n    a()\n\n\ndef g():\n\tif c:\n\t\td()\n\tb()\n"
        )

    def test_blank_lines_are_not_doubled(self) -> None:
        text = "b()\n\na()\n\nc()\n"
        assert carried_out(text, step("remove", text, "a()")) == "b()\n\nc()\n"

    def test_at_the_top_nothing_stays_blank(self) -> None:
        text = "a()\n\n\nb()\n"
        assert carried_out(text, step("remove", text, "a()")) == "b()\n"

    def test_at_the_end_without_a_newline(self) -> None:
        text = "b()\na()"
        assert carried_out(text, step("remove", text, "a()")) == "b()\n"

    def test_carriage_returns_stay(self) -> None:
        text = "def f():\r\n    a()\r\n    b()\r\n"
        assert carried_out(text, step("insert-after", text, "a()", put="if c:\n    d()")) == (
            "def f():\r\n    a()\r\n    if c:\r\n        d()\r\n    b()\r\n"
        )

    def test_a_unit_of_two_is_kept(self) -> None:
        text = "def f():\n  a()\n"
        assert carried_out(text, step("insert-before", text, "a()", put="if c:\n    d()")) == (
            "def f():\n  if c:\n    d()\n  a()\n"
        )

    def test_nor_does_a_body_beside_a_parameter(self) -> None:
        text = "def f(\nb): go()\n\n\na()\n"
        assert carried_out(text, step("insert-before", text, "a()", put="if c:\n    d()")) == (
            "def f(\nb): go()\n\n\nif c:\n    d()\na()\n"
        )

    def test_a_body_on_one_line_says_nothing_of_the_unit(self) -> None:
        text = "def f(): go()\n\n\na()\n"
        assert carried_out(text, step("insert-before", text, "a()", put="if c:\n    d()")) == (
            "def f(): go()\n\n\nif c:\n    d()\na()\n"
        )

    def test_nothing_is_inserted_beside_another_statement(self) -> None:
        text = "a(); b()\n"
        refused(carried_out(text, step("insert-after", text, "a()", put="c()")), "same line")

    def test_nor_before_one(self) -> None:
        text = "b(); a()\n"
        refused(carried_out(text, step("insert-before", text, "a()", put="c()")), "same line")


class TestImports:
    TEXT = "from django.db import a, b, c\n"

    @pytest.mark.parametrize(
        ("name", "left"), [("a", "b, c"), ("b", "a, c"), ("c", "a, b")], ids=["first", "middle", "last"]
    )
    def test_one_name_goes(self, name: str, left: str) -> None:
        text = self.TEXT
        result = carried_out(text, step("prune-import", text, text[:-1], put=name))
        assert result == f"from django.db import {left}\n"

    def test_all_names_take_the_statement_with_them(self) -> None:
        text = self.TEXT + "d()\n"
        assert carried_out(text, step("prune-import", text, self.TEXT[:-1], put="a b c")) == "d()\n"

    def test_a_name_that_is_not_there(self) -> None:
        text = self.TEXT
        refused(carried_out(text, step("prune-import", text, text[:-1], put="x")), "not found again")

    def test_a_statement_that_is_none(self) -> None:
        text = "import a\nfrom b import c, d\n"
        refused(carried_out(text, step("prune-import", text, "import a", put="a")), "not found again")

    def test_a_comment_inside_stays(self) -> None:
        text = "from django.db import (\n    a,  # why\n    b,\n)\n"
        refused(carried_out(text, step("prune-import", text, text[:-1], put="a")), "a comment")


class TestWrapAtomic:
    TEXT = "def f():\n    off()\n    go()\n    commit()\n"

    def wrapped(self, text: str, first: str, last: str, *gone: str, whole: str = "") -> str | Refused:
        marks = [span(text, first)[0], span(text, last)[1]]
        for part in gone:
            marks += span(text, part)
        start, end = span(text, whole or text[text.index("off()") :].rstrip("\n"))
        return carried_out(text, Step("wrap-atomic", start, end, tuple(marks), "t.atomic()"))

    def test_what_is_between_is_wrapped(self) -> None:
        result = self.wrapped(self.TEXT, "go()", "go()", "off()", "commit()")
        assert result == "def f():\n    with t.atomic():\n        go()\n"

    def test_statements_that_are_not_there(self) -> None:
        text = self.TEXT
        start, end = span(text, text[text.index("off()") :].rstrip("\n"))
        refused(carried_out(text, Step("wrap-atomic", start, end, (start + 1, end), "t.atomic()")), "not found again")

    def test_a_comment_before_what_goes_at_the_end(self) -> None:
        text = self.TEXT.replace("    commit()", "    # the end\n    commit()")
        refused(self.wrapped(text, "go()", "go()", "off()", "commit()"), "a comment")

    def test_a_comment_behind_what_goes(self) -> None:
        text = self.TEXT.replace("commit()", "commit()  # the end")
        refused(self.wrapped(text, "go()", "go()", "off()", "commit()"), "a comment")

    def test_a_comment_before_the_only_statement_of_a_handler(self) -> None:
        text = "def f():\n    off()\n    try:\n        go()\n        commit()\n    except OSError:\n        # why\n        rollback()\n"
        refused(self.wrapped(text, "go()", "go()", "off()", "commit()", "rollback()"), "a comment")

    def test_a_comment_above_what_goes_stays_above_what_follows(self) -> None:
        text = self.TEXT.replace("    commit()\n", "    # then\n    commit()\n    return 1\n")
        result = self.wrapped(text, "go()", "go()", "off()", "commit()")
        assert result == "def f():\n    with t.atomic():\n        go()\n    # then\n    return 1\n"

    def test_a_blank_line_at_the_top_of_a_block_goes(self) -> None:
        text = "def f():\n    off()\n    try:\n\n        go()\n        commit()\n    except OSError:\n\n        rollback()\n        say()\n"
        result = self.wrapped(text, "go()", "go()", "off()", "commit()", "rollback()")
        assert result == (
            "def f():\n    try:\n        with t.atomic():\n            go()\n    except OSError:\n        say()\n"
        )

    def test_a_block_on_the_line_of_its_header(self) -> None:
        text = "def f():\n    off()\n    try:\n        go()\n        commit()\n    except OSError: say()\n"
        refused(self.wrapped(text, "go()", "go()", "off()", "commit()"), "line of its header")

    def test_a_comment_above_a_handler_keeps_it(self) -> None:
        text = "def f():\n    off()\n    try:\n        go()\n        commit()\n    # why\n    except OSError:\n        rollback()\n        raise\n"
        result = self.wrapped(text, "go()", "go()", "off()", "commit()", "rollback()")
        assert result == (
            "def f():\n    try:\n        with t.atomic():\n            go()\n    # why\n    except OSError:\n        raise\n"
        )

    def test_an_else_and_a_finally_of_their_own_stay(self) -> None:
        text = (
            "def f():\n    off()\n    try:\n        go()\n    except OSError:\n        rollback()\n        say()\n"
            "    else:\n        commit()\n        return 1\n    finally:\n        on()\n        say()\n"
        )
        result = self.wrapped(text, "go()", "go()", "off()", "commit()", "rollback()", "on()")
        assert result == (
            "def f():\n    try:\n        with t.atomic():\n            go()\n    except OSError:\n        say()\n"
            "    else:\n        return 1\n    finally:\n        say()\n"
        )

    def test_another_try_inside_is_untouched(self) -> None:
        text = (
            "def f():\n    off()\n    a()\n    try:\n        go()\n    except OSError:\n        raise\n    commit()\n"
        )
        result = self.wrapped(text, "a()", "raise", "off()", "commit()")
        assert result == (
            "def f():\n    with t.atomic():\n        a()\n        try:\n            go()\n"
            "        except OSError:\n            raise\n"
        )
