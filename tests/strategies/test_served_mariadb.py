"""SQLAlchemy's pool for MySQL, the one kind of pool that Django has none for: reached, and served by MariaDB."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.servers.load import run_load
from tests.servers.shop import FIXTURE, PAGES
from tests.strategies.shops import djconnfix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Testbed
    from tests.servers.mariadb import MariaDB
    from tests.servers.postgresql import Login

REQUESTS = 60
THREADS = 2 * 4  # Procfile: --workers 2 --threads 4
ALIASES = 2


class MariaDBShop:
    """The bundled shop with MariaDB in the place of PostgreSQL."""

    def __init__(self, bed: Testbed, login: Login) -> None:
        self.bed, self.login = bed, login
        self.folder: Path = bed.workspace.path / f"mariadb-{login.database}"
        shutil.copytree(FIXTURE, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (self.folder / "shop" / "settings").glob("*.py"):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("django.db.backends.postgresql", "django.db.backends.mysql"), encoding="utf-8")
        requirements = self.folder / "requirements.txt"
        requirements.write_text("Django>=5.2,<5.3\ngunicorn>=23\nPyMySQL>=1.1\n", encoding="utf-8")
        install = "import pymysql\n\npymysql.version_info = (2, 2, 1, 'final', 0)\npymysql.install_as_MySQLdb()\n"
        (self.folder / "shop" / "__init__.py").write_text(install, encoding="utf-8")
        self.manage("migrate", "--noinput")
        self.manage("seed")

    @property
    def environment(self) -> dict[str, str]:
        found = {
            "DJANGO_SETTINGS_MODULE": "shop.settings.production",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SHOP_SECRET_KEY": "for-this-run-only",
            "SHOP_DB_NAME": self.login.database,
            "SHOP_DB_USER": self.login.user,
            "SHOP_DB_PASSWORD": self.login.password,
        }
        for prefix in ("DB", "REPLICA"):
            found |= {f"SHOP_{prefix}_HOST": self.login.host, f"SHOP_{prefix}_PORT": str(self.login.port)}
        return found

    def manage(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def mariadb_shop(testbed: Testbed, mariadb: MariaDB) -> Iterator[MariaDBShop]:
    shop = MariaDBShop(testbed, mariadb.create_database(f"shop_{secrets.token_hex(4)}"))
    yield shop
    shutil.rmtree(shop.folder)


def test_sqlalchemy_pools_connections_to_mariadb(testbed: Testbed, mariadb: MariaDB, mariadb_shop: MariaDBShop) -> None:
    pytest.importorskip("dj_db_conn_pool")
    arguments = ("fix", "--strategy", "sqlalchemy-pool", "--requirements", "--unsafe-fixes")
    done = djconnfix(mariadb_shop.folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "django-db-connection-pool" in (mariadb_shop.folder / "requirements.txt").read_text(encoding="utf-8")
    web = testbed.web_server(
        "gunicorn", ["shop.wsgi", "--workers", "2", "--threads", "4"], mariadb_shop.folder, mariadb_shop.environment
    )
    try:
        run_load(web.url, PAGES, requests=24)
        before = made(mariadb)
        load = run_load(web.url, PAGES, requests=REQUESTS)
        assert (load.requests, load.failures) == (REQUESTS, 0)
        assert made(mariadb) - before <= THREADS * ALIASES + 1  # one asks for the number
        assert 0 < mariadb.sessions(mariadb_shop.login.user) <= THREADS * ALIASES
    finally:
        web.stop()


def test_django_s_own_pool_is_refused_for_mariadb(mariadb_shop: MariaDBShop) -> None:
    done = djconnfix(mariadb_shop.folder, "fix", "--strategy", "pool", "--select", "DCF460", "--dry-run")
    assert (done.returncode, done.stdout) == (1, "")
    audited = djconnfix(mariadb_shop.folder, "audit", "--strategy", "pool", "--select", "DCF460")
    assert "no Django has a pool for MySQL" in audited.stdout


def made(mariadb: MariaDB) -> int:
    """How many connections the server has accepted since it started."""
    return int(mariadb.query("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1])
