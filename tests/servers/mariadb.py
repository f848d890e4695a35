"""MariaDB from Debian's mariadb-server-core, on a TCP port with a data folder of its own."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING, Any

from tests.servers.postgresql import Login
from tests.servers.process import ServerProcess, ServerUnavailable, accepts_connections, free_port, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pymysql

    from tests.servers.workspace import Workspace


class MariaDB:
    """A running server."""

    def __init__(self, workspace: Workspace, *, settings: Mapping[str, str] | None = None) -> None:
        server = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        installer = shutil.which("mariadb-install-db")
        if server is None or installer is None:
            message = "no MariaDB: apt-get install mariadb-server-core mariadb-client-core"
            raise ServerUnavailable(message)
        folder = workspace.folder("mariadb")
        data = folder / "data"
        run(
            [
                installer,
                "--no-defaults",
                f"--datadir={data}",
                "--basedir=/usr",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            account=workspace.account,
        )
        self.port = free_port()
        self.password = ""
        options = {
            "datadir": str(data),
            "bind-address": "127.0.0.1",
            "port": str(self.port),
            "socket": str(folder / "socket"),
            "pid-file": str(folder / "pid"),
            **(settings or {}),
        }
        self.process = ServerProcess(
            "MariaDB",
            [server, "--no-defaults", *(f"--{name}={value}" for name, value in options.items())],
            workspace.write(folder / "server.log", ""),
            account=workspace.account,
        )
        self.process.wait_until(lambda: accepts_connections(self.port))
        password = secrets.token_urlsafe(12)
        try:
            self.query("SET PASSWORD FOR root@localhost = PASSWORD(%s)", (password,))
        except BaseException:
            self.stop()
            raise
        self.password = password

    def login(self, database: str = "mysql") -> Login:
        """The superuser's login to `database`."""
        return Login("127.0.0.1", self.port, "root", self.password, database)

    def connect(self, login: Login | None = None, **options: Any) -> pymysql.connections.Connection[Any]:
        """A driver connection without TLS, in autocommit mode; root's unless `login` says otherwise."""
        import pymysql

        who = login or self.login()
        arguments: dict[str, Any] = {"autocommit": True, "ssl_disabled": True, **options}
        return pymysql.connect(
            host=who.host, port=who.port, user=who.user, password=who.password, database=who.database, **arguments
        )

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement, run by root on a connection of its own."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    def create_database(self, name: str) -> Login:
        """A database with an owner of the same name, who is an ordinary user."""
        password = secrets.token_urlsafe(12)
        self.query(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        self.query(f"CREATE USER `{name}`@localhost IDENTIFIED BY %s", (password,))
        self.query(f"GRANT ALL ON `{name}`.* TO `{name}`@localhost")
        return Login("127.0.0.1", self.port, name, password, name)

    def sessions(self, user: str) -> int:
        """How many sessions of `user` are open now."""
        rows = self.query("SELECT count(*) FROM information_schema.processlist WHERE user = %s", (user,))
        count: int = rows[0][0]
        return count

    def stop(self) -> None:
        self.process.stop()
