"""The bed keeps its own promises."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from tests.conftest import needs_server
from tests.servers import Testbed
from tests.servers.pgbouncer import PgBouncer, PoolMode
from tests.servers.postgresql import Login, PostgreSQL
from tests.servers.process import ServerFailed, ServerProcess
from tests.servers.workspace import Account, Workspace, reachable_by_everyone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.mariadb import MariaDB
    from tests.servers.proxy import CountingProxy

ROOT = Path(__file__).resolve().parents[2]


def owner_of(process: ServerProcess) -> str:
    return pwd.getpwuid(Path(f"/proc/{process.process.pid}").stat().st_uid).pw_name


def test_postgresql_answers_an_ordinary_role(postgresql: PostgreSQL, postgresql_login: Login) -> None:
    with postgresql.connect(postgresql_login) as connection:
        row = connection.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user").fetchone()
    assert row == (postgresql_login.user, False)


def test_postgresql_refuses_a_wrong_password(postgresql: PostgreSQL, postgresql_login: Login) -> None:
    import psycopg

    wrong = Login("127.0.0.1", postgresql.port, postgresql_login.user, "wrong", postgresql_login.database)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        postgresql.connect(wrong)


def test_postgresql_counts_the_connections_of_a_user(postgresql: PostgreSQL, postgresql_login: Login) -> None:
    before = postgresql.connections_made(postgresql_login)
    for _ in range(3):
        postgresql.connect(postgresql_login).close()
    assert postgresql.connections_made(postgresql_login) == before + 3


def test_mariadb_answers_an_ordinary_user(mariadb: MariaDB, mariadb_login: Login) -> None:
    with mariadb.connect(mariadb_login) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user()")
        assert cursor.fetchone() == (f"{mariadb_login.user}@localhost",)


@pytest.mark.parametrize("mode", get_args(PoolMode))
def test_pgbouncer_stands_between_client_and_server(
    pgbouncer: Callable[[PoolMode], PgBouncer], postgresql: PostgreSQL, mode: PoolMode
) -> None:
    with postgresql.connect(pgbouncer(mode).login) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        assert connection.info.backend_pid != row[0]


def test_servers_with_tls_show_a_certificate_of_the_authority(testbed: Testbed) -> None:
    with needs_server():
        server = testbed.postgresql(tls=True)
        login = server.create_database("private")
        bouncer = testbed.pgbouncer(login, "transaction", tls=True)
        mariadb = testbed.mariadb(tls=True)
    authority = str(testbed.certificates.authority)
    for who in (login, bouncer.login):
        with server.connect(who, sslmode="verify-full", sslrootcert=authority) as connection:
            assert connection.pgconn.ssl_in_use
    with mariadb.connect(ssl_disabled=False, ssl_ca=authority) as client, client.cursor() as cursor:
        cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
        assert cursor.fetchone() == ("Ssl_version", "TLSv1.3")


def test_the_superuser_of_a_trusting_server_needs_no_password(testbed: Testbed) -> None:
    with needs_server():
        server = testbed.postgresql(authentication="trust")
    with server.connect(Login("127.0.0.1", server.port, "postgres", "", "postgres")) as connection:
        assert connection.pgconn.used_password == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the user")
def test_no_server_runs_as_root(postgresql: PostgreSQL, mariadb: MariaDB) -> None:
    assert "root" not in {owner_of(postgresql.process), owner_of(mariadb.process)}


def test_servers_listen_on_the_loopback_address_only(postgresql: PostgreSQL) -> None:
    assert postgresql.query("SHOW listen_addresses") == [("127.0.0.1",)]
    assert postgresql.query("SHOW unix_socket_directories") == [("",)]


def test_the_proxy_counts_connections_and_round_trips(
    postgresql: PostgreSQL, postgresql_login: Login, proxy: Callable[..., CountingProxy]
) -> None:
    counting = proxy(postgresql.port)
    through = Login("127.0.0.1", counting.port, postgresql_login.user, postgresql_login.password, "app")
    with postgresql.connect(through, sslmode="disable") as connection:
        connected = counting.round_trips
        for _ in range(5):
            connection.execute("SELECT 1")
        assert counting.round_trips == connected + 5
        assert counting.connections == counting.open_connections == 1


def test_the_proxy_delays_each_direction(
    postgresql: PostgreSQL, postgresql_login: Login, proxy: Callable[..., CountingProxy]
) -> None:
    counting = proxy(postgresql.port, delay=0.05)
    through = Login("127.0.0.1", counting.port, postgresql_login.user, postgresql_login.password, "app")
    with postgresql.connect(through, sslmode="disable") as connection:
        begin = time.monotonic()
        connection.execute("SELECT 1")
        assert time.monotonic() - begin >= 0.1  # a lower bound that no fast machine can undercut


def test_the_proxy_cuts_connections(
    postgresql: PostgreSQL, postgresql_login: Login, proxy: Callable[..., CountingProxy]
) -> None:
    import psycopg

    counting = proxy(postgresql.port)
    through = Login("127.0.0.1", counting.port, postgresql_login.user, postgresql_login.password, "app")
    connection = postgresql.connect(through, sslmode="disable")
    counting.drop_connections()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


def test_a_proxy_in_front_of_nothing_closes_the_connection(proxy: Callable[..., CountingProxy]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        counting = proxy(unused.getsockname()[1])
        with socket.create_connection(("127.0.0.1", counting.port), timeout=10) as client:
            assert client.recv(1) == b""


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    process = ServerProcess("sh", ["sh", "-c", "echo no room; exit 3"], tmp_path / "log")
    with pytest.raises(ServerFailed, match=r"sh ended with status 3:\nno room"):
        process.wait_until(lambda: False)


def test_a_server_that_ignores_the_signal_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.servers.process.STOP_WITHIN", 0.3)
    process = ServerProcess("sh", ["sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait"], tmp_path / "log")
    process.wait_until(lambda: process.log_text().endswith("\n"))
    child = int(process.log_text())
    process.stop()
    assert process.process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "the child outlived its group"
        time.sleep(0.01)


def test_a_folder_that_others_cannot_enter_is_not_reachable(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    closed.chmod(0o700)
    assert not reachable_by_everyone(inner)


def test_a_workspace_changes_no_existing_folder() -> None:
    parents = [Path("/"), Path("/tmp"), Path("/var/tmp")]
    before = [path.stat().st_mode for path in parents]
    workspace = Workspace()
    private = workspace.folder("private")
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert [path.stat().st_mode for path in parents] == before
    workspace.remove()
    assert not workspace.path.exists()


def test_an_account_has_a_home_that_everybody_may_enter() -> None:
    assert Account("nobody", 65534, 65534).home == "/"


def test_closing_the_bed_stops_every_server_and_removes_every_file(postgresql: PostgreSQL) -> None:
    # `postgresql` first: without a server on this machine there is nothing to show
    with Testbed() as bed:
        server = bed.postgresql()
        folder = bed.workspace.path
    assert server.process.process.returncode is not None
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_the_command_line_bed_cleans_up_after_a_signal(
    postgresql: PostgreSQL, tmp_path: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)} if os.geteuid() else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        lines = []
        for line in output:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        process.send_signal(number)
        assert process.wait(30) == 0
    port = int(lines[0].rsplit(":", 1)[1].split("/")[0])
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0
