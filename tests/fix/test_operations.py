"""Each edit, as before and after text; most refusals stand in test_small_parts.py."""

from __future__ import annotations

import ast
from pathlib import Path

import black
import pytest

from djconnfix.fix import operations
from djconnfix.fix.edits import CannotEditError, apply
from djconnfix.fix.layout import layout_of
from djconnfix.source import SourceFile


def source_of(text: str, encoding: str = "utf-8") -> SourceFile:
    return SourceFile("settings.py", Path("/nowhere/settings.py"), text.encode(encoding))


def find(source: SourceFile, kind: type[ast.expr], marker: str) -> ast.expr:
    """The innermost node of a kind whose text holds the marker."""
    found = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, kind) and marker in (ast.get_source_segment(source.text, node) or "")
    ]
    return min(found, key=lambda n: len(ast.get_source_segment(source.text, n) or ""))


def add(text: str, marker: str = "ENGINE", key: str = "CONN_MAX_AGE", value: str = "60") -> str:
    source = source_of(text)
    edit = operations.set_entry(source, find(source, ast.Dict, marker), key, value, layout_of(source))
    return apply(source.text, [edit])


ENTRIES = {
    "multi-line with trailing comma": (
        'D = {\n    "ENGINE": "x",\n    "NAME": "y",\n}\n',
        'D = {\n    "ENGINE": "x",\n    "NAME": "y",\n    "CONN_MAX_AGE": 60,\n}\n',
    ),
    "entries as deep as their statement, and a closing brace that is less deep": (
        "if X:\n\tif Y:\n\t\tD = {\n\t\t'ENGINE': 'x',\n\t\t'NAME': 'y'\n\t}\n",
        "if X:\n\tif Y:\n\t\tD = {\n\t\t'ENGINE': 'x',\n\t\t'NAME': 'y',\n\t\t'CONN_MAX_AGE': 60\n\t}\n",
    ),
    "missing comma after the last entry": (
        "D = {\n    'ENGINE': 'x',\n    'NAME': 'y'\n}\n",
        "D = {\n    'ENGINE': 'x',\n    'NAME': 'y',\n    'CONN_MAX_AGE': 60\n}\n",
    ),
    "missing comma after the only entry": (
        "D = {\n    'ENGINE': 'x'\n}\n",
        "D = {\n    'ENGINE': 'x',\n    'CONN_MAX_AGE': 60,\n}\n",
    ),
    "missing comma before a comment": (
        "D = {\n    'ENGINE': 'x',\n    'NAME': 'y'  # last\n}\n",
        "D = {\n    'ENGINE': 'x',\n    'NAME': 'y',  # last\n    'CONN_MAX_AGE': 60\n}\n",
    ),
    "comments before the closing brace": (
        'D = {\n    "ENGINE": "x",  # e\n    # "HOST": "h",\n}\n',
        'D = {\n    "ENGINE": "x",  # e\n    # "HOST": "h",\n    "CONN_MAX_AGE": 60,\n}\n',
    ),
    "one line": ("D = {'ENGINE': 'x'}\n", "D = {'ENGINE': 'x', 'CONN_MAX_AGE': 60}\n"),
    "one line with a trailing comma": ("D = {'ENGINE': 'x',}\n", "D = {'ENGINE': 'x', 'CONN_MAX_AGE': 60,}\n"),
    "a space before the colon": ("D = {'ENGINE' : 'x'}\n", "D = {'ENGINE' : 'x', 'CONN_MAX_AGE' : 60}\n"),
    "much room around the colon": ("D = {'ENGINE'   :   'x'}\n", "D = {'ENGINE'   :   'x', 'CONN_MAX_AGE': 60}\n"),
    "one line without spaces": ("D = {'ENGINE':'x','N':1}\n", "D = {'ENGINE':'x','N':1,'CONN_MAX_AGE':60}\n"),
    "one line with inner spaces": ("D = { 'ENGINE': 'x' }\n", "D = { 'ENGINE': 'x', 'CONN_MAX_AGE': 60 }\n"),
    "closing braces on the last line": (
        "D = {'default': {\n    'ENGINE': 'x',\n    'NAME': 'y'}}\n",
        "D = {'default': {\n    'ENGINE': 'x',\n    'NAME': 'y',\n    'CONN_MAX_AGE': 60}}\n",
    ),
    "first entry on the opening line": (
        "D = {'ENGINE': 'x',\n     'NAME': 'y'}\n",
        "D = {'ENGINE': 'x',\n     'NAME': 'y',\n     'CONN_MAX_AGE': 60}\n",
    ),
    "tabs": (
        'class A:\n\tD = {\n\t\t"ENGINE": "x",\n\t}\n',
        'class A:\n\tD = {\n\t\t"ENGINE": "x",\n\t\t"CONN_MAX_AGE": 60,\n\t}\n',
    ),
    "two spaces": ('D = {\n  "ENGINE": "x",\n}\n', 'D = {\n  "ENGINE": "x",\n  "CONN_MAX_AGE": 60,\n}\n'),
    "carriage returns": (
        'D = {\r\n    "ENGINE": "x",\r\n}\r\n',
        'D = {\r\n    "ENGINE": "x",\r\n    "CONN_MAX_AGE": 60,\r\n}\r\n',
    ),
    "no final newline": ('D = {"ENGINE": "x"}', 'D = {"ENGINE": "x", "CONN_MAX_AGE": 60}'),
    "no final newline, many lines": (
        'if 1:\n    D = {\n        "ENGINE": "x",\n    }',
        'if 1:\n    D = {\n        "ENGINE": "x",\n        "CONN_MAX_AGE": 60,\n    }',
    ),
    "aligned values": (
        "D = {\n    'ENGINE':   'x',\n    'PASSWORD': 'y',\n    'NAME':     'z',\n}\n",
        "D = {\n    'ENGINE':   'x',\n    'PASSWORD': 'y',\n    'NAME':     'z',\n    'CONN_MAX_AGE': 60,\n}\n",
    ),
    "aligned with room": (
        "D = {\n    'ENGINE':            'x',\n    'ATOMIC_REQUESTS__': 'y',\n}\n",
        "D = {\n    'ENGINE':            'x',\n    'ATOMIC_REQUESTS__': 'y',\n    'CONN_MAX_AGE':      60,\n}\n",
    ),
    "a long line is spread": (
        'D = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "H": "d"}}\n',
        (
            'D = {\n    "default": {\n        "ENGINE": "django.db.backends.postgresql",\n        "NAME": "shop",\n'
            '        "H": "d",\n        "CONN_MAX_AGE": 60,\n    }\n}\n'
        ),
    ),
    "a long line between braces is spread": (
        'D = {  # why\n    "ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "localhost"\n    # end\n}\n',
        (
            'D = {  # why\n    "ENGINE": "django.db.backends.postgresql",\n    "NAME": "shop",\n'
            '    "HOST": "localhost",\n    "CONN_MAX_AGE": 60,\n    # end\n}\n'
        ),
    ),
    "implicit concatenation": (
        'D = {\n    "ENGINE": "x"\n    "y",\n    "NAME": ("a"\n             "b")\n}\n',
        'D = {\n    "ENGINE": "x"\n    "y",\n    "NAME": ("a"\n             "b"),\n    "CONN_MAX_AGE": 60\n}\n',
    ),
    "triple-quoted text that is not indented": (
        'class A:\n    D = {\n        "ENGINE": """x\ny""",\n    }\n',
        'class A:\n    D = {\n        "ENGINE": """x\ny""",\n        "CONN_MAX_AGE": 60,\n    }\n',
    ),
    "comma first": (
        "D = { 'ENGINE': 'x'\n    , 'NAME': 'y'\n    }\n",
        "D = { 'ENGINE': 'x'\n    , 'NAME': 'y', 'CONN_MAX_AGE': 60\n    }\n",
    ),
    "next to its sibling": (
        'D = {\n    "ENGINE": "x",\n    # checked\n    "CONN_HEALTH_CHECKS": True,  # yes\n    "NAME": "y",\n}\n',
        (
            'D = {\n    "ENGINE": "x",\n    "CONN_MAX_AGE": 60,\n    # checked\n    "CONN_HEALTH_CHECKS": True,  # yes\n'
            '    "NAME": "y",\n}\n'
        ),
    ),
    "non-ascii before the entry": (
        'D = {"ENGINE": "é", "ключ": "значение"}; E = 1\n',
        'D = {"ENGINE": "é", "ключ": "значение", "CONN_MAX_AGE": 60}; E = 1\n',
    ),
    "after a form feed line": ('\f\nD = {"ENGINE": "x"}\n', '\f\nD = {"ENGINE": "x", "CONN_MAX_AGE": 60}\n'),
    "in the line of an if": (
        'if X: D = {"ENGINE": "x"}\n',
        'if X: D = {"ENGINE": "x", "CONN_MAX_AGE": 60}\n',
    ),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_entry(case: str) -> None:
    before, after = ENTRIES[case]
    assert add(before) == after


def test_health_checks_follow_the_age() -> None:
    before = 'D = {\n    "ENGINE": "x",\n    "CONN_MAX_AGE": 60,  # a minute\n    "NAME": "y",\n}\n'
    after = before.replace("# a minute\n", '# a minute\n    "CONN_HEALTH_CHECKS": True,\n')
    assert add(before, key="CONN_HEALTH_CHECKS", value="True") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("D = {'a': {}}\n", "D = {'a': {'CONN_MAX_AGE': 60}}\n"),
        ("D = {'a': {\n}}\n", "D = {'a': {\n    'CONN_MAX_AGE': 60,\n}}\n"),
        ("D = {'a': {\n    # nothing yet\n}}\n", "D = {'a': {\n    # nothing yet\n    'CONN_MAX_AGE': 60,\n}}\n"),
        ("D = {'a': {  # why\n}}\n", "D = {'a': {  # why\n    'CONN_MAX_AGE': 60,\n}}\n"),
    ],
    ids=["one line", "two lines", "comment inside", "comment after the brace"],
)
def test_entry_in_empty_braces(before: str, after: str) -> None:
    source = source_of(before)
    empty = next(n for n in ast.walk(source.tree) if isinstance(n, ast.Dict) and not n.keys)
    edit = operations.set_entry(source, empty, "CONN_MAX_AGE", "60", layout_of(source))
    assert apply(before, [edit]) == after


