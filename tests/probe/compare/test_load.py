"""Requests, phases, handlers, sockets: the parts of a trial that need no server."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from typing import Any

import pytest

from djconnfix.probe.compare.handlers import Site, asgi_request, wsgi_request
from djconnfix.probe.compare.load import Phase, Tasks, Threads
from djconnfix.probe.compare.outcome import Outcome, quantile
from djconnfix.probe.compare.sockets import cut, peers

SITE = Site("shop.example", secure=True)


@pytest.mark.parametrize(
    ("times", "share", "expected"),
    [([], 0.5, 0.0), ([3.0], 0.95, 3.0), ([4, 1, 3, 2], 0.5, 2), (range(1, 101), 0.95, 95)],
    ids=["none", "one", "the middle", "95 of 100"],
)
def test_quantiles(times: Any, share: float, expected: float) -> None:
    assert quantile(times, share) == expected


def test_an_outcome_without_requests_divides_by_nothing() -> None:
    empty = Outcome("pool", "", opened=3)
    assert (empty.rate, empty.opened_per_hundred) == (0.0, None)


def test_every_thread_takes_its_share_in_every_phase() -> None:
    seen: Counter[str] = Counter()

    def request(path: str) -> int:
        seen[f"{threading.current_thread().name} {path}"] += 1
        return 200

    with Threads(3, ("/a", "/b"), request) as crew:
        for _ in range(2):
            tally = crew.run(Phase(each=4))
            assert (len(tally.times), tally.failures) == (12, 0)
    assert set(seen.values()) == {4}  # three threads, two paths, four times each
    assert len(seen) == 6


@pytest.mark.parametrize(
    ("status", "failures", "reason"),
    [(200, 0, []), (302, 0, []), (404, 2, ["status 404"]), (500, 2, ["status 500"]), (0, 2, ["status 0"])],
)
def test_what_counts_as_a_failure(status: int, failures: int, reason: list[str]) -> None:
    with Threads(1, ("/",), lambda _: status) as crew:
        tally = crew.run(Phase(each=2))
    assert (tally.failures, list(tally.reasons)) == (failures, reason)


def test_an_exception_is_a_failure_that_is_named_without_its_words() -> None:
    def request(_: str) -> int:
        raise ValueError("canary-password")

    with Threads(2, ("/",), request) as crew:
        tally = crew.run(Phase(each=1))
    assert (tally.failures, list(tally.reasons)) == (2, ["ValueError"])


def test_a_phase_for_a_time_ends() -> None:
    with Threads(2, ("/",), lambda _: 200) as crew:
        tally = crew.run(Phase(seconds=0.02))
    assert len(tally.times) >= 2
    assert tally.seconds >= 0.02


def test_tasks_run_at_a_time() -> None:
    under_way: list[int] = [0, 0]

    async def request(path: str) -> int:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.sleep(0)
        under_way[0] -= 1
        return 200 if path == "/a" else 500

    loop = asyncio.new_event_loop()
    try:
        tally = Tasks(loop, 3, ("/a", "/b"), request).run(Phase(each=2))
    finally:
        loop.close()
    assert (len(tally.times), tally.failures, under_way[1]) == (6, 3, 3)


def test_a_wsgi_request_is_read_and_closed() -> None:
    closed: list[dict[str, Any]] = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closed.append(environ)

    environ: dict[str, Any] = {}

    def application(given: dict[str, Any], start: Any) -> Answer:
        environ.update(given)
        start("404 Not Found", [])
        return Answer([b"a", b"b"])

    assert wsgi_request(application, SITE, "/caf%C3%A9/?page=2") == 404
    assert closed == [environ]
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/café/"
    assert (environ["QUERY_STRING"], environ["HTTP_HOST"]) == ("page=2", "shop.example")
    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == ("https", "443")


def test_a_wsgi_answer_is_closed_also_when_it_breaks() -> None:
    closed: list[bool] = []

    class Answer:
        def __iter__(self) -> Any:
            raise ConnectionError

        def close(self) -> None:
            closed.append(True)

    with pytest.raises(ConnectionError):
        wsgi_request(lambda *_: Answer(), SITE, "/")  # type: ignore[arg-type,return-value]
    assert closed == [True]


def test_an_asgi_request_stays_until_it_has_its_answer() -> None:
    said: list[str] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        said.append(f"{scope['scheme']} {scope['path']} {scope['query_string'].decode()}")
        said.append((await receive())["type"])
        leaving = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        assert not leaving.done()
        await send({"type": "http.response.start", "status": 503})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await send({"type": "http.response.body", "body": b"b"})
        said.append((await leaving)["type"])

    assert asyncio.run(asgi_request(application, SITE, "/caf%C3%A9/?page=2")) == 503
    assert said == ["https /café/ page=2", "http.request", "http.disconnect"]


def test_connections_are_found_by_where_they_lead_and_only_those_are_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as database, socket.create_server(("127.0.0.1", 0)) as cache:
        chosen, other = database.getsockname(), cache.getsockname()
        clients = [socket.create_connection(chosen), socket.create_connection(chosen), socket.create_connection(other)]
        try:
            assert peers()[chosen] == 2
            assert cut(frozenset({chosen})) == 2
            assert clients[0].recv(1) == b""
            assert peers()[other] == 1
            clients[2].send(b"still there")
        finally:
            for client in clients:
                client.close()
        assert cut(frozenset({chosen})) == 0


def test_a_unix_socket_is_found_by_its_path(tmp_path: Any) -> None:
    path = str(tmp_path / "db")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen(1)
        client.connect(path)
        assert peers()[path] == 1
