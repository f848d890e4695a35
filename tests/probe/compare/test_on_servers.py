"""A small project compared with itself on real servers. Counts, never seconds."""

from __future__ import annotations

import argparse
import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from djconnfix.management.arguments import request_path, threads
from djconnfix.probe.compare.plan import Change, Trial
from djconnfix.probe.compare.run import Load, run_trial
from tests.django_integration.conftest import MANAGE, Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from djconnfix.probe.compare.outcome import Outcome
    from tests.servers.pgbouncer import PgBouncer, PoolMode
    from tests.servers.postgresql import Login

THREADS = 2
SCHEMA = json.loads(resources.files("djconnfix.probe.compare").joinpath("schema.json").read_text(encoding="utf-8"))
SETTINGS = """\
{before}
SECRET_KEY = "canary-secret-key"
ALLOWED_HOSTS = ["shop.example"]
INSTALLED_APPS = ["djconnfix"]
USE_TZ = True
ROOT_URLCONF = "shop.urls"
DATABASES = {databases!r}
"""
URLS = """\
from django.db import connection
from django.http import HttpResponse
from django.urls import path


def query(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return HttpResponse(str(cursor.fetchone()))


def broken(request):
    raise ValueError("canary-words")


urlpatterns = [path("", query), path("broken/", broken)]
"""
PYMYSQL = "import pymysql\npymysql.version_info = (2, 2, 8, 'final', 0)\npymysql.install_as_MySQLdb()"


