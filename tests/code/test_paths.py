"""Which middleware leaves a transaction open: the shapes of the wild, their rewrites, and their look-alikes."""

from __future__ import annotations

import ast

import pytest

from djconnfix.code.kinds import LEFT_OPEN, NOT_RESTORED
from djconnfix.fix.edits import Refused
from tests.code.files import facts, kinds, read, rewritten
from tests.code.shapes import BRANCHED, REFUSED, REWRITTEN, SILENT, called, hooks

STYLES = {"lf": lambda t: t, "crlf": lambda t: t.replace("\n", "\r\n"), "tabs": lambda t: t.replace("    ", "\t")}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("before", "after"), REWRITTEN.values(), ids=REWRITTEN)
def test_a_dirty_test_is_dropped(before: str, after: str, style: str) -> None:
    change = STYLES[style]
    result = rewritten(change(before), LEFT_OPEN)
    assert not isinstance(result, Refused), result.reason
    assert result == change(after)
    ast.parse(result)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("before", "after"), BRANCHED.values(), ids=BRANCHED)
def test_the_missing_branch_is_added(before: str, after: str, style: str) -> None:
    change = STYLES[style]
    assert rewritten(change(before), LEFT_OPEN) == change(after)


@pytest.mark.parametrize(
    "text", [after for _, after in [*REWRITTEN.values(), *BRANCHED.values()]], ids=[*REWRITTEN, *BRANCHED]
)
def test_what_was_rewritten_leaves_nothing_open(text: str) -> None:
    assert {LEFT_OPEN, NOT_RESTORED}.isdisjoint(kinds(text))


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_may_be_policy_is_found_and_left(text: str, reason: str) -> None:
    (fact,) = facts(text, LEFT_OPEN)
    result = rewritten(text, LEFT_OPEN)
    assert isinstance(result, Refused)
    assert reason in result.reason
    assert fact.path_lines


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_what_ends_on_every_path_is_silent(text: str) -> None:
    assert {LEFT_OPEN, NOT_RESTORED}.isdisjoint(kinds(text))


def test_the_same_name_for_two_questions_is_not_taken_for_one() -> None:
    text = hooks("""
        def process_request(self, request):
            using = request.META.get("BEGIN")
            if using:
                transaction.set_autocommit(False)

        def process_response(self, request, response):
            using = request.META.get("END")
            if using:
                transaction.commit()
                transaction.set_autocommit(True)
            return response
    """)
    (fact,) = facts(text, LEFT_OPEN)
    assert "`using` is false" in [words for _, words in fact.path_lines]
    assert LEFT_OPEN not in kinds(text.replace('"END"', '"BEGIN"'))


def test_the_path_is_shown_line_by_line() -> None:
    (fact,) = facts(REWRITTEN["S1-request-flag"][0], LEFT_OPEN)
    assert [(place.line, words) for place, words in fact.path_lines] == [
        (13, "`transaction.set_autocommit(False)`"),
        (15, "`request._dirty` is false: nothing was written"),
        (17, "returns"),
    ]


def test_a_fact_names_what_middleware_lists() -> None:
    (fact,) = facts(REWRITTEN["S1-request-flag"][0], LEFT_OPEN)
    assert (fact.dotted, fact.name, fact.place) == ("shop.middleware.Middleware", "Middleware", "middleware")


def test_code_with_too_many_paths_is_given_up() -> None:
    tests = "\n".join(f"if request.a{n}:\n    request.b{n} = 1\nif request.a{n}:\n    log()" for n in range(12))
    text = called(f"transaction.set_autocommit(False)\nresponse = self.get_response(request)\n{tests}\nreturn response")
    assert facts(text) == []


def test_a_file_that_cannot_be_parsed_is_listed_and_the_others_are_read() -> None:
    reading = read({"a.py": "transaction.is_dirty(\n", "b.py": REWRITTEN["S1-request-flag"][0]})
    assert [(u.path, u.line) for u in reading.unreadable] == [("a.py", 1)]
    assert LEFT_OPEN in [f.kind for f in reading.facts]


@pytest.mark.parametrize("path", ["tests/middleware.py", "shop/tests.py", "shop/test_middleware.py", "conftest.py"])
def test_test_code_is_left_alone(path: str) -> None:
    assert facts({path: REWRITTEN["S1-request-flag"][0]}) == []


def test_a_file_for_python_2_is_judged_and_never_changed() -> None:
    text = REWRITTEN["S1-request-flag"][0] + "\n\ntry:\n    import json\nexcept ImportError, error:\n    json = None\n"
    reading = read({"shop/middleware.py": text})
    assert [u.path for u in reading.unreadable] == ["shop/middleware.py"]
    assert LEFT_OPEN in [fact.kind for fact in reading.facts]
    assert not any(fact.rewrite or "step 0" in fact.detail for fact in reading.facts)
