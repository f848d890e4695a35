"""Nothing of the audited project is run, nothing is connected or started, and only the plan's files are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

WATCHED = Path(__file__).with_name("watched.py")
TRAP = "import pathlib\npathlib.Path(__file__).with_name('SPRUNG').write_text('')\n"
SETTINGS = f"""\
{TRAP}
from shop.base import *
LOADED = [__import__("os").system("touch SPRUNG") for _ in range(3)]
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "PASSWORD": open("/dev/null").read(),
    }}
}}
MIDDLEWARE = ["shop.middleware.Trap"]
"""
VIEWS = f"""\
{TRAP}
from django.db import connections, transaction

def view(request):
    with transaction.atomic():
        transaction.commit()
"""
# What a program that looks for its modules in the current folder would take for its own.
SHADOWS = ("ast", "json", "libcst", "tomllib", "tomli", "yaml", "django/__init__", "fnmatch", "secrets", "hashlib",
           "sitecustomize", "usercustomize", "difflib", "argparse", "typing_extensions")  # fmt: skip
FILES = {
    "manage.py": TRAP + 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": TRAP,
    "shop/base.py": TRAP,
    "shop/settings.py": SETTINGS,
    "shop/views.py": VIEWS,
    "shop/odd_settings.py": TRAP
    + 'exec("DATABASES = 1")\nfrom shop.settings import *\nDATABASES["default"]["CONN_MAX_AGE"] = 0\n',
    "shop/wsgi.py": TRAP,
    "conftest.py": TRAP,
    "setup.py": TRAP + "from setuptools import setup\nsetup(name='x', install_requires=['Django==5.2'])\n",
    "gunicorn.conf.py": TRAP + "workers = 3\nthreads = 4\nworker_class = 'gthread'\n",
    "Procfile": "web: gunicorn shop.wsgi --workers 2; touch SPRUNG; $(touch SPRUNG)\n",
    "requirements.txt": "Django==5.2\npsycopg[binary]==3.2\n-r https://127.0.0.1:9/more.txt\n-e git+https://127.0.0.1:9/x\n",
    "docker-compose.yml": "services:\n  web:\n    command: !!python/object/apply:os.system ['touch SPRUNG']\n",
    "pyproject.toml": '[tool.djconnfix]\nfail-level = "error"\n',
    ".git/hooks/post-checkout": "#!/bin/sh\ntouch SPRUNG\n",
    ".git/config": "[core]\n\tfsmonitor = touch SPRUNG\n",
    **{f"{name}.py": TRAP for name in SHADOWS},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".git/hooks/post-checkout").chmod(0o755)
    return root


@dataclass(frozen=True)
class Seen:
    """What one run did."""

    status: int
    out: str
    err: str
    record: dict[str, list[str]]


def run(project: Path, *arguments: str) -> Seen:
    record = project.parent / "record.json"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "", "HOME": str(project.parent)}
    done = subprocess.run(
        [sys.executable, str(WATCHED), str(record), *arguments],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Seen(done.returncode, done.stdout, done.stderr, json.loads(record.read_text()))


def listing(project: Path) -> dict[str, bytes]:
    return {str(p.relative_to(project)): p.read_bytes() for p in project.rglob("*") if p.is_file()}


READ_ONLY = (
    ("audit",),
    ("audit", "--verbose", "--select", "DCF"),
    *(("audit", "--format", form) for form in ("json", "sarif", "github", "gitlab", "junit", "markdown")),
    ("audit", "shop/settings.py"),
    ("fix", "--dry-run", "--unsafe-fixes"),
    ("fix", "--check"),
    ("config",),
    ("rules",),
    ("explain", "DCF101"),
)


def in_project(project: Path, paths: list[str]) -> list[str]:
    return [path for path in paths if Path(path).is_absolute() and Path(path).is_relative_to(project)]


def assert_nothing_ran(project: Path, seen: Seen) -> None:
    assert seen.status in (0, 1, 3), seen.err
    assert "internal error" not in seen.err
    assert "SPRUNG" not in {path.name for path in project.rglob("*")}
    assert in_project(project, seen.record["modules"]) == []
    assert in_project(project, seen.record["executed"]) == []
    assert in_project(project, seen.record["compiled"]) == []
    assert not [name for name in seen.record["imported"] if re.match(r"(shop|manage|conftest|setup)(\.|$)", name)]
    assert seen.record["sockets"] == []
    assert seen.record["started"] == []


@pytest.mark.parametrize("arguments", READ_ONLY, ids=" ".join)
def test_reading_runs_nothing_and_writes_nothing(project: Path, arguments: tuple[str, ...]) -> None:
    before = listing(project)
    seen = run(project, *arguments)
    assert_nothing_ran(project, seen)
    assert [path for path in seen.record["written"] if path != os.devnull] == []
    assert seen.record["changed"] == []
    assert listing(project) == before


def test_a_fix_writes_its_plan_and_nothing_else(project: Path) -> None:
    before = listing(project)
    seen = run(project, "fix", "--unsafe-fixes")
    assert_nothing_ran(project, seen)
    after = listing(project)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"shop/settings.py"}
    allowed = re.compile(
        rf"{re.escape(str(project))}/(\.djconnfix-journal|shop/settings\.py|shop/\.djconnfix-[0-9a-f]{{16}}-0\.(old|new))|\d+"
    )
    assert [path for path in seen.record["written"] if not allowed.fullmatch(path)] == []
    touched = [entry.partition(" ")[2] for entry in seen.record["changed"]]
    assert touched
    assert [path for path in touched if not allowed.fullmatch(path)] == []


def test_a_patch_is_the_only_other_file_and_private(project: Path, tmp_path: Path) -> None:
    before = listing(project)
    seen = run(project, "fix", "--dry-run", "--patch", str(tmp_path / "out.patch"))
    assert_nothing_ran(project, seen)
    assert listing(project) == before
    named = [path for path in seen.record["written"] if path != os.devnull and not path.isdigit()]
    assert named == [str(tmp_path / "out.patch")]
    assert (tmp_path / "out.patch").stat().st_mode & 0o777 == 0o600


def test_the_watch_itself_sees_what_it_is_there_for(project: Path, tmp_path: Path) -> None:
    """A watch that sees nothing would let everything through."""
    script = (
        "import sys, os, json; sys.path.insert(0, sys.argv[1]); import watched\n"
        "record = {k: [] for k in ('written','changed','compiled','executed','imported','sockets','started')}\n"
        "watched.watch(record)\n"
        "import pathlib, socket, subprocess; sys.path.insert(0, os.getcwd()); import shop.base\n"
        "import socket; socket.socket().close()\n"
        "import subprocess; subprocess.run(['true'])\n"
        "os.rename('Procfile', 'Other')\n"
        "print(json.dumps(record, default=str))\n"
    )
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), str(WATCHED.parent)],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    record = json.loads(done.stdout)
    assert str(project / "shop/base.py") in record["compiled"]
    assert str(project / "shop/base.py") in record["executed"]
    assert "shop.base" in record["imported"]
    assert str(project / "shop/SPRUNG") in record["written"]
    assert record["sockets"]
    assert record["started"]
    assert "os.rename Procfile" in record["changed"]
