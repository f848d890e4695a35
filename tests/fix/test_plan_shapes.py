"""Where a wish is written, for each way that people build DATABASES; execution says that nothing else changes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.fix.projects import ENTRY, Wish, changed, executed, plan, project, want

if TYPE_CHECKING:
    from pathlib import Path

AGE = (want(CONN_MAX_AGE=60),)


@dataclass(frozen=True)
class Case:
    before: str
    after: str
    wishes: tuple[Wish, ...] = AGE
    expected: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: {"default": {"CONN_MAX_AGE": 60}})
    environments: tuple[Mapping[str, str], ...] = ({},)
    requirements: str = "Django==5.2\ndj-database-url==2.2.0\n"


CASES = {
    "literal": Case(
        'DATABASES = {\n    "default": {\n        "ENGINE": "django.db.backends.postgresql",\n    },\n}\n',
        'DATABASES = {\n    "default": {\n        "ENGINE": "django.db.backends.postgresql",\n'
        '        "CONN_MAX_AGE": 60,\n    },\n}\n',
    ),
    "present value": Case(
        f'DATABASES = {{"default": {{{ENTRY}, "CONN_MAX_AGE": (0)}}}}\n',
        f'DATABASES = {{"default": {{{ENTRY}, "CONN_MAX_AGE": 60}}}}\n',
    ),
    "duplicate keys": Case(
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": 5, "CONN_MAX_AGE": 0}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": 5, "CONN_MAX_AGE": 60}}\n',
    ),
    "last one wins": Case(
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": None}}  # for ever\n'
        'DATABASES["default"]["CONN_MAX_AGE"] = 600\n',
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": None}}  # for ever\n'
        'DATABASES["default"]["CONN_MAX_AGE"] = 60\n',
    ),
    "a name gives the value": Case(
        'AGE = 0\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": AGE}}\n',
        'AGE = 60\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": AGE}}\n',
        expected={"default": {"CONN_MAX_AGE": 60}, "AGE": 60},  # type: ignore[dict-item]
    ),
    "beside its sibling statement": Case(
        "DATABASES = {'default': {'ENGINE': 'e'}}\nDATABASES['default']['CONN_MAX_AGE'] = 60\nDEBUG = False\n",
        "DATABASES = {'default': {'ENGINE': 'e'}}\nDATABASES['default']['CONN_MAX_AGE'] = 60\n"
        "DATABASES['default']['CONN_HEALTH_CHECKS'] = True\nDEBUG = False\n",
        (want(CONN_HEALTH_CHECKS=True),),
        {"default": {"CONN_HEALTH_CHECKS": True}},
    ),
    "a later replacement of the alias": Case(
        f'DATABASES = {{"default": {{{ENTRY}}}}}\nDATABASES["default"] = {{"ENGINE": "f"}}\n',
        f'DATABASES = {{"default": {{{ENTRY}}}}}\nDATABASES["default"] = {{"ENGINE": "f", "CONN_MAX_AGE": 60}}\n',
    ),
    "dict() calls": Case(
        "DATABASES = dict(default=dict(ENGINE='e'))\nDATABASES['default'].update(HOST='h')\n",
        "DATABASES = dict(default=dict(ENGINE='e', CONN_MAX_AGE=60))\nDATABASES['default'].update(HOST='h')\n",
    ),
    "filled by update": Case(
        'DATABASES = {"default": {}}\nDATABASES["default"].update({\n    "ENGINE": "e",\n})\n',
        'DATABASES = {"default": {}}\nDATABASES["default"].update({\n    "ENGINE": "e",\n    "CONN_MAX_AGE": 60,\n})\n',
    ),
    "one copy for both": Case(
        'base = {"ENGINE": "e"}\nDATABASES = {"default": base, "replica": base.copy()}\n',
        'base = {"ENGINE": "e", "CONN_MAX_AGE": 60}\nDATABASES = {"default": base, "replica": base.copy()}\n',
        (want(CONN_MAX_AGE=60), want("replica", CONN_MAX_AGE=60)),
        {"default": {"CONN_MAX_AGE": 60}, "replica": {"CONN_MAX_AGE": 60}},
    ),
    "only the original of a copy": Case(
        'DATABASES = {"default": {"ENGINE": "e"}}\nDATABASES["replica"] = DATABASES["default"].copy()\n',
        'DATABASES = {"default": {"ENGINE": "e"}}\nDATABASES["replica"] = DATABASES["default"].copy()\n'
        'DATABASES["default"]["CONN_MAX_AGE"] = 60\n',
    ),
    "only the copy": Case(
        'DATABASES = {"default": {"ENGINE": "e"}}\nDATABASES["replica"] = DATABASES["default"].copy()\n'
        'DATABASES["replica"]["HOST"] = "r"\n',
        'DATABASES = {"default": {"ENGINE": "e"}}\nDATABASES["replica"] = DATABASES["default"].copy()\n'
        'DATABASES["replica"]["HOST"] = "r"\nDATABASES["replica"]["CONN_MAX_AGE"] = 60\n',
        (want("replica", CONN_MAX_AGE=60),),
        {"replica": {"CONN_MAX_AGE": 60}},
    ),
    "a loop over all": Case(
        'DATABASES = {"a": {"ENGINE": "e"}, "default": {"ENGINE": "e"}}\n'
        'for db in DATABASES.values():\n    db["CONN_MAX_AGE"] = 300\n',
        'DATABASES = {"a": {"ENGINE": "e"}, "default": {"ENGINE": "e"}}\n'
        'for db in DATABASES.values():\n    db["CONN_MAX_AGE"] = 300\n    db["CONN_HEALTH_CHECKS"] = True\n',
        (want("a", CONN_HEALTH_CHECKS=True), want(CONN_HEALTH_CHECKS=True)),
        {"a": {"CONN_HEALTH_CHECKS": True}, "default": {"CONN_HEALTH_CHECKS": True}},
    ),
    "a spread after which it wins": Case(
        'base = {"CONN_MAX_AGE": 0}\nDATABASES = {"default": {"ENGINE": "e", **base}}\nBASE = dict(base)\n',
        'base = {"CONN_MAX_AGE": 0}\nDATABASES = {"default": {"ENGINE": "e", **base, "CONN_MAX_AGE": 60}}\n'
        "BASE = dict(base)\n",
    ),
    "a union": Case(
        'base = {"ENGINE": "e"}\nDATABASES = {"default": base | {"HOST": "h"}}\nBASE = base\n',
        'base = {"ENGINE": "e"}\nDATABASES = {"default": base | {"HOST": "h", "CONN_MAX_AGE": 60}}\nBASE = base\n',
    ),
    "a function's result": Case(
        'def db(name):\n    return {"ENGINE": "e", "NAME": name}\n\n\nDATABASES = {"default": db("x")}\n',
        'def db(name):\n    return {"ENGINE": "e", "NAME": name, "CONN_MAX_AGE": 60}\n\n\n'
        'DATABASES = {"default": db("x")}\n',
    ),
    "one branch of two": Case(
        'import os\nif os.getenv("A"):\n    DATABASES = {"default": {"ENGINE": "a"}}\n'
        'else:\n    DATABASES = {"default": {"ENGINE": "b"}}\n',
        'import os\nif os.getenv("A"):\n    DATABASES = {"default": {"ENGINE": "a"}}\n'
        'else:\n    DATABASES = {"default": {"ENGINE": "b", "CONN_MAX_AGE": 60}}\n',
        (want(index=1, CONN_MAX_AGE=60),),
    ),
    "the other branch does not exist yet": Case(
        'import os\nDATABASES = {"default": {"ENGINE": "e"}}\nif os.getenv("POOL"):\n'
        '    DATABASES["default"]["OPTIONS"] = {"pool": True}\n',
        'import os\nDATABASES = {"default": {"ENGINE": "e"}}\nif os.getenv("POOL"):\n'
        '    DATABASES["default"]["OPTIONS"] = {"pool": True}\nelse:\n    DATABASES["default"]["CONN_MAX_AGE"] = 60\n',
        (want(index=1, CONN_MAX_AGE=60),),
    ),
    "the default of a read": Case(
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("AGE", "0"))}}\n',
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("AGE", "60"))}}\n',
    ),
    "the default after or": Case(
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("AGE") or 0)}}\n',
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("AGE") or 60)}}\n',
    ),
    "a URL helper's keyword": Case(
        'import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres:///x")}\n',
        'import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres:///x", conn_max_age=60)}\n',
    ),
    "a helper too old for the keyword": Case(
        'import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres:///x")}\n',
        'import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres:///x")}\n'
        'DATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n',
        (want(CONN_HEALTH_CHECKS=True),),
        {"default": {"CONN_HEALTH_CHECKS": True}},
        requirements="Django==5.2\ndj-database-url==1.0\n",
    ),
    "a helper without keywords": Case(
        'import environ\n\nenv = environ.Env()\nDATABASES = {"default": env.db("U", default="postgres:///x")}\nDEBUG = True\n',
        'import environ\n\nenv = environ.Env()\nDATABASES = {"default": env.db("U", default="postgres:///x")}\n'
        'DATABASES["default"]["CONN_MAX_AGE"] = 60\nDEBUG = True\n',
    ),
    "options by reference": Case(
        'import os\nOPTS = {}\nDATABASES = {"default": {"ENGINE": "e", "OPTIONS": OPTS}}\n'
        'if os.environ.get("SSL"):\n    OPTS["sslmode"] = "require"\n',
        'import os\nOPTS = {}\nDATABASES = {"default": {"ENGINE": "e", "OPTIONS": OPTS, "CONN_MAX_AGE": 60}}\n'
        'if os.environ.get("SSL"):\n    OPTS["sslmode"] = "require"\n',
        (want(CONN_MAX_AGE=60), want(index=1, CONN_MAX_AGE=60)),
        environments=({}, {"SSL": "1"}),
    ),
    "carriage returns and tabs": Case(
        'DATABASES = {\r\n\t"default": {\r\n\t\t"ENGINE": "e",\r\n\t},\r\n}\r\n',
        'DATABASES = {\r\n\t"default": {\r\n\t\t"ENGINE": "e",\r\n\t\t"CONN_MAX_AGE": 60,\r\n\t},\r\n}\r\n',
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_where_a_wish_is_written(case: Case, tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": case.before, "requirements.txt": case.requirements})
    made = plan(report, *case.wishes)
    assert changed(made) == {"settings.py": case.after}, [refusal.reason for refusal in made.refused]
    assert made.refused == ()
    assert len(made.applied) == len(case.wishes)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_execution_gives_what_was_wished_and_nothing_else(case: Case) -> None:
    if "too old" in next(name for name, each in CASES.items() if each is case):
        pytest.skip("needs an old package")
    for environment in case.environments:
        wanted = copy.deepcopy(executed(case.before, environment))
        for name, values in case.expected.items():
            if isinstance(values, Mapping):
                wanted["DATABASES"][name].update(values)  # type: ignore[index]
            else:
                wanted[name] = values
        assert executed(case.after, environment) == wanted


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_second_plan_is_empty(case: Case, tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": case.after, "requirements.txt": case.requirements})
    assert plan(report, *case.wishes).changes == ()
