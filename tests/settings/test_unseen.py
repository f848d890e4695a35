"""What cannot be seen is said, and never taken for clean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import State
from tests.settings.expectations import said
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

ALIAS = 'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": 60}}\n'
HELD: dict[str, tuple[str, str]] = {
    "a file poured over the names": (
        ALIAS + "import yaml\nwith open('/etc/x') as f:\n    vars().update(yaml.safe_load(f))\n",
        "replaced at run time",
    ),
    "globals set by a computed name": (
        "for key in os.environ:\n    globals()[key] = os.environ[key]\n",
        "set under a name that is only known at run time (`globals()[key]`)",
    ),
    "an attribute of an operator's module": (
        "import importlib\nconf = importlib.import_module(os.environ['CONF'])\nDATABASES = getattr(conf, 'DATABASES')\n",
        "cannot be seen",
    ),
    "a name of an installed package": ("from vendor.conf import DATABASES\n", "vendor.conf.DATABASES"),
    "a star from an installed package": ("from vendor.conf import *\n", "vendor.conf"),
    "dynaconf": ("import dynaconf\nsettings = dynaconf.DjangoDynaconf(__name__)\n", "dynaconf"),
    "an included file that is missing": (
        "from split_settings.tools import include\ninclude('/etc/app/*.py')\n",
        "/etc/app/*.py (not in the project)",
    ),
    "exec of a file that is missing": (
        "exec(open('/etc/app.py').read())\n",
        "`, which runs code from outside the project",
    ),
    "an unknown call": ("DATABASES = load_everything()\n", "cannot be seen"),
}


@pytest.mark.parametrize(("text", "words"), HELD.values(), ids=HELD)
def test_held_elsewhere(tmp_path: Path, text: str, words: str) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": HEAD + text})
    assert any(words in clause for clause, _ in evaluation.held_elsewhere()), evaluation.held_elsewhere()
    assert said(evaluation) == []


INCOMPLETE: dict[str, str] = {
    "an unknown function was given the alias": ALIAS + 'tune(DATABASES["default"])\n',
    "an unknown function was given all of them": ALIAS + "tune(DATABASES)\n",
    "a key that only the environment knows": ALIAS + 'DATABASES["default"][os.environ["KEY"]] = 0\n',
    "a spread of something unknown": 'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": 60, **load()}}\n',
    "updated with something unknown": ALIAS + 'DATABASES["default"].update(load())\n',
    "updated from JSON in the environment": ALIAS
    + 'import json\nDATABASES["default"].update(json.loads(os.environ["EXTRA"]))\n',
    "a loop over something unknown": ALIAS + 'for key in load():\n    DATABASES["default"][key] = 1\n',
}


@pytest.mark.parametrize("text", INCOMPLETE.values(), ids=INCOMPLETE)
def test_alias_is_incomplete(tmp_path: Path, text: str) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": HEAD + text})
    assert evaluation.databases()
    for database in evaluation.databases():
        assert not database.complete
        assert database.unseen
        assert database.get("AUTOCOMMIT").state is State.UNKNOWN


UNKNOWN: dict[str, str] = {
    "a name that is not bound": "AGE",
    "an unknown call": "compute()",
    "an attribute of an installed package": "vendor.AGE",
    "configparser": "parser.getint('db', 'age')",
    "arithmetic on something unknown": "compute() * 60",
    "too large to compute": "10 ** 10 ** 10",
    "a text too long to build": "'x' * 10 ** 9",
    "division by zero": "1 / 0",
}


@pytest.mark.parametrize("expression", UNKNOWN.values(), ids=UNKNOWN)
def test_value_is_unknown(tmp_path: Path, expression: str) -> None:
    text = (
        f"import vendor, configparser\nparser = configparser.ConfigParser()\n"
        f'DATABASES = {{"default": {{"ENGINE": PG, "CONN_MAX_AGE": {expression}}}}}\n'
    )
    (database,) = evaluate_files(tmp_path, {"settings.py": HEAD + text}).databases()
    assert database.complete
    assert database.conn_max_age.state is State.UNKNOWN
    assert database.conn_max_age.reason


BOUNDED: dict[str, str] = {
    "recursion": "def f(x):\n    return f(x + 1)\nA = f(0)\n",
    "mutual recursion": "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nA = f(0)\n",
    "a long loop": "A = 0\nfor i in range(150):\n    for j in range(150):\n        for k in range(150):\n            A = A + k\n",
    "a loop without end": "while True:\n    pass\n",
    "many independent conditions": "".join(
        f"if os.environ.get('V{i}'):\n    DATABASES['default']['K{i}'] = {i}\n" for i in range(30)
    ),
    "deep nesting": f"A = {'[' * 60}{']' * 60}\n",
    "doubling": "A = 'x'\n" + "A = A + A\n" * 60,
}


@pytest.mark.parametrize("text", BOUNDED.values(), ids=BOUNDED)
def test_bounded(tmp_path: Path, text: str) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": HEAD + ALIAS + text})
    assert evaluation.databases()
    assert evaluation._machine.moment < 400_000


def test_a_bound_that_was_hit_is_said(tmp_path: Path) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": HEAD + ALIAS + BOUNDED["many independent conditions"]})
    assert any("combinations of conditions" in note for note in evaluation.notes)
    assert len(evaluation.databases()) <= 32


def test_passwords_are_not_kept(tmp_path: Path) -> None:
    text = (
        'import dj_database_url\nDATABASES = {"default": {"ENGINE": PG, "PASSWORD": "hunter2"}, '
        '"url": dj_database_url.parse("postgres://me:hunter2@h/d")}\n'
    )
    for database in evaluate_files(tmp_path, {"settings.py": HEAD + text}).databases():
        assert "hunter2" not in repr(database)
