"""A load generator and a browser, of the standard library only."""

from __future__ import annotations

import http.client
import http.cookiejar
import itertools
import re
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(slots=True)
class Load:
    """What a load came to. A failure is any answer but 200, or none."""

    requests: int = 0
    failures: int = 0
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    def add(self, *, failed: bool) -> None:
        with self._lock:
            self.requests += 1
            self.failures += failed


def run_load(
    url: str, paths: Sequence[str], *, clients: int = 8, requests: int | None = None, seconds: float | None = None
) -> Load:
    """GET `paths` in turn from `clients` keep-alive connections: `requests` in all, or for that many seconds."""
    load = Load()
    address = urllib.parse.urlsplit(url).netloc
    turns = iter(itertools.count() if requests is None else range(requests))
    turns_lock = threading.Lock()
    begin = time.monotonic()

    def client() -> None:
        connection = http.client.HTTPConnection(address, timeout=30)
        try:
            while seconds is None or time.monotonic() - begin < seconds:
                with turns_lock:
                    turn = next(turns, None)
                if turn is None:
                    return
                load.add(failed=not _succeeds(connection, paths[turn % len(paths)]))
        finally:
            connection.close()

    threads = [threading.Thread(target=client, name=f"client-{number}", daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.seconds = time.monotonic() - begin
    return load


def _succeeds(connection: http.client.HTTPConnection, path: str) -> bool:
    try:
        return _status(connection, path) == 200
    except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
        connection.close()  # the server had ended an idle keep-alive connection: ask again on a new one
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
    try:
        return _status(connection, path) == 200
    except (OSError, http.client.HTTPException):
        connection.close()
        return False


def _status(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return response.status


class Browser:
    """One visitor: keeps cookies, follows redirects, sends forms with their CSRF token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def get(self, path: str) -> str:
        """The page at `path`; raises urllib.error.HTTPError for an error status."""
        return self._open(urllib.request.Request(self.url + path))

    def submit(self, page: str, action: str, **fields: str) -> str:
        """Send the form of `page` to `action`; the page that the visitor then sees."""
        token = CSRF_FIELD.search(page)
        assert token is not None, f"no form in the page:\n{page}"
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token.group(1), **fields}).encode()
        return self._open(urllib.request.Request(self.url + action, data=body))

    def _open(self, request: urllib.request.Request) -> str:
        with self._opener.open(request, timeout=30) as response:
            text: str = response.read().decode()
            return text
