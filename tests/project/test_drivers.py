"""What replaces a driver, and what only looks like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.project.drivers import replaced_driver
from djconnfix.project.files import discover

if TYPE_CHECKING:
    from pathlib import Path

REPLACED = {
    "a pool in the driver's place": 'import sys, psycopg2\nsys.modules["psycopg2"] = pool.manage(psycopg2)\n',
    "the driver's connect": "import psycopg2\npsycopg2.connect = pooled\n",
    "a part of the driver, under another name": "from psycopg2 import extensions as e\ne.Connection = Pooled\n",
    "the module that Django's engine connects with": (
        "from django.db.backends.postgresql import base\nbase.Database = pool.manage(base.Database)\n"
    ),
    "the method that Django's engine connects with": (
        "import django.db.backends.mysql.base\n"
        "django.db.backends.mysql.base.DatabaseWrapper.get_new_connection = borrow\n"
    ),
}
LEFT = {
    "another driver under its name": 'import sys, pymysql\nsys.modules["MySQLdb"] = pymysql\n',
    "another driver, by its own function": "import pymysql\npymysql.install_as_MySQLdb()\n",
    "a version to please Django": 'import pymysql\npymysql.version_info = (2, 2, 7, "final", 0)\n',
    "another module": 'import sys, psycopg2\nsys.modules["settings_of_psycopg2"] = make()\n',
    "a connect of something else": "import psycopg2\nbroker = Broker()\nbroker.connect = psycopg2\n",
    "a name that happens to be a driver's": "psycopg2 = Settings()\npsycopg2.connect = True\n",
    "a setting of Django's": "from django.db import backends\nDATABASES = {}\n",
    "text": '"""\nimport psycopg2\npsycopg2.connect = pooled\n"""\n',
    "what does not parse": "import psycopg2\npsycopg2.connect = pooled)\n",
}


def found(root: Path, text: str) -> int:
    (root / "settings.py").write_text(text, encoding="utf-8")
    location = replaced_driver(discover(root), ["settings.py"])
    return location.line if location else 0


@pytest.mark.parametrize("text", REPLACED.values(), ids=REPLACED)
def test_a_replaced_driver_is_seen(text: str, tmp_path: Path) -> None:
    assert found(tmp_path, text) == 2


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_what_replaces_none_is_not(text: str, tmp_path: Path) -> None:
    assert found(tmp_path, text) == 0
