"""Whether a name is bound where a new statement would use it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from djconnfix.fix.bound import is_bound
from djconnfix.fix.plan import make_plan
from tests.fix.projects import served_by_threads

if TYPE_CHECKING:
    from pathlib import Path

BOUND = {
    "before": "db = {}\nHERE = 1\n",
    "by the statement itself": "HERE = db = {}\n",
    "with a type": "db: dict = {}\nHERE = 1\n",
    "around the block": "db = {}\nif A:\n    if B:\n        HERE = 1\n",
    "in the same block": "if A:\n    db = {}\n    HERE = 1\n",
    "in an except": "try:\n    x()\nexcept E:\n    db = {}\n    HERE = 1\n",
    "by the loop around": "for db in D:\n    HERE = 1\n",
    "by a with": "with x() as db:\n    HERE = 1\n",
    "as an argument": "def f(a, *, db=None):\n    HERE = 1\n",
    "unpacked": "a, (db, c) = x\nHERE = 1\n",
    "imported": "import db.base\nHERE = 1\n",
    "imported as": "from a import b as db\nHERE = 1\n",
    "by a star": "from a import *\nHERE = 1\n",
    "a function": "def db(): ...\nHERE = 1\n",
    "in a class": "class A:\n    db = {}\n    HERE = 1\n",
    "in a case": "match x:\n    case 1:\n        db = {}\n        HERE = 1\n",
}
UNBOUND = {
    "nowhere": "HERE = 1\n",
    "later": "HERE = 1\ndb = {}\n",
    "under a condition": "if A:\n    db = {}\nHERE = 1\n",
    "in the other branch": "if A:\n    db = {}\nelse:\n    HERE = 1\n",
    "in a loop": "for x in y:\n    db = {}\nHERE = 1\n",
    "in a try": "try:\n    from a import *\nexcept ImportError:\n    pass\nHERE = 1\n",
    "without a value": "db: dict\nHERE = 1\n",
    "in a function": "def f():\n    db = {}\nHERE = 1\n",
    "a key of it": "db['a'] = 1\nHERE = 1\n",
}


PASSED_BY = """\
import copy
import os


import dj_database_url
import environ
from decouple import config
from environs import Env

PG = "django.db.backends.postgresql"
env = environ.Env()
FLAG = True

AGE = 60
def tune(db, age=60, **more):
  db["CONN_MAX_AGE"] = age
  db.update(more)
try:
  from .local import *
except ImportError:
  pass
DATABASES = {
  "default": env.db(
    "DATABASE_URL",
    default="sqlite:///db.sqlite3"
  ),
  "other": config("REPLICA_URL", default="postgresql://u:p@h:5432/d?sslmode=require", cast=dj_database_url.parse)
}
if os.environ.get("MODE") in ("prod", "stage"):
  DATABASES["default"] = {
    "ENGINE": PG,
    "NAME": "shop",
    "HOST": "h",
    "CONN_HEALTH_CHECKS": FLAG,
    "DISABLE_SERVER_SIDE_CURSORS": bool(AGE),
    "TEST": {"NAME": "t"}
  }
else:
  if FLAG:
    for db in DATABASES.values():
      db.setdefault("ATOMIC_REQUESTS", config("A", default=False, cast=bool))
    _db = DATABASES["default"]
    _db["CONN_HEALTH_CHECKS"] = False
  else:
    if "other" in DATABASES:
      del DATABASES["other"]
if os.getenv("MODE", "dev") == "prod":
  DATABASES["default"] |= {"ATOMIC_REQUESTS": False}
else:
  tune(DATABASES["default"])
  FLAG = not FLAG
"""


def found(text: str) -> bool:
    tree = ast.parse(text)
    here = next(node for node in ast.walk(tree) if isinstance(node, ast.Assign) and ast.unparse(node)[:4] == "HERE")
    return is_bound(tree, here, "db")


@pytest.mark.parametrize("text", BOUND.values(), ids=BOUND)
def test_bound(text: str) -> None:
    assert found(text) is True


@pytest.mark.parametrize("text", UNBOUND.values(), ids=UNBOUND)
def test_unbound(text: str) -> None:
    assert found(text) is False


def test_no_statement_uses_a_name_that_some_come_by_without(tmp_path: Path) -> None:
    report = served_by_threads(tmp_path, PASSED_BY, "dj-database-url==3.0.0\n")
    [change] = make_plan(report, report.findings, unsafe=True).changes
    assert change.new.decode().count("_db[") == PASSED_BY.count("_db[")
