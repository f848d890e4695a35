"""DCF103 and DCF104: an age under ASGI or greenlets is set to 0 only where that is proven to be right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import MISSING, PoolMode, Role, Serving
from djconnfix.findings import Applicability, SetSetting, Severity
from tests.rules.build import (
    CELERY,
    GEVENT,
    MYSQL,
    RUNSERVER,
    SQLITE,
    SYNC,
    THREADS,
    UVICORN,
    database,
    packages,
    pgbouncer,
    problems,
    read,
    settings,
    unseen,
)

ASGI, GREENLETS = "conn-max-age-asgi", "conn-max-age-greenlets"
WHERE = [pytest.param(ASGI, UVICORN, id="asgi"), pytest.param(GREENLETS, GEVENT, id="greenlets")]


@pytest.mark.parametrize(("rule", "server"), WHERE)
@pytest.mark.parametrize(
    "alias",
    [
        pytest.param(database(), id="default"),
        pytest.param(database(CONN_MAX_AGE=0), id="zero"),
        pytest.param(database(CONN_MAX_AGE=-1), id="negative"),
        pytest.param(database(CONN_MAX_AGE=read("AGE", 0)), id="variable-with-default-zero"),
        pytest.param(database(CONN_MAX_AGE=unseen()), id="out-of-sight"),
        pytest.param(database(CONN_MAX_AGE=60, ENGINE=SQLITE), id="sqlite"),
        pytest.param(database(CONN_MAX_AGE=60, options={"pool": True}), id="pool-with-conn-max-age-says-it"),
        pytest.param(database(CONN_MAX_AGE=60, ENGINE="django_db_geventpool.backends.postgis"), id="pooling-engine"),
        pytest.param(database(MAX_CONN_AGE=60), id="misspelt"),
        pytest.param(database(ENGINE=None), id="no-engine-and-no-age"),
    ],
)
def test_nothing_is_said_of(rule: str, server: object, alias: object) -> None:
    assert problems(rule, settings(alias, servers=(server,))) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", [ASGI, GREENLETS])
@pytest.mark.parametrize(
    "module",
    [
        pytest.param(settings(database(CONN_MAX_AGE=60)), id="nobody-says-who-serves"),
        pytest.param(settings(database(CONN_MAX_AGE=60), servers=(THREADS, SYNC)), id="wsgi"),
        pytest.param(settings(database(CONN_MAX_AGE=60), servers=(CELERY,)), id="workers"),
        pytest.param(
            settings(database(CONN_MAX_AGE=60), servers=(replace(UVICORN, development=True),)), id="dev-server"
        ),
        pytest.param(settings(database(CONN_MAX_AGE=60), servers=(RUNSERVER,)), id="runserver"),
        pytest.param(
            settings(database(CONN_MAX_AGE=60), servers=(UVICORN, GEVENT), role=Role.TEST), id="test-settings"
        ),
        pytest.param(settings(database(CONN_MAX_AGE=60), assumed="wsgi", servers=(UVICORN,)), id="option-wins"),
    ],
)
def test_nothing_is_said_without_evidence(rule: str, module: object) -> None:
    assert problems(rule, module) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("rule", "server"), WHERE)
@pytest.mark.parametrize("age", [60, None, 0.5, True], ids=str)
def test_safe_where_proven(rule: str, server: object, age: object) -> None:
    alias = database(CONN_MAX_AGE=age, ENGINE=MYSQL)
    (problem,) = problems(rule, settings(alias, servers=(server,)))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE
    assert problem.remedy.actions == (SetSetting(alias.key, ("CONN_MAX_AGE",), 0),)
    assert any(because.location == server.location for because in problem.because)  # type: ignore[attr-defined]


@pytest.mark.parametrize("django", [(), (3, 2)], ids=str)
def test_the_version_decides_under_asgi_only(django: tuple[int, ...]) -> None:
    alias = database(CONN_MAX_AGE=60)
    (asgi,) = problems(ASGI, settings(alias, servers=(UVICORN,), django=django))
    (gevent,) = problems(GREENLETS, settings(alias, servers=(GEVENT,), django=django))
    assert asgi.remedy is not None
    assert gevent.remedy is not None
    assert asgi.remedy.applicability is Applicability.UNSAFE
    assert gevent.remedy.applicability is Applicability.SAFE


def test_only_the_default_of_a_variable_changes_and_not_by_itself() -> None:
    (problem,) = problems(ASGI, settings(database(CONN_MAX_AGE=read("DB_AGE", 60)), servers=(UVICORN,)))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE
    assert "DB_AGE" in problem.remedy.why


def test_a_variable_without_default_is_a_warning_for_a_person() -> None:
    (problem,) = problems(ASGI, settings(database(CONN_MAX_AGE=read("DB_AGE", MISSING)), servers=(UVICORN,)))
    assert problem.remedy is not None
    assert problem.severity is Severity.WARNING
    assert problem.remedy.applicability is Applicability.MANUAL


@pytest.mark.parametrize("servers", [(SYNC, UVICORN), (GEVENT, UVICORN)], ids=["wsgi-and-asgi", "greenlets-and-asgi"])
def test_a_person_decides_for_servers_of_two_kinds(servers: object) -> None:
    (problem,) = problems(ASGI, settings(database(CONN_MAX_AGE=60), servers=servers))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL


@pytest.mark.parametrize(("rule", "server"), WHERE)
def test_unsafe_beside_a_server_of_unknown_kind(rule: str, server: object) -> None:
    unknown = replace(SYNC, kind=Serving.UNKNOWN)
    (problem,) = problems(rule, settings(database(CONN_MAX_AGE=60), servers=(server, unknown)))  # type: ignore[arg-type]
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.UNSAFE


def test_a_session_pooler_wants_no_age_whoever_serves() -> None:
    behind = settings(
        database(CONN_MAX_AGE=60, HOST="pgbouncer"), servers=(UVICORN,), poolers=(pgbouncer(PoolMode.SESSION),)
    )
    (problem,) = problems(ASGI, behind)
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.SAFE


def test_a_dictionary_that_wsgi_settings_read_too_is_left() -> None:
    asgi = settings(database(CONN_MAX_AGE=60), servers=(UVICORN,))
    wsgi = replace(
        settings(database(CONN_MAX_AGE=60, module="shop.wsgi_settings"), servers=(SYNC,)), module="shop.wsgi_settings"
    )
    (problem,) = problems(ASGI, asgi, wsgi)
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL


@pytest.mark.parametrize(
    ("installs", "django", "offered"),
    [
        (packages("psycopg[pool]"), (5, 1), True),
        (packages("psycopg[pool]"), (5, 0), False),
        (packages("psycopg2"), (5, 2), False),
        (packages(), (5, 2), False),
    ],
)
def test_the_pool_is_named_only_where_django_has_one(installs: object, django: tuple[int, ...], offered: bool) -> None:
    module = settings(database(CONN_MAX_AGE=60), servers=(UVICORN,), django=django, installs=installs)  # type: ignore[arg-type]
    (problem,) = problems(ASGI, module)
    assert problem.remedy is not None
    assert ("pool" in problem.remedy.instructions) is offered
