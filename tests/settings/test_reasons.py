"""Why something is not known is said in words, in the settings' own terms: a reader decides by them what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import State
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """\
import vendor
AGES = [1, *load_ages()]
def make():
    return 1
DATABASES = {"default": {"ENGINE": PG}}
"""
VALUES: dict[str, str] = {
    "load()": "`load` is not defined in the files that were read",
    "vendor.AGE": "it is `vendor.AGE`, which is not in the project",
    "AGES[0]": "`AGES[0]` is an item of a list that cannot be seen",
    "AGES.pop()": "an item that cannot be seen",
    "[1, 2][int(os.environ['I'])]": "`[1, 2][int(os.environ['I'])]` is an item of a list that cannot be seen",
    "[1, 2].pop(int(os.environ['I']))": "an item that cannot be seen",
    "[1, 2][::0]": "a slice that raises an error",
    "[1][5]": "an index out of range",
    '{"a": 1}["b"]': "there is no key 'b'",
    '"x".nothing': "there is no attribute `nothing`",
    "2 ** 5000": "`2 ** 5000` raises an error",
    "1 / 0": "`1 / 0` raises an error",
    "[1].index(2)": "`[1].index(2)` raises an error",
    "lambda: 1": "it is no plain value",
    "[1].append": "it is no plain value",
    "[1, load]": "parts of it are known only at run time",
    "DATABASES.nothing()": "what `DATABASES.nothing()` gives is known only when the settings run",
    "os.environ['A'].frobnicate()": "what `os.environ['A'].frobnicate()` gives is known only when the settings run",
    "vendor.load()": "what `vendor.load()` gives is known only when the settings run",
    "make.__name__": "`make.__name__` is known only when the settings run",
    "super()": "what `super()` gives is known only when the settings run",
    "getattr(vendor, 'AGE')": "`AGE` comes from `vendor`, which is not in the project",
    "getattr(vendor, vendor.NAME)": "`getattr(vendor, vendor.NAME)` asks for a name that is known only when the settings run",
    "getattr(vendor)": "what `getattr()` gives is known only when the settings run",
    "isinstance(load(), int)": "the type of a value is known only at run time",
    "hasattr(vendor, 'AGE')": "what an object has is known only when the settings run",
    "hasattr(vendor)": "what `hasattr()` gives is known only when the settings run",
    "callable(vendor)": "whether it can be called is known only at run time",
    "os.path.exists('/nowhere')": "whether a file exists is known only when the settings run",
    "open('/etc/age').read()": "a file is read at run time",
    "(x for x in (1,))": "a generator runs when it is used, which is not followed",
    "os.getenv()": "what `os.getenv()` gives is known only when the settings run",
    "os.environ.pop()": "what `os.environ.pop()` gives is known only when the settings run",
    "os.environ[load()]": "the name of an environment variable is known only at run time",
    "int(*load_ages())": "what `int()` gives is known only when the settings run",
    "'%s'.format(*load_ages())": "what `'%s'.format()` gives is known only when the settings run",
    "int(os.environ.get('A', load()))": "`load` is not defined in the files that were read",
    "vars(vendor)": "the attributes of an object are known only at run time",
}  # fmt: skip


@pytest.mark.parametrize("expression", VALUES)
def test_a_value_that_is_not_known(tmp_path: Path, expression: str) -> None:
    text = f'{HEAD}{SETTINGS}DATABASES["default"]["CONN_MAX_AGE"] = {expression}\n'
    (database,) = evaluate_files(tmp_path, {"settings.py": text}).databases()
    value = database.conn_max_age
    assert value.state is State.UNKNOWN
    assert value.reason == VALUES[expression]
    assert value.location is not None
    assert text[value.location.start : value.location.end] == expression


ALIASES: dict[str, tuple[str, str]] = {
    "a name of an installed package": ('{"default": vendor.DB}', "it is `vendor.DB`, which is not in the project"),
    "a variable": ('{"default": os.environ["DB"]}', "the environment variable DB holds it"),
    "a call": ('{"default": vendor.load()}', "what `vendor.load()` gives is known only when the settings run"),
    "a number": ('{"default": 5}', "it is no dictionary that can be seen"),
    "options of a variable": (
        '{"default": {"ENGINE": PG, "OPTIONS": os.environ["OPTIONS"]}}', "OPTIONS: the environment variable OPTIONS holds it",
    ),
    "options of a package": (
        '{"default": {"ENGINE": PG, "OPTIONS": vendor.OPTIONS}}', "OPTIONS: it is `vendor.OPTIONS`, which is not in the project",
    ),
    "something in options": (
        '{"default": {"ENGINE": PG, "OPTIONS": {"a": 1, **vendor.MORE}}}', "OPTIONS: what `**vendor.MORE` adds cannot be seen (settings.py:6)",
    ),
    "something beside them": (
        '{"default": {"ENGINE": PG, **vendor.MORE}}', "what `**vendor.MORE` adds cannot be seen (settings.py:6)",
    ),
    "nothing": ('{"default": {"ENGINE": PG, "OPTIONS": None}}', ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), ALIASES.values(), ids=ALIASES)
def test_an_alias_that_is_not_all_seen(tmp_path: Path, text: str, reason: str) -> None:
    body = f"{HEAD}\nimport vendor\nDATABASES = {text}\n"
    (database,) = evaluate_files(tmp_path, {"settings.py": body}).databases()
    assert list(database.unseen) == ([reason] if reason else [])
    assert body[database.location.start : database.location.end] == text[len('{"default": ') : -1]
