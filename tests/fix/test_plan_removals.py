"""Taking things out and moving them: entries of lists, settings, options, with the comments that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import DatabaseKey
from djconnfix.findings import Action, MoveSetting, RemoveListItem, RemoveSetting
from tests.fix.projects import Wish, changed, plan, project

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = DatabaseKey("settings", "default", 0)
LITERAL = 'DATABASES = {"default": {"ENGINE": "e"}}\n'
TO_THE_ALIAS = MoveSetting(DEFAULT, ("OPTIONS", "CONN_MAX_AGE"), ("CONN_MAX_AGE",))
RENAMED = MoveSetting(DEFAULT, ("OPTIONS", "poll"), ("OPTIONS", "pool"))
AGE_OUT = RemoveSetting(DEFAULT, ("CONN_MAX_AGE",))
OPTION_OUT = RemoveSetting(DEFAULT, ("OPTIONS", "x"))


def listed(value: str = "shop.gone") -> RemoveListItem:
    return RemoveListItem("settings", "MIDDLEWARE", value)


ITEMS = {
    "one of several": ('MIDDLEWARE = ["a", "shop.gone", "b"]\n', 'MIDDLEWARE = ["a", "b"]\n'),
    "the only one": ('MIDDLEWARE = ["shop.gone"]\n', "MIDDLEWARE = []\n"),
    "of a tuple that keeps its comma": ('MIDDLEWARE = ("a", "shop.gone")\n', 'MIDDLEWARE = ("a",)\n'),
    "with the comment behind it": (
        'MIDDLEWARE = [\n    "a",\n    "shop.gone",  # old\n    "b",\n]\n',
        'MIDDLEWARE = [\n    "a",\n    "b",\n]\n',
    ),
    "twice": ('MIDDLEWARE = ["shop.gone", "a"]\nMIDDLEWARE += ["shop.gone"]\n', 'MIDDLEWARE = ["a"]\n'),
    "added alone": ('MIDDLEWARE = ["a"]\nMIDDLEWARE += ["shop.gone"]\n', 'MIDDLEWARE = ["a"]\n'),
    "added with another": (
        'MIDDLEWARE = ["a"]\nMIDDLEWARE += ["b", "shop.gone"]\n', 'MIDDLEWARE = ["a"]\nMIDDLEWARE += ["b"]\n'
    ),
    "the right part of a sum": ('A = ["a"]\nMIDDLEWARE = A + ["shop.gone"]\n', 'A = ["a"]\nMIDDLEWARE = A\n'),
    "the left part of a sum": ('A = ["a"]\nMIDDLEWARE = ["shop.gone"] + A\n', 'A = ["a"]\nMIDDLEWARE = A\n'),
    "appended": ('MIDDLEWARE = ["a"]\nMIDDLEWARE.append("shop.gone")\n', 'MIDDLEWARE = ["a"]\n'),
    "inserted": ('MIDDLEWARE = ["a"]\nMIDDLEWARE.insert(0, "shop.gone")\n', 'MIDDLEWARE = ["a"]\n'),
    "extended by": ('MIDDLEWARE = ["a"]\nMIDDLEWARE.extend(["shop.gone"])\n', 'MIDDLEWARE = ["a"]\n'),
    "alone in a branch": (
        'import os\nMIDDLEWARE = ["a"]\nif os.environ.get("X"):\n    MIDDLEWARE.append("shop.gone")\n',
        'import os\nMIDDLEWARE = ["a"]\n',
    ),
    "alone in a branch that another follows": (
        'import os\nMIDDLEWARE = ["a"]\nif os.environ.get("X"):\n    MIDDLEWARE.append("shop.gone")\nelse:\n    A = 1\n',
        'import os\nMIDDLEWARE = ["a"]\nif os.environ.get("X"):\n    pass\nelse:\n    A = 1\n',
    ),
}  # fmt: skip
KEPT_ITEMS = {
    "not written out": ('NAME = "shop.gone"\nMIDDLEWARE = [NAME]\n', "not understood"),
    "made of pieces": ('MIDDLEWARE = ["a", "shop" + ".gone"]\n', "not written out"),
    "another setting is the list": ('MIDDLEWARE = ["a", "shop.gone"]\nOTHER = MIDDLEWARE\n', "OTHER"),
    "by a call that is part of something": (
        'MIDDLEWARE = ["a"]\nDONE = MIDDLEWARE.append("shop.gone")\n', "not understood"
    ),
    "a comment between it and its comma": (
        'MIDDLEWARE = [\n    "a",\n    "shop.gone"\n    # why\n    ,\n    "b",\n]\n', "comma"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ITEMS)
def test_an_entry_of_a_list_goes(name: str, tmp_path: Path) -> None:
    before, after = ITEMS[name]
    made = plan(project(tmp_path, {"settings.py": LITERAL + before}), Wish((listed(),)))
    assert changed(made) == {"settings.py": LITERAL + after}, [refusal.reason for refusal in made.refused]


@pytest.mark.parametrize("name", KEPT_ITEMS)
def test_an_entry_of_a_list_stays(name: str, tmp_path: Path) -> None:
    before, reason = KEPT_ITEMS[name]
    made = plan(project(tmp_path, {"settings.py": LITERAL + before}), Wish((listed(),)))
    assert made.changes == ()
    assert reason in made.refused[0].reason


def test_an_entry_that_is_not_there_is_no_reason_to_write(tmp_path: Path) -> None:
    made = plan(project(tmp_path, {"settings.py": LITERAL + 'MIDDLEWARE = ["a"]\n'}), Wish((listed(),)))
    assert made.changes == ()
    assert made.refused == ()


SETTINGS: dict[str, tuple[Action, str, str]] = {
    "an entry": (
        AGE_OUT,
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": 5, "NAME": "n"}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "NAME": "n"}}\n',
    ),
    "a keyword": (
        AGE_OUT,
        'DATABASES = dict(default=dict(ENGINE="e", CONN_MAX_AGE=5))\n',
        'DATABASES = dict(default=dict(ENGINE="e"))\n',
    ),
    "a statement": (AGE_OUT, LITERAL + 'DATABASES["default"]["CONN_MAX_AGE"] = 5\n', LITERAL),
    "a default that is set": (AGE_OUT, LITERAL + 'DATABASES["default"].setdefault("CONN_MAX_AGE", 5)\n', LITERAL),
    "written twice": (
        AGE_OUT,
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": 5}}\nDATABASES["default"]["CONN_MAX_AGE"] = 6\n',
        LITERAL,
    ),
    "an option": (
        OPTION_OUT,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"x": 1, "y": 2}}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"y": 2}}}\n',
    ),
    "the last option": (OPTION_OUT, 'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"x": 1}}}\n', LITERAL),
    "the last option, where a comment stays behind": (
        OPTION_OUT,
        ('DATABASES = {\n    "default": {\n        "ENGINE": "e",\n        "OPTIONS": {\n            # TLS comes later\n'
        '            "x": 1,\n        },\n    },\n}\n'),
        ('DATABASES = {\n    "default": {\n        "ENGINE": "e",\n        "OPTIONS": {\n            # TLS comes later\n'
        "        },\n    },\n}\n"),
    ),
    "to the alias": (
        TO_THE_ALIAS,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"CONN_MAX_AGE": 60, "y": 2}}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"y": 2}, "CONN_MAX_AGE": 60}}\n',
    ),
    "to the alias, with its comment": (
        TO_THE_ALIAS,
        ('DATABASES = {\n    "default": {\n        "ENGINE": "e",\n        "OPTIONS": {\n'
        '            "CONN_MAX_AGE": 60,  # a minute\n            "y": 2,\n        },\n    },\n}\n'),
        ('DATABASES = {\n    "default": {\n        "ENGINE": "e",\n        "OPTIONS": {\n            "y": 2,\n        },\n'
        '        "CONN_MAX_AGE": 60,  # a minute\n    },\n}\n'),
    ),
    "to the alias, made by dict()": (
        TO_THE_ALIAS,
        'DATABASES = {"default": dict(ENGINE="e", OPTIONS={"CONN_MAX_AGE": 60, "y": 2})}\n',
        'DATABASES = {"default": dict(ENGINE="e", OPTIONS={"y": 2}, CONN_MAX_AGE=60)}\n',
    ),
    "to the alias, from a statement": (
        TO_THE_ALIAS,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {}}}\nDATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = 60\n',
        LITERAL.replace('"e"', '"e", "CONN_MAX_AGE": 60'),
    ),
    "a key renamed": (
        RENAMED,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {\'poll\': True}}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {\'pool\': True}}}\n',
    ),
    "a keyword renamed": (
        RENAMED,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict(poll=True)}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict(pool=True)}}\n',
    ),
    "a statement's key renamed": (
        RENAMED,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {}}}\nDATABASES["default"]["OPTIONS"]["poll"] = True\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {}}}\nDATABASES["default"]["OPTIONS"]["pool"] = True\n',
    ),
}  # fmt: skip
KEPT_SETTINGS: dict[str, tuple[Action, str, str]] = {
    "a setting that an update brings with others": (
        AGE_OUT, LITERAL + 'extra = [("CONN_MAX_AGE", 5)]\nDATABASES["default"].update(extra)\n', "taken out",
    ),
    "a key that a comprehension makes": (
        RENAMED,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {key: True for key in ("poll",)}}}\n',
        "",
    ),
    "two comments on the line": (
        TO_THE_ALIAS,
        ('DATABASES = {\n    "default": {"ENGINE": "e", "OPTIONS": {\n        "CONN_MAX_AGE": (  # one\n'
        '            60  # two\n        ),\n        "y": 2,\n    }},\n}\n'),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_goes(name: str, tmp_path: Path) -> None:
    action, before, after = SETTINGS[name]
    made = plan(project(tmp_path, {"settings.py": before}), Wish((action,)))
    assert changed(made) == {"settings.py": after}, [refusal.reason for refusal in made.refused]


@pytest.mark.parametrize("name", KEPT_SETTINGS)
def test_a_setting_stays(name: str, tmp_path: Path) -> None:
    action, before, reason = KEPT_SETTINGS[name]
    made = plan(project(tmp_path, {"settings.py": before}), Wish((action,)))
    assert made.changes == ()
    assert reason in made.refused[0].reason
