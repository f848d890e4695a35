"""PgBouncer from Debian's package, in front of one database of one PostgreSQL server."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tests.servers.process import ServerProcess, ServerUnavailable, accepts_connections, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.postgresql import Login
    from tests.servers.workspace import Workspace

PoolMode = Literal["session", "transaction", "statement"]


class PgBouncer:
    """A running pooler. `login` is what a client uses instead of the server's own login."""

    def __init__(
        self,
        workspace: Workspace,
        upstream: Login,
        mode: PoolMode,
        *,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
        if program is None:
            message = "no PgBouncer: apt-get install pgbouncer"
            raise ServerUnavailable(message)
        self.mode = mode
        self.login = replace(upstream, port=free_port())
        folder = workspace.folder(f"pgbouncer-{mode}")
        users = workspace.write(folder / "userlist.txt", f'"{upstream.user}" "{upstream.password}"\n')
        options = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.login.port),
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": str(users),
            "admin_users": upstream.user,
            "pool_mode": mode,
            "ignore_startup_parameters": "extra_float_digits",
            **(settings or {}),
        }
        lines = [
            "[databases]",
            f"{upstream.database} = host={upstream.host} port={upstream.port} dbname={upstream.database}",
            "[pgbouncer]",
            *(f"{name} = {value}" for name, value in options.items()),
        ]
        configuration = workspace.write(folder / "pgbouncer.ini", "\n".join(lines) + "\n")
        self.process = ServerProcess(
            f"PgBouncer ({mode} mode)",
            [program, configuration],
            workspace.write(folder / "server.log", ""),
            account=workspace.account,
        )
        self.process.wait_until(lambda: accepts_connections(self.login.port))

    def stop(self) -> None:
        self.process.stop()
