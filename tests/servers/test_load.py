"""The load generator counts what it did, failures included."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.servers.load import Browser, run_load
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.seen[self.path] += 1
        body = b'<input type="hidden" name="csrfmiddlewaretoken" value="secret">'
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "visited=yes")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"]))
        body = f"{self.headers['Cookie']} {form.decode()}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: Site) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_the_asked_number_of_requests_is_made_and_spread_over_the_pages(site: Site) -> None:
    load = run_load(url(site), ["/a", "/b"], clients=3, requests=40)
    assert (load.requests, load.failures) == (40, 0)
    assert site.seen == {"/a": 20, "/b": 20}


def test_an_error_page_is_a_failure(site: Site) -> None:
    load = run_load(url(site), ["/a", "/broken"], clients=2, requests=20)
    assert (load.requests, load.failures) == (20, 10)


def test_no_answer_is_a_failure() -> None:
    load = run_load(f"http://127.0.0.1:{free_port()}", ["/"], clients=2, requests=5)
    assert (load.requests, load.failures) == (5, 5)


def test_a_load_for_a_time_ends(site: Site) -> None:
    load = run_load(url(site), ["/"], clients=2, seconds=0.05)
    assert load.requests == site.seen["/"] > 0


def test_the_browser_keeps_cookies_and_sends_the_csrf_token(site: Site) -> None:
    browser = Browser(url(site))
    assert browser.submit(browser.get("/"), "/order", name="Ada") == "visited=yes csrfmiddlewaretoken=secret&name=Ada"


def test_the_browser_refuses_a_page_without_a_form(site: Site) -> None:
    with pytest.raises(AssertionError, match="no form in the page"):
        Browser(url(site)).submit("<p>Sold out</p>", "/order")
