"""What a project asks for: floors, pins, extras; which file wins; what is followed and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.project.requirement_files.entries import floor_of, requirement
from djconnfix.project.requirements import FolderPackages, read_packages
from djconnfix.source import Location
from tests.project.deployment import tree_of

if TYPE_CHECKING:
    from djconnfix.facts import Package

HERE = Location("requirements.txt", 1, 1, 1, 1, 0, 0)


def folders(files: dict[str, str | bytes]) -> dict[str, FolderPackages]:
    return {found.folder: found for found in read_packages(tree_of(files))}


def root(files: dict[str, str | bytes]) -> FolderPackages:
    return folders(files)[""]


def package(name: str, files: dict[str, str | bytes]) -> Package:
    return root(files).packages[name]


FLOORS = [
    ("==4.2.7", (4, 2, 7), True),
    ("===4.2.7", (4, 2, 7), True),
    ("4.2.7", (4, 2, 7), True),
    (">=4.2", (4, 2), False),
    (">=4.2,<5", (4, 2), False),
    ("<5,>=4.2", (4, 2), False),
    (">= 4.2 , < 5", (4, 2), False),
    (">=4.2 <5", (4, 2), False),
    ("~=4.2.1", (4, 2, 1), False),
    ("==4.2.*", (4, 2), False),
    ("^4.2", (4, 2), False),
    ("~4.2", (4, 2), False),
    ("^4.2 || ^5.1", (4, 2), False),
    (">3.2", (3, 2), False),
    (">=3.2,>=4.2", (4, 2), False),
    (">=4.2,!=4.2.3,<5.0", (4, 2), False),
    ("(>=4.2,<5)", (4, 2), False),
    (">=5.2rc1", (5, 2), False),
    ("==1!4.2", (4, 2), True),
    ("<5", (), False),
    ("!=4.1", (), False),
    ("*", (), False),
    ("", (), False),
    ("latest", (), False),
    ("<4 || >=5", (), False),
    ("==" + "9" * 500, (), False),
]


@pytest.mark.parametrize(("text", "floor", "exact"), FLOORS, ids=[text[:20] or "nothing" for text, _, _ in FLOORS])
def test_the_floor_of_a_specifier(text: str, floor: tuple[int, ...], exact: bool) -> None:
    assert floor_of(text) == (floor, exact)


LINES = [
    ("Django==4.2", ("django", (4, 2), True, set())),
    ("django>=4.2,<5  # LTS", ("django", (4, 2), False, set())),
    ("Django", ("django", (), False, set())),
    ("psycopg[Binary, pool] >= 3.2 ; python_version >= '3.10'", ("psycopg", (3, 2), False, {"binary", "pool"})),
    ("dj_database.url==2", ("dj-database-url", (2,), True, set())),
    ("django==4.2 --hash=sha256:abc --hash=sha256:def", ("django", (4, 2), True, set())),
    ("django (>=4.2)", ("django", (4, 2), False, set())),
    ("django @ https://github.com/django/django/archive/refs/tags/5.0.1.tar.gz", ("django", (5, 0, 1), True, set())),
    ("django @ git+https://github.com/django/django@main", ("django", (), False, set())),
    ("django@https://u:p@example.com/django-4.2.3-py3-none-any.whl", ("django", (4, 2, 3), True, set())),
    ("git+https://github.com/django/django.git@4.2.1#egg=Django", ("django", (4, 2, 1), True, set())),
    ("https://example.com/x.zip#egg=Django-1.4", ("django", (1, 4), True, set())),
]


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[text for text, _ in LINES])
def test_a_requirement_line(text: str, expected: tuple[object, ...]) -> None:
    entry = requirement(text, HERE)
    assert entry is not None
    assert (entry.name, entry.floor, entry.exact, set(entry.extras)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-e .",
        "./django",
        "--index-url https://u:p@h/",
        "https://example.com/x.whl",
        "[django]",
        "==4.2",
        "django-4.2: x",
        "{{ django }}",
    ],
)
def test_what_asks_for_no_distribution(text: str) -> None:
    assert requirement(text, HERE) is None


SOURCES: list[tuple[str, dict[str, str], str, tuple[int, ...], bool]] = [
    ("requirements", {"requirements.txt": "A==1\r\nDjango==4.2.7\r\n"}, "requirements.txt:2", (4, 2, 7), True),
    ("bom", {"requirements.txt": "\ufeffDjango==4.2.7"}, "requirements.txt:1", (4, 2, 7), True),
    ("hashes", {"requirements.txt": "a==1 \\\n  --hash=sha256:x\nDjango==4.2.7 \\\n  --hash=sha256:y \\\n  --hash=sha256:z\n"}, "requirements.txt:3", (4, 2, 7), True),
    ("folder", {"requirements/base.txt": "Django>=4.2\n"}, "requirements/base.txt:1", (4, 2), False),
    ("pip-suffix", {"config/requirements/base.pip": "Django>=4.2\n"}, "config/requirements/base.pip:1", (4, 2), False),
    ("included", {"requirements.txt": "-r deps/live.list\n", "deps/live.list": "Django==4.2\n"}, "deps/live.list:1", (4, 2), True),
    ("constraint", {"requirements.txt": "-c c/limits.list\nDjango\n", "c/limits.list": "Django==4.2\nx==1\n"}, "c/limits.list:1", (4, 2), True),
    ("pep-621", {"pyproject.toml": '[project]\ndependencies = [\n  "django>=4.2,<5",\n]\n'}, "pyproject.toml:3", (4, 2), False),
    ("extra", {"pyproject.toml": '[project.optional-dependencies]\nweb = ["django>=4.2"]\n'}, "pyproject.toml:2", (4, 2), False),
    ("pep-735", {"pyproject.toml": '[dependency-groups]\nprod = ["django>=4.2", {include-group = "x"}]\n'}, "pyproject.toml:2", (4, 2), False),
    ("poetry", {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^4.2"\n'}, "pyproject.toml:3", (4, 2), False),
    ("poetry-table", {"pyproject.toml": '[tool.poetry.dependencies.django]\nversion = "~4.2"\nextras = ["argon2"]\n'}, "pyproject.toml:1", (4, 2), False),
    ("poetry-choices", {"pyproject.toml": '[tool.poetry.dependencies]\nDjango = [{version = "^5.1", python = ">=3.12"}, {version = "^4.2"}]\n'}, "pyproject.toml:2", (4, 2), False),
    ("pipfile", {"Pipfile": '[packages]\ndjango = "==4.2.7"\n'}, "Pipfile:2", (4, 2, 7), True),
    ("pipfile-lock", {"Pipfile.lock": '{\n    "_meta": {\n        "x": {}\n    },\n    "default": {\n        "django": {\n            "hashes": [],\n            "version": "==4.2.7"\n        }\n    }\n}'}, "Pipfile.lock:8", (4, 2, 7), True),
    ("poetry-lock", {"poetry.lock": '[[package]]\nname = "django"\nversion = "4.2.7"\n\n[package.dependencies]\nasgiref = ">=3"\n'}, "poetry.lock:3", (4, 2, 7), True),
    ("uv-lock", {"uv.lock": 'version = 1\n\n[[package]]\nname = "django"\nversion = "4.2.7"\nsource = { registry = "https://x" }\n'}, "uv.lock:5", (4, 2, 7), True),
    ("setup-cfg", {"setup.cfg": "[options]\ninstall_requires =\n  a\n  Django>=4.2\n"}, "setup.cfg:4", (4, 2), False),
    ("setup-py", {"setup.py": "from setuptools import setup\nsetup(\n  install_requires=['Django>=4.2'])\n"}, "setup.py:3", (4, 2), False),
    ("setup-cfg-on-the-line", {"setup.cfg": "# ours\n[options]\nzip_safe = no\ninstall_requires = Django>=4.2\n"}, "setup.cfg:4", (4, 2), False),
    ("setup-cfg-extra", {"setup.cfg": "[options.extras_require]\nweb =\n  ; why\n  Django>=4.2\n"}, "setup.cfg:4", (4, 2), False),
    ("setup-py-by-name", {"setup.py": "import setuptools\nNEEDS = [\n  'Django>=4.2',\n]\nsetuptools.setup(name='x', install_requires=NEEDS)\n"}, "setup.py:3", (4, 2), False),
    ("setup-py-extra", {"setup.py": "setup(extras_require={\n  'web': ('Django>=4.2', 5)})\n"}, "setup.py:2", (4, 2), False),
    ("setup-py-sum", {"setup.py": "BASE = ['a']\nsetup(install_requires=[\n'Django>=4.2'] + BASE)\n"}, "setup.py:3", (4, 2), False),
    ("poetry-tag", {"pyproject.toml": '[tool.poetry.dependencies]\ndjango = {git = "https://h/django", tag = "4.2.1"}\n'}, "pyproject.toml:2", (4, 2, 1), True),
    ("poetry-commit", {"pyproject.toml": '[tool.poetry.dependencies]\ndjango = {git = "https://h/django", rev = "1234567"}\n'}, "pyproject.toml:2", (), False),
    ("poetry-nothing", {"pyproject.toml": '[tool.poetry.dependencies]\ndjango = {git = "https://h/django"}\n'}, "pyproject.toml:2", (), False),
    ("poetry-group", {"pyproject.toml": '[tool.poetry.group]\nodd = 5\n[tool.poetry.group.web.dependencies]\ndjango = "^4.2"\n'}, "pyproject.toml:4", (4, 2), False),
    ("single-quotes", {"pyproject.toml": "[project]\ndependencies = [\n  'django>=4.2',\n]\n"}, "pyproject.toml:3", (4, 2), False),
    ("conda", {"environment.yml": "dependencies:\n  - python=3.11\n  - conda-forge::django=4.2\n  - pip:\n    - gunicorn==20\n"}, "environment.yml:3", (4, 2), True),
]  # fmt: skip


@pytest.mark.parametrize(("files", "place", "floor", "exact"), [s[1:] for s in SOURCES], ids=[s[0] for s in SOURCES])
def test_where_django_is_asked_for(files: dict[str, str], place: str, floor: tuple[int, ...], exact: bool) -> None:
    found = root(dict(files))
    django = found.packages["django"]
    assert (django.floor, django.exact) == (floor, exact)
    assert f"{django.location.path}:{django.location.line}" == place
    assert (found.django, found.django_location) == (django.floor, django.location)


WINNERS = [
    ("a lock over a range", {"pyproject.toml": '[project]\ndependencies = ["django>=3.2"]', "uv.lock": '[[package]]\nname = "django"\nversion = "5.2.1"\n'}, (5, 2, 1)),
    ("a pin over a range", {"requirements.in": "django>=3.2", "requirements.txt": "django==5.2.1"}, (5, 2, 1)),
    ("production over test", {"requirements/test.txt": "django==3.2", "requirements/production.txt": "django==5.2.1"}, (5, 2, 1)),
    ("a range of production over a pin of tests", {"requirements/test.txt": "django==3.2", "requirements/base.txt": "django>=4.2"}, (4, 2)),
    ("dev group", {"pyproject.toml": '[project]\ndependencies = ["django>=4.2"]\n[dependency-groups]\ndev = ["django==3.2"]'}, (4, 2)),
    ("poetry dev group", {"pyproject.toml": '[tool.poetry.dependencies]\ndjango = "^4.2"\n[tool.poetry.group.dev.dependencies]\ndjango = "3.2"'}, (4, 2)),
    ("uv dev dependencies", {"pyproject.toml": '[project]\ndependencies = ["django>=4.2"]\n[tool.uv]\ndev-dependencies = ["django==3.2"]'}, (4, 2)),
    ("pdm dev dependencies", {"pyproject.toml": '[project]\ndependencies = ["django>=4.2"]\n[tool.pdm.dev-dependencies]\ntest = ["django==3.2"]'}, (4, 2)),
    ("tests of a setup.cfg", {"setup.cfg": "[options]\ninstall_requires =\n  django>=4.2\ntests_require =\n  django==3.2\n"}, (4, 2)),
    ("an extra of a setup.cfg for development", {"setup.cfg": "[options]\ninstall_requires = django>=4.2\n[options.extras_require]\ndev = django==3.2\n"}, (4, 2)),
    ("tests of a setup.py", {"setup.py": "setup(install_requires=['django>=4.2'], tests_require=['django==3.2'], extras_require={'dev': ['django==3.1'], x: ['a']})"}, (4, 2)),
    ("something over nothing", {"requirements.txt": "django", "setup.cfg": "[options]\ninstall_requires = django>=4.2"}, (4, 2)),
    ("the lower of two pins", {"requirements-a.txt": "django==4.2", "requirements-b.txt": "django==5.2"}, (4, 2)),
    ("not what old Pythons get", {"requirements.txt": "django==3.2; python_version < '3.8'\ndjango==5.2; python_version >= '3.10'"}, (5, 2)),
    ("not what Windows gets", {"requirements.txt": "django==3.2; sys_platform == 'win32'\ndjango==5.2"}, (5, 2)),
    ("what old Pythons get when there is nothing else", {"requirements.txt": "django==1.11; python_version == '2.7'"}, (1, 11)),
    ("an upper bound is no floor", {"requirements.txt": "django<5"}, ()),
    ("lowest of a split lock", {"uv.lock": '[[package]]\nname = "django"\nversion = "5.2.1"\n\n[[package]]\nname = "django"\nversion = "4.2.1"\n'}, (4, 2, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("files", "floor"), [w[1:] for w in WINNERS], ids=[w[0] for w in WINNERS])
def test_which_file_decides(files: dict[str, str], floor: tuple[int, ...]) -> None:
    assert root(dict(files)).django == floor


def test_extras_of_all_production_files_count() -> None:
    files: dict[str, str | bytes] = {
        "pyproject.toml": '[project]\ndependencies = ["psycopg[binary,pool]>=3.1"]',
        "uv.lock": '[[package]]\nname = "psycopg"\nversion = "3.2.1"\n',
        "requirements-dev.txt": "psycopg[dev]",
    }
    found = package("psycopg", files)
    assert (found.floor, set(found.extras), found.exact) == ((3, 2, 1), {"binary", "pool"}, True)


def test_a_constraint_alone_asks_for_nothing() -> None:
    assert root({"constraints.txt": "django==4.2"}).packages == {}


def test_the_project_itself_in_its_lock_is_no_dependency() -> None:
    lock = '[[package]]\nname = "django"\nversion = "0.1"\nsource = { editable = "." }\n'
    assert root({"uv.lock": lock}).packages == {}


FOLDERS = [
    ({"requirements.txt": "django", "manage.py": ""}, {""}),
    ({"backend/requirements.txt": "django", "backend/manage.py": ""}, {"backend"}),
    ({"backend/requirements/live/base.txt": "django", "backend/shop/models.py": ""}, {"backend"}),
    ({"docker/requirements.txt": "django", "shop/models.py": ""}, {""}),
    ({"a/requirements.txt": "django", "b/requirements.txt": "django", "a/x.py": "", "b/x.py": ""}, {"a", "b"}),
    ({"backend/setup.py": "# django", "shop/x.py": ""}, {""}),
]


@pytest.mark.parametrize(("files", "expected"), FOLDERS, ids=[next(iter(files)) for files, _ in FOLDERS])
def test_the_folder_a_file_belongs_to(files: dict[str, str], expected: set[str]) -> None:
    assert set(folders(dict(files))) == expected


def test_no_requirement_files_give_no_folders() -> None:
    assert folders({"README.txt": "django==4.2", "shop/models.py": "", "notes/requirements.md": "django"}) == {}


def test_includes_in_a_circle_end() -> None:
    found = root({"requirements.txt": "-r other.list\ndjango==4.2", "other.list": "-r requirements.txt\nx==1"})
    assert set(found.packages) == {"django", "x"}


@pytest.mark.parametrize("target", ["missing.txt", "../outside.txt", "https://example.com/r.txt"])
def test_includes_that_cannot_be_followed_hide_nothing_else(target: str) -> None:
    found = root({"requirements.txt": f"-r {target}\ndjango==4.2"})
    assert found.django == (4, 2)
    assert found.unreadable == ()
    assert bool(found.notes) == (target == "missing.txt")


BROKEN: list[tuple[str, dict[str, str | bytes], list[str]]] = [
    ("toml", {"pyproject.toml": "[project\n"}, ["pyproject.toml"]),
    ("pipfile", {"Pipfile": "[packages]\ndjango = \n"}, ["Pipfile"]),
    ("not-utf8", {"requirements.txt": b"django==4.2 \xff"}, ["requirements.txt"]),
    ("setup-py", {"setup.py": "django = (\n"}, ["setup.py"]),
    ("setup-py-beside-others", {"setup.py": "django = (\n", "requirements.txt": "django==4.2"}, []),
    ("setup-py-of-others", {"setup.py": "hello = (\n"}, []),
    ("types", {"pyproject.toml": 'project = 1\ntool = []\n"dependency-groups" = "x"\n'}, []),
    (
        "poetry-types",
        {"pyproject.toml": "[tool.poetry.dependencies]\ndjango = 4\na = [1]\nb = {version = 2}\nc = []\n"},
        [],
    ),
    ("lock-json", {"Pipfile.lock": "{"}, []),
    ("setup-py-computed", {"setup.py": "setup(install_requires=open('django').read(), extras_require=f())\n"}, []),
]


@pytest.mark.parametrize(("files", "expected"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_broken_files_are_named(files: dict[str, str | bytes], expected: list[str]) -> None:
    assert [item.path for item in root(files).unreadable] == expected


def test_no_secret_of_an_index_is_kept() -> None:
    found = root(
        {
            "requirements.txt": "--extra-index-url https://u:hunter2@h/\ndjango @ https://u:hunter2@h/d-4.2.zip\n-e git+https://u:hunter2@h/x#egg=x\n"
        }
    )
    assert set(found.packages) == {"django", "x"}
    assert "hunter2" not in repr(found)
