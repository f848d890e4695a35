from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import Role
from djconnfix.project.files import Tree, discover
from djconnfix.project.scan import scan
from djconnfix.project.settings_modules import (
    UseKind,
    looks_like_settings,
    read_uses,
    resolve_module,
    role_of_path,
    settings_candidates,
)

if TYPE_CHECKING:
    from pathlib import Path


def no_facts(path: str, data: bytes) -> bool:
    return False


def tree_of(root: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return discover(root)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("shop/settings.py", Role.PRODUCTION),
        ("shop/settings/production.py", Role.PRODUCTION),
        ("shop/settings/docker.py", Role.PRODUCTION),
        ("latest/settings.py", Role.PRODUCTION),
        ("contest/settings.py", Role.PRODUCTION),
        ("shop/settings/localisation.py", Role.PRODUCTION),
        ("local/settings.py", Role.PRODUCTION),
        ("shop/settings/dev.py", Role.DEVELOPMENT),
        ("shop/settings/local.py", Role.DEVELOPMENT),
        ("shop/settings_local.py", Role.DEVELOPMENT),
        ("shop/settings-development.py", Role.DEVELOPMENT),
        ("dev/common/settings.py", Role.DEVELOPMENT),
        ("shop/settings/test.py", Role.TEST),
        ("shop/test_settings.py", Role.TEST),
        ("tests/settings.py", Role.TEST),
        ("tests/testproject/settings.py", Role.TEST),
        ("shop/settings/ci.py", Role.TEST),
        ("shop/settings/unittests.py", Role.TEST),
        ("shop/unittest_settings.py", Role.TEST),
        ("shop/testsettings.py", Role.TEST),
        ("testimonials/settings.py", Role.PRODUCTION),
        ("attestation/settings.py", Role.PRODUCTION),
        ("shop/settings/test_local.py", Role.TEST),
        (".github/workflows/postgres_settings.py", Role.TEST),
        (".ci.settings.py", Role.TEST),
        ("shop/settings/docs.py", Role.TEST),
        ("shop/settings/build.py", Role.TEST),
        ("docs/shop/settings.py", Role.PRODUCTION),
    ],
)
def test_role_by_path(path: str, role: Role) -> None:
    assert role_of_path(path) is role


@pytest.mark.parametrize(
    "path", ["a/settings.py", "settings/prod.py", "a/local_settings.py", "config/base.py", "conf/x.py"]
)
def test_paths_of_settings(path: str) -> None:
    assert looks_like_settings(path)


@pytest.mark.parametrize("path", ["a/models.py", "configure/x.py", "shop/views.py"])
def test_paths_of_other_things(path: str) -> None:
    assert not looks_like_settings(path)


@pytest.mark.parametrize(
    ("text", "is_settings"),
    [
        pytest.param("DATABASES = {}\n", True, id="assigned"),
        pytest.param("DATABASES: dict[str, object] = {}\n", True, id="annotated"),
        pytest.param("from .base import *\nDATABASES['default']['HOST'] = 'x'\n", True, id="one key"),
        pytest.param("from .base import DATABASES\nDATABASES['default'].update(HOST='x')\n", True, id="method"),
        pytest.param("if x:\n    DATABASES = {}\n", True, id="in a branch"),
        pytest.param("try:\n    pass\nexcept E:\n    DATABASES = {}\n", True, id="in a handler"),
        pytest.param("class Base:\n    DATABASES = {}\n", True, id="in a class"),
        pytest.param(
            "class Base:\n    @property\n    def DATABASES(self):\n        return {}\n", True, id="a property"
        ),
        pytest.param("MIDDLEWARE += ['x']\n", True, id="middleware"),
        pytest.param("ROOT_URLCONF = 'x'\n", True, id="no databases"),
        pytest.param("def f(DATABASES):\n    DATABASES['default'] = 1\n", False, id="a parameter"),
        pytest.param("TEXT = '''\nDATABASES = {}\n'''\n", False, id="a text"),
        pytest.param("# DATABASES = {}\n", False, id="a comment"),
        pytest.param("from django.conf import settings\nprint(settings.DATABASES)\n", False, id="a reader"),
        pytest.param("settings.DATABASES['x'] = 1\n", False, id="another object's attribute"),
        pytest.param("def f():\n    DATABASES = {}\n", False, id="a local name"),
    ],
)
def test_what_makes_a_module_settings(tmp_path: Path, text: str, is_settings: bool) -> None:
    tree = tree_of(tmp_path, {"a/b.py": text})
    found, unreadable = settings_candidates(tree, scan(tree, no_facts), ())
    assert found == (["a/b.py"] if is_settings else [])
    assert unreadable == []


def test_a_module_that_inherits_everything_is_settings_when_its_path_says_so(tmp_path: Path) -> None:
    tree = tree_of(
        tmp_path,
        {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": "DATABASES = {}\n",
            "shop/settings/production.py": "from .base import *\n",
            "shop/settings/eu.py": "from shop.settings.production import *\n",
            "shop/views.py": "from .settings.base import *\n",
        },
    )
    found, _ = settings_candidates(tree, scan(tree, no_facts), ())
    assert found == ["shop/settings/base.py", "shop/settings/eu.py", "shop/settings/production.py"]


def test_settings_that_do_not_parse_are_named_and_other_files_are_not(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {"settings.py": "DATABASES = {\n", "template.py": "DATABASES = {{ x }}\nprint 1\n"})
    _, unreadable = settings_candidates(tree, scan(tree, no_facts), ())
    assert [(e.path, e.line) for e in unreadable] == [("settings.py", 1)]


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("manage.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")', UseKind.MANAGE),
        ("shop/wsgi.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")', UseKind.SERVER),
        ("shop/asgi.py", 'os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"', UseKind.SERVER),
        ("conftest.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")', UseKind.TEST),
        ("tests/run.py", 'os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"', UseKind.TEST),
        ("shop/celery.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")', UseKind.OTHER),
    ],
)
def test_uses_of_a_settings_module(tmp_path: Path, path: str, text: str, kind: UseKind) -> None:
    tree = tree_of(tmp_path, {path: f"import os\n{text}\n"})
    (use,) = read_uses(tree, scan(tree, no_facts).uses)
    assert (use.module, use.kind, use.location.line) == ("shop.settings", kind, 2)


@pytest.mark.parametrize(
    "text",
    [
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", name)',
        'os.environ.get("DJANGO_SETTINGS_MODULE", )',
        'os.environ["OTHER"] = "DJANGO_SETTINGS_MODULE"',
        'os.environ["DJANGO_SETTINGS_MODULE"] = ""',
        "# DJANGO_SETTINGS_MODULE",
    ],
)
def test_no_use(tmp_path: Path, text: str) -> None:
    tree = tree_of(tmp_path, {"manage.py": f"import os\n{text}\n"})
    assert list(read_uses(tree, scan(tree, no_facts).uses)) == []


def test_modules_resolve_to_the_nearest_file(tmp_path: Path) -> None:
    tree = tree_of(
        tmp_path, dict.fromkeys(["a/shop/settings.py", "b/shop/settings.py", "shop/settings/__init__.py"], "")
    )
    assert resolve_module(tree, "shop.settings", "a/manage.py") == ["a/shop/settings.py", "shop/settings/__init__.py"]
    assert resolve_module(tree, "shop.settings", "manage.py") == ["shop/settings/__init__.py"]
    assert resolve_module(tree, "settings", "a/shop/urls.py", level=1) == ["a/shop/settings.py"]
    assert resolve_module(tree, "shop.other", "manage.py") == []
    assert resolve_module(tree, "settings", "manage.py", level=3) == []
