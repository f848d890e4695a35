"""The written `pgbouncer.ini`: sized from the project, without a secret, and accepted by PgBouncer itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.facts import PoolMode
from djconnfix.pgbouncer.ini import configuration
from tests.conftest import needs_server
from tests.rules.build import MYSQL, THREADS, UVICORN, database, project, read, settings, unseen
from tests.servers.process import accepts_connections
from tests.strategies.shops import WrittenPgBouncer, djconnfix
from tests.strategies.test_files import project as written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from djconnfix.facts import Database, Server
    from tests.servers import Testbed
    from tests.servers.postgresql import Login, PostgreSQL

SECRET = "hunter2-of-the-shop"


def text_for(
    *aliases: Database, servers: tuple[Server, ...] = (THREADS,), mode: str = "transaction", limit: int = 0
) -> str:
    return configuration(project(settings(*aliases, servers=servers)), PoolMode(mode), limit)


def numbers(text: str) -> Mapping[str, int]:
    return {name: int(value) for name, value in re.findall(r"^([a-z_]+) = ([0-9]+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("mode", ["session", "transaction", "statement"])
def test_pgbouncer_accepts_the_file(
    testbed: Testbed, postgresql: PostgreSQL, postgresql_login: Login, mode: str
) -> None:
    text = text_for(database(NAME="app", HOST="127.0.0.1", PORT=str(postgresql.port)), mode=mode)
    assert f"\napp = host=127.0.0.1 port={postgresql.port} dbname=app\n" in text
    with needs_server():
        bouncer = WrittenPgBouncer(testbed, text, postgresql_login)
    try:
        with postgresql.connect(bouncer.login) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (postgresql_login.user,)
        assert accepts_connections(bouncer.login.port)
        assert "WARNING" not in bouncer.log
        assert "ERROR" not in bouncer.log
        assert "unknown parameter" not in bouncer.log
    finally:
        bouncer.stop()


def test_the_secret_that_the_file_speaks_of_is_enough(
    testbed: Testbed, postgresql: PostgreSQL, postgresql_login: Login
) -> None:
    text = text_for(database(NAME="app", HOST="127.0.0.1", PORT=str(postgresql.port)))
    [(secret,)] = postgresql.query("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (postgresql_login.user,))
    assert secret.startswith("SCRAM-SHA-256$4096:")
    with needs_server():
        bouncer = WrittenPgBouncer(testbed, text, postgresql_login, secret)
    try:
        with postgresql.connect(bouncer.login) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (postgresql_login.user,)
    finally:
        bouncer.stop()


@pytest.mark.parametrize(
    ("aliases", "servers", "limit", "expected"),
    [
        pytest.param((database(),), (THREADS,), 0, (8, 5, 88, 100), id="as-many-as-clients"),
        pytest.param((database(),), (UVICORN,), 0, (20, 5, 88, 1000), id="asgi-has-no-end"),
        pytest.param((database(),), (), 0, (20, 5, 88, 1000), id="nobody-known"),
        pytest.param((database(),), (THREADS,) * 20, 0, (83, 5, 88, 350), id="no-more-than-the-server-admits"),
        pytest.param((database(),), (THREADS,) * 20, 400, (160, 5, 358, 350), id="a-larger-server"),
        pytest.param((database(),), (THREADS,), 20, (8, 3, 12, 100), id="a-small-server"),
        pytest.param((database(),), (THREADS,), 4, (1, 0, 1, 100), id="a-tiny-server"),
        pytest.param(
            (database(NAME="a"), database(alias="b", NAME="b")), (THREADS,), 0, (16, 5, 44, 100), id="two-databases"
        ),
        pytest.param((database(options={"pool": True}),), (THREADS,), 0, (8, 5, 88, 100), id="a-pool-goes-away"),
    ],
)
def test_sizes(
    aliases: tuple[Database, ...], servers: tuple[Server, ...], limit: int, expected: tuple[int, ...]
) -> None:
    found = numbers(text_for(*aliases, servers=servers, limit=limit))
    names = ("default_pool_size", "reserve_pool_size", "max_db_connections", "max_client_conn")
    assert tuple(found[name] for name in names) == expected
    admitted = (limit or 100) - 3
    databases = len(aliases)
    assert found["max_db_connections"] * databases <= admitted
    assert found["default_pool_size"] + found["reserve_pool_size"] <= found["max_db_connections"]


def test_the_sum_stands_beside_the_number() -> None:
    text = text_for(database())
    assert ";;     2 × 4 threads = 8: gunicorn (WSGI, gthread, 2 processes, 4 threads each)\n;;   together 8\n" in text
    assert ";; The server admits 97: max_connections = 100 by default, less 3 that are reserved.\n" in text


@pytest.mark.parametrize("mode", ["session", "transaction", "statement"])
def test_no_secret_is_in_it(mode: str) -> None:
    alias = database(
        NAME="shop", HOST="db", USER=f"user-{SECRET}", PASSWORD=SECRET, options={"passfile": SECRET, "sslkey": SECRET}
    )
    assert SECRET not in text_for(alias, mode=mode)
    for hostile in (f"x\npassword = {SECRET}", f"db password={SECRET}", f"postgres://u:{SECRET}@h/db"):
        assert SECRET not in text_for(database(NAME=hostile, HOST=hostile, PORT=hostile), mode=mode)


@pytest.mark.parametrize(
    ("alias", "line", "note"),
    [
        (database(NAME="shop", HOST="db", PORT=5433), "shop = host=db port=5433 dbname=shop", ""),
        (database(NAME="shop"), "shop = host=127.0.0.1 port=5432 dbname=shop", ""),
        (database(NAME=read("N", "shop")), "shop = host=127.0.0.1 port=5432 dbname=shop", "NAME comes from N"),
        (database(NAME=unseen()), "* = host=127.0.0.1 port=5432", "NAME cannot be seen"),
        (database(NAME="a b"), "* = host=127.0.0.1 port=5432", "NAME of the settings cannot stand here"),
        (database(NAME="shop", HOST="pgbouncer"), "shop = host=127.0.0.1 port=5432 dbname=shop", "a pooler already"),
        (database(NAME="s", HOST="/run/postgresql"), "s = host=/run/postgresql port=5432 dbname=s", ""),
        (
            database(NAME="s", options={"sslmode": "verify-full"}),
            "s = host=127.0.0.1 port=5432 dbname=s",
            "the settings ask for TLS",
        ),
    ],
)
def test_where_the_server_is(alias: Database, line: str, note: str) -> None:
    section = text_for(alias).partition("[databases]\n")[2].partition("\n\n")[0]
    assert section.splitlines()[-1] == line
    assert note in section
    assert bool(note) == (len(section.splitlines()) > 2)


def test_aliases_of_one_name_on_two_servers_are_told_apart() -> None:
    text = text_for(database(NAME="shop", HOST="one"), database(alias="replica", NAME="shop", HOST="two"))
    assert "shop = host=one port=5432 dbname=shop\n" in text
    assert "shop_replica = host=two port=5432 dbname=shop\n" in text


def test_no_file_for_a_project_without_postgresql() -> None:
    assert text_for(database(ENGINE=MYSQL)) == ""


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_nothing_is_wrong_with_the_file_that_was_written(mode: str, tmp_path: Path) -> None:
    root = written(tmp_path)
    done = djconnfix(root, "pgbouncer", "--mode", mode, "--output", "pgbouncer.ini")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    settings_file = root / "shop" / "settings.py"
    moved = settings_file.read_text(encoding="utf-8").replace('"db"', '"127.0.0.1"').replace("5432", "6432")
    settings_file.write_text(moved, encoding="utf-8")
    done = djconnfix(root, "fix", "--strategy", f"pgbouncer-{mode}", "--fail-level", "info")
    assert done.returncode == 0, done.stdout
    assert audit(Config(root=root, strategy=f"pgbouncer-{mode}")).findings == ()


def test_a_file_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    root = written(tmp_path)
    (root / "pgbouncer.ini").write_text("mine\n", encoding="utf-8")
    done = djconnfix(root, "pgbouncer", "--output", "pgbouncer.ini")
    assert (done.returncode, done.stdout) == (2, "")
    assert (root / "pgbouncer.ini").read_text(encoding="utf-8") == "mine\n"


def test_the_mode_is_that_of_the_strategy(tmp_path: Path) -> None:
    root = written(tmp_path)
    assert "pool_mode = transaction\n" in djconnfix(root, "pgbouncer").stdout
    assert "pool_mode = session\n" in djconnfix(root, "pgbouncer", "--strategy", "pgbouncer-session").stdout
    assert djconnfix(root, "pgbouncer", "--max-connections", "none").returncode == 2


@pytest.mark.parametrize("program", ["pgbouncer", "budget"])
def test_only_what_is_asked_for_is_summed_up(program: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written(tmp_path / name)
    for where, expected in ((".", [True, True]), ("one", [True, False])):
        text = djconnfix(tmp_path, program, where).stdout
        assert [f"{name}.shop.settings" in text for name in ("one", "two")] == expected
