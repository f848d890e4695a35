"""The bundled shop on its way to a strategy: fixed by the program as a person would run it, then served."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.servers.process import ServerProcess, ServerUnavailable, accepts_connections, free_port
from tests.servers.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.bed import Testbed
    from tests.servers.postgresql import Login, PostgreSQL


def djconnfix(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a project's folder."""
    return subprocess.run(
        [sys.executable, "-m", "djconnfix", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


class StrategyShop(Shop):
    """A shop whose aliases can be led through a PgBouncer."""

    def __init__(self, bed: Testbed, postgresql: PostgreSQL) -> None:
        self.through: dict[str, Login] = {}
        super().__init__(bed, postgresql)

    @property
    def environment(self) -> dict[str, str]:
        """What the shop's host would set, the addresses being those of the poolers."""
        found = super().environment
        for prefix, login in self.through.items():
            found |= {f"SHOP_{prefix}_HOST": login.host, f"SHOP_{prefix}_PORT": str(login.port)}
        return found

    def follow(self, strategy: str) -> subprocess.CompletedProcess[str]:
        """Fix the shop for a strategy."""
        return djconnfix(self.folder, "fix", "--strategy", strategy, "--requirements", "--unsafe-fixes")

    def written_pgbouncer(self, mode: str) -> str:
        """Let the program write a `pgbouncer.ini` into the shop; its text."""
        file = self.folder / "pgbouncer.ini"
        done = djconnfix(self.folder, "pgbouncer", "--mode", mode, "--output", str(file))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return file.read_text(encoding="utf-8")


class WrittenPgBouncer:
    """The real PgBouncer on a file that the program wrote; only the addresses are filled in, as the file asks."""

    def __init__(self, bed: Testbed, text: str, upstream: Login, secret: str = "") -> None:
        program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
        if program is None:
            raise ServerUnavailable("no PgBouncer: apt-get install pgbouncer")
        self.login = replace(upstream, port=free_port())
        target = f"{upstream.database} = host={upstream.host} port={upstream.port} dbname={upstream.database}\n"
        lines = re.sub(r"^[^;\[\n].* = host=.*\n", "", text.partition("[pgbouncer]")[0], flags=re.MULTILINE) + target
        rest = text.partition("[pgbouncer]")[2].replace("listen_port = 6432", f"listen_port = {self.login.port}")
        rest = rest.replace("listen_port", "unix_socket_dir =\nlisten_port", 1)
        folder = bed.workspace.folder(f"written-{self.login.port}")
        file = bed.workspace.write(folder / "pgbouncer.ini", f"{lines}[pgbouncer]{rest}")
        bed.workspace.write(folder / "userlist.txt", f'"{upstream.user}" "{secret or upstream.password}"\n')
        self.process = ServerProcess(
            "PgBouncer",
            [program, file],
            bed.workspace.write(folder / "server.log", ""),
            account=bed.workspace.account,
            cwd=folder,
        )
        self.process.wait_until(lambda: accepts_connections(self.login.port))

    @property
    def log(self) -> str:
        """What PgBouncer says."""
        return self.process.log_text()

    def stop(self) -> None:
        """Stop it."""
        self.process.stop()
