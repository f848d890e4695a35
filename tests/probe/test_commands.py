"""`manage.py connprobe` and `manage.py connaudit --live`, in a process of their own."""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.django_integration.conftest import MANAGE, Site
from tests.probe.test_as_json import SCHEMA
from tests.servers.postgresql import Login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.pgbouncer import PgBouncer, PoolMode
    from tests.servers.postgresql import PostgreSQL

SETTINGS = """\
SECRET_KEY = "canary-secret-key"
INSTALLED_APPS = ["djconnfix"]
USE_TZ = True
DATABASES = {databases!r}
"""
NOWHERE = Login("127.0.0.1", 1, "canary-user", "canary-password", "app")


def alias(login: Login, **more: Any) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": login.database,
        "USER": login.user,
        "PASSWORD": login.password,
        "HOST": login.host,
        "PORT": login.port,
        **more,
    }


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Site]:
    """`project(default=alias(login))`: a project with these aliases."""

    def make(**databases: dict[str, Any]) -> Site:
        made = Site(tmp_path)
        made.write("manage.py", MANAGE)
        made.write("shop/__init__.py", "")
        made.write("shop/settings.py", SETTINGS.format(databases=databases))
        return made

    return make


def test_a_probe_reports_every_alias(project: Callable[..., Site], postgresql_login: Login) -> None:
    lite = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    done = project(default=alias(postgresql_login), lite=lite).manage("connprobe", "--samples", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("default: PostgreSQL ")
    assert "authentication" in done.stdout
    assert "> new connection (CONN_MAX_AGE 0)" in done.stdout
    assert done.stderr == "djconnfix: lite: nothing to probe: it is a file, not a server\n"
    assert postgresql_login.password not in done.stdout + done.stderr


def test_a_probe_as_json(project: Callable[..., Site], postgresql_login: Login) -> None:
    site = project(default=alias(postgresql_login, CONN_MAX_AGE=60), down=alias(NOWHERE))
    done = site.manage("connprobe", "--samples", "2", "--format", "json", "--network-ms", "20")
    assert done.returncode == 3
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["unreachable"] == [{"alias": "down", "reason": "cannot be reached: connection refused"}]
    [database] = found["databases"]
    assert database["connect"]["round_trips"] == sum(each["round_trips"] for each in database["connect"]["phases"])
    assert [each["name"] for each in database["requests"] if each["today"]] == ["connections kept (CONN_MAX_AGE 60)"]
    assert [each["round_trip"] for each in database["networks"]] == [0.02]


def test_psycopg2_takes_the_same_round_trips(
    project: Callable[..., Site], postgresql_login: Login, tmp_path: Path
) -> None:
    pytest.importorskip("psycopg2", reason="no psycopg2: pip install psycopg2-binary")
    site = project(default=alias(postgresql_login))
    site.write("hidden/psycopg.py", "raise ImportError")
    found = {}
    for driver, folder in (("psycopg", ""), ("psycopg2", str(tmp_path / "hidden"))):
        path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH", ""))))
        done = site.manage("connprobe", "--samples", "2", "--format", "json", PYTHONPATH=path)
        assert done.returncode == 0, done.stderr
        [found[driver]] = json.loads(done.stdout)["databases"]
        assert found[driver]["driver"] == driver
    one, other = ({p["name"]: p["round_trips"] for p in each["connect"]["phases"]} for each in found.values())
    assert one == other


PYMYSQL = "import pymysql\n\npymysql.version_info = (2, 2, 8, 'final', 0)\npymysql.install_as_MySQLdb()\n"


@pytest.mark.parametrize(
    ("distribution", "module", "engine", "before", "options"),
    [
        ("mysqlclient", "MySQLdb", "django.db.backends.mysql", "", {"ssl_mode": "DISABLED"}),
        ("PyMySQL", "pymysql", "django.db.backends.mysql", PYMYSQL, {"ssl_disabled": True}),
        (
            "mysql-connector-python",
            "mysql.connector",
            "mysql.connector.django",
            "",
            {"ssl_disabled": True, "use_pure": True},
        ),
    ],
    ids=["mysqlclient", "PyMySQL", "mysql-connector"],
)
def test_drivers_of_mysql_take_the_same_round_trips(
    distribution: str,
    module: str,
    engine: str,
    before: str,
    options: dict[str, Any],
    project: Callable[..., Site],
    mariadb_login: Login,
) -> None:
    try:
        version(distribution)
    except PackageNotFoundError:  # mysqlclient has to be compiled
        pytest.skip(f"no {distribution}: pip install {distribution}")
    site = project(default=alias(mariadb_login, ENGINE=engine, OPTIONS=options))
    site.write("shop/__init__.py", before)
    done = site.manage("connprobe", "--samples", "2", "--format", "json")
    assert done.returncode == 0, done.stderr
    jsonschema.validate(json.loads(done.stdout), SCHEMA)
    [found] = json.loads(done.stdout)["databases"]
    assert found["driver"] == module
    assert found["connect"]["repeatable"]
    assert {p["name"]: p["round_trips"] for p in found["connect"]["phases"] if p["round_trips"]} == {
        "TCP connect": 1,
        "server start": 1,
        "authentication": 1,
        "driver's statements": 2,
        "Django's statements": 2,
    }
    assert mariadb_login.password not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        ([], 3, "djconnfix: default (127.0.0.1:1): cannot be reached: connection refused"),
        (["--database", "defalt"], 2, "CommandError: there is no alias 'defalt'; did you mean 'default'?"),
        (["--samples", "0"], 2, "must be a whole number from 1 to 1000, not '0'"),
        (["--timeout", "never"], 2, "must be a number above 0, not 'never'"),
        (["--format", "yaml"], 2, "invalid choice: 'yaml'"),
    ],
    ids=["a server that is down", "an unknown alias", "no samples", "no time-out", "an unknown format"],
)
def test_exit_statuses_of_a_probe(arguments: list[str], status: int, line: str, project: Callable[..., Site]) -> None:
    done = project(default=alias(NOWHERE)).manage("connprobe", *arguments)
    assert done.returncode == status
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_a_live_audit_judges_what_the_server_says(
    project: Callable[..., Site], postgresql_login: Login, pgbouncer: Callable[[PoolMode], PgBouncer]
) -> None:
    site = project(default=alias(pgbouncer("transaction").login), direct=alias(postgresql_login))
    done = site.manage("connaudit", "--live", "--select", "DCF7", "--format", "json")
    found = {(each["code"], each["alias"]) for each in json.loads(done.stdout)["findings"]}
    assert ("DCF706", "default") in found
    assert ("DCF706", "direct") not in found
    assert done.returncode == 1, done.stderr
    assert postgresql_login.password not in done.stdout + done.stderr


