"""One request through the project's own handler, in this process."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Site:
    """As whom the project answers."""

    host: str
    secure: bool

    @property
    def scheme(self) -> str:
        """Of its addresses."""
        return "https" if self.secure else "http"

    @property
    def port(self) -> int:
        """Where it would listen."""
        return 443 if self.secure else 80


def wsgi_request(application: Callable[..., Iterable[bytes]], site: Site, path: str) -> int:
    """GET a path, read the whole answer, close it as a server does, and return the status."""
    status = ["0"]

    def start(line: str, _headers: object, _error: object = None) -> Callable[[bytes], None]:
        status[0] = line
        return lambda _data: None

    route, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(route).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": site.host,
        "SERVER_PORT": str(site.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": site.host,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    answer = application(environ, start)
    try:
        for _ in answer:
            pass
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()  # sends request_finished
    return int(status[0].partition(" ")[0])


async def asgi_request(application: Callable[..., Any], site: Site, path: str) -> int:
    """GET a path, read the whole answer and return the status."""
    route, _, query = path.partition("?")
    asked = False
    over = asyncio.Event()
    status = 0

    async def receive() -> dict[str, object]:
        nonlocal asked
        if asked:
            await over.wait()  # a client that stays until it has its answer
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(message["status"])
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            over.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": site.scheme,
        "path": unquote_to_bytes(route).decode("utf-8", "replace"),
        "raw_path": route.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", site.host.encode())],
        "client": ("127.0.0.1", 0),
        "server": (site.host, site.port),
    }
    await application(scope, receive, send)
    return status