@pytest.mark.parametrize(
    "text",
    [before for before, _ in ENTRIES.values()]
    + [
        'DATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///" + str(BASE_DIR / "d")), "b": {"ENGINE": 1}}\n',
        'DATABASES["default"].update({"ENGINE": "django.db.backends.postgresql", "NAME": "shop_production"})\n',
        'DATABASES = {\n    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "localh"},\n}\n',
        'D = dict(\n    default={"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "localhostss"}\n)\n',
        'class A:\n    class B:\n        D = {"a": {"ENGINE": "django.db.backends.postgresql", "NAME": "shopshops12345"}}\n',
    ],
)
@pytest.mark.parametrize("value", ["60", '{"min_size": 1, "max_size": 16, "timeout": 10, "max_lifetime": 3600.0}'])
def test_black_leaves_a_clean_file_alone(text: str, value: str) -> None:
    mode = black.Mode()
    clean = black.format_str(text, mode=mode)
    after = add(clean, key="CONN_MAX_AGE", value=value)
    assert black.format_str(after, mode=mode) == after


KEYWORDS = {
    "one line": ("D = dict(ENGINE='x')\n", "D = dict(ENGINE='x', CONN_MAX_AGE=60)\n"),
    "spaces around equal": ("D = dict(ENGINE = 'x')\n", "D = dict(ENGINE = 'x', CONN_MAX_AGE = 60)\n"),
    "many lines, trailing comma": (
        "D = dict(\n    ENGINE='x',\n    N=1,  # n\n)\n",
        "D = dict(\n    ENGINE='x',\n    N=1,  # n\n    CONN_MAX_AGE=60,\n)\n",
    ),
    "many lines, no trailing comma": (
        "D = dict(\n    ENGINE='x',\n    N=1  # n\n    # end\n)\n",
        "D = dict(\n    ENGINE='x',\n    N=1,  # n\n    # end\n    CONN_MAX_AGE=60\n)\n",
    ),
    "body on one line": (
        "D = dict(\n    ENGINE='x', N=1\n)\n",
        "D = dict(\n    ENGINE='x', N=1, CONN_MAX_AGE=60\n)\n",
    ),
    "a comment before a comma": (
        "D = dict(\n    ENGINE='x'  # e\n    , N=1,\n)\n",
        "D = dict(\n    ENGINE='x'  # e\n    , N=1, CONN_MAX_AGE=60,\n)\n",
    ),
    "positional before": ("D = parse(ENGINE)\n", "D = parse(ENGINE, CONN_MAX_AGE=60)\n"),
    "starred before": ("D = parse(ENGINE, *rest)\n", "D = parse(ENGINE, *rest, CONN_MAX_AGE=60)\n"),
}