def alias(login: Login, engine: str = "postgresql", **more: Any) -> dict[str, Any]:
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": login.database,
        "USER": login.user,
        "PASSWORD": login.password,
        "HOST": login.host,
        "PORT": login.port,
        **more,
    }


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Site]:
    """`project(alias(login))`: a project with this database and a page that makes one query."""

    def make(default: dict[str, Any], before: str = "") -> Site:
        made = Site(tmp_path)
        made.write("manage.py", MANAGE)
        made.write("shop/__init__.py", "")
        made.write("shop/settings.py", SETTINGS.format(databases={"default": default}, before=before))
        made.write("shop/urls.py", URLS)
        return made

    return make


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Outcome]:
    """`outcome(asgi=True)`: the project under its settings, with changes."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(*changes: Change, asgi: bool = False, paths: tuple[str, ...] = ("/",)) -> Outcome:
        load = Load(("default",), paths, THREADS, 0.3, asgi)
        return run_trial(Trial("today", "", changes), load, "shop.settings")

    return run


def test_every_way_that_works_is_measured(
    project: Callable[..., Site], pgbouncer: Callable[[PoolMode], PgBouncer], postgresql_login: Login
) -> None:
    bouncer = pgbouncer("transaction").login
    site = project(alias(postgresql_login, CONN_MAX_AGE=600))
    done = site.manage(
        *("connprobe", "--compare", "--seconds", "0.4", "--rounds", "2", "--threads", str(THREADS)),
        *("--format", "json"),
        *("--through", f"{bouncer.host}:{bouncer.port}"),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["server"], found["because"], found["paths"]) == ("WSGI", "--threads 2", ["/"])
    assert {each["name"] for each in found["not_tried"]} == {"pgbouncer-session", "pgbouncer-statement"}
    outcomes = {each["name"]: each for each in found["outcomes"]}
    assert list(outcomes) == [
        "loaded settings",
        "close-per-request",
        "persistent",
        "pool",
        "sqlalchemy-pool",
        "pgbouncer-transaction",
    ]
    jsonschema.validate(found, SCHEMA)
    for each in outcomes.values():
        assert (each["trouble"], each["failures"]) == ("", 0)
        assert len(each["rates"]) == 2
        assert 0 < each["median"] <= each["slow"]
        assert each["work"] > 0
        assert each["after_cut"] == 2 * 3 * THREADS
    assert outcomes["close-per-request"]["opened"] == outcomes["close-per-request"]["requests"]
    assert outcomes["close-per-request"]["standing"] == 0
    for name in ("loaded settings", "persistent", "pool", "sqlalchemy-pool", "pgbouncer-transaction"):
        assert outcomes[name]["opened"] <= 2 * THREADS
        assert 0 < outcomes[name]["standing"] <= THREADS
        assert outcomes[name]["standing"] <= outcomes[name]["cut"] <= 2 * THREADS
    # Without health checks each cut connection costs one request, with them none.
    assert outcomes["loaded settings"]["failures_after_cut"] == outcomes["loaded settings"]["cut"] == 2 * THREADS
    assert outcomes["loaded settings"]["reasons"][0].startswith("OperationalError: ")
    for name in ("close-per-request", "persistent", "pool", "sqlalchemy-pool", "pgbouncer-transaction"):
        assert outcomes[name]["failures_after_cut"] == 0
    assert "canary" not in done.stdout + done.stderr
    assert postgresql_login.password not in done.stdout + done.stderr


def test_under_asgi_kept_connections_are_never_used_again(
    project: Callable[..., Site], outcome: Callable[..., Outcome], postgresql_login: Login
) -> None:
    project(alias(postgresql_login))
    kept = outcome(Change("default", ("CONN_MAX_AGE",), 60), asgi=True)
    closed = outcome(asgi=True)
    assert kept.opened == kept.requests
    assert closed.opened == closed.requests
    assert closed.standing == 0


def test_mariadb(project: Callable[..., Site], outcome: Callable[..., Outcome], mariadb_login: Login) -> None:
    project(alias(mariadb_login, "mysql", OPTIONS={"ssl_disabled": True}), PYMYSQL)
    found = outcome(Change("default", ("CONN_MAX_AGE",), 60))
    assert (found.trouble, found.opened, found.standing) == ("", 0, THREADS)
    assert found.failures_after_cut == found.cut == THREADS


def test_settings_that_are_a_class(
    project: Callable[..., Site],
    outcome: Callable[..., Outcome],
    postgresql_login: Login,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("configurations", reason="no django-configurations: pip install django-configurations")
    site = project(alias(postgresql_login))
    text = SETTINGS.format(databases={"default": alias(postgresql_login)}, before="").replace("\n", "\n    ")
    head = "from configurations import Configuration\n\n\nclass Live(Configuration):"
    site.write("shop/settings.py", f"print('hello')\n{head}{text.rstrip()}\n")
    site.write("manage.py", MANAGE.replace("django.core.management", "configurations.management"))
    monkeypatch.setenv("DJANGO_CONFIGURATION", "Live")
    found = outcome(Change("default", ("CONN_MAX_AGE",), 60))
    assert (found.trouble, found.opened, found.standing) == ("", 0, THREADS)
    done = site.manage("connprobe", "--help")
    assert "\nexamples:\n" in done.stdout


def test_requests_that_fail_are_counted_and_named_without_their_words(
    project: Callable[..., Site], outcome: Callable[..., Outcome], postgresql_login: Login
) -> None:
    project(alias(postgresql_login))
    found = outcome(paths=("/broken/", "/nowhere/"))
    assert found.failures == found.requests > 0
    assert set(found.reasons) == {"ValueError", "status 404"}


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"PASSWORD": "canary-password"}, "OperationalError: password authentication failed for user "),
        ({"ENGINE": "nosuch.engine"}, "the project does not start (ImproperlyConfigured)"),
    ],
    ids=["a wrong password", "no such engine"],
)
def test_a_trial_that_cannot_run(
    changes: dict[str, str],
    trouble: str,
    project: Callable[..., Site],
    outcome: Callable[..., Outcome],
    postgresql_login: Login,
) -> None:
    project(alias(postgresql_login) | changes)
    found = outcome()
    assert found.trouble.startswith(trouble)
    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["--through", "127.0.0.1:1"], 3, "127.0.0.1:1: cannot be reached: connection refused"),
        (["--through", "{server}"], 2, "is no pooler but the server itself"),
        (["--url", "http://ada:canary@127.0.0.1"], 2, "without a user"),
        (["--url", "http://127.0.0.1:1"], 3, ""),
        (["--url", "a=http://127.0.0.1:1", "--url", "a=http://127.0.0.1:2"], 2, "--url: a is given twice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_exit_statuses_of_a_comparison(
    arguments: list[str], status: int, line: str, project: Callable[..., Site], postgresql_login: Login
) -> None:
    server = f"{postgresql_login.host}:{postgresql_login.port}"
    given = [each.replace("{server}", server) for each in arguments]
    done = project(alias(postgresql_login)).manage("connprobe", "--compare", *given)
    assert done.returncode == status, done.stdout + done.stderr
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["products", "", "/a b", "/café", "/\n"])
def test_a_path_that_cannot_be_requested(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be a path such as"):
        request_path(text)


@pytest.mark.parametrize("text", ["0", "-1", "201", "four", "²"])
def test_a_number_of_threads_that_is_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be a whole number from 1 to 200"):
        threads(text)


def test_options_of_a_comparison_want_a_comparison(project: Callable[..., Site], postgresql_login: Login) -> None:
    done = project(alias(postgresql_login)).manage("connprobe", "--path", "/", "--threads", "2")
    assert done.returncode == 2
    assert "--path and --threads: only with --compare" in done.stderr
