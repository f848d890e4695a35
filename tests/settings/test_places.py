"""What a definition says stands somewhere: the text found there is what an edit replaces, and a reader looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.facts import Database
    from djconnfix.settings.evaluate import Evaluation
    from djconnfix.source import Location

ALIAS = 'DATABASES = {"default": {"ENGINE": PG}}\n'
URL = '"postgres://h/d"'
HELPER = "import dj_database_url\n"


def found(tmp_path: Path, body: str) -> tuple[Evaluation, Database, str]:
    text = HEAD + body
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    return evaluation, evaluation.databases()[0], text


def at(text: str, location: Location | None) -> str | None:
    return None if location is None else text[location.start : location.end]


# The value of CONN_MAX_AGE, and what of the key is written there.
VALUES: dict[str, tuple[str, str, str | None]] = {
    "assigned": (ALIAS + 'DATABASES["default"]["CONN_MAX_AGE"] = 60', "60", 'DATABASES["default"]["CONN_MAX_AGE"]'),
    "assigned with others": (
        ALIAS + 'NAME, DATABASES["default"]["CONN_MAX_AGE"] = "n", 60', "60", 'DATABASES["default"]["CONN_MAX_AGE"]',
    ),
    "taken apart": (
        ALIAS + 'PAIR = ("n", 60)\nNAME, DATABASES["default"]["CONN_MAX_AGE"] = PAIR', "PAIR",
        'DATABASES["default"]["CONN_MAX_AGE"]',
    ),
    "by name": (ALIAS + 'AGE = 60\nDATABASES["default"]["CONN_MAX_AGE"] = AGE', "AGE", 'DATABASES["default"]["CONN_MAX_AGE"]'),
    "a keyword of update": (ALIAS + 'DATABASES["default"].update(CONN_MAX_AGE=60)', "60", "CONN_MAX_AGE=60"),
    "a dictionary for update": (ALIAS + 'DATABASES["default"].update({"CONN_MAX_AGE": 60})', "60", '"CONN_MAX_AGE"'),
    "pairs for update": (ALIAS + 'DATABASES["default"].update([("CONN_MAX_AGE", 60)])', '[("CONN_MAX_AGE", 60)]', None),
    "a keyword of dict": ("DATABASES = dict(default=dict(ENGINE=PG, CONN_MAX_AGE=60))", "60", "CONN_MAX_AGE=60"),
    "merged": (ALIAS + 'DATABASES["default"] |= {"CONN_MAX_AGE": 60}', "60", '"CONN_MAX_AGE"'),
    "setdefault": (ALIAS + 'DATABASES["default"].setdefault("CONN_MAX_AGE", 60)', "60", None),
    "setdefault by keyword": (ALIAS + 'DATABASES["default"].setdefault("CONN_MAX_AGE", default=60)', "60", None),
    "setdefault without a value": (
        ALIAS + 'DATABASES["default"].setdefault("CONN_MAX_AGE")', 'DATABASES["default"].setdefault("CONN_MAX_AGE")', None,
    ),
    "setdefault behind a star": (
        ALIAS + 'KEY = ("CONN_MAX_AGE",)\nDATABASES["default"].setdefault(*KEY, 60)',
        'DATABASES["default"].setdefault(*KEY, 60)', None,
    ),
    "__setitem__": (ALIAS + 'DATABASES["default"].__setitem__("CONN_MAX_AGE", 60)', "60", None),
    "a helper's keyword": (
        HELPER + f'DATABASES = {{"default": dj_database_url.parse({URL}, conn_max_age=60)}}', "60", "conn_max_age=60",
    ),
    "a helper's position": (
        HELPER + f'DATABASES = {{"default": dj_database_url.parse({URL}, None, 60)}}', "60", None,
    ),
    "a helper's position behind a star": (
        HELPER + f'URL = ({URL}, None)\nDATABASES = {{"default": dj_database_url.parse(*URL, 60)}}', "60", None,
    ),
    "a helper's position behind a name": (
        HELPER + f'DATABASES = {{"default": dj_database_url.config("URL", {URL}, None, 60)}}', "60", None,
    ),
    "a helper's own": (HELPER + f'DATABASES = {{"default": dj_database_url.parse({URL})}}', "None", None),
}  # fmt: skip


@pytest.mark.parametrize(("body", "value", "key"), VALUES.values(), ids=VALUES)
def test_a_setting_stands_where_it_is_written(tmp_path: Path, body: str, value: str, key: str | None) -> None:
    _, database, text = found(tmp_path, body + "\n")
    assert str(at(text, database.conn_max_age.location)) == value
    assert at(text, database.key_locations.get("CONN_MAX_AGE")) == key
