"""Which roots there are, what each is for, and which evidence belongs to which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.budget import budget
from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.facts import Project, Role, SettingsModule

if TYPE_CHECKING:
    from pathlib import Path

DATABASES = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'x'}}\n"
USE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '{}')\n"


def project_of(root: Path, files: dict[str, str]) -> Project:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return audit(Config(root=root)).project


def by_path(project: Project) -> dict[str, SettingsModule]:
    return {settings.path: settings for settings in project.settings}


def test_a_module_that_others_read_is_judged_through_them(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": DATABASES,
            "shop/settings/production.py": "from .base import *\n",
            "shop/settings/local.py": "from .base import *\n",
        },
    )
    assert {path: each.role for path, each in by_path(project).items()} == {
        "shop/settings/local.py": Role.DEVELOPMENT,
        "shop/settings/production.py": Role.PRODUCTION,
    }


def test_a_module_that_others_read_is_a_root_too_when_something_names_it(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        {
            "manage.py": USE.format("settings"),
            "settings.py": DATABASES,
            "settings_eu.py": "from settings import *\n",
        },
    )
    assert set(by_path(project)) == {"settings.py", "settings_eu.py"}


APPS = "INSTALLED_APPS = ['shop']\n"


@pytest.mark.parametrize(
    ("more", "roots"),
    [
        pytest.param({}, {"shop/core/settings.py": Role.PRODUCTION, "dev/settings.py": Role.DEVELOPMENT}, id="orphaned"),
        pytest.param(
            {"shop/settings_live.py": "from shop.core.settings import *\n"},
            {"shop/settings_live.py": Role.PRODUCTION, "dev/settings.py": Role.DEVELOPMENT},
            id="read in production",
        ),
        pytest.param(
            {"dev/settings.py": "from shop.outer.settings import *\n", "shop/outer/settings.py": "from shop.core.settings import *\n"},
            {"shop/outer/settings.py": Role.PRODUCTION, "dev/settings.py": Role.DEVELOPMENT},
            id="only the outermost",
        ),
        pytest.param({"shop/core/settings.py": DATABASES}, {"dev/settings.py": Role.DEVELOPMENT}, id="only a part"),
    ],
)  # fmt: skip
def test_a_base_that_only_development_reads_is_judged_as_what_is_deployed(
    tmp_path: Path, more: dict[str, str], roots: dict[str, Role]
) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/core/__init__.py": "",
        "shop/outer/__init__.py": "",
        "shop/core/settings.py": DATABASES + APPS,
        "dev/settings.py": "from shop.core.settings import *\nDEBUG = True\n",
    }
    project = project_of(tmp_path, {**files, **more})
    assert {path: each.role for path, each in by_path(project).items()} == roots


@pytest.mark.parametrize(
    ("files", "role"),
    [
        pytest.param({"manage.py": USE.format("shop.settings")}, Role.PRODUCTION, id="manage.py"),
        pytest.param({"conftest.py": USE.format("shop.settings")}, Role.TEST, id="only the tests' configuration"),
        pytest.param(
            {"conftest.py": USE.format("shop.settings"), "shop/wsgi.py": USE.format("shop.settings")},
            Role.PRODUCTION,
            id="the tests' and the server's",
        ),
        pytest.param(
            {
                "docker-compose.yml": "services:\n  web:\n    command: python manage.py runserver --settings=shop.settings\n"
            },
            Role.DEVELOPMENT,
            id="only runserver",
        ),
        pytest.param(
            {"Procfile": "web: gunicorn shop.wsgi --env DJANGO_SETTINGS_MODULE=shop.settings\n"},
            Role.PRODUCTION,
            id="gunicorn",
        ),
    ],
)
def test_the_role_follows_from_who_names_it(tmp_path: Path, files: dict[str, str], role: Role) -> None:
    project = project_of(tmp_path, {"shop/settings.py": DATABASES, **files})
    assert by_path(project)["shop/settings.py"].role is role


@pytest.mark.parametrize("package", [{}, {"shop/__init__.py": ""}], ids=["no __init__.py", "__init__.py"])
def test_a_server_that_names_its_settings_serves_those_alone(tmp_path: Path, package: dict[str, str]) -> None:
    project = project_of(
        tmp_path,
        {
            **package,
            "shop/settings_eu.py": DATABASES,
            "shop/settings_us.py": DATABASES,
            "Procfile": "web: DJANGO_SETTINGS_MODULE=shop.settings_eu gunicorn shop.wsgi\n",
        },
    )
    served = {path: [s.program for s in each.evidence.servers] for path, each in by_path(project).items()}
    assert served == {"shop/settings_eu.py": ["gunicorn"], "shop/settings_us.py": []}


SCRIPT = '#!/bin/sh\nexec gunicorn shop.wsgi --workers 200 "$@"\n'
WORKER = '#!/bin/sh\nexec celery -A shop worker --concurrency 4 "$@"\n'
COMPOSE = "services:\n  web:\n    entrypoint: ./docker/entrypoint.sh\n    environment: {}\n"


@pytest.mark.parametrize(
    ("dockerfile", "compose", "total"),
    [
        pytest.param("shop.config", "", 204, id="settings-not-in-the-tree"),
        pytest.param("shop.settings", "", 204, id="these-settings"),
        pytest.param("shop.config", COMPOSE.format("{DJANGO_SETTINGS_MODULE: shop.settings}"), 204, id="two-commands"),
        pytest.param("shop.config", COMPOSE.format("{DJANGO_SETTINGS_MODULE: shop.config}"), 204, id="both-elsewhere"),
    ],
)
def test_a_script_counts_once_whoever_runs_it(tmp_path: Path, dockerfile: str, compose: str, total: int) -> None:
    start = f'FROM python:3.12\nENV DJANGO_SETTINGS_MODULE={dockerfile}\nENTRYPOINT ["./docker/entrypoint.sh"]\n'
    files = {"docker/entrypoint.sh": SCRIPT, "docker/async_entrypoint.sh": WORKER, "docker/Dockerfile": start}
    files |= {"compose.yml": compose} if compose else {}
    project = project_of(tmp_path, {"shop/settings.py": DATABASES, **files})
    (settings,) = project.settings
    assert budget(settings.databases[0], settings.evidence.servers).total == total


def test_projects_of_one_repository_keep_their_evidence_apart(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        {
            "one/manage.py": USE.format("config.settings"),
            "one/config/settings.py": DATABASES,
            "one/requirements.txt": "Django==4.0.1\n",
            "one/Procfile": "web: gunicorn config.wsgi\n",
            "two/manage.py": USE.format("config.settings"),
            "two/config/settings.py": DATABASES,
            "two/requirements.txt": "Django==5.2\n",
            "two/Procfile": "web: uvicorn config.asgi:application\n",
        },
    )
    seen = {
        path: (each.evidence.django, [s.program for s in each.evidence.servers])
        for path, each in by_path(project).items()
    }
    assert seen == {
        "one/config/settings.py": ((4, 0, 1), ["gunicorn"]),
        "two/config/settings.py": ((5, 2), ["uvicorn"]),
    }


def test_a_deployment_file_above_all_projects_counts_for_each(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        {
            "backend/manage.py": USE.format("config.settings"),
            "backend/config/settings.py": DATABASES,
            "Procfile": "web: cd backend && gunicorn config.wsgi\n",
        },
    )
    (settings,) = project.settings
    assert [s.program for s in settings.evidence.servers] == ["gunicorn"]


@pytest.mark.parametrize("folder", ["requirements", "deploy", "."])
def test_requirements_are_found_beside_the_code(tmp_path: Path, folder: str) -> None:
    project = project_of(
        tmp_path,
        {"manage.py": "", "shop/settings.py": DATABASES, f"{folder}/requirements.txt": "Django==5.1.2\n"},
    )
    (settings,) = project.settings
    assert settings.evidence.django == (5, 1, 2)


@pytest.mark.parametrize(
    ("deployment", "served"),
    [
        pytest.param("Procfile", {"shop/settings.py", "examples/one/blog/settings.py"}, id="above all"),
        pytest.param("docker/web/Procfile", {"shop/settings.py", "examples/one/blog/settings.py"}, id="beside all"),
        pytest.param("examples/one/Procfile", {"examples/one/blog/settings.py"}, id="in one"),
        pytest.param("examples/one/deploy/Procfile", {"examples/one/blog/settings.py"}, id="below one"),
    ],
)
def test_a_deployment_file_belongs_to_the_nearest_project(tmp_path: Path, deployment: str, served: set[str]) -> None:
    project = project_of(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/settings.py": DATABASES,
            "examples/one/blog/__init__.py": "",
            "examples/one/blog/settings.py": DATABASES,
            deployment: "web: gunicorn wsgi:application\n",
        },
    )
    assert {path for path, each in by_path(project).items() if each.evidence.servers} == served


def test_a_server_that_names_settings_nobody_has_still_counts(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        {
            "shop/settings.py": DATABASES,
            "Procfile": "web: DJANGO_SETTINGS_MODULE=shop.generated gunicorn shop.wsgi --workers 200\n",
        },
    )
    (settings,) = project.settings
    assert [s.processes for s in settings.evidence.servers] == [200]


LEFT_OVER = {"etc/gunicorn/shop.py": "workers = 3\nbind = '0.0.0.0'\n"}


@pytest.mark.parametrize(
    ("files", "programs"),
    [
        pytest.param({}, ["gunicorn"], id="alone it is all that is known"),
        pytest.param({"Procfile": "web: uvicorn shop.asgi:application\n"}, ["uvicorn"], id="a command serves"),
        pytest.param({"Procfile": "web: bin/start.sh\n"}, ["start.sh", "gunicorn"], id="what serves is not seen"),
        pytest.param({"Procfile": "worker: celery -A shop worker\n"}, ["celery", "gunicorn"], id="only a worker"),
        pytest.param(
            {"compose.yml": "services:\n  w:\n    command: ./manage.py runserver\n"},
            ["runserver", "gunicorn"],
            id="only development",
        ),
        pytest.param(
            {"Procfile": "web: gunicorn -c etc/gunicorn/shop.py shop.wsgi\n"}, ["gunicorn", "gunicorn"], id="it is used"
        ),
    ],
)
def test_a_configuration_file_that_no_command_reads_counts_where_no_command_serves(
    tmp_path: Path, files: dict[str, str], programs: list[str]
) -> None:
    project = project_of(tmp_path, {"shop/settings.py": DATABASES, **LEFT_OVER, **files})
    (settings,) = project.settings
    assert [server.program for server in settings.evidence.servers] == programs