@pytest.mark.parametrize("case", KEYWORDS)
def test_keyword(case: str) -> None:
    before, after = KEYWORDS[case]
    source = source_of(before)
    call = find(source, ast.Call, "ENGINE")
    assert isinstance(call, ast.Call)
    assert apply(before, [operations.set_keyword(source, call, "CONN_MAX_AGE", "60", layout_of(source))]) == after


def test_keyword_of_a_call_without_arguments() -> None:
    source = source_of("D = {'a': config()}\n")
    call = find(source, ast.Call, "config")
    edit = operations.set_keyword(source, call, "conn_max_age", "60", layout_of(source))
    assert apply(source.text, [edit]) == "D = {'a': config(conn_max_age=60)}\n"


def test_keyword_spreads_a_long_line_as_black_leaves_it() -> None:
    before = 'DATABASES = {"default": dj_database_url.config(default="postgres:///shop_production")}\n'
    source = source_of(before)
    call = find(source, ast.Call, "config")
    after = apply(before, [operations.set_keyword(source, call, "conn_max_age", "60", layout_of(source))])
    assert after == (
        'DATABASES = {\n    "default": dj_database_url.config(\n        default="postgres:///shop_production",\n'
        "        conn_max_age=60,\n    )\n}\n"
    )
    assert black.format_str(after, mode=black.Mode()) == after


