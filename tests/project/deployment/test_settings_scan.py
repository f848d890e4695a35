"""Every spelling of `DJANGO_SETTINGS_MODULE` in a deployment file, and what is none."""

from __future__ import annotations

import pytest

from djconnfix.facts import Role
from tests.project.deployment import deployment

USES = [
    ("Procfile", "web: DJANGO_SETTINGS_MODULE=shop.live gunicorn shop.wsgi", None),
    ("Dockerfile", "FROM x\nENV DJANGO_SETTINGS_MODULE=shop.live A=b\nCMD x", None),
    ("Dockerfile", "FROM x\nENV DJANGO_SETTINGS_MODULE shop.live\n", None),
    ("Dockerfile", 'FROM x\nENV A=b \\\n    DJANGO_SETTINGS_MODULE="shop.live"\n', None),
    ("compose.yml", "services:\n  w:\n    environment:\n      - DJANGO_SETTINGS_MODULE=shop.live\n", None),
    ("compose.yml", "services:\n  w:\n    environment:\n      DJANGO_SETTINGS_MODULE: 'shop.live'\n", None),
    ("compose.yml", "e:\n  DJANGO_SETTINGS_MODULE: ${DJANGO_SETTINGS_MODULE:-shop.live}\n", None),
    ("k8s.yaml", "env:\n- name: DJANGO_SETTINGS_MODULE\n  value: shop.live\n", None),
    ("render.yaml", "envVars:\n- key: DJANGO_SETTINGS_MODULE\n  value: shop.live\n", None),
    ("etc/shop.service", "[Service]\nEnvironment=DJANGO_SETTINGS_MODULE=shop.live\nExecStart=/x", None),
    ("etc/shop.service", '[Service]\nEnvironment="DJANGO_SETTINGS_MODULE=shop.live"\nExecStart=/x', None),
    ("s.conf", '[program:x]\nenvironment=A="b",DJANGO_SETTINGS_MODULE="shop.live"\ncommand=x', None),
    ("run.sh", "export DJANGO_SETTINGS_MODULE=shop.live\n", None),
    ("run.sh", 'export DJANGO_SETTINGS_MODULE="${DJANGO_SETTINGS_MODULE:-shop.live}"\n', None),
    ("fly.toml", '[env]\n  DJANGO_SETTINGS_MODULE = "shop.live"\n', None),
    ("Makefile", "export DJANGO_SETTINGS_MODULE ?= shop.live\n", None),
    (".env", "SECRET=x\nDJANGO_SETTINGS_MODULE=shop.live\n", None),
    (".envs/.production/.django", "DJANGO_SETTINGS_MODULE=shop.live", None),
    ("tox.ini", "[testenv]\nsetenv =\n  DJANGO_SETTINGS_MODULE = shop.live\n", Role.TEST),
    ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = shop.live\n", Role.TEST),
    ("pytest.ini", "[pytest]\naddopts = --ds=shop.live -q\n", Role.TEST),
    ("setup.cfg", "[tool:pytest]\nDJANGO_SETTINGS_MODULE = shop.live\n", Role.TEST),
    ("pyproject.toml", '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "shop.live"\n', Role.TEST),
    ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--ds=shop.live"\n', Role.TEST),
    ("conftest.py", 'os.environ["DJANGO_SETTINGS_MODULE"] = "shop.live"\n', Role.TEST),
    (".github/workflows/ci.yml", "env:\n  DJANGO_SETTINGS_MODULE: shop.live\n", Role.TEST),
    ("compose.local.yml", "e:\n  DJANGO_SETTINGS_MODULE: shop.live\n", Role.DEVELOPMENT),
]


@pytest.mark.parametrize(("path", "text", "role"), USES, ids=[f"{path}-{n}" for n, (path, _, _) in enumerate(USES)])
def test_a_named_settings_module_is_found(path: str, text: str, role: Role | None) -> None:
    found = deployment({path: text}).settings_modules
    assert {(use.module, use.role_hint) for use in found} == {("shop.live", role)}
    line = next(n for n, content in enumerate(text.splitlines(), 1) if "shop.live" in content)
    assert line in {use.location.line for use in found}


NONE = [
    ("Procfile", "web: DJANGO_SETTINGS_MODULE=$SETTINGS gunicorn shop.wsgi"),
    ("Procfile", "web: DJANGO_SETTINGS_MODULE=shop.settings.${ENV} x"),
    ("run.sh", "# export DJANGO_SETTINGS_MODULE=shop.live\n"),
    ("run.sh", "echo DJANGO_SETTINGS_MODULE is not set\n"),
    ("run.sh", 'test -z "$DJANGO_SETTINGS_MODULE" && exit\n'),
    ("run.sh", "unset DJANGO_SETTINGS_MODULE\n"),
    ("compose.yml", "environment:\n  - DJANGO_SETTINGS_MODULE\n  - shop.live\n"),
    ("compose.yml", "environment:\n  DJANGO_SETTINGS_MODULE:\n  OTHER: x\n"),
    ("compose.yml", "environment:\n  DJANGO_SETTINGS_MODULE: {{ module }}\n"),
    ("k8s.yaml", "env:\n- name: DJANGO_SETTINGS_MODULE\n  valueFrom: x\n"),
    ("Dockerfile", "FROM x\nARG DJANGO_SETTINGS_MODULE\nENV DJANGO_SETTINGS_MODULE=${DJANGO_SETTINGS_MODULE}\n"),
    (".env", "DJANGO_SETTINGS_MODULE=postgres://u:p@h/d\n"),
    ("README.md", "DJANGO_SETTINGS_MODULE=shop.live\n"),
]


@pytest.mark.parametrize(("path", "text"), NONE, ids=[f"{path}-{n}" for n, (path, _) in enumerate(NONE)])
def test_what_names_no_module_gives_none(path: str, text: str) -> None:
    assert deployment({path: text}).settings_modules == ()
