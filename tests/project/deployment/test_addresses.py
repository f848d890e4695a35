"""Variables of the deployed environment that lead to a pooler, and what the rules make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from tests.project.deployment import deployment

if TYPE_CHECKING:
    from pathlib import Path

POOLER = """\
services:
  pgbouncer:
    image: edoburu/pgbouncer:1.23
    environment: {POOL_MODE: transaction, DB_HOST: db, DATABASE_URL: "postgres://u:hunter2@db/x"}
"""
WEB = "  web:\n    build: .\n    environment: {{{}}}\n"
SERVER = "  {}:\n    command: gunicorn {}.wsgi\n    environment: {{DB_HOST: {}, DJANGO_SETTINGS_MODULE: {}.settings}}\n"
TO_POOLER = POOLER + WEB.format("DB_HOST: pgbouncer")
URL = "DATABASE_URL: 'postgres://u:hunter2@pgbouncer:6432/x'"

FILES = [
    pytest.param({"compose.yml": TO_POOLER}, {"DB_HOST"}, id="compose"),
    pytest.param({"compose.yml": POOLER + WEB.format(URL)}, {"DATABASE_URL"}, id="url"),
    pytest.param({"compose.yml": POOLER + WEB.format('DB_HOST: "${POOL:-pgbouncer}"')}, {"DB_HOST"}, id="default"),
    pytest.param({"compose.yml": POOLER, ".env": "export DB_HOST='pgbouncer'\n"}, {"DB_HOST"}, id="dotenv"),
    pytest.param(
        {"compose.yml": POOLER, "Dockerfile": "FROM a\nENV DB_HOST=pgbouncer\nCMD gunicorn shop.wsgi\n"},
        {"DB_HOST"},
        id="dockerfile",
    ),
    pytest.param(
        {
            "compose.yml": POOLER,
            "web.yaml": "spec:\n  containers:\n  - name: web\n    command: [gunicorn, shop.wsgi]\n"
            "    env:\n    - {name: DB_HOST, value: pgbouncer.prod.svc}\n",
        },
        {"DB_HOST"},
        id="kubernetes",
    ),
    pytest.param({"compose.yml": TO_POOLER, ".env.example": "DB_HOST=localhost\n"}, {"DB_HOST"}, id="services-win"),
    pytest.param({"compose.yml": POOLER}, set(), id="the-pooler's-own-environment"),
    pytest.param({"compose.yml": POOLER + WEB.format("DB_HOST: db")}, set(), id="the-server-itself"),
    pytest.param({"compose.yml": POOLER + WEB.format("GREETING: pgbouncer")}, set(), id="no-address-by-its-name"),
    pytest.param({"compose.yml": POOLER + WEB.format('DB_HOST: "${DB_HOST}"')}, set(), id="out-of-sight"),
    pytest.param({"compose.yml": POOLER, ".env": "DB_HOST=pgbouncer\nDB_HOST=db\n"}, set(), id="disagreement"),
    pytest.param(
        {"compose.yml": TO_POOLER + WEB.replace("web", "other").format("DB_HOST: db")}, set(), id="two-services"
    ),
    pytest.param(
        {"compose.yml": TO_POOLER + "  one:\n    command: manage.py migrate\n    environment: {DB_HOST: db}\n"},
        {"DB_HOST"},
        id="migrations-go-past-it",
    ),
    pytest.param(
        {"compose.yml": TO_POOLER, "compose.dev.yml": "services:\n" + SERVER.format("web", "shop", "db", "shop")},
        {"DB_HOST"},
        id="development-goes-past-it",
    ),
]


@pytest.mark.parametrize(("files", "variables"), FILES)
def test_the_variables_that_lead_to_a_pooler_are_known_by_name(files: dict[str, str], variables: set[str]) -> None:
    found = deployment(dict(files))
    (pooler,) = found.poolers
    assert pooler.variables == variables
    assert "hunter2" not in repr(found)


SETTINGS = """\
import os

import dj_database_url

DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": {}}}}}
"""
READ = SETTINGS.format('os.environ["DB_HOST"]')
GET = SETTINGS.format('os.environ.get("DB_HOST", "localhost")')
CONFIG = 'import dj_database_url\n\nDATABASES = {"default": dj_database_url.config()}\n'
ENVIRON = 'import environ\n\nenv = environ.Env()\nDATABASES = {"default": env.db()}\n'


@pytest.mark.parametrize(
    ("settings", "compose", "found"),
    [
        pytest.param(SETTINGS.format('"pgbouncer"'), POOLER, True, id="literal"),
        pytest.param(READ, TO_POOLER, True, id="read"),
        pytest.param(GET, TO_POOLER, True, id="default"),
        pytest.param(CONFIG, POOLER + WEB.format(URL), True, id="dj-database-url"),
        pytest.param(ENVIRON, POOLER + WEB.format(URL), True, id="django-environ"),
        pytest.param(
            READ,
            POOLER + SERVER.format("web", "shop", "pgbouncer", "shop") + WEB.replace("web", "x").format("DB_HOST: db"),
            True,
            id="the-server's-own-wins",
        ),
        pytest.param(
            READ,
            TO_POOLER + SERVER.format("shop", "shop", "db", "shop"),
            False,
            id="the-server's-own-goes-past-it",
        ),
        pytest.param(
            SETTINGS.format('os.environ.get("DB_HOST", "pgbouncer")'),
            POOLER + SERVER.format("shop", "shop", "db", "shop"),
            False,
            id="past-the-default",
        ),
        pytest.param(READ.replace("DB_HOST", "OTHER"), TO_POOLER, False, id="another-variable"),
        pytest.param(READ, TO_POOLER.replace("transaction", "session"), False, id="session-mode"),
    ],
)
def test_a_pooler_named_by_the_environment_is_held_against_the_settings(
    tmp_path: Path, settings: str, compose: str, found: bool
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "settings.py").write_text(settings)
    (tmp_path / "compose.yml").write_text(compose)
    report = audit(Config(root=tmp_path))
    assert ("DCF420" in {finding.code for finding in report.findings}) is found


def test_each_settings_module_follows_its_own_server(tmp_path: Path) -> None:
    for name in ("shop", "blog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.py").write_text(READ)
    services = SERVER.format("shop", "shop", "pgbouncer", "shop") + SERVER.format("blog", "blog", "db", "blog")
    (tmp_path / "compose.yml").write_text(POOLER + services)
    findings = [finding for finding in audit(Config(root=tmp_path)).findings if finding.code == "DCF420"]
    assert [finding.location.path for finding in findings] == ["shop/settings.py"]