SPREADS = {
    "an entry": ("D = {'a': env.db()}\n", "D = {'a': {**env.db(), 'CONN_MAX_AGE': 60}}\n"),
    "a subscript": ('D["a"] = env.db("URL")\n', 'D["a"] = {**env.db("URL"), "CONN_MAX_AGE": 60}\n'),
    "an argument": ("D.update(env.db())\n", 'D.update({**env.db(), "CONN_MAX_AGE": 60})\n'),
    "a choice": ("D = env.db() if URL else {}\n", 'D = {**env.db(), "CONN_MAX_AGE": 60} if URL else {}\n'),
    "parentheses around it": ("D = {'a': (env.db())}\n", "D = {'a': {**(env.db()), 'CONN_MAX_AGE': 60}}\n"),
}


@pytest.mark.parametrize("case", SPREADS)
def test_what_a_helper_gives_is_spread(case: str) -> None:
    before, after = SPREADS[case]
    source = source_of(before)
    call = find(source, ast.Call, "env.db")
    if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("update"):
        call = call.args[0]
    assert isinstance(call, ast.Call)
    assert apply(before, [operations.spread(source, call, "CONN_MAX_AGE", "60", layout_of(source))]) == after


def test_a_call_with_a_comment_in_it_is_not_spread() -> None:
    source = source_of("D = {\n    'a': env.db(\n        'URL',  # of the primary\n    ),\n}\n")
    call = find(source, ast.Call, "env.db")
    assert isinstance(call, ast.Call)
    with pytest.raises(CannotEditError, match="a comment stands inside the call"):
        operations.spread(source, call, "CONN_MAX_AGE", "60", layout_of(source))


