"""Plans for what is seldom written: settings that stand thirteen times, odd spaces, files that share a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.code.steps import Step, encode
from djconnfix.facts import DatabaseKey
from djconnfix.findings import (
    Action,
    CastSetting,
    MoveSetting,
    RemoveListItem,
    RemoveSetting,
    RemoveStatement,
    RewriteCode,
    SetSetting,
)
from djconnfix.source import Location
from tests.fix.projects import Wish, changed, executed, plan, project, want

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = DatabaseKey("settings", "default", 0)
AGE = SetSetting(DEFAULT, ("CONN_MAX_AGE",), 60)
AGE_OUT = RemoveSetting(DEFAULT, ("CONN_MAX_AGE",))
RENAMED = MoveSetting(DEFAULT, ("OPTIONS", "poll"), ("OPTIONS", "pool"))
TO_THE_ALIAS = MoveSetting(DEFAULT, ("OPTIONS", "CONN_MAX_AGE"), ("CONN_MAX_AGE",))
LITERAL = 'DATABASES = {"default": {"ENGINE": "e"}}\n'

WRITTEN: dict[str, tuple[Action, str, str]] = {
    "beside keywords with spaces around =": (
        AGE,
        'DATABASES = {"default": dict(ENGINE = "e", NAME = "n")}\n',
        'DATABASES = {"default": dict(ENGINE = "e", NAME = "n", CONN_MAX_AGE = 60)}\n',
    ),
    "beside keywords with a column of =": (
        AGE,
        'DATABASES = {"default": dict(\n    ENGINE   = "e",\n    NAME     = "n",\n)}\n',
        'DATABASES = {"default": dict(\n    ENGINE   = "e",\n    NAME     = "n",\n    CONN_MAX_AGE=60,\n)}\n',
    ),
    "beside an entry that goes on below its colon": (
        AGE,
        'DATABASES = {"default": {\n    "ENGINE":\n        "e",\n}}\n',
        'DATABASES = {"default": {\n    "ENGINE":\n        "e",\n    "CONN_MAX_AGE": 60,\n}}\n',
    ),
    "into a column with colons before and behind": (
        AGE,
        'DATABASES = {"default": {\n    "ENGINE" : "e",\n    "NAME"   : "n",\n}}\n',
        'DATABASES = {"default": {\n    "ENGINE" : "e",\n    "NAME"   : "n",\n    "CONN_MAX_AGE" : 60,\n}}\n',
    ),
    "a fall-back of a variable that has none": (
        AGE,
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": os.getenv("AGE")}}\n',
        "",
    ),
    "no fall-back beside one that is a name": (
        AGE,
        ('from decouple import config\nAGE = None\n'
         'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": config("AGE", default=AGE)}}\n'),
        "",
    ),
    "a cast of a name's value": (
        CastSetting(DEFAULT, ("CONN_MAX_AGE",), "int"),
        'import os\nAGE = os.environ.get("AGE", "5")\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": AGE}}\n',
        'import os\nAGE = os.environ.get("AGE", "5")\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(AGE)}}\n',
    ),
    "a cast in the place of parentheses": (
        CastSetting(DEFAULT, ("CONN_MAX_AGE",), "int"),
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": (\n    os.environ.get("AGE", "5")\n)}}\n',
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(\n    os.environ.get("AGE", "5")\n)}}\n',
    ),
    "a cast around a comment": (
        CastSetting(DEFAULT, ("CONN_MAX_AGE",), "int"),
        ('import os\nAGE = os.environ.get("AGE", "5")\n'
         'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": (AGE  # seconds\n)}}\n'),
        ('import os\nAGE = os.environ.get("AGE", "5")\n'
         'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(AGE  # seconds\n)}}\n'),
    ),
    "a cast inside a walrus": (
        CastSetting(DEFAULT, ("CONN_MAX_AGE",), "int"),
        'import os\nDATABASES = {"default": {"CONN_MAX_AGE": (age := os.getenv("A", "5"))}}\n',
        'import os\nDATABASES = {"default": {"CONN_MAX_AGE": (age := int(os.getenv("A", "5")))}}\n',
    ),
    "in the quotes of its neighbours, not of the file": (
        AGE,
        "X = 'a', 'b', 'c', 'd', 'e', 'f'\nDATABASES = {'default': {\"ENGINE\": \"e\"}}\n",
        "X = 'a', 'b', 'c', 'd', 'e', 'f'\nDATABASES = {'default': {\"ENGINE\": \"e\", \"CONN_MAX_AGE\": 60}}\n",
    ),
    "into a column behind a space and a colon": (
        SetSetting(DEFAULT, ("CHARSET",), 5),
        'DATABASES = {"default": {\n    "DISABLE_X" :  "e",\n    "DISABLE" :    "n",\n}}\n',
        'DATABASES = {"default": {\n    "DISABLE_X" :  "e",\n    "DISABLE" :    "n",\n    "CHARSET" :    5,\n}}\n',
    ),
    "a merge of three, too long for its line": (
        AGE,
        ('BASE = {"ENGINE": "e"}\nLOCAL_SETTINGS = {}\n'
         'DATABASES = {"default": BASE | LOCAL_SETTINGS | {"NAME": "a-rather-long-name", "HOST": "h"}}\n'),
        ('BASE = {"ENGINE": "e"}\nLOCAL_SETTINGS = {}\nDATABASES = {\n    "default": BASE\n    | LOCAL_SETTINGS\n'
         '    | {"NAME": "a-rather-long-name", "HOST": "h", "CONN_MAX_AGE": 60}\n}\n'),
    ),
    "into the right side of a merge": (
        AGE,
        'BASE = {"ENGINE": "e"}\nDATABASES = {"default": BASE | {}, "other": dict(BASE)}\n',
        'BASE = {"ENGINE": "e"}\nDATABASES = {"default": BASE | {"CONN_MAX_AGE": 60}, "other": dict(BASE)}\n',
    ),
    "beside keys that say nothing of quotes": (
        AGE,
        "KEY = 'ENGINE'\nDATABASES = {'default': {'NAME': 'n', \"\"\"USER\"\"\": 'u', KEY: 'e'}}\n",
        "KEY = 'ENGINE'\nDATABASES = {'default': {'NAME': 'n', \"\"\"USER\"\"\": 'u', KEY: 'e', 'CONN_MAX_AGE': 60}}\n",
    ),
    "a move with its comment, below where its line is shared": (
        TO_THE_ALIAS,
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {\n    "CONN_MAX_AGE": 60,  # a minute\n    "y": 2,\n}}}\n'),
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {\n    "y": 2,\n}}}\n'
         'DATABASES["default"]["CONN_MAX_AGE"] = 60  # a minute\n'),
    ),
    "below its sibling, not below other keys": (
        SetSetting(DEFAULT, ("CONN_HEALTH_CHECKS",), True),
        ('import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\n'
         'DATABASES["default"]["CONN_MAX_AGE"] = 60\nDATABASES["default"]["USER"] = "u"\n'),
        ('import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\nDATABASES["default"]["CONN_MAX_AGE"] = 60\n'
         'DATABASES["default"]["CONN_HEALTH_CHECKS"] = True\nDATABASES["default"]["USER"] = "u"\n'),
    ),
    "below the last of the other keys": (
        SetSetting(DEFAULT, ("CONN_HEALTH_CHECKS",), True),
        ('import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\n'
         'DATABASES["default"]["USER"] = "u"\nDATABASES["default"]["PORT"] = ""\nX = 1\n'),
        ('import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\nDATABASES["default"]["USER"] = "u"\n'
         'DATABASES["default"]["PORT"] = ""\nDATABASES["default"]["CONN_HEALTH_CHECKS"] = True\nX = 1\n'),
    ),
    "before a sibling that begins on the line of the brace": (
        AGE,
        'DATABASES = {"default": {"CONN_HEALTH_CHECKS": True,\n                         "ENGINE": "e"}}\n',
        ('DATABASES = {"default": {"CONN_MAX_AGE": 60,\n                         "CONN_HEALTH_CHECKS": True,\n'
         '                         "ENGINE": "e"}}\n'),
    ),
    "a keyword's name, before others": (
        RENAMED,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict(poll=True, a=1)}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict(pool=True, a=1)}}\n',
    ),
    "a keyword's name, not its neighbour's": (
        RENAMED,
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict(a=1, poll=True)}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict(a=1, pool=True)}}\n',
    ),
    "a keyword that no name can be": (
        MoveSetting(DEFAULT, ("OPTIONS", "poll"), ("OPTIONS", "a-b")),
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict(poll=True)}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": dict()}}\nDATABASES["default"]["OPTIONS"]["a-b"] = True\n',
    ),
    "a value over several lines moves": (
        TO_THE_ALIAS,
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"y": 2}}}\n'
         'DATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = (\n    30 + 30\n)\n'),
        'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"y": 2}, "CONN_MAX_AGE": 30 + 30}}\n',
    ),
    "an option, where others read what the dictionary is a copy of": (
        SetSetting(DEFAULT, ("OPTIONS", "pool"), True),
        ('OPTS = {"sslmode": "require"}\nOTHER = OPTS\n'
         'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": OPTS.copy()}}\n'),
        ('OPTS = {"sslmode": "require"}\nOTHER = OPTS\n'
         'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": OPTS.copy()}}\n'
         'DATABASES["default"]["OPTIONS"]["pool"] = True\n'),
    ),
    "around a helper where a line below would hold for more": (
        AGE,
        ('import os\nimport environ\nDATABASES = {\n    "default": environ.Env().db("U") if os.environ.get("A") else {"ENGINE": "e", '
         '"CONN_MAX_AGE": 5}\n}\n'),
        (
         'import os\n'
         'import environ\n'
         'DATABASES = {\n'
         '    "default": {\n'
         '        **environ.Env().db("U"),\n'
         '        "CONN_MAX_AGE": 60,\n'
         '    } if os.environ.get("A") else {"ENGINE": "e", "CONN_MAX_AGE": 5}\n'
         '}\n'),
    ),
    "a move out of a merge": (
        TO_THE_ALIAS,
        'DATABASES = {"default": {"ENGINE": "e"} | {"OPTIONS": {"CONN_MAX_AGE": 60}}}\n',
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": 60} | {}}\n',
    ),
    "into a dictionary that is empty": (
        AGE, 'DATABASES = {"default": {}}\n', 'DATABASES = {"default": {"CONN_MAX_AGE": 60}}\n',
    ),
    "an option where a URL may bring options or none": (
        SetSetting(DEFAULT, ("OPTIONS", "pool"), True),
        'import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n?sslmode=require")}\n',
        ('import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n?sslmode=require")}\n'
         'DATABASES["default"].setdefault("OPTIONS", {})["pool"] = True\n'),
    ),
    "below a key that is given by its name": (
        SetSetting(DEFAULT, ("CONN_HEALTH_CHECKS",), True),
        ('import dj_database_url\nKEY = "USER"\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\n'
         'DATABASES["default"][KEY] = "u"\n'),
        ('import dj_database_url\nKEY = "USER"\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\n'
         'DATABASES["default"][KEY] = "u"\nDATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n'),
    ),
    "a statement moves with its comment": (
        TO_THE_ALIAS,
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"y": 2}}}\n'
         'DATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = 60  # a minute\n'),
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"y": 2}}}\n'
         'DATABASES["default"]["CONN_MAX_AGE"] = 60  # a minute\n'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_it_is_written_as_its_neighbours_are(name: str, tmp_path: Path) -> None:
    action, before, after = WRITTEN[name]
    made = plan(project(tmp_path, {"settings.py": before}), Wish((action,)))
    assert changed(made) == ({"settings.py": after} if after else {}), [refusal.reason for refusal in made.refused]


MANY = 13
REFUSED: dict[str, tuple[Action, str, str]] = {
    "what is no literal, as a fall-back": (
        SetSetting(DEFAULT, ("CONN_MAX_AGE",), object()),
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("AGE", "5"))}}\n',
        "",
    ),
    "an entry that is listed thirteen times": (
        RemoveListItem("settings", "MIDDLEWARE", "gone"),
        LITERAL + f"MIDDLEWARE = {['gone'] * MANY}\n",
        "listed too often",
    ),
    "a setting that is written thirteen times": (
        AGE_OUT,
        LITERAL + "".join(f'DATABASES["default"]["CONN_MAX_AGE"] = {age}\n' for age in range(MANY)),
        "written too often",
    ),
    "a rename of what is written twice": (
        RENAMED,
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"poll": 1}}}\n'
         'DATABASES["default"]["OPTIONS"]["poll"] = 2\n'),
        "",
    ),
    "a value over several lines that only a statement could take": (
        TO_THE_ALIAS,
        ('import json\nDATABASES = {"default": json.load(open("x"))}\n'
         'DATABASES["default"]["OPTIONS"] = {}\n'
         'DATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = (\n    30 + 30\n)\n'),
        "",
    ),
    "a value over several lines that a helper does not take": (
        TO_THE_ALIAS,
        ('import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\n'
         'DATABASES["default"]["OPTIONS"] = {}\nDATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = (\n    30\n    + 30\n)\n'),
        "",
    ),
    "a statement with two comments": (
        TO_THE_ALIAS,
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"y": 2}}}\n'
         'DATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = (  # in seconds\n    60  # a minute\n)\n'),
        "no place was found",
    ),
    "a value with a comment inside and another behind": (
        TO_THE_ALIAS,
        ('DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {\n    "CONN_MAX_AGE": (30  # half\n    + 30),  # a minute\n'
         '    "y": 2,\n}}}\n'),
        "no place was found",
    ),
    "an option of options": (
        SetSetting(DEFAULT, ("CONN_MAX_AGE", "x"), 1), LITERAL, "",
    ),
    "a condition that begins behind another statement": (
        AGE,
        'import os\nx = 1; DATABASES = {"default": os.environ["A"]}\n',
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, tmp_path: Path) -> None:
    action, before, reason = REFUSED[name]
    made = plan(project(tmp_path, {"settings.py": before}), Wish((action,)))
    assert changed(made) == {}
    (refusal,) = made.refused
    assert reason in refusal.reason


def test_one_place_further_up_serves_both(tmp_path: Path) -> None:
    text = (
        'import dj_database_url\nBASE = dj_database_url.parse("postgres://h/n")\n'
        'DATABASES = {"default": BASE, "other": BASE.copy()}\nDATABASES["default"]["USER"] = "u"\n'
    )
    made = plan(project(tmp_path, {"settings.py": text}), want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60))
    assert changed(made) == {"settings.py": text.replace('/n")', '/n", conn_max_age=60)')}


def test_what_a_helper_made_twice_gets_a_line_below_each(tmp_path: Path) -> None:
    text = (
        'import environ\nBASE = environ.Env().db("U")\n'
        'DATABASES = {"default": BASE, "other": BASE.copy()}\nDATABASES["default"]["USER"] = "u"\n'
    )
    made = plan(project(tmp_path, {"settings.py": text}), want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60))
    lines = 'DATABASES["default"]["CONN_MAX_AGE"] = 60\nDATABASES["other"]["CONN_MAX_AGE"] = 60\n'
    assert changed(made) == {"settings.py": text + lines}


def test_two_entries_of_a_list_go_one_after_the_other(tmp_path: Path) -> None:
    text = LITERAL + 'MIDDLEWARE = ["a", "b", "c"]\n'
    wishes = [Wish((RemoveListItem("settings", "MIDDLEWARE", gone),)) for gone in ("a", "b")]
    made = plan(project(tmp_path, {"settings.py": text}), *wishes)
    assert changed(made) == {"settings.py": LITERAL + 'MIDDLEWARE = ["c"]\n'}


def test_moves_to_two_places_contradict_each_other(tmp_path: Path) -> None:
    text = 'DATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"poll": 1}}}\n'
    other = MoveSetting(DEFAULT, ("OPTIONS", "poll"), ("OPTIONS", "pull"))
    made = plan(project(tmp_path, {"settings.py": text}), Wish((RENAMED,)), Wish((other,)))
    assert changed(made) == {}
    assert all("wants something else of OPTIONS/poll" in refusal.reason for refusal in made.refused)
    again = plan(project(tmp_path, {"settings.py": text}), Wish((RENAMED,)), Wish((RENAMED,)))
    assert changed(again) == {"settings.py": text.replace("poll", "pool")}


def test_a_setting_of_another_file_moves_within_that_file(tmp_path: Path) -> None:
    files = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n',
        "base.py": LITERAL.replace('"e"', '"e", "OPTIONS": {"y": 2}') + 'DATABASES["default"]["USER"] = "u"\n',
        "settings.py": 'from base import *\nDATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = 60\n',
    }
    made = plan(project(tmp_path, files), Wish((TO_THE_ALIAS,)))
    assert changed(made) == {"settings.py": 'from base import *\n\nDATABASES["default"]["CONN_MAX_AGE"] = 60\n'}


def test_two_findings_that_want_one_statement_away_are_one_edit_and_parts_of_it_are_refused(tmp_path: Path) -> None:
    text = f"CONN_MAX_AGE = 60  # a minute\n{LITERAL}"
    whole = RemoveStatement(Location("settings.py", 1, 1, 1, 18, 0, 17))
    made = plan(project(tmp_path, {"settings.py": text}), Wish((whole,)), Wish((whole,)))
    assert changed(made) == {"settings.py": LITERAL}
    assert len(made.applied) == 2


def test_a_setting_does_not_move_below_what_stands_in_another_file(tmp_path: Path) -> None:
    files = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n',
        "base.py": 'import environ\nDATABASES = {"default": environ.Env().db("U")}\nDATABASES["default"]["OPTIONS"] = {}\n',
        "settings.py": (
            "from base import *\n"
            'DATABASES["default"]["OPTIONS"]["CONN_MAX_AGE"] = (  # in seconds\n    60  # a minute\n)\n'
        ),
    }
    assert changed(plan(project(tmp_path, files), Wish((TO_THE_ALIAS,)))) == {}


SHARED = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "production")\n',
    "base.py": 'D = {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}\nDATABASES = {"default": D}\n',
    "Dockerfile": "FROM python\nENV DJANGO_SETTINGS_MODULE=development\nCMD gunicorn shop.wsgi\n",
    "development.py": "from base import *\n",
    "production.py": 'from base import *\nDATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"\n',
}


def test_an_age_for_the_server_is_not_given_to_the_file_that_development_reads(tmp_path: Path) -> None:
    made = plan(project(tmp_path, SHARED), want(settings="production", CONN_MAX_AGE=60))
    assert changed(made) == {"production.py": SHARED["production.py"] + 'DATABASES["default"]["CONN_MAX_AGE"] = 60\n'}
    assert "CONN_MAX_AGE" not in executed(SHARED["base.py"])["DATABASES"]["default"]  # type: ignore[index]


def test_a_statement_and_a_part_of_it_are_not_taken_away_at_once(tmp_path: Path) -> None:
    block = "if True:\n    CONN_MAX_AGE = 60\n    CONN_HEALTH_CHECKS = True\n"
    start = block.index("CONN_MAX_AGE")
    whole = RemoveStatement(Location("settings.py", 1, 1, 3, 30, 0, len(block) - 1))
    part = RemoveStatement(Location("settings.py", 2, 5, 2, 22, start, start + len("CONN_MAX_AGE = 60")))
    made = plan(project(tmp_path, {"settings.py": block + LITERAL}), Wish((part,)), Wish((whole,)))
    assert changed(made) == {"settings.py": block.replace("    CONN_MAX_AGE = 60\n", "") + LITERAL}
    assert [(r.finding.fingerprint, r.reason) for r in made.refused] == [
        ("wish 1", "another finding's change touches the same place")
    ]


@pytest.mark.parametrize("terms", [250, 350, 450, 550, 900])
def test_however_long_a_sum_is_the_plan_ends(terms: int, tmp_path: Path) -> None:
    text = LITERAL + 'MIDDLEWARE = ["gone", "x", ' + " + ".join(['"a"'] * terms) + "]\n"
    made = plan(project(tmp_path, {"settings.py": text}), Wish((RemoveListItem("settings", "MIDDLEWARE", "gone"),)))
    assert changed(made) in ({}, {"settings.py": text.replace('"gone", ', "")})


def test_a_key_goes_below_an_assignment_to_two_places(tmp_path: Path) -> None:
    text = 'import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://h/n")}\nDATABASES["default"]["USER"] = NAME = "u"\n'
    made = plan(project(tmp_path, {"settings.py": text}), want(CONN_HEALTH_CHECKS=True))
    assert changed(made) == {"settings.py": text + 'DATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n'}


VIEW = "def f():\n    return g(\n        a,  # why\n        b,\n    )\n"


@pytest.mark.parametrize("comment", ["behind", "above"])
def test_a_comment_behind_what_a_rewrite_takes_away_goes_and_one_above_keeps_it(comment: str, tmp_path: Path) -> None:
    view = VIEW if comment == "behind" else VIEW.replace("        a,  # why", "        # why\n        a,")
    start, end = view.index("g("), len(view) - 1
    detail = tuple(encode([Step("put", start, end, (), "h()")]).items())
    action = RewriteCode(Location("views.py", 1, 1, 1, 1, 0, len(view)), "end-every-path", detail)
    made = plan(project(tmp_path, {"settings.py": LITERAL, "views.py": view}), Wish((action,)))
    assert changed(made) == ({"views.py": "def f():\n    return h()\n"} if comment == "behind" else {})
    assert [refusal.reason for refusal in made.refused] == ([] if comment == "behind" else ["a comment would be lost"])
