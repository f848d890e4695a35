"""Whole lines against the parser: where lines are added without one, the text is what the parser would have made."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import pytest

from djconnfix.fix.edits import CannotEditError, apply
from djconnfix.fix.entry_lines import NewEntry, lines_added, place_of
from djconnfix.fix.layout import Layout
from djconnfix.fix.operations import set_entry
from djconnfix.source import SourceFile, UnreadableError

LAYOUT = Layout("    ", '"', 60)


def display_of(text: str) -> tuple[SourceFile, ast.Dict]:
    source = SourceFile("settings.py", Path("/nowhere/settings.py"), text.encode())
    found = [node for node in ast.walk(source.tree) if isinstance(node, ast.Dict)]
    return source, found[-1]  # the innermost


def by_parser(text: str, *entries: tuple[str, str]) -> str:
    for key, value in entries:
        source, display = display_of(text)
        text = apply(text, [set_entry(source, display, key, value, LAYOUT)])
    return text


OUTER = {
    "plain": "DATABASES = {{\n    'default': {{\n{rows}    }},\n}}\n",
    "indented": "class Base:\n    DB = {{\n{rows}    }}  # of all\n\n    X = 1\n",
    "last line without end": "DB = {{\n{rows}}}",
    "in a call": "DB = dict(default={{\n{rows}}}, other=1)\n",
    "in a tab's margin": "if X:\n\tDB = {{\n{rows}\t}}\n",
}
ROWS = {
    "one": '        "ENGINE": "x",\n',
    "several": '        "ENGINE": "x",\n        "NAME": "y",\n',
    "other quotes": "        'ENGINE': 'x',\n        'NAME': \"y\",\n",
    "mixed quotes": "        'ENGINE': 'x',\n        \"NAME\": 'y',\n",
    "a comment behind": '        "ENGINE": "x",\n        "NAME": "y",  # told\n',
    "a comment between": '        "ENGINE": "x",\n        # the name\n        "NAME": "y",\n',
    "a blank line between": '        "ENGINE": "x",\n\n        "NAME": "y",\n',
    "a value on lines": '        "ENGINE": "x",\n        "TEST": {\n            "NAME": 1,\n        },\n        "B": [\n  1],\n',
    "an age": '        "ENGINE": "x",\n        "CONN_MAX_AGE": 0,\n        "NAME": "y",\n',
    "an age with a comment": '        "CONN_MAX_AGE": 0,  # why\n        "NAME": "y",\n',
    "checks": '        "ENGINE": "x",\n        "CONN_HEALTH_CHECKS": True,\n        "NAME": "y",\n',
    "checks first": '        "CONN_HEALTH_CHECKS": True,\n        "NAME": "y",\n',
    "no last comma": '        "ENGINE": "x",\n        "NAME": "y"\n',
    "aligned": '        "ENGINE": "x",\n        "NAME":   "y",\n',
    "a space before the colon": '        "ENGINE" : "x",\n',
    "two on a line": '        "ENGINE": "x", "NAME": "y",\n',
    "a spread": '        "ENGINE": "x",\n        **base,\n',
    "a name for a key": '        "ENGINE": "x",\n        NAME: "y",\n',
    "a prefix": '        u"ENGINE": u"x",\n',
    "an escape": '        "EN\\x47INE": "x",\n',
    "triple quotes": '        """ENGINE""": "x",\n',
    "parentheses": '        "ENGINE": ("x"),\n        ("NAME"): "y",\n',
    "other margins": '        "ENGINE": "x",\n      "NAME": "y",\n',
    "a comment at the end": '        "ENGINE": "x",\n        # more\n',
    "a blank line at the end": '        "ENGINE": "x",\n\n',
    "blanks behind": '        "ENGINE": "x",   \n',
    "a continued line": '        "ENGINE": "x", \\\n        "NAME": "y",\n',
    "nothing": "",
    "a comment alone": "        # nothing yet\n",
}
ENTRIES = {
    "an age": (("CONN_MAX_AGE", "60"),),
    "checks": (("CONN_HEALTH_CHECKS", "True"),),
    "both": (("CONN_MAX_AGE", "60"), ("CONN_HEALTH_CHECKS", "True")),
    "something else": (("ATOMIC_REQUESTS", "True"),),
    "a long one": (("OPTIONS", repr({"isolation_level": 1, "other": "x" * 40})),),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("rows", ROWS)
def test_lines_are_those_that_the_parser_would_write(rows, end):
    added = 0
    for outer, entries in product(OUTER.values(), ENTRIES.values()):
        inner = ROWS[rows].replace("        ", "\t\t") if "\t" in outer else ROWS[rows]
        text = outer.format(rows=inner).replace("\n", end)
        try:
            source, display = display_of(text)
        except UnreadableError:  # no Python in this margin
            continue
        keys = [key.value for key in display.keys if isinstance(key, ast.Constant)]
        edit = lines_added(source, display, entries, LAYOUT)
        if edit is not None:
            added += 1
            assert not {key for key, _ in entries} & set(keys)
            assert apply(text, [edit]) == by_parser(text, *entries)
    plain = {"one", "several", "other quotes", "mixed quotes", "a comment behind", "a comment between", "blanks behind"}
    assert added or rows not in plain


@pytest.mark.parametrize(
    "rows",
    [
        "no last comma", "aligned", "a space before the colon", "two on a line", "a spread", "a name for a key",
        "a prefix", "an escape", "triple quotes", "parentheses", "other margins", "a comment at the end",
        "a blank line at the end", "a continued line", "nothing", "a comment alone",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_parser(rows):
    source, display = display_of(OUTER["plain"].format(rows=ROWS[rows]))
    assert lines_added(source, display, (("CONN_MAX_AGE", "60"),), LAYOUT) is None


@pytest.mark.parametrize(
    ("rows", "entries"),
    [
        ("several", (("NAME", "1"),)),
        ("several", (("CONN_MAX_AGE", "60"), ("CONN_MAX_AGE", "61"))),
        ("several", (("OPTIONS", "{\n}"),)),
        ("several", (("OPTIONS", "1" * 60),)),
        ("checks first", (("CONN_MAX_AGE", "60"),)),
        ("checks", (("CONN_MAX_AGE", "60"), ("ATOMIC_REQUESTS", "True"))),  # two places
    ],
    ids=["there already", "twice", "on lines", "too long", "before the first", "in two places"],
)
def test_entries_that_take_more_than_lines_in_one_place_are_left_to_the_parser(rows, entries):
    source, display = display_of(OUTER["plain"].format(rows=ROWS[rows]))
    assert lines_added(source, display, entries, LAYOUT) is None


def test_two_entries_that_cannot_be_added_at_once_are_refused():
    source, display = display_of('DB = {"A": 1}\n')
    one = NewEntry(source, display, (("CONN_MAX_AGE", "60"),), LAYOUT)
    assert apply(source.text, [one()]) == 'DB = {"A": 1, "CONN_MAX_AGE": 60}\n'
    with pytest.raises(CannotEditError, match="cannot be added at once"):
        one.also("CONN_HEALTH_CHECKS", "True")()


def test_lines_end_as_the_others_do_or_are_left_to_the_parser():
    source, display = display_of('import os\r\nDB = {\n    "A": 1,\n}\n')
    assert lines_added(source, display, (("CONN_MAX_AGE", "60"),), LAYOUT) is None


@pytest.mark.parametrize(
    ("key", "keys", "barrier", "place"),
    [
        ("CONN_HEALTH_CHECKS", ["CONN_MAX_AGE", "NAME"], 0, 1),
        ("CONN_HEALTH_CHECKS", ["NAME", "CONN_MAX_AGE", "HOST"], 1, 2),
        ("CONN_HEALTH_CHECKS", ["CONN_MAX_AGE", None, "HOST"], 2, 3),
        ("CONN_MAX_AGE", ["CONN_HEALTH_CHECKS", "NAME"], 0, 0),
        ("CONN_MAX_AGE", [None, "CONN_HEALTH_CHECKS", "NAME"], 1, 1),
        ("CONN_MAX_AGE", ["CONN_HEALTH_CHECKS", None, "NAME"], 2, 3),
        ("USER", ["CONN_MAX_AGE", "NAME"], 0, 2),
    ],
)
def test_a_key_goes_beside_its_kin_unless_something_is_spread_behind_it(key, keys, barrier, place) -> None:
    assert place_of(key, keys, barrier) == place
