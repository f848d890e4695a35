"""What the rewrites promise, shown by running middleware and views before and after against a real PostgreSQL."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from djconnfix.code.kinds import CLOSED_PER_REQUEST, FAILURE_COMMITTED, LEFT_OPEN, NOT_RESTORED, RAW_TRANSACTION
from tests.code.files import kinds, rewritten
from tests.code.regions import WRAPPED
from tests.code.shapes import BRANCHED, REWRITTEN, SILENT
from tests.code.test_closing import REMOVED
from tests.code.test_legacy import ROLLED_BACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.postgresql import Login

SITE = Path(__file__).with_name("site.py")
OTHER_ALIASES = {"S1-named-alias", "alias"}
USES_REMOVED = ("is_dirty()", "is_dirty(using", "enter_transaction_management", "TransactionMiddleware")


def runs_today(name: str, text: str) -> bool:
    body = text.partition("\n\n\n")[2]
    return name not in OTHER_ALIASES and not any(word in body for word in USES_REMOVED)


DIRTY = {name: before for name, (before, _) in REWRITTEN.items() if runs_today(name, before) and "queries" not in name}
BRANCHES = {name: before for name, (before, _) in BRANCHED.items() if name != "S13-named-alias"}
CLOSES = {name: before for name, (before, _) in REMOVED.items() if name != "function-of-functions"}
ATOMIC = {name: before for name, (before, _) in ROLLED_BACK.items() if name not in OTHER_ALIASES}
QUIET = {
    name: text
    for name, text in SILENT.items()
    if runs_today(name, text)
    and name.startswith(("S6", "S9", "S12-status", "S12-ternary", "S14", "S17", "S19", "finally", "match", "saved"))
}


def visited(
    login: Login, middleware: Mapping[str, str], *, vendor: str = "postgresql", watcher: Login | None = None
) -> dict[str, list[dict[str, object]]]:
    given = json.dumps(
        {
            "vendor": vendor,
            "login": dataclasses.asdict(login),
            "watcher": dataclasses.asdict(watcher or login),
            "options": {},
            "middleware": dict(middleware),
        }
    )
    done = subprocess.run(
        [sys.executable, str(SITE)], input=given, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def after(texts: Mapping[str, str], kind: str) -> dict[str, str]:
    made = {name: rewritten(text, kind) for name, text in texts.items()}
    assert all(isinstance(text, str) for text in made.values())
    return made  # type: ignore[return-value]


def answers(visits: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(visit["request"], visit["rows"]) for visit in visits]


def test_before_a_request_that_reads_loses_the_connection_or_fails(postgresql_login: Login) -> None:
    found = visited(postgresql_login, DIRTY)
    assert set(found) == set(DIRTY)
    for name, visits in found.items():
        reads = [visit for visit in visits if visit["request"] == "read"]
        assert any(visit["session"] == "none" or visit["status"] == 500 for visit in reads), name


def test_after_every_request_ends_and_the_connection_is_kept(postgresql_login: Login) -> None:
    found = visited(postgresql_login, after(DIRTY, LEFT_OPEN))
    for name, visits in found.items():
        assert {visit["session"] for visit in visits} == {"idle"}, name
        assert not any(visit["reconnected"] for visit in visits), name
        written = {visit["request"]: (visit["status"], visit["rows"]) for visit in visits}
        assert written["read"] == (200, 0), name
        assert written["write"] == (200, 1), name
        assert written["fail"][0] == 500, name


def test_what_requests_write_stays_what_it_was(postgresql_login: Login) -> None:
    before, changed = visited(postgresql_login, DIRTY), visited(postgresql_login, after(DIRTY, LEFT_OPEN))
    for name, visits in before.items():
        for was, now in zip(visits, changed[name], strict=True):
            if was["status"] == now["status"]:
                assert was["rows"] == now["rows"], (name, was)


def test_a_missing_branch_keeps_the_connection_and_what_was_written(postgresql_login: Login) -> None:
    before, changed = visited(postgresql_login, BRANCHES), visited(postgresql_login, after(BRANCHES, LEFT_OPEN))
    for name, visits in changed.items():
        assert {visit["session"] for visit in visits} == {"idle"}, name
        assert not any(visit["reconnected"] for visit in visits), name
        for was, now in zip(before[name], visits, strict=True):
            if was["status"] == now["status"]:
                assert was["rows"] == now["rows"], (name, was)


def test_a_policy_inside_the_dirty_test_still_holds(postgresql_login: Login) -> None:
    text = rewritten(REWRITTEN["S1-policy-inside-stays"][0], LEFT_OPEN)
    (visits,) = visited(postgresql_login, {"policy": str(text)}).values()
    rows = {visit["request"]: visit["rows"] for visit in visits}
    assert rows == {"read": 0, "write": 1, "fail": 0, "refuse": 0, "broken": 0, "stream": 1}


def test_before_a_failed_request_is_committed_and_after_it_is_not(postgresql_login: Login) -> None:
    before, changed = visited(postgresql_login, ATOMIC), visited(postgresql_login, after(ATOMIC, FAILURE_COMMITTED))
    for name in ATOMIC:
        was, now = dict(answers(before[name])), dict(answers(changed[name]))
        assert (was["fail"], was["broken"]) == (1, 1), name
        assert now == {"read": 0, "write": 1, "fail": 0, "refuse": 1, "broken": 0, "stream": 1}, name


def test_before_every_request_connects_and_after_none_does_again(postgresql_login: Login) -> None:
    before, changed = visited(postgresql_login, CLOSES), visited(postgresql_login, after(CLOSES, CLOSED_PER_REQUEST))
    for name in CLOSES:
        assert any(visit["session"] == "none" or visit["reconnected"] for visit in before[name]), name
        assert {visit["session"] for visit in changed[name]} == {"idle"}, name
        assert not any(visit["reconnected"] for visit in changed[name]), name
        assert answers(before[name]) == answers(changed[name]), name


def test_before_a_view_by_hand_loses_the_connection_and_after_it_does_not(postgresql_login: Login) -> None:
    by_hand = {name: before for name, (before, _) in WRAPPED.items()}
    before, changed = visited(postgresql_login, by_hand), visited(postgresql_login, after(by_hand, NOT_RESTORED))
    for name, visits in changed.items():
        assert any(visit["session"] == "none" or visit["reconnected"] for visit in before[name]), name
        assert {visit["session"] for visit in visits} == {"idle"}, name
        assert not any(visit["reconnected"] for visit in visits), name
        for was, now in zip(before[name], visits, strict=True):
            assert (was["status"], was["rows"]) == (now["status"], now["rows"]), (name, was)


RAW = {
    "begun": 'with connection.cursor() as cursor:\n        cursor.execute("BEGIN")\n        response = request.act()\n        cursor.execute("COMMIT")\n    return response',
    "committed-inside": 'with transaction.atomic():\n        response = request.act()\n        connection.cursor().execute("COMMIT")\n        if response.status_code == 400:\n            transaction.set_rollback(True)\n    return response',
}  # fmt: skip


def test_raw_sql_ends_otherwise_than_django_says(postgresql_login: Login) -> None:
    head = "from django.db import connection, transaction\n\n\ndef view(request):\n    "
    texts = {name: f"{head}{body}\n" for name, body in RAW.items()}
    assert all(kinds(text) == [RAW_TRANSACTION] for text in texts.values())
    found = visited(postgresql_login, texts)
    by_request = {name: {visit["request"]: visit for visit in visits} for name, visits in found.items()}
    assert by_request["begun"]["fail"]["session"] == "idle in transaction"
    assert by_request["committed-inside"]["refuse"]["rows"] == 1


def test_what_is_left_silent_leaves_nothing_behind(postgresql_login: Login) -> None:
    found = visited(postgresql_login, QUIET)
    for name, visits in found.items():
        assert {visit["session"] for visit in visits} == {"idle"}, name
        assert not any(visit["reconnected"] for visit in visits), name
    assert NOT_RESTORED not in QUIET


pytestmark = pytest.mark.servers
