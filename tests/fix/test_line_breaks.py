"""Lines that an edit makes too long are spread, those it makes short enough are joined, as black would; others stay."""

from __future__ import annotations

import ast

import black
import pytest

from djconnfix.fix import operations
from djconnfix.fix.edits import apply
from djconnfix.fix.layout import layout_of
from tests.fix.test_operations import find, source_of

REPLACED = {
    "a longer argument spreads its call": (
        '        DATABASES["default"]["CONN_MAX_AGE"] = env.int("THE_CONN_MAX_AGE", default=0)\n',
        "0",
        "60 * 60",
        (
            '        DATABASES["default"]["CONN_MAX_AGE"] = env.int(\n'
            '            "THE_CONN_MAX_AGE",\n            default=60 * 60,\n        )\n'
        ),
    ),
    "the outermost brackets are spread first": (
        '        D = {"default": {"ENGINE": engine, "NAME": "a-long-name-x", "CONN_MAX_AGE": 5}}\n',
        "5",
        "None",
        (
            '        D = {\n            "default": {"ENGINE": engine, "NAME": "a-long-name-x", "CONN_MAX_AGE": None}\n'
            "        }\n"
        ),
    ),
    "beside a line that was too long already": (
        (
            '        D = {\n            "a": {"ENGINE": "x", "NAME": "a-rather-long-name-and-x", "CONN_MAX_AGE": 0},\n'
            f'            "b": "{"long" * 25}",\n        }}\n'
        ),
        "0",
        "None",
        (
            '        D = {\n            "a": {\n                "ENGINE": "x",\n'
            '                "NAME": "a-rather-long-name-and-x",\n                "CONN_MAX_AGE": None,\n            },\n'
            f'            "b": "{"long" * 25}",\n        }}\n'
        ),
    ),
    "a shorter argument joins what stood apart for its length": (
        '        DATABASES["default"]["CONN_HEALTH_CHECKS"] = env.bool(\n            "A", default=False\n        )  # TODO\n',
        "False",
        "True",
        '        DATABASES["default"]["CONN_HEALTH_CHECKS"] = env.bool("A", default=True)  # TODO\n',
    ),
    "the inner brackets when the outer ones need their lines": (
        (
            '        DATABASES = {\n            "default": config("DATABASE_URL_OF", cast=parse, default="postgres://u@h"),\n'
            '            "replica": config(\n                "REPLICA_DATABASE_URL", cast=parse, default="postgres://hhhh"\n'
            "            ),\n        }\n"
        ),
        '"postgres://hhhh"',
        '"sqlite://"',
        (
            '        DATABASES = {\n            "default": config("DATABASE_URL_OF", cast=parse, default="postgres://u@h"),\n'
            '            "replica": config("REPLICA_DATABASE_URL", cast=parse, default="sqlite://"),\n        }\n'
        ),
    ),
}
BLACKENED = {
    "a comprehension on a line between its brackets": (
        'DATABASES = {name: dict(db) for name, db in DATABASES.items() if name != "third one"}\n',
        "dict(db)",
        "dict(db, CONN_MAX_AGE=60)",
    ),
    "a comprehension with each clause on a line": (
        'DATABASES = {name: dict(db) for name, db in DATABASES.items() if name != "the third"}\n',
        "dict(db)",
        "dict(db, CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)",
    ),
    "two loops": (
        "DATABASES = [alias_of(name, 5) for name in D if name for alias in ALIASES if alias]\n",
        "5",
        '"CONN_MAX_AGE", "CONN_HEALTH_CHECKS"',
    ),
    "a comprehension that was between its brackets": (
        "DATABASES = {\n    name: alias_of(name, 5) for name in NAMES_OF_DATABASES if name not in LEFT_OUT_HERE\n}\n",
        "5",
        '"CONN_MAX_AGE"',
    ),
    "a merge in a comprehension": (
        'class A:\n    D = {name: db | {"ENGINE": "x", "CONN_MAX_AGE": 0} for name, db in D.items()}\n',
        "0",
        '{"never": "ever, says " + "the configuration", "always": 6}',
    ),
    "a comment behind the opening bracket": (
        'DATABASES["default"]["CONN_MAX_AGE"] = environment.int(  # seconds\n    "CONNECTIONS_AGE", default=6000000\n)\n',
        "6000000",
        "60",
    ),
    "comments behind the last item": (
        'DATABASES["default"]["CONN_MAX_AGE"] = environment.int(\n    "CONNECTIONS_AGE", default=6000  # a  # b\n)\n',
        "6000",
        "60",
    ),
    "a comment in wide characters": (
        'DATABASES = {\n    "default": dj_database_url.config(\n        conn_max_age=6000  # 数据库 数据库 数据库 数据库 数据库 数据库\n    )\n}\n',
        "6000",
        "60",
    ),
    "a comprehension that fits on one line again": (
        'DATABASES = {\n    name: {**db, "AUTOCOMMIT": not FLAG}\n    for name, db in DATABASES.items()\n    if name != "third"\n}\n',
        '{**db, "AUTOCOMMIT": not FLAG}',
        "{**db}",
    ),
    "a comprehension that was between its brackets, and fits": (
        'DATABASES = {\n    name: {**db, "CONN_MAX_AGE": int(f"{AGE}0")} for name, db in DATABASES.items()\n}\n',
        'int(f"{AGE}0")',
        "0",
    ),
    "a display with something behind it": (
        'DATABASES[DEFAULT][KEY] = DATABASES[DEFAULT].get(KEY) or {"prod": 60, "dev": 0}.get(\n    os.environ.get("MODE"), 5\n)\n',
        "60",
        "None",
    ),
    "a call in parentheses of its own lines": (
        'DATABASES["other"]["CONN_MAX_AGE"] = os.environ.get(\n    "AGE", "60"\n)  # Größe: größer als nötig, hier\n',
        'os.environ.get(\n    "AGE", "60"\n)',
        'int(os.environ.get("AGE", "60"))',
    ),
    "comments behind both brackets": (
        "D = dict(  # → see wiki\n    DISABLE_SERVER_SIDE_CURSORS=value_of_it, sslmode=prefer  # noqa: E501\n)\n",
        "value_of_it",
        "True",
    ),
    "a nested value takes the room of one line": (
        'D = {\n    "OPTIONS": {\n        "pool": {\n            "max_size": 4,\n            "min_size": 1,\n        }\n    },\n}\n',
        '{\n            "max_size": 4,\n            "min_size": 1,\n        }',
        "True",
    ),
}
STAY = {
    "apart though it was short enough": (
        '        AGE = env.int(\n            "A", default=600\n        )\n',
        "600",
        "60",
    ),
    "an item a line": (
        (
            '        DATABASES["default"]["CONN_MAX_AGE"] = env.int(\n            "THE_CONNECTIONS_AGE",\n'
            "            default=600000000\n        )\n"
        ),
        "600000000",
        "60",
    ),
    "a comma behind the last item": (
        (
            '        DATABASES["default"]["CONN_MAX_AGE"] = env.int(\n            "THE_CONNECTIONS_AGE", default=600000000,\n'
            "        )\n"
        ),
        "600000000",
        "60",
    ),
    "a comment above the items": (
        (
            '        DATABASES["default"]["CONN_MAX_AGE"] = env.int(\n            # seconds\n'
            '            "THE_CONNECTIONS_AGE", default=600000000\n        )\n'
        ),
        "600000000",
        "60",
    ),
    "still too long for one line": (
        (
            '        DATABASES["default"]["CONN_MAX_AGE"] = env.int(\n            "THE_CONNECTIONS_AGE_OF_IT", default=6000\n'
            "        )\n"
        ),
        "6000",
        "600",
    ),
    "a line that was too long before and does not grow": (
        f'        D = {{"default": {{"ENGINE": "{"x" * 90}", "CONN_MAX_AGE": 600}}}}\n',
        "600",
        "0",
    ),
}


