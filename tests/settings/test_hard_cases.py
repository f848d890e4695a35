"""The shapes that settings modules take in real projects, the hard ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.expectations import said
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

CASES: dict[str, tuple[str, list[str]]] = {
    "two branches, one name": (
        """
import dj_database_url
if os.getenv("URL"):
    DATABASES = {"default": dj_database_url.config("URL")}
else:
    DATABASES = {"default": {"ENGINE": PG, "NAME": "a"}}
""",
        [
            (
                "default env URL CONN_MAX_AGE=default 0 (dj_database_url) CONN_HEALTH_CHECKS=default False (dj_database_url)"
                " DISABLE_SERVER_SIDE_CURSORS=default False (dj_database_url) | URL is set"
            ),
            "default 'postgresql' | URL is not set",
        ],
    ),
    "a later statement rewrites a key": (
        """
DATABASES = {"default": {"ENGINE": PG}}
engine = DATABASES["default"]["ENGINE"]
DATABASES["default"]["ENGINE"] = engine.replace("django.", "wrapped.", 1)
""",
        ["default 'wrapped.db.backends.postgresql'"],
    ),
    "last one wins": (
        """
DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": None}}
DATABASES["default"]["CONN_MAX_AGE"] = 600
""",
        ["default 'postgresql' CONN_MAX_AGE=600"],
    ),
    "the alias lives under another name, and a second alias is its copy": (
        """
_base = {"ENGINE": PG, "CONN_MAX_AGE": 60}
DATABASES = {"default": _base, "readonly": _base.copy()}
_base["ATOMIC_REQUESTS"] = True
""",
        ["default 'postgresql' CONN_MAX_AGE=60 ATOMIC_REQUESTS=True", "readonly 'postgresql' CONN_MAX_AGE=60"],
    ),
    "a shallow copy shares OPTIONS": (
        """
DATABASES = {"default": {"ENGINE": PG, "OPTIONS": {}}}
DATABASES["replica"] = DATABASES["default"].copy()
DATABASES["replica"]["OPTIONS"]["pool"] = True
""",
        ["default 'postgresql' OPTIONS={pool=True}", "replica 'postgresql' OPTIONS={pool=True}"],
    ),
    "a deep copy does not": (
        """
import copy
DATABASES = {"default": {"ENGINE": PG, "OPTIONS": {}}}
DATABASES["replica"] = copy.deepcopy(DATABASES["default"])
DATABASES["replica"]["OPTIONS"]["pool"] = True
""",
        ["default 'postgresql'", "replica 'postgresql' OPTIONS={pool=True}"],
    ),
    "set in a loop": (
        """
DATABASES = {"default": {"ENGINE": PG}, "other": {"ENGINE": SQLITE}}
for _, db in DATABASES.items():
    db["CONN_MAX_AGE"] = 300
for name in ("default",):
    DATABASES[name]["CONN_HEALTH_CHECKS"] = True
for db in DATABASES.values():
    if db["ENGINE"] != SQLITE:
        db["ATOMIC_REQUESTS"] = True
""",
        [
            "default 'postgresql' CONN_MAX_AGE=300 CONN_HEALTH_CHECKS=True ATOMIC_REQUESTS=True",
            "other 'sqlite3' CONN_MAX_AGE=300",
        ],
    ),
    "keyword style": (
        """
DATABASES = dict(default=dict(ENGINE=PG, NAME=os.environ["N"]))
DATABASES["default"].update(HOST="h", CONN_MAX_AGE=5)
""",
        ["default 'postgresql' CONN_MAX_AGE=5"],
    ),
    "spreads": (
        """
from dj_database_url import parse
def n(name, default):
    return int(os.environ.get(name, default))
DATABASES = {"default": {**parse(os.environ["U"]), "CONN_MAX_AGE": n("AGE", 0)}}
DATABASES = {**DATABASES, "default": {**DATABASES["default"], "HOST": "h"}}
""",
        [
            (
                "default env U CONN_MAX_AGE=env AGE int=0 CONN_HEALTH_CHECKS=default False (dj_database_url)"
                " DISABLE_SERVER_SIDE_CURSORS=default False (dj_database_url)"
            )
        ],
    ),
    "parsed by a cast": (
        """
