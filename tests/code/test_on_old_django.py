"""The removed API on the Django that has it: run where Python 2.7 and such a Django are at hand.

`DJCONNFIX_OLD_DJANGO` lists folders that each hold a Django (1.2 to 1.7) and psycopg2; `DJCONNFIX_PYTHON27` names the
interpreter, unless `python2.7` is on the path.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from djconnfix.code.kinds import LEFT_OPEN, REMOVED_API
from tests.code.files import rewritten
from tests.code.shapes import REWRITTEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.postgresql import Login

SITE = Path(__file__).with_name("old_site.py")
PYTHON = os.environ.get("DJCONNFIX_PYTHON27") or shutil.which("python2.7") or ""
DJANGOS = [folder for folder in os.environ.get("DJCONNFIX_OLD_DJANGO", "").split(os.pathsep) if folder]
HEAD = "from django.db import transaction\n\n\n"
OLD = ("S2-managed-guard-stays", "S3-only-that-operand-goes")
COPY = """
class Middleware(object):
    def process_request(self, request):
        transaction.enter_transaction_management()
        transaction.managed(True)

    def process_exception(self, request, exception):
        if transaction.is_dirty():
            transaction.rollback()
        transaction.leave_transaction_management()

    def process_response(self, request, response):
        if transaction.is_managed():
            if transaction.is_dirty():
                transaction.commit()
            transaction.leave_transaction_management()
        return response
"""
VIEW = """
{decorator}def view(request):
    try:
        response = request.act()
    except Exception:
        transaction.rollback()
        raise
    else:
        transaction.commit()
    return response
"""

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not (PYTHON and DJANGOS), reason="no Python 2.7 with a Django up to 1.7 at hand"),
]


def texts() -> dict[str, str]:
    found = {"copy": HEAD + COPY.strip() + "\n"}
    for name in OLD:
        found[name] = HEAD + REWRITTEN[name][0].partition("\n\n\n")[2]
    return found


def visited(django: str, login: Login, middleware: Mapping[str, str], views: Mapping[str, str]) -> tuple[str, dict]:  # type: ignore[type-arg]
    given = json.dumps({"login": dataclasses.asdict(login), "middleware": dict(middleware), "views": dict(views)})
    done = subprocess.run(
        [PYTHON, str(SITE)], input=given, capture_output=True, text=True, check=False, timeout=120,
        env={"PYTHONPATH": django, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["django"], answer["found"]


@pytest.mark.parametrize("django", DJANGOS, ids=[Path(folder).name for folder in DJANGOS])
def test_the_old_middleware_before_and_after(django: str, postgresql_login: Login) -> None:
    before = texts()
    after = {f"after {name}": str(rewritten(text, LEFT_OPEN)) for name, text in before.items()}
    version, found = visited(django, postgresql_login, {**before, **after}, {})
    for name in before:
        was, now = found[name], found[f"after {name}"]
        number = tuple(map(int, version.split(".")))
        reads = {visit[3] for visit in was if visit[0] == "read"}
        # Up to 1.2 only writes set the flag; since 1.3 every query does.
        assert reads == {"idle in transaction" if number < (1, 3) else "idle"}, (version, name, was)
        # Since 1.6 `is_managed()` answers None, and what stands behind it never runs.
        assert {visit[0]: visit[2] for visit in was}["write"] == (1 if number < (1, 6) else 0), (version, name)
        assert {visit[3] for visit in now} == {"idle"}, (version, name, now)
        for one, other in zip(was, now, strict=True):
            assert one[1] != other[1] or one[2] == other[2], (version, name, one, other)


@pytest.mark.parametrize("django", DJANGOS, ids=[Path(folder).name for folder in DJANGOS])
def test_commit_manually_and_the_block_that_takes_its_place(django: str, postgresql_login: Login) -> None:
    before = HEAD + VIEW.format(decorator="@transaction.commit_manually\n").strip() + "\n"
    after = str(rewritten(before, REMOVED_API))
    assert "with transaction.atomic():" in after
    version, found = visited(django, postgresql_login, {}, {"before": before})
    if tuple(map(int, version.split("."))) >= (1, 6):
        _, changed = visited(django, postgresql_login, {}, {"after": after})
        assert [visit[:3] for visit in changed["after"]] == [visit[:3] for visit in found["before"]]
        assert {visit[3] for visit in changed["after"]} == {"idle"}