def replaced(text: str, old: str, new: str, within: str = "class A:\n    if B:\n") -> str:
    source = source_of(f"{within}{text}")
    node = next(n for n in ast.walk(source.tree) if ast.get_source_segment(source.text, n) == old)
    assert isinstance(node, ast.expr)
    return apply(source.text, [operations.replace_expression(source, node, new, layout_of(source))])


@pytest.mark.parametrize("name", REPLACED)
def test_another_expression(name: str) -> None:
    before, old, new, after = REPLACED[name]
    made = replaced(before, old, new)
    assert made == f"class A:\n    if B:\n{after}"
    assert black.format_str(made, mode=black.Mode()) == made


@pytest.mark.parametrize("name", BLACKENED)
def test_black_leaves_it_alone(name: str) -> None:
    before, old, new = BLACKENED[name]
    made = replaced(before, old, new, within="")
    assert black.format_str(before, mode=black.Mode()) == before
    assert black.format_str(made, mode=black.Mode()) == made


def test_an_item_that_a_comma_makes_too_long_is_spread() -> None:
    before = f'D = {{\n    "default": dict(\n        [("ENGINE", "{"x" * 26}"), ("NAME", "shop"), ("HOST", "localh")]\n    )\n}}\n'
    assert max(map(len, before.splitlines())) == 88
    source = source_of(before)
    call = find(source, ast.Call, "ENGINE")
    assert isinstance(call, ast.Call)
    made = apply(before, [operations.set_keyword(source, call, "CONN_MAX_AGE", "60", layout_of(source))])
    assert 'dict(\n        [\n            ("ENGINE",' in made
    assert black.format_str(made, mode=black.Mode()) == made


