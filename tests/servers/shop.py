"""The bundled shop: copied, given a database, served as its Procfile says, and measured."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.load import Browser, Load, run_load
from tests.servers.process import ServerFailed

if TYPE_CHECKING:
    from tests.servers.bed import Testbed
    from tests.servers.postgresql import PostgreSQL
    from tests.servers.web import WebServer

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "shop"
PAGES = ["/", "/products/teapot-celadon/", "/products/vase-cobalt/", "/products/cup-white/"]
TEMPLATE = "shop"  # the database that every shop's own is a copy of
WARM_UP = 48
SETTLE = 1.0  # seconds without a request before the sessions are counted


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a load on the shop did to its database server."""

    load: Load
    new_connections: int
    open_connections: int
    idle_in_transaction: int

    @property
    def new_connections_per_100_requests(self) -> float:
        return 100 * self.new_connections / self.load.requests


class Shop:
    """A copy of the shop in the bed's folder, with a migrated and seeded database of its own."""

    def __init__(self, bed: Testbed, postgresql: PostgreSQL) -> None:
        self.bed = bed
        self.postgresql = postgresql
        name = f"shop_{secrets.token_hex(4)}"
        self.folder = bed.workspace.path / name
        shutil.copytree(FIXTURE, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        if TEMPLATE in postgresql.databases:
            self.login = postgresql.databases[TEMPLATE]
        else:
            self.login = postgresql.create_database(TEMPLATE)
            self._run(self.command("release"))
            self.manage("seed")
        self.login = postgresql.copy_database(self.login, name)

    def install_djconnfix(self) -> Path:
        """Add the app to the shop as its owner would; the file that was changed."""
        settings = self.folder / "shop" / "settings" / "base.py"
        before = settings.read_text(encoding="utf-8")
        after = before.replace('    "store",\n]', '    "store",\n    "djconnfix",\n]')
        assert after != before, f"{settings} has changed its shape"
        settings.write_text(after, encoding="utf-8")
        return settings

    @property
    def environment(self) -> dict[str, str]:
        """What the shop's host would set."""
        return {
            "DJANGO_SETTINGS_MODULE": "shop.settings.production",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SHOP_SECRET_KEY": "for-this-run-only",
            "SHOP_DB_NAME": self.login.database,
            "SHOP_DB_USER": self.login.user,
            "SHOP_DB_PASSWORD": self.login.password,
            "SHOP_DB_HOST": self.login.host,
            "SHOP_DB_PORT": str(self.login.port),
            "SHOP_REPLICA_HOST": self.login.host,
            "SHOP_REPLICA_PORT": str(self.login.port),
        }

    def command(self, process_type: str) -> list[str]:
        """The words of one line of the shop's Procfile."""
        for line in (self.folder / "Procfile").read_text(encoding="utf-8").splitlines():
            name, _, command = line.partition(":")
            if name == process_type:
                return shlex.split(command)
        message = f"no {process_type} in {self.folder / 'Procfile'}"
        raise LookupError(message)

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``manage.py`` with the shop's environment; standard output and error come back as text."""
        return self._run(["python", "manage.py", *arguments], check=check)

    def djconnfix(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the standalone program on the shop; whatever its status."""
        return self._run(["python", "-m", "djconnfix", *arguments], check=False)

    def _run(self, words: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        assert words[0] == "python"
        result = subprocess.run(
            [sys.executable, *words[1:]],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and result.returncode != 0:
            message = f"{shlex.join(words)} ended with status {result.returncode}:\n{result.stdout}{result.stderr}"
            raise ServerFailed(message)
        return result

    def serve(self) -> WebServer:
        """Start the web process as the Procfile says, on a port of its own. The caller stops it."""
        program, *arguments = self.command("web")
        return self.bed.web_server(program, arguments, self.folder, self.environment)

    def measure(self, *, requests: int | None = None, seconds: float | None = None) -> Measurement:
        """Serve the shop, visit it, and count what its database server saw of it."""
        web = self.serve()
        try:
            run_load(web.url, PAGES, requests=WARM_UP)
            before = self.postgresql.connections_made(self.login)
            load = run_load(web.url, PAGES, requests=requests, seconds=seconds)
            made = self.postgresql.connections_made(self.login) - before
            time.sleep(SETTLE)
            return Measurement(
                load=load,
                new_connections=made,
                open_connections=self.postgresql.sessions(self.login),
                idle_in_transaction=self.postgresql.sessions(self.login, "idle in transaction"),
            )
        finally:
            web.stop()

    def buy(self, web: WebServer, product: str = "vase-cobalt", quantity: int = 2) -> str:
        """Go through the shop as a customer does; the last page."""
        browser = Browser(web.url)
        page = browser.get(f"/products/{product}/")
        checkout = browser.submit(page, f"/products/{product}/add/", quantity=str(quantity))
        return browser.submit(
            checkout, "/checkout/", name="Ada", email="ada@example.com", address="1 Kiln Lane, Stoke-on-Trent"
        )

    def count(self, table: str) -> int:
        """How many committed rows `table` holds."""
        with self.postgresql.connect(self.login) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert row is not None
            count: int = row[0]
            return count
