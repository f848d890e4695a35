"""``python -m tests.servers``: start what this machine has, print how to reach it, stop on Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING

from tests.servers import ServerUnavailable, Testbed

if TYPE_CHECKING:
    from tests.servers.postgresql import Login


def describe(name: str, login: Login, scheme: str) -> str:
    """One line that a client can be started with."""
    return f"{name:<24} {scheme}://{login.user}:{login.password}@{login.host}:{login.port}/{login.database}"


def main() -> int:
    """Serve until interrupted."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with Testbed(lambda line: print(line, file=sys.stderr, flush=True)) as bed:
        lines: list[str] = []
        try:
            postgresql = bed.postgresql()
            login = postgresql.create_database("app")
            lines += [
                describe("PostgreSQL, superuser", postgresql.login(), "postgresql"),
                describe("PostgreSQL", login, "postgresql"),
            ]
            for mode in ("session", "transaction", "statement"):
                bouncer = bed.pgbouncer(login, mode)
                lines.append(describe(f"PgBouncer, {mode}", bouncer.login, "postgresql"))
        except ServerUnavailable as error:
            lines.append(str(error))
        try:
            mariadb = bed.mariadb()
            lines += [
                describe("MariaDB, superuser", mariadb.login(), "mysql"),
                describe("MariaDB", mariadb.create_database("app"), "mysql"),
            ]
        except ServerUnavailable as error:
            lines.append(str(error))
        print(*lines, "Ctrl-C stops them all.", sep="\n", flush=True)
        done.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
