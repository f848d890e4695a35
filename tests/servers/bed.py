"""The bed itself: every server once, when it is first asked for, and all of them stopped at the end."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from tests.servers.mariadb import MariaDB
from tests.servers.pgbouncer import PgBouncer, PoolMode
from tests.servers.postgresql import Login, PostgreSQL
from tests.servers.proxy import CountingProxy
from tests.servers.web import WebServer
from tests.servers.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

Stoppable = TypeVar("Stoppable", PostgreSQL, MariaDB, PgBouncer, WebServer, CountingProxy)

# Durability is of no use to a server that is thrown away.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def show_progress(line: str) -> None:
    """Tell whoever watches a terminal what is being waited for."""
    if sys.__stderr__ is not None and sys.__stderr__.isatty():
        print(f"  {line}", file=sys.__stderr__, flush=True)


class Testbed:
    """Starts servers, remembers them, stops them in reverse order. A context manager."""

    __test__ = False  # pytest: a fixture's class, not a test

    def __init__(self, progress: Callable[[str], None] = show_progress) -> None:
        self.progress = progress
        self._stack = ExitStack()
        self._servers: dict[object, Any] = {}
        self.workspace = Workspace()
        self._stack.callback(self.workspace.remove)

    def _start(self, what: str, start: Callable[[], Stoppable]) -> Stoppable:
        self.progress(f"starting {what} ...")
        server = start()
        self._stack.callback(server.stop)
        return server

    def _once(self, key: object, what: str, start: Callable[[], Stoppable]) -> Stoppable:
        if key not in self._servers:
            self._servers[key] = self._start(what, start)
        server: Stoppable = self._servers[key]
        return server

    def postgresql(self, source: str = "any", settings: Mapping[str, str] | None = None) -> PostgreSQL:
        """The PostgreSQL server from `source` ("embedded", "debian", "any"), started with `settings`."""
        chosen = FAST | dict(settings or {})
        key = ("postgresql", source, tuple(sorted(chosen.items())))
        return self._once(key, "PostgreSQL", lambda: PostgreSQL(self.workspace, source=source, settings=chosen))

    def mariadb(self, settings: Mapping[str, str] | None = None) -> MariaDB:
        """The MariaDB server, started with `settings`."""
        key = ("mariadb", tuple(sorted((settings or {}).items())))
        return self._once(key, "MariaDB", lambda: MariaDB(self.workspace, settings=settings))

    def pgbouncer(self, upstream: Login, mode: PoolMode, settings: Mapping[str, str] | None = None) -> PgBouncer:
        """A PgBouncer in `mode` in front of `upstream`."""
        key = ("pgbouncer", upstream, mode, tuple(sorted((settings or {}).items())))
        return self._once(
            key, f"PgBouncer ({mode})", lambda: PgBouncer(self.workspace, upstream, mode, settings=settings)
        )

    def web_server(
        self, program: str, arguments: Sequence[str], project: Path, environment: Mapping[str, str]
    ) -> WebServer:
        """A new gunicorn or uvicorn; the caller may stop it before the bed does."""
        return self._start(program, lambda: WebServer(self.workspace, program, arguments, project, environment))

    def proxy(self, port: int, *, delay: float = 0.0) -> CountingProxy:
        """A new counting proxy in front of `port`."""
        return self._start("a proxy", lambda: CountingProxy(port, delay=delay))

    def close(self) -> None:
        """Stop everything and remove every file."""
        self._stack.close()

    def __enter__(self) -> Testbed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