REMOVALS = {
    "middle": ("M = [\n    'a',\n    'x',\n    'b',\n]\n", "M = [\n    'a',\n    'b',\n]\n"),
    "first": ("M = [\n    'x',\n    'b',\n]\n", "M = [\n    'b',\n]\n"),
    "last with comma": ("M = [\n    'b',\n    'x',\n]\n", "M = [\n    'b',\n]\n"),
    "last without comma": ("M = [\n    'b',\n    'x'\n]\n", "M = [\n    'b'\n]\n"),
    "only, many lines": ("M = [\n    'x',\n]\n", "M = []\n"),
    "only, comment above": ("M = [\n    # keep\n    'x',\n]\n", "M = [\n    # keep\n]\n"),
    "own comment goes": (
        "M = [\n    'a',  # a\n    'x',  # x\n    'b',  # b\n]\n",
        "M = [\n    'a',  # a\n    'b',  # b\n]\n",
    ),
    "comments above and below stay": (
        "M = [\n    'a',\n    # above\n    'x',\n    # below\n    'b',\n]\n",
        "M = [\n    'a',\n    # above\n    # below\n    'b',\n]\n",
    ),
    "one line": ("M = ['a', 'x', 'b']\n", "M = ['a', 'b']\n"),
    "one line, first": ("M = ['x', 'b']\n", "M = ['b']\n"),
    "one line, last": ("M = ['b', 'x']\n", "M = ['b']\n"),
    "tuple of two": ("M = ('b', 'x')\n", "M = ('b',)\n"),
    "tuple of two, first": ("M = ('x', 'b')\n", "M = ('b',)\n"),
    "tuple of one": ("M = ('x',)\n", "M = ()\n"),
    "tuple, many lines": ("M = (\n    'a',\n    'x'\n)\n", "M = (\n    'a',\n)\n"),
    "two on a line": ("M = [\n    'a', 'x',  # both\n    'b',\n]\n", "M = [\n    'a',  # both\n    'b',\n]\n"),
    "on the opening line": ("M = ['x',  # x\n     'b']\n", "M = ['b']\n"),
    "on the closing line": ("M = ['a',\n     'x']\n", "M = ['a']\n"),
    "closing line, comment before": ("M = ['a',  # a\n     'x']\n", "M = ['a',  # a\n     ]\n"),
    "a space before the comma that stays": ("M = ['b' , 'x' ,]\n", "M = ['b' ,]\n"),
    "a space before the comma that a tuple needs": ("M = ('b' , 'x')\n", "M = ('b',)\n"),
    "comma first": ("M = [ 'a'\n    , 'x'\n    ]\n", "M = [ 'a'\n    ]\n"),
    "added list": ("M = base + ['x']\n", "M = base + []\n"),
    "starred beside": ("M = ['x', *base]\n", "M = [*base]\n"),
    "a comment before a comma further up": (
        "M = [\n    'a'  # a\n    ,\n    'b',\n    'x',\n]\n",
        "M = [\n    'a'  # a\n    ,\n    'b',\n]\n",
    ),
}


@pytest.mark.parametrize("case", REMOVALS)
def test_removal(case: str) -> None:
    before, after = REMOVALS[case]
    source = source_of(before)
    container = next(n for n in ast.walk(source.tree) if isinstance(n, (ast.List, ast.Tuple)))
    index = next(i for i, e in enumerate(container.elts) if isinstance(e, ast.Constant) and e.value == "x")
    assert apply(before, [operations.remove_item(source, container, index, layout_of(source))]) == after
    ast.parse(after)
