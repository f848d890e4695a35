"""Imports between the modules of a tree, and of what is not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.source import UnreadableError
from tests.settings.expectations import said
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

BASE = HEAD + 'DATABASES = {"default": {"ENGINE": PG}}\n'
ROOT = "shop/settings/prod.py"
CASES: dict[str, tuple[dict[str, str], str, list[str]]] = {
    "relative star": (
        {"shop/settings/base.py": BASE, ROOT: 'from .base import *\nDATABASES["default"]["CONN_MAX_AGE"] = 5\n'},
        ROOT,
        ["default 'postgresql' CONN_MAX_AGE=5"],
    ),
    "absolute star from the folder above the packages": (
        {
            "src/shop/__init__.py": "",
            "src/shop/settings/__init__.py": "",
            "src/shop/settings/base.py": BASE,
            "src/shop/settings/prod.py": "from shop.settings.base import *\n",
        },
        "src/shop/settings/prod.py",
        ["default 'postgresql'"],
    ),
    "star from the package itself": (
        {"shop/settings/__init__.py": "from .db import *\n", "shop/settings/db.py": BASE, ROOT: "from . import *\n"},
        ROOT,
        ["default 'postgresql'"],
    ),
    "named, then changed in place": (
        {
            "shop/settings/base.py": BASE,
            ROOT: "from .base import DATABASES\nDATABASES['default'].update(CONN_MAX_AGE=0)\n",
        },
        ROOT,
        ["default 'postgresql' CONN_MAX_AGE=0"],
    ),
    "through a module's attribute": (
        {"shop/__init__.py": "", "shop/db.py": BASE, "settings.py": "from shop import db\nDATABASES = db.DATABASES\n"},
        "settings.py",
        ["default 'postgresql'"],
    ),
    "import as": (
        {"conf/db.py": BASE, "settings.py": "import conf.db as db\nDATABASES = {**db.DATABASES}\n"},
        "settings.py",
        ["default 'postgresql'"],
    ),
    "__all__ decides what a star imports": (
        {
            "base.py": '__all__ = ["OTHER"]\nOTHER = 1\nDATABASES = {"default": {}}\n',
            "settings.py": BASE + "from base import *\n",
        },
        "settings.py",
        ["default 'postgresql'"],
    ),
    "an optional override that is there": (
        {
            "settings.py": BASE + "try:\n    from local_settings import *\nexcept ImportError:\n    pass\n",
            "local_settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n',
        },
        "settings.py",
        ["default 'sqlite3'"],
    ),
    "an optional override that is missing": (
        {"settings.py": BASE + "try:\n    from .local_settings import *\nexcept ImportError:\n    pass\n"},
        "settings.py",
        ["default 'postgresql' | unless .local_settings (not in the project) overrides it"],
    ),
    "a file outside of the project is named by its whole path, one inside from the project's root": (
        {
            "shop/settings.py": HEAD
            + "import os\nfrom pathlib import Path\nAGE = 5 if os.path.exists('/etc/shop/kept') else 0\n"
            + "if (Path(__file__).parent / 'once').exists():\n    AGE = 7\n"
            + 'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": AGE}}\n'
        },
        "shop/settings.py",
        [
            "default 'postgresql' CONN_MAX_AGE=0 | not (shop/once exists); not (/etc/shop/kept exists)",
            "default 'postgresql' CONN_MAX_AGE=5 | not (shop/once exists); /etc/shop/kept exists",
            "default 'postgresql' CONN_MAX_AGE=7 | shop/once exists",
        ],
    ),
    "code from outside that is run last": (
        {
            "settings.py": BASE
            + "import os\np = os.environ['X']\nwith open(p, 'rb') as file:\n    exec(file.read(), globals())\n"
        },
        "settings.py",
        [
            (
                "default 'postgresql' | unless `exec(file.read(), globals())`, which runs code from outside the project,"
                " overrides it"
            )
        ],
    ),
    "an override before the definition does not count": (
        {"settings.py": "try:\n    from local_settings import *\nexcept ImportError:\n    pass\n" + BASE},
        "settings.py",
        ["default 'postgresql'"],
    ),
    "a module that is missing may give another name": (
        {
            "settings.py": HEAD
            + "try:\n    from local import ENGINE\nexcept ImportError:\n    ENGINE = PG\n"
            + 'DATABASES = {"default": {"ENGINE": ENGINE}}\n'
        },
        "settings.py",
        [
            "default unknown | local can be imported",
            "default 'postgresql' | local cannot be imported",
        ],
    ),
    "a cycle sees what is bound so far": (
        {
            "settings.py": HEAD
            + "AGE = 5\nfrom other import *\nDATABASES = {'default': {'ENGINE': PG, 'CONN_MAX_AGE': AGE}}\n",
            "other.py": "from settings import AGE as BEFORE\nAGE = BEFORE + 1\n",
        },
        "settings.py",
        ["default 'postgresql' CONN_MAX_AGE=6"],
    ),
    "split settings": (
        {
            "settings/__init__.py": (
                "from os import environ\nfrom split_settings.tools import include, optional\n"
                "include('components/*.py', 'environments/prod.py', optional('local.py'))\n"
            ),
            "settings/components/db.py": BASE,
            "settings/environments/prod.py": "DATABASES['default']['CONN_MAX_AGE'] = 9\n",
        },
        "settings/__init__.py",
        ["default 'postgresql' CONN_MAX_AGE=9 | unless local.py (not in the project) overrides it"],
    ),
    "a module named in the code": (
        {
            "settings.py": "import importlib\nglobals().update(vars(importlib.import_module('conf.db')))\n",
            "conf/__init__.py": "",
            "conf/db.py": BASE,
        },
        "settings.py",
        ["default 'postgresql'"],
    ),
    "a module that a variable selects": (
        {
            "settings.py": (
                "import importlib, os\nconf = importlib.import_module('conf.' + os.environ.get('ENV', 'db'))\n"
                "for name in dir(conf):\n    if name.isupper():\n        globals()[name] = getattr(conf, name)\n"
            ),
            "conf/__init__.py": "",
            "conf/db.py": BASE,
        },
        "settings.py",
        ["default 'postgresql' | ENV selects conf.db; unless a name that is set at run time overrides it"],
    ),
    "a file of the tree run by exec": (
        {"settings.py": "exec(open('conf/db.conf').read())\n", "conf/db.conf": BASE, "x/settings.py": ""},
        "settings.py",
        [],
    ),
    "a file of the tree run by exec, named from __file__": (
        {
            "settings.py": (
                "import os\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
                "with open(os.path.join(HERE, 'conf/db.conf')) as handle:\n    exec(handle.read())\n"
            ),
            "conf/db.conf": BASE,
        },
        "settings.py",
        ["default 'postgresql'"],
    ),
}


@pytest.mark.parametrize(("files", "path", "expected"), CASES.values(), ids=CASES)
def test_definitions(tmp_path: Path, files: dict[str, str], path: str, expected: list[str]) -> None:
    evaluation = evaluate_files(tmp_path, files, path)
    assert sorted(said(evaluation)) == sorted(expected)


PLAIN = "from base_settings import *\n"
SIBLINGS = [
    pytest.param("# -*- coding: utf-8 -*-\n" + PLAIN, {}, True, id="python-2-by-its-first-line"),
    pytest.param(PLAIN + "try:\n    pass\nexcept OSError, error:\n    pass\n", {}, True, id="python-2-by-its-syntax"),
    pytest.param(PLAIN, {"django": (1, 8)}, True, id="a-django-of-python-2"),
    pytest.param(PLAIN, {}, False, id="nothing-says-python-2"),
    pytest.param("# -*- coding: utf-8 -*-\n" + PLAIN, {"django": (4, 2)}, False, id="a-django-of-python-3"),
    pytest.param(PLAIN, {"django": (1, 8), "base_settings": ()}, False, id="asked-for-by-the-requirements"),
    pytest.param(PLAIN + "open('x', encoding='utf-8')\n", {}, False, id="python-3-by-a-keyword"),
    pytest.param("from __future__ import annotations\n" + PLAIN, {}, False, id="python-3-by-its-future"),
]


@pytest.mark.parametrize(("text", "versions", "found"), SIBLINGS)
def test_only_python_2_finds_a_sibling_and_says_so(
    tmp_path: Path, text: str, versions: dict[str, tuple[int, ...]], found: bool
) -> None:
    files = {"app/__init__.py": "", "app/settings.py": text, "app/base_settings.py": BASE}
    evaluation = evaluate_files(tmp_path, files, "app/settings.py", **versions)
    assert said(evaluation) == (["default 'postgresql'"] if found else [])
    assert any("Python 2" in note for note in evaluation.notes) is found


def test_a_module_is_no_sibling_of_its_own(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/settings.py": "from app.tool.shelf import DATABASES\n",
        "app/tool/__init__.py": "",
        "app/tool/shelf.py": "# -*- coding: utf-8 -*-\nfrom shelf import thing\n" + BASE,
    }
    evaluation = evaluate_files(tmp_path, files, "app/settings.py")
    assert said(evaluation) == ["default 'postgresql'"]
    assert evaluation.notes == ()


def test_an_installed_package_is_not_taken_for_a_sibling(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/settings.py": "from celery import *\n" + BASE,
        "app/celery.py": "raise SystemExit\n",
    }
    assert said(evaluate_files(tmp_path, files, "app/settings.py")) == ["default 'postgresql'"]


def test_the_root_must_be_readable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        evaluate_files(tmp_path, {"settings.py": "except A, e:\n"})


def test_an_imported_module_need_not_be(tmp_path: Path) -> None:
    files = {"settings.py": "from broken import *\n" + BASE, "broken.py": "except A, e:\n"}
    evaluation = evaluate_files(tmp_path, files)
    assert said(evaluation) == ["default 'postgresql'"]
    assert [each.path for each in evaluation.unreadable] == ["broken.py"]


@pytest.mark.parametrize(
    ("files", "path", "module"),
    [
        ({"manage.py": "", "shop/settings/prod.py": ""}, "shop/settings/prod.py", "shop.settings.prod"),
        ({"a/manage.py": "", "a/shop/settings.py": ""}, "a/shop/settings.py", "shop.settings"),
        ({"shop/__init__.py": "", "shop/settings/__init__.py": ""}, "shop/settings/__init__.py", "shop.settings"),
        (
            {"a/manage.py": "", "a/shop/settings.py": "", "b/manage.py": "", "b/shop/settings.py": ""},
            "a/shop/settings.py",
            "a.shop.settings",
        ),
    ],
    ids=["from manage.py", "in a subfolder", "a package", "two projects of one name"],
)
def test_module_name(tmp_path: Path, files: dict[str, str], path: str, module: str) -> None:
    assert evaluate_files(tmp_path, files, path).module == module


LOCAL = HEAD + 'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": 60}}\n'
FAILED, LOADED = "default 'postgresql' CONN_MAX_AGE=5", "default 'postgresql' CONN_MAX_AGE=60"
BY_SECRETS = [f"{FAILED} | .secrets cannot be imported", f"{LOADED} | .secrets can be imported"]
BY_A = [f"{FAILED} | A is set", f"{LOADED} | A is not set"]
RAISING: dict[str, tuple[str, str, list[str]]] = {
    "a module that is not there": ("from .secrets import KEY\n", "ImportError", BY_SECRETS),
    "a module that is not there, imported by a third": ("from deeper import *\n", "ImportError", BY_SECRETS),
    "a package that is not in the project": ("import debug_toolbar\n", "ImportError", [LOADED]),
    "a module that is not there, caught": ("try:\n    from . import x\nexcept ImportError:\n    x = 1\n", "ImportError", [LOADED]),
    "another exception than is waited for": ('if os.environ.get("A"):\n    raise KeyError\n', "ImportError", [LOADED]),
    "any exception": ('if os.environ.get("A"):\n    raise KeyError\n', "Exception", BY_A),
    "an exception of its own": ('if os.environ.get("A"):\n    raise vendor_error()\n', "Exception", BY_A),
    "an exception of its own, not waited for": ('if os.environ.get("A"):\n    raise error()\n', "KeyError", [LOADED]),
    "a key that is not there": ('if os.environ.get("A"):\n    DATABASES["x"].clear()\n', "LookupError", BY_A),
    "a condition that does not hold": ('assert not os.environ.get("A")\n', "AssertionError", BY_A),
    "an exception in any case": ("raise ImportError\n", "ImportError", [FAILED]),
    "a variable": ('KEY = os.environ["KEY"]\n', "KeyError", [f"{FAILED} | KEY is not set", f"{LOADED} | KEY is set"]),
}  # fmt: skip


@pytest.mark.parametrize("case", RAISING)
def test_what_an_imported_module_raises_is_caught_around_the_import(tmp_path: Path, case: str) -> None:
    statements, awaited, expected = RAISING[case]
    text = f'{BASE}try:\n    from local import *\nexcept {awaited}:\n    DATABASES["default"]["CONN_MAX_AGE"] = 5\n'
    files = {"settings.py": text, "local.py": LOCAL + statements, "deeper.py": "from .secrets import KEY\n"}
    assert said(evaluate_files(tmp_path, files)) == expected


def test_a_module_that_failed_fails_again(tmp_path: Path) -> None:
    text = (
        f"{BASE}import local\nAGE = 60\ntry:\n    from local import *\n    AGE = 6\nexcept KeyError:\n    AGE = 5\n"
        'DATABASES["default"]["CONN_MAX_AGE"] = AGE\n'
    ).replace("import local\n", "try:\n    import local\nexcept KeyError:\n    pass\n")
    local = 'import os\nif os.environ.get("A"):\n    raise KeyError\n'
    found = said(evaluate_files(tmp_path, {"settings.py": text, "local.py": local}))
    assert found == [f"{FAILED} | A is set", f"{LOADED.removesuffix('0')} | A is not set"]


def test_what_a_module_changed_before_it_failed_stays_changed(tmp_path: Path) -> None:
    text = f"{BASE}try:\n    import local\nexcept KeyError:\n    pass\n"
    local = (
        'import os\nfrom settings import DATABASES\nDATABASES["default"]["CONN_MAX_AGE"] = 5\n'
        'if os.environ.get("A"):\n    DATABASES["default"]["AUTOCOMMIT"] = False\n    raise KeyError\n'
        'DATABASES["default"]["CONN_MAX_AGE"] = 60\n'
    )
    evaluation = evaluate_files(tmp_path, {"settings.py": text, "local.py": local})
    assert said(evaluation) == [f"{FAILED} | A is set", f"{LOADED} | A is not set"]
    assert ["AUTOCOMMIT" in each.settings for each in evaluation.databases()] == [True, False]


def test_what_a_module_did_not_bind_before_it_failed_is_not_asked_for(tmp_path: Path) -> None:
    text = (
        f"{BASE}try:\n    import local\nexcept KeyError:\n    pass\ntry:\n    from local import AGE\nexcept KeyError:\n    AGE = 5\n"
        'DATABASES["default"]["CONN_MAX_AGE"] = AGE\n'
    )
    local = 'import os\nif os.environ.get("A"):\n    raise KeyError\nAGE = 60\n'
    found = said(evaluate_files(tmp_path, {"settings.py": text, "local.py": local}))
    assert found == [f"{FAILED} | A is set", f"{LOADED} | A is not set"]