def test_without_live_no_server_is_asked(project: Callable[..., Site]) -> None:
    site = project(default=alias(NOWHERE))
    assert site.manage("connaudit", "--select", "DCF7").returncode == 0
    done = site.manage("connaudit", "--select", "DCF7", "--live")
    assert done.returncode == 3
    assert done.stderr == "djconnfix: default (127.0.0.1:1): cannot be reached: connection refused\n"


@pytest.mark.proves("DCF702")
def test_an_idle_transaction_fails_a_live_audit(
    project: Callable[..., Site], postgresql: PostgreSQL, postgresql_login: Login
) -> None:
    import threading
    import time

    with postgresql.connect(postgresql_login) as idle, postgresql.connect(postgresql_login) as waiting:
        idle.execute("CREATE TABLE IF NOT EXISTS live_audit (n int)")
        idle.execute("BEGIN")
        idle.execute("SELECT * FROM live_audit")
        thread = threading.Thread(target=waiting.execute, args=("ALTER TABLE live_audit ADD COLUMN m int",))
        thread.start()
        give_up = time.monotonic() + 10
        while not postgresql.query("SELECT 1 FROM pg_locks WHERE NOT granted") and time.monotonic() < give_up:
            time.sleep(0.02)
        try:
            site = project(default=alias(postgresql_login))
            done = site.manage("connaudit", "--live", "--select", "DCF702", "--fail-level", "error")
        finally:
            idle.execute("ROLLBACK")
            thread.join(10)
    assert done.returncode == 1, done.stderr
    assert "live_audit" in done.stdout
    assert "shop/settings.py" in done.stdout
