"""The same promises on MariaDB, and where it does something else than PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.code.kinds import CLOSED_PER_REQUEST, FAILURE_COMMITTED, LEFT_OPEN, NOT_RESTORED
from djconnfix.findings import Applicability
from tests.code.files import facts
from tests.code.regions import WRAPPED
from tests.code.test_on_postgresql import ATOMIC, BRANCHES, CLOSES, DIRTY, QUIET, after, answers, visited
from tests.rules.build import database, problems, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.mariadb import MariaDB
    from tests.servers.postgresql import Login

Visits = dict[str, list[dict[str, object]]]
SWITCHED = {n for n, text in BRANCHES.items() if facts(text, LEFT_OPEN)[0].detail["restored"] == "yes"}
BY_HAND = {name: before for name, (before, _) in WRAPPED.items()}


@pytest.fixture(scope="module")
def site(mariadb: MariaDB, mariadb_login: Login) -> Visits:
    """Everything before and after, in one run of the site."""
    texts: dict[str, str] = dict(QUIET)
    sets = (
        ("dirty", DIRTY, LEFT_OPEN),
        ("branch", BRANCHES, LEFT_OPEN),
        ("close", CLOSES, CLOSED_PER_REQUEST),
        ("atomic", ATOMIC, FAILURE_COMMITTED),
        ("hand", BY_HAND, NOT_RESTORED),
    )
    for kind, befores, fact in sets:
        afters = after(befores, fact)
        for name in befores:
            texts[f"{kind} before {name}"] = befores[name]
            texts[f"{kind} after {name}"] = afters[name]
    first = next(iter(ATOMIC))
    texts["not transactional MyISAM"] = texts[f"atomic after {first}"]
    return visited(mariadb_login, texts, vendor="mysql", watcher=mariadb.login("app"))


def of(site: Visits, start: str) -> Mapping[str, list[dict[str, object]]]:
    return {name: visits for name, visits in site.items() if name.startswith(start)}


@pytest.mark.parametrize("kind", ["dirty", "branch", "hand", "close"])
def test_before_the_connection_is_lost_or_the_transaction_stays(site: Visits, kind: str) -> None:
    found = of(site, f"{kind} before")
    assert found
    for name, visits in found.items():
        assert any(v["session"] != "idle" or v["reconnected"] or v["status"] == 500 for v in visits), name


@pytest.mark.parametrize("kind", ["dirty", "branch", "hand", "close"])
def test_after_every_request_ends_and_the_connection_is_kept(site: Visits, kind: str) -> None:
    found = of(site, f"{kind} after")
    assert found
    for name, visits in found.items():
        assert {visit["session"] for visit in visits} == {"idle"}, name
        assert not any(visit["reconnected"] for visit in visits), name


@pytest.mark.parametrize("kind", ["branch", "hand", "close"])
def test_what_requests_write_stays_what_it_was(site: Visits, kind: str) -> None:
    for name, visits in of(site, f"{kind} before").items():
        if name.removeprefix("branch before ") in SWITCHED:
            continue
        for was, now in zip(visits, site[name.replace(" before ", " after ")], strict=True):
            if was["status"] == now["status"]:
                assert was["rows"] == now["rows"], (name, was)


@pytest.mark.parametrize("name", sorted(SWITCHED))
def test_a_switch_inside_a_transaction_commits_so_that_no_branch_is_added_here(site: Visits, name: str) -> None:
    before, changed = (answers(site[f"branch {when} {name}"]) for when in ("before", "after"))
    assert sum(rows for _, rows in before) > sum(rows for _, rows in changed)
    for vendor, expected in (("mysql", Applicability.MANUAL), ("postgresql", Applicability.UNSAFE)):
        module = settings(database(ENGINE=f"django.db.backends.{vendor}"))
        (problem,) = problems("middleware-conditional-commit", module, code=tuple(facts(BRANCHES[name], LEFT_OPEN)))
        assert problem.remedy is not None
        assert problem.remedy.applicability is expected
        assert "switches autocommit on inside an open transaction" in problem.message


def test_before_a_failed_request_is_committed_and_after_it_is_not(site: Visits) -> None:
    for name, visits in of(site, "atomic before").items():
        assert dict(answers(visits))["fail"] == 1, name
    for name, visits in of(site, "atomic after").items():
        assert dict(answers(visits)) == {"read": 0, "write": 1, "fail": 0, "refuse": 1, "broken": 0, "stream": 1}, name


def test_tables_without_transactions_keep_what_failed(site: Visits) -> None:
    assert dict(answers(site["not transactional MyISAM"]))["fail"] == 1


def test_what_is_left_silent_leaves_nothing_behind(site: Visits) -> None:
    assert QUIET
    for name in QUIET:
        assert {visit["session"] for visit in site[name]} == {"idle"}, name


def test_at_repeatable_read_a_transaction_sees_only_the_past(mariadb: MariaDB, mariadb_login: Login) -> None:
    seen = {}
    with mariadb.connect(mariadb_login) as other, other.cursor() as writes:
        writes.execute("CREATE TABLE djc_seen (id int AUTO_INCREMENT PRIMARY KEY)")
        for level in ("REPEATABLE READ", "READ COMMITTED"):
            with mariadb.connect(mariadb_login, autocommit=False) as own, own.cursor() as reads:
                reads.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
                counts = []
                for _ in range(2):
                    reads.execute("SELECT count(*) FROM djc_seen")
                    counts.append(reads.fetchone()[0])
                    writes.execute("INSERT INTO djc_seen VALUES ()")
                seen[level] = counts[1] - counts[0]
    assert seen == {"REPEATABLE READ": 0, "READ COMMITTED": 1}


def test_a_change_of_the_schema_commits_what_came_before(mariadb: MariaDB, mariadb_login: Login) -> None:
    with mariadb.connect(mariadb_login, autocommit=False) as own, own.cursor() as cursor:
        cursor.execute("CREATE TABLE djc_first (id int)")
        cursor.execute("INSERT INTO djc_first VALUES (1)")
        cursor.execute("CREATE TABLE djc_second (id int)")
        own.rollback()
        cursor.execute("SELECT count(*) FROM djc_first")
        assert cursor.fetchone()[0] == 1


pytestmark = pytest.mark.servers
