"""The sum of connections, line by line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from djconnfix.budget import budget
from tests.rules.build import CELERY, GEVENT, ORACLE, SYNC, THREADS, UVICORN, at, database, unseen

if TYPE_CHECKING:
    from djconnfix.facts import Server

POOL = database(options={"pool": {"min_size": 1, "max_size": 5}})


def on(platform: str, server: Server) -> Server:
    """Return a server as a platform starts it."""
    return replace(server, platform=platform, location=at(platform))


@pytest.mark.parametrize(
    ("alias", "servers", "total", "complete"),
    [
        pytest.param(database(), (), 0, True, id="nobody"),
        pytest.param(database(), (SYNC,), 2, True, id="processes"),
        pytest.param(database(), (THREADS,), 8, True, id="threads"),
        pytest.param(database(), (replace(THREADS, replicas=3),), 24, True, id="replicas"),
        pytest.param(database(), (SYNC, THREADS, CELERY), 14, True, id="several-servers"),
        pytest.param(database(), (replace(SYNC, processes=None),), 1, False, id="processes-unknown"),
        pytest.param(database(), (UVICORN,), 1, False, id="asgi-has-no-limit"),
        pytest.param(database(), (GEVENT,), 2, False, id="greenlets-have-no-limit"),
        pytest.param(POOL, (THREADS,), 10, True, id="pool"),
        pytest.param(POOL, (UVICORN,), 5, True, id="pool-limits-asgi"),
        pytest.param(POOL, (CELERY,), 4, True, id="workers-do-not-keep-a-pool"),
        pytest.param(database(options={"pool": True}), (SYNC,), 8, True, id="pool-of-four"),
        pytest.param(database(options={"pool": {"timeout": 3}}), (SYNC,), 8, True, id="sizes-by-default"),
        pytest.param(database(options={"pool": {"min_size": 6}}), (SYNC,), 12, True, id="maximum-is-minimum"),
        pytest.param(database(options={"pool": True}, ENGINE=ORACLE), (SYNC,), 4, True, id="oracle-pool-of-two"),
        pytest.param(database(options={"pool": {"max_size": unseen()}}), (SYNC,), 2, False, id="size-out-of-sight"),
        pytest.param(database(), (replace(SYNC, development=True),), 0, True, id="development"),
        pytest.param(database(), (THREADS, replace(THREADS, part_of=at("Procfile"))), 8, True, id="counted-once"),
        pytest.param(
            database(), (CELERY, replace(THREADS, part_of=at("Dockerfile"))), 12, True, id="its-command-serves-others"
        ),
        pytest.param(
            database(),
            (THREADS, replace(THREADS, part_of=at("Dockerfile"), also_part_of=(at("Procfile"),))),
            8,
            True,
            id="the-second-command-that-uses-it-serves-this",
        ),
        pytest.param(
            database(),
            (replace(SYNC, development=True), replace(THREADS, location=at("g.py"), part_of=SYNC.location)),
            8,
            True,
            id="its-command-is-development",
        ),
        pytest.param(database(), (on("Procfile", SYNC), on("Dockerfile", THREADS)), 8, True, id="two-ways-to-deploy"),
        pytest.param(
            database(), (on("Procfile", SYNC), on("Procfile", THREADS)), 10, True, id="two-servers-of-one-platform"
        ),
        pytest.param(
            database(),
            (on("Procfile", SYNC), on("Procfile", CELERY), on("Dockerfile", THREADS)),
            12,
            True,
            id="the-worker-of-the-other-way-counts",
        ),
        pytest.param(
            database(),
            (on("Procfile", replace(SYNC, processes=None)), on("Dockerfile", THREADS)),
            8,
            True,
            id="the-way-that-is-not-seen-whole-holds-fewer",
        ),
        pytest.param(database(), (replace(SYNC, replicas_seen=False),), 2, False, id="replicas-out-of-sight"),
        pytest.param(
            database(),
            (on("Procfile", SYNC), on("Dockerfile", replace(THREADS, application="other.wsgi"))),
            10,
            True,
            id="another-application",
        ),
    ],
)
def test_sum(alias: object, servers: tuple[object, ...], total: int, complete: bool) -> None:
    found = budget(alias, servers)  # type: ignore[arg-type]
    assert (found.total, found.complete) == (total, complete)


def test_one_connection_is_one() -> None:
    assert budget(database(), (replace(SYNC, processes=1),)).line.startswith("1 connection may stand open then")


def test_a_person_can_follow_it() -> None:
    found = budget(database(), (replace(THREADS, replicas=3),))
    assert [because.text for because in found.because] == [
        "2 × 4 threads × 3 replicas = 24: gunicorn (WSGI, gthread, 2 processes, 4 threads each, 3 replicas)"
    ]


def test_the_other_way_to_deploy_is_named() -> None:
    found = budget(database(), (on("Procfile", SYNC), on("Dockerfile", THREADS)))
    assert [each.location.path for each in found.because if each.location] == ["Dockerfile"]
    assert [each.location.path for each in found.instead if each.location] == ["Procfile"]
    assert found.instead[0].text.startswith("not added, as it is another way to deploy the same: 2 × 1 thread = 2")


def test_a_sum_is_that_of_its_servers_and_limit_however_often_it_is_asked_for() -> None:
    alias = database()
    few, many = (SYNC,), (THREADS, SYNC)
    for _ in range(2):
        assert [budget(alias, servers, limit).total for servers in (few, many) for limit in (0, 5)] == [2, 2, 10, 10]
        assert [budget(alias, many, limit).limit for limit in (0, 5)] == [97, 2]
    assert budget(alias, few) is budget(alias, few)