from decouple import config
from dj_database_url import parse
DATABASES = {"default": config("URL", cast=parse, default="postgres://h/d")}
DATABASES["default"]["CONN_MAX_AGE"] = config("AGE", default="60", cast=int)
""",
        [
            (
                "default env URL='postgresql' CONN_MAX_AGE=env AGE int=60"
                " CONN_HEALTH_CHECKS=default False (dj_database_url)"
                " DISABLE_SERVER_SIDE_CURSORS=default False (dj_database_url)"
            )
        ],
    ),
    "a native pool, sometimes": (
        """
import environ
env = environ.Env()
POOL = env.bool("POOL", default=False)
DATABASES = {"default": {"ENGINE": PG}}
if POOL:
    DATABASES["default"]["OPTIONS"] = {"pool": {"max_size": 4}}
elif os.environ.get("GEVENT"):
    DATABASES["default"]["CONN_MAX_AGE"] = 0
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
""",
        [
            "default 'postgresql' OPTIONS={pool={max_size=4}} | POOL is on",
            "default 'postgresql' CONN_MAX_AGE=0 | POOL is off; GEVENT is set",
            "default 'postgresql' CONN_MAX_AGE=60 | POOL is off; GEVENT is not set",
        ],
    ),
    "OPTIONS by reference": (
        """
OPTS = {}
DATABASES = {"default": {"ENGINE": PG, "OPTIONS": OPTS}}
if os.environ.get("SSL"):
    OPTS["sslmode"] = "require"
""",
        ["default 'postgresql' OPTIONS={sslmode='require'} | SSL is set", "default 'postgresql' | SSL is not set"],
    ),
    "a conditional host makes no definition of its own": (
        """
DATABASES = {"default": {"ENGINE": PG, "HOST": "a"}}
if os.environ.get("DOCKER"):
    DATABASES["default"]["HOST"] = "db"
""",
        ["default 'postgresql'"],
    ),
    "setdefault": (
        """
DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": 5}}
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("pool", True)
""",
        ["default 'postgresql' CONN_MAX_AGE=5 CONN_HEALTH_CHECKS=True OPTIONS={pool=True}"],
    ),
    "a function returns the dictionary": (
        """
def database(name, *, age=60, **extra):
    result = {"ENGINE": PG, "NAME": name, "CONN_MAX_AGE": age}
    if os.environ.get("LITE"):
        return {"ENGINE": SQLITE}
    result.update(extra)
    return result
DATABASES = {"default": database("a"), "other": database("b", age=5, ATOMIC_REQUESTS=True)}
""",
        [
            "default 'sqlite3' | LITE is set",
            "other 'sqlite3' | LITE is set",
            "default 'postgresql' CONN_MAX_AGE=60 | LITE is not set",
            "other 'postgresql' CONN_MAX_AGE=5 ATOMIC_REQUESTS=True | LITE is not set",
        ],
    ),
    "a lookup table, picked by the environment": (
        """
ALL = {"pg": {"ENGINE": PG}, "lite": {"ENGINE": SQLITE}}
DATABASES = {"default": ALL[os.environ.get("KIND", "pg")]}
""",
        # Settings that load have found an entry: a third definition would be one of settings that do not.
        ["default 'postgresql' | KIND == 'pg' (or not set)", "default 'sqlite3' | KIND == 'lite'"],
    ),
    "annotated and chained assignments": (
        """
DATABASES: dict[str, dict[str, object]] = {"default": {"ENGINE": PG}}
AGE, CHECKS = 7, True
DATABASES["default"]["CONN_MAX_AGE"] = OTHER = AGE
""",
        ["default 'postgresql' CONN_MAX_AGE=7"],
    ),
    "merge operators": (
        """
DATABASES = {"default": {"ENGINE": SQLITE} | {"ENGINE": PG}}
DATABASES["default"] |= {"CONN_MAX_AGE": 5}
DATABASES |= {"other": {"ENGINE": SQLITE}}
""",
        ["default 'postgresql' CONN_MAX_AGE=5", "other 'sqlite3'"],
    ),
    "match": (
        """
match os.environ.get("KIND"):
    case "pg" | "postgres":
        DATABASES = {"default": {"ENGINE": PG}}
    case _:
        DATABASES = {"default": {"ENGINE": SQLITE}}
""",
        [
            "default 'postgresql' | KIND == 'pg'; or KIND == 'postgres'",
            "default 'sqlite3' | KIND != 'pg'; KIND != 'postgres'",
        ],
    ),
    "a required variable ends the module where it is missing": (
        """
