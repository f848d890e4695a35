"""The bed itself: every server once, when it is first asked for, and all of them stopped at the end."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from tests.servers.certificates import Certificates, make_certificates
from tests.servers.mariadb import MariaDB
from tests.servers.pgbouncer import PgBouncer, PoolMode
from tests.servers.postgresql import Login, PostgreSQL, Source
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
        self._certificates: Certificates | None = None
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

    @property
    def certificates(self) -> Certificates:
        """The authority and the server certificate that every server with TLS uses."""
        if self._certificates is None:
            self._certificates = make_certificates(self.workspace)
        return self._certificates

    def postgresql(
        self,
        source: Source = "any",
        settings: Mapping[str, str] | None = None,
        *,
        authentication: str = "scram-sha-256",
        tls: bool = False,
    ) -> PostgreSQL:
        """The PostgreSQL server from `source`, started with `settings`. The wheel's cannot do TLS; Debian's can."""
        chosen = FAST | dict(settings or {})
        if tls:
            chosen |= {
                "ssl": "on",
                "ssl_ca_file": str(self.certificates.authority),
                "ssl_cert_file": str(self.certificates.certificate),
                "ssl_key_file": str(self.certificates.key),
            }
        origin: Source = "debian" if tls and source == "any" else source
        return self._once(
            ("postgresql", origin, authentication, tuple(sorted(chosen.items()))),
            "PostgreSQL",
            lambda: PostgreSQL(self.workspace, source=origin, settings=chosen, authentication=authentication),
        )

    def mariadb(self, settings: Mapping[str, str] | None = None, *, tls: bool = False) -> MariaDB:
        """The MariaDB server, started with `settings`."""
        chosen = dict(settings or {})
        if tls:
            chosen |= {
                "ssl-ca": str(self.certificates.authority),
                "ssl-cert": str(self.certificates.certificate),
                "ssl-key": str(self.certificates.key),
            }
        return self._once(
            ("mariadb", tuple(sorted(chosen.items()))),
            "MariaDB",
            lambda: MariaDB(self.workspace, settings=chosen),
        )

    def pgbouncer(
        self, upstream: Login, mode: PoolMode, settings: Mapping[str, str] | None = None, *, tls: bool = False
    ) -> PgBouncer:
        """A PgBouncer in `mode` in front of `upstream`; `tls` is between it and its clients."""
        chosen = dict(settings or {})
        if tls:
            chosen |= {
                "client_tls_sslmode": "allow",
                "client_tls_ca_file": str(self.certificates.authority),
                "client_tls_cert_file": str(self.certificates.certificate),
                "client_tls_key_file": str(self.certificates.key),
            }
        return self._once(
            ("pgbouncer", upstream, mode, tuple(sorted(chosen.items()))),
            f"PgBouncer ({mode})",
            lambda: PgBouncer(self.workspace, upstream, mode, settings=chosen),
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
