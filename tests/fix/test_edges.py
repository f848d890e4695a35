"""Edges of single edits: comprehensions that grow too long, layouts that are not understood, runs of assignments."""

from __future__ import annotations

import ast

import black
import libcst as cst
import pytest

from djconnfix.fix import operations, statements
from djconnfix.fix.edits import CannotEditError, apply
from djconnfix.fix.layout import layout_of
from djconnfix.fix.sequence import outermost_sequence, sequence_of
from tests.fix.test_operations import find, source_of

LONG = {
    "a comprehension of dictionaries": (
        'DATABASES = {name: {"ENGINE": "e", "NAME": name, "HOST": "db"} for name in ("default", "other")}\n',
        (
            'DATABASES = {\n    name: {"ENGINE": "e", "NAME": name, "HOST": "db", "CONN_MAX_AGE": 60}\n'
            '    for name in ("default", "other")\n}\n'
        ),
    ),
    "a list of dictionaries": (
        'SERVERS = [{"ENGINE": "e", "NAME": name, "HOST": "db"} for name in ("default", "other", "x")]\n',
        (
            'SERVERS = [\n    {"ENGINE": "e", "NAME": name, "HOST": "db", "CONN_MAX_AGE": 60}\n'
            '    for name in ("default", "other", "x")\n]\n'
        ),
    ),
    "a comprehension that goes on": (
        (
            'DATABASES = {\n    name: {"ENGINE": "e", "NAME": name, "HOST": "db", "PORT": 5432, "USER": "somebody"}\n'
            "    for name in names\n}\n"
        ),
        (
            'DATABASES = {\n    name: {\n        "ENGINE": "e",\n        "NAME": name,\n        "HOST": "db",\n'
            '        "PORT": 5432,\n        "USER": "somebody",\n        "CONN_MAX_AGE": 60,\n    }\n'
            "    for name in names\n}\n"
        ),
    ),
    "inside a block": (
        'if X:\n    DATABASES = {"default": {"ENGINE": "e", "NAME": "a-rather-long-name", "HOST": "db.example"}}\n',
        (
            'if X:\n    DATABASES = {\n        "default": {\n            "ENGINE": "e",\n'
            '            "NAME": "a-rather-long-name",\n            "HOST": "db.example",\n'
            '            "CONN_MAX_AGE": 60,\n        }\n    }\n'
        ),
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_a_line_that_grows_too_long_is_spread_as_black_would(name: str) -> None:
    before, after = LONG[name]
    source = source_of(before)
    display = find(source, ast.Dict, "ENGINE")
    assert isinstance(display, ast.Dict)
    edit = operations.set_entry(source, display, "CONN_MAX_AGE", "60", layout_of(source))
    assert apply(source.text, [edit]) == after
    assert black.format_str(after, mode=black.Mode()) == after


@pytest.mark.parametrize("text", ["a.b", "1, 2", "(x for x in y)"])
def test_what_is_no_sequence_is_refused(text: str) -> None:
    with pytest.raises(CannotEditError, match="no display, tuple or call"):
        sequence_of(cst.parse_expression(text))


def test_a_set_is_never_emptied() -> None:
    with pytest.raises(CannotEditError, match="empty set"):
        sequence_of(cst.parse_expression("{1}")).remove(0).build()


@pytest.mark.parametrize(("text", "kind"), [("a + f(x)", cst.Call), ("a + {}", type(None)), ("-[1]", cst.List)])
def test_the_first_sequence_that_holds_something(text: str, kind: type) -> None:
    assert isinstance(outermost_sequence(cst.parse_expression(text)), kind)


RUNS = {
    "one after another": ("D = {}\nD['a'] = 1\nD['b'] = 2\nX = 3\n", "D", 2),
    "a gap": ("D = {}\nD['a'] = 1\n\nD['b'] = 2\n", "D", 1),
    "a comment between": ("D = {}\n# why\nD['a'] = 1\n", "D", 0),
    "another name": ("D = {}\nE['a'] = 1\n", "D", 0),
    "an alias is replaced": ("X = 1\nDATABASES['a'] = {}\n", "DATABASES", 0),
    "an alias is filled": ("X = 1\nDATABASES['a']['b'] = 1\n", "DATABASES", 1),
    "no assignment": ("D = {}\nD['a'].update(x)\n", "D", 0),
    "two targets": ("D = {}\nD['a'] = D['b'] = 1\n", "D", 0),
    "over several lines": ("D = {\n}\nD['a'] = [\n]\nD['b'] = 2\n", "D", 2),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_last_of_a_run_of_assignments(name: str) -> None:
    text, root, last = RUNS[name]
    source = source_of(text)
    assert statements.last_of_its_kind(source, source.tree.body[0], root) is source.tree.body[last]


def test_a_statement_of_another_tree_is_not_found_again() -> None:
    stranger = source_of("X = 1\n").tree.body[0]
    with pytest.raises(CannotEditError, match="not found again"):
        statements.remove_statement(source_of("X = 1\n"), stranger)


def test_a_function_goes_with_its_decorators() -> None:
    source = source_of("X = 1\n\n\n@first\n@second(1)\ndef f():\n    pass\n\n\nY = 2\n")
    assert apply(source.text, [statements.remove_statement(source, source.tree.body[1])]) == "X = 1\n\n\nY = 2\n"


def test_an_expression_in_the_second_half_of_a_line_is_refused() -> None:
    source = source_of("Z = 1; X = {\n'ENGINE': 1}\n")
    with pytest.raises(CannotEditError, match="beginning of a line"):
        operations.replace_expression(source, find(source, ast.Constant, "ENGINE"), "2", layout_of(source))