if not os.environ.get("URL"):
    raise RuntimeError("URL")
DATABASES = {"default": {"ENGINE": PG if os.environ.get("URL") else SQLITE}}
""",
        ["default 'postgresql'"],
    ),
    "try and except KeyError": (
        """
try:
    AGE = int(os.environ["AGE"])
except KeyError:
    AGE = 60
DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": AGE}}
""",
        [
            "default 'postgresql' CONN_MAX_AGE=env AGE int | AGE is set",
            "default 'postgresql' CONN_MAX_AGE=60 | AGE is not set",
        ],
    ),
    "environment.setdefault gives reads a default": (
        """
os.environ.setdefault("AGE", "60")
DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": int(os.environ["AGE"])}}
""",
        ["default 'postgresql' CONN_MAX_AGE=env AGE int=60"],
    ),
    "an age that stays a string": (
        'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": os.environ.get("AGE", 60)}}',
        ["default 'postgresql' CONN_MAX_AGE=env AGE=60"],
    ),
    "or gives a default": (
        'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": int(os.getenv("AGE") or 30)}}',
        ["default 'postgresql' CONN_MAX_AGE=env AGE int=30"],
    ),
    "the same condition twice is one condition": (
        """
DATABASES = {"default": {"ENGINE": PG}}
PROD = os.environ.get("MODE") == "prod"
if PROD:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
if os.environ.get("MODE") == "prod":
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
""",
        [
            "default 'postgresql' CONN_MAX_AGE=60 CONN_HEALTH_CHECKS=True | MODE == 'prod'",
            "default 'postgresql' | MODE != 'prod'",
        ],
    ),
    "two values of one variable exclude each other": (
        """
MODE = os.environ["MODE"]
DATABASES = {"default": {"ENGINE": PG}}
if MODE == "a":
    DATABASES["default"]["CONN_MAX_AGE"] = 1
if MODE == "b":
    DATABASES["default"]["CONN_MAX_AGE"] = 2
""",
        [
            "default 'postgresql' CONN_MAX_AGE=2 | MODE == 'b'",
            "default 'postgresql' CONN_MAX_AGE=1 | MODE == 'a'",
            "default 'postgresql' | MODE != 'b'; MODE != 'a'",
        ],
    ),
    "an engine that a test decides": (
        """
import dj_database_url
DATABASES = {"default": dj_database_url.parse(os.environ["URL"], conn_max_age=1, conn_health_checks=True,
                                              disable_server_side_cursors=True)}
if DATABASES["default"]["ENGINE"] == PG:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
""",
        [
            (
                "default 'postgresql' CONN_MAX_AGE=60 CONN_HEALTH_CHECKS=True DISABLE_SERVER_SIDE_CURSORS=True"
                " | engine of URL == 'django.db.backends.postgresql'"
            ),
            (
                "default env URL CONN_MAX_AGE=1 CONN_HEALTH_CHECKS=True DISABLE_SERVER_SIDE_CURSORS=True"
                " | engine of URL != 'django.db.backends.postgresql'"
            ),
        ],
    ),
    "a helper poured over a literal writes its own settings": (
        """
import dj_database_url
DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": 60}}
DATABASES["default"].update(dj_database_url.config())
""",
        [
            (
                "default env DATABASE_URL CONN_MAX_AGE=default 0 (dj_database_url)"
                " CONN_HEALTH_CHECKS=default False (dj_database_url)"
                " DISABLE_SERVER_SIDE_CURSORS=default False (dj_database_url) | DATABASE_URL is set"
            ),
            "default 'postgresql' CONN_MAX_AGE=60 | DATABASE_URL is not set",
        ],
    ),
    "no alias is invented": ("DATABASES = {}", []),
    "look-alikes": (
        '''
"""DATABASES = {"default": {"ENGINE": "x"}}"""
def configure(DATABASES):
    DATABASES["default"]["CONN_MAX_AGE"] = 1
class Test:
    DATABASES = {"default": {}}
TEXT = "DATABASES = {}"
DATABASES = {"default": {"ENGINE": PG}}
''',
        ["default 'postgresql'"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_definitions(tmp_path: Path, text: str, expected: list[str]) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": HEAD + text})
    assert sorted(said(evaluation)) == sorted(expected)
    for database in evaluation.databases():
        assert evaluation.trace(database.key).key == database.key
