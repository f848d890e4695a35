"""Which ways are tried, what each changes, and which cannot work."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from djconnfix.facts import PoolMode
from djconnfix.probe.compare import plan
from djconnfix.probe.compare.plan import TODAY, Around, Change, Pooler, trials
from djconnfix.probe.target import Endpoint, Target

POSTGRESQL, MYSQL = "django.db.backends.postgresql", "django.db.backends.mysql"
BOUNCER = Endpoint("bouncer", 6432)


def target(engine: str = POSTGRESQL, *, alias: str = "default", driver: str = "psycopg", **settings: Any) -> Target:
    loaded = {
        "ENGINE": engine,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {},
        "PASSWORD": "canary-password",
        **settings,
    }
    vendor = engine.rpartition(".")[2]
    return Target(alias, vendor, driver, cast("Any", SimpleNamespace()), {}, loaded, (Endpoint("db", 5432),))


def around(**changes: Any) -> Around:
    return Around(**{"asgi": False, "threads": 4, "django": (5, 2), **changes})


def tried(*targets: Target, **changes: Any) -> dict[str, tuple[Change, ...]]:
    return {trial.name: trial.changes for trial in trials(targets, around(**changes))[0]}


def not_tried(*targets: Target, **changes: Any) -> dict[str, str]:
    return {each.name: each.why for each in trials(targets, around(**changes))[1]}


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    packages = {"dj_db_conn_pool", "psycopg_pool"}
    monkeypatch.setattr(plan, "find_spec", lambda name: name if name in packages else None)
    return packages


@pytest.mark.parametrize(
    ("made", "changes", "name", "why"),
    [
        (target(MYSQL), {}, "pool", "not for mysql (default)"),
        (target(), {"django": (5, 0)}, "pool", "Django has a pool for postgresql from 5.1 on"),
        (target(driver="psycopg2"), {}, "pool", "it needs psycopg 3"),
        (
            target(),
            {"asgi": True},
            "persistent",
            "under ASGI each request runs on a thread of its own, so that no kept connection is used again",
        ),
        (target("django.db.backends.oracle"), {}, "sqlalchemy-pool", "not for oracle (default)"),
        (
            target("company.backends.postgresql"),
            {},
            "sqlalchemy-pool",
            "django-db-connection-pool has no engine for it",
        ),
        (target(), {}, "pgbouncer-transaction", "no PgBouncer was named (--through HOST:PORT)"),
        (
            target(),
            {"pooler": Pooler(BOUNCER, PoolMode.SESSION)},
            "pgbouncer-transaction",
            "bouncer:6432 is in session mode",
        ),
        (
            target(),
            {"pooler": Pooler(BOUNCER, None)},
            "pgbouncer-session",
            "the mode of bouncer:6432 could not be told",
        ),
        (target(MYSQL), {"pooler": Pooler(BOUNCER, None)}, "pgbouncer-session", "not for mysql (default)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_work_is_not_tried(made: Target, changes: dict[str, Any], name: str, why: str) -> None:
    assert not_tried(made, **changes)[name] == why
    assert name not in tried(made, **changes)


def test_what_is_not_installed_is_not_tried(installed: set[str]) -> None:
    installed.clear()
    others = not_tried(target())
    assert others["pool"] == "psycopg_pool is not installed (psycopg[pool])"
    assert others["sqlalchemy-pool"] == "django-db-connection-pool is not installed"


def test_one_alias_that_cannot_is_enough() -> None:
    assert not_tried(target(), target(MYSQL, alias="legacy"))["pool"] == "not for mysql (legacy)"


def test_todays_settings_come_first_and_are_marked() -> None:
    found, _ = trials([target(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)], around())
    assert [(trial.name, trial.today) for trial in found] == [
        ("persistent", True),
        ("close-per-request", False),
        ("pool", False),
        ("sqlalchemy-pool", False),
    ]


def test_settings_that_are_no_strategy_are_tried_as_they_are() -> None:
    found, _ = trials([target(CONN_MAX_AGE=60)], around())
    assert (found[0].name, found[0].changes, found[0].today) == (TODAY, (), True)
    assert tried(target(CONN_MAX_AGE=60))["persistent"] == (Change("default", ("CONN_HEALTH_CHECKS",), True),)


@pytest.mark.parametrize(
    ("made", "name", "changes"),
    [
        (
            target(),
            "persistent",
            {Change("default", ("CONN_MAX_AGE",), 60), Change("default", ("CONN_HEALTH_CHECKS",), True)},
        ),
        (
            target(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True),
            "close-per-request",
            {Change("default", ("CONN_MAX_AGE",), 0), Change("default", ("CONN_HEALTH_CHECKS",), False)},
        ),
        (
            target(OPTIONS={"pool": True}, CONN_HEALTH_CHECKS=True),
            "close-per-request",
            {
                Change("default", ("CONN_HEALTH_CHECKS",), False),
                Change("default", ("OPTIONS", "pool"), remove=True),
            },
        ),
        (
            target("dj_db_conn_pool.backends.postgresql"),
            "persistent",
            {
                Change("default", ("ENGINE",), POSTGRESQL),
                Change("default", ("CONN_MAX_AGE",), 60),
                Change("default", ("CONN_HEALTH_CHECKS",), True),
            },
        ),
    ],
    ids=["an age", "no age any more", "no pool any more", "Django's engine again"],
)
def test_what_a_way_changes(made: Target, name: str, changes: set[Change]) -> None:
    assert set(tried(made)[name]) == changes


def test_pools_have_room_for_every_thread() -> None:
    found = tried(target())
    pool = {"min_size": 1, "max_size": 4, "timeout": 10}
    assert [repr(each) for each in found["pool"]] == [
        repr(Change("default", ("CONN_HEALTH_CHECKS",), True)),
        repr(Change("default", ("OPTIONS", "pool"), pool)),
    ]
    engine, options = found["sqlalchemy-pool"]
    assert engine.value == "dj_db_conn_pool.backends.postgresql"
    assert options.value == {"POOL_SIZE": 4, "MAX_OVERFLOW": 0, "TIMEOUT": 10}


def test_a_pool_that_is_there_keeps_its_size() -> None:
    found = tried(target(OPTIONS={"pool": {"max_size": 9}}, CONN_HEALTH_CHECKS=True))
    assert found["pool"] == ()


@pytest.mark.parametrize(("asgi", "age"), [(False, 60), (True, None)], ids=["WSGI", "ASGI"])
def test_a_transaction_mode_pooler(asgi: bool, age: int | None) -> None:
    pooler = Pooler(BOUNCER, PoolMode.TRANSACTION)
    found = {each.path: each.value for each in tried(target(), asgi=asgi, pooler=pooler)["pgbouncer-transaction"]}
    assert (found["HOST",], found["PORT",]) == ("bouncer", 6432)
    assert found["DISABLE_SERVER_SIDE_CURSORS",] is True
    assert found.get(("CONN_MAX_AGE",)) == age


def test_the_most_connections_are_told_where_they_are_known() -> None:
    found, _ = trials([target(), target(alias="replica")], around())
    assert {trial.name: trial.most for trial in found} == {
        "close-per-request": 8,
        "persistent": 8,
        "pool": 8,
        "sqlalchemy-pool": 8,
    }
    found, _ = trials([target()], around(asgi=True))
    assert {trial.name: trial.most for trial in found}["close-per-request"] == 0


def test_no_secret_is_in_a_plan() -> None:
    assert "canary" not in repr(trials([target()], around()))
