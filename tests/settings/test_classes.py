"""Settings classes: inheritance, properties, hooks, values that read the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.expectations import said
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

BASE = """
from configurations import Configuration, values
class Base(Configuration):
    DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": values.IntegerValue(5, environ_name="AGE", environ_prefix=None)}}
    MIDDLEWARE = ["a"]
"""
CASES: dict[str, tuple[str, list[str]]] = {
    "a single class": (BASE, ["default 'postgresql' CONN_MAX_AGE=env AGE int=5 | class Base"]),
    "bases are no definitions of their own": (
        BASE + "class Production(Base):\n    DEBUG = False\nclass Local(Base):\n    DEBUG = True\n",
        [
            "default 'postgresql' CONN_MAX_AGE=env AGE int=5 | class Local",
            "default 'postgresql' CONN_MAX_AGE=env AGE int=5 | class Production",
        ],
    ),
    "a property that calls super": (
        BASE
        + """
class Edge(Base):
    @property
    def DATABASES(self):
        databases = super().DATABASES
        for alias in databases:
            databases[alias]["CONN_MAX_AGE"] = 86400
        return databases
""",
        ["default 'postgresql' CONN_MAX_AGE=86400 | class Edge"],
    ),
    "post_setup changes the dictionary, and only that of its class": (
        BASE
        + """
class Pooled(Base):
    @classmethod
    def post_setup(cls):
        super().post_setup()
        cls.DATABASES["default"]["OPTIONS"] = {"pool": True}
class Plain(Base):
    pass
""",
        [
            "default 'postgresql' CONN_MAX_AGE=env AGE int=5 | class Plain",
            "default 'postgresql' CONN_MAX_AGE=env AGE int=5 OPTIONS={pool=True} | class Pooled",
        ],
    ),
    "mixins come before bases": (
        BASE + 'class Lite:\n    DATABASES = {"default": {"ENGINE": SQLITE}}\nclass Test(Lite, Base):\n    pass\n',
        ["default 'sqlite3' | class Test"],
    ),
    "a database URL value": (
        """
from configurations import Configuration, values
class Site(Configuration):
    DATABASES = values.DatabaseURLValue("postgres://h/d", conn_max_age=7)
""",
        [
            (
                "default env DATABASE_URL='postgresql' CONN_MAX_AGE=7 CONN_HEALTH_CHECKS=default False (dj_database_url)"
                " DISABLE_SERVER_SIDE_CURSORS=default False (dj_database_url) | class Site"
            )
        ],
    ),
    "statements in a class body": (
        """
from configurations import Configuration
class Site(Configuration):
    DATABASES = {"default": {"ENGINE": PG}}
    DATABASES["default"]["CONN_MAX_AGE"] = 3
""",
        ["default 'postgresql' CONN_MAX_AGE=3 | class Site"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_definitions(tmp_path: Path, text: str, expected: list[str]) -> None:
    evaluation = evaluate_files(tmp_path, {"settings.py": HEAD + text})
    assert sorted(said(evaluation)) == sorted(expected)


def test_a_shared_site_names_every_class_that_it_writes(tmp_path: Path) -> None:
    text = HEAD + BASE + "class One(Base):\n    pass\nclass Two(Base):\n    pass\n"
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    keys = {each.key for each in evaluation.databases()}
    assert len(keys) == 2
    for key in keys:
        trace = evaluation.trace(key)
        assert trace.creations[0].shared == keys
        assert trace.anchors[0].shared == keys
        assert trace.anchors[0].target == 'DATABASES["default"]'


def test_no_anchor_where_the_attribute_is_no_dictionary_yet(tmp_path: Path) -> None:
    text = "from configurations import Configuration, values\nclass Site(Configuration):\n    DATABASES = values.DatabaseURLValue()\n"
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    (database,) = evaluation.databases()
    assert evaluation.trace(database.key).anchors == ()


def test_lists_of_classes_are_joined(tmp_path: Path) -> None:
    text = (
        HEAD
        + BASE
        + 'class One(Base):\n    MIDDLEWARE = Base.MIDDLEWARE + ["b"]\nclass Two(Base):\n    MIDDLEWARE = ["c"]\n'
    )
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    assert {item.value for item in evaluation.lists()["MIDDLEWARE"].items} == {"a", "b", "c"}
