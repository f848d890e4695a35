"""The middleware that docs/guides/legacy-transaction-middleware.md recommends, run by Django on requests that end each way."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.pages import BLOCKS

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
import json, sys, types
import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

def add(name):
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO item (name) VALUES (%s)", [name])

def written(request):
    add("written")
    return HttpResponse()

def failed(request):
    add("failed")
    return HttpResponse(status=503)

def raised(request):
    add("raised")
    raise ValueError

def read(request):
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM item")
    return HttpResponse()

urlpatterns = [path(view.__name__, view) for view in (written, failed, raised, read)]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1], "CONN_MAX_AGE": 60}},
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=["guide.TransactionMiddleware"], LOGGING_CONFIG=None,
)
guide = sys.modules["guide"] = types.ModuleType("guide")
exec(sys.stdin.read(), guide.__dict__)
django.setup()

from django.db import connection
from django.test import Client

with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE item (name text)")
client = Client(raise_request_exception=False)
ends = {}
for view in ("written", "read", "failed", "raised", "written"):
    status = client.get("/" + view).status_code
    ends.setdefault(view, []).append([status, connection.get_autocommit(), connection.connection.in_transaction])
connection.close()
with connection.cursor() as cursor:
    cursor.execute("SELECT name FROM item")
    print(json.dumps({"ends": ends, "rows": [name for (name,) in cursor.fetchall()]}))
"""


def test_every_request_ends_in_commit_or_rollback_and_with_autocommit_on(tmp_path: Path) -> None:
    [block] = [
        each for each in BLOCKS if each.page.endswith("legacy-transaction-middleware.md") and "status_code" in each.text
    ]
    done = subprocess.run(
        [sys.executable, "-c", SITE, str(tmp_path / "db")],
        input=block.text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rows"] == ["written", "written"]
    assert told["ends"] == {
        "written": [[200, True, False], [200, True, False]],
        "read": [[200, True, False]],
        "failed": [[503, True, False]],
        "raised": [[500, True, False]],
    }