@pytest.mark.parametrize("name", STAY)
def test_line_breaks_that_stay(name: str) -> None:
    before, old, new = STAY[name]
    assert replaced(before, old, new) == f"class A:\n    if B:\n{before.replace(old, new)}"


REMOVED = {
    "two items on one line are not, where black would have given each its own": (
        f'MIDDLEWARE = [\n    "{"a" * 60}", "x", "bbbbb"\n]\n',
        f'MIDDLEWARE = [\n    "{"a" * 60}", "bbbbb"\n]\n',
    ),
    "two items on lines of their own are not": (
        f'MIDDLEWARE = [\n    "{"a" * 60}",\n    "xxxxxxxxxxxxxxxxxxx"\n]\n',
        f'MIDDLEWARE = [\n    "{"a" * 60}"\n]\n',
    ),
    "nothing left but a comment behind the bracket": ('M = [  # why\n    "x",\n]\n', "M = []  # why\n"),
    "nothing left, and two comments": ('M = [  # why\n    "x",\n]  # so\n', "M = []  # why  # so\n"),
    "a tuple of one on one line": ('M = (\n    "a",\n    "x",\n)\n', 'M = ("a",)\n'),
    "a tuple of one without a comma before": ('M = (\n    "a",\n    "x"\n)\n', 'M = (\n    "a",\n)\n'),
    "a tuple of one with a comment": ('M = (\n    "a",  # a\n    "x",\n)\n', 'M = ("a",)  # a\n'),
    "a tuple of one with a comment above": (
        'M = (\n    # a\n    "a",\n    "x",\n)\n',
        'M = (\n    # a\n    "a",\n)\n',
    ),
    "a list's only item needs no parentheses": ('M = [("a"), "x"]\n', 'M = ["a"]\n'),
    "one of several keeps them": ('M = [("a"), "x", "b"]\n', 'M = [("a"), "b"]\n'),
    "a tuple needs them": ('M = [(1, 2), "x"]\n', "M = [(1, 2)]\n"),
    "parentheses with line breaks stay": (
        'M = [("a"\n "b"), "x"]\n',
        'M = [("a"\n "b")]\n',
    ),
}


@pytest.mark.parametrize("name", REMOVED)
def test_an_entry_less(name: str) -> None:
    before, after = REMOVED[name]
    source = source_of(before)
    container = next(n for n in ast.walk(source.tree) if isinstance(n, (ast.List, ast.Tuple)))
    values = [getattr(each, "value", None) for each in container.elts]
    index = next(i for i, value in enumerate(values) if isinstance(value, str) and value.startswith("x"))
    assert apply(before, [operations.remove_item(source, container, index, layout_of(source))]) == after


def test_a_longer_name_of_an_argument_spreads_its_call() -> None:
    before = 'DATABASES = {"default": dict(NAME="a-rather-long-name-x", ENGINE=engine, AGE=600000)}\n'
    source = source_of(before)
    call = find(source, ast.Call, "dict")
    assert isinstance(call, ast.Call)
    edit = operations.rename_keyword(source, call.keywords[2], "CONN_MAX_AGE", layout_of(source))
    made = apply(before, [edit])
    assert "CONN_MAX_AGE=600000" in made
    assert max(map(len, made.splitlines())) <= 88
    assert black.format_str(made, mode=black.Mode()) == made


def test_the_last_line_of_a_file_without_its_end() -> None:
    text = f'A = 1\r\nD = {{name: dict(ENGINE=engine, NAME="{"x" * 30}", AGE=6) for name in NAMES}}'
    source = source_of(text)
    call = find(source, ast.Call, "dict")
    assert isinstance(call, ast.Call)
    edit = operations.set_keyword(source, call, "CONN_HEALTH_CHECKS", "True", layout_of(source))
    made = apply(text, [edit])
    assert made.count("\r\n") == made.count("\n") > 1
    assert black.format_str(made, mode=black.Mode()) == f"{made}\r\n"
