"""The hooks of this repository, as pre-commit itself runs them in somebody's project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""


def hooks():
    import yaml

    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_the_manifest_is_valid():
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"], cwd=ROOT, check=False
    )
    assert done.returncode == 0


def test_there_is_a_hook_for_each_program():
    assert {name: hook["entry"] for name, hook in hooks().items()} == {
        "connaudit": "djconnfix audit",
        "connfix": "djconnfix fix",
    }


@pytest.mark.parametrize("name", ["connaudit", "connfix"])
@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("shop/settings.py", True),
        ("Procfile", True),
        ("deploy/Procfile.prod", True),
        ("Dockerfile", True),
        ("docker/Dockerfile.web", True),
        ("docker-compose.yml", True),
        ("gunicorn.conf", True),
        ("pgbouncer.ini", True),
        ("requirements/base.txt", True),
        ("requirements-dev.txt", True),
        ("poetry.lock", True),
        ("Pipfile", True),
        ("app.json", True),
        ("entrypoint", True),
        ("README.md", False),
        ("static/app.css", False),
        ("notes.txt", False),
        ("package.json", False),
        ("data.csv", False),
    ],
)
def test_the_hooks_see_the_files_that_matter(name, path, matches):
    assert bool(re.search(hooks()[name]["files"], path)) is matches


@pytest.fixture
def repository(tmp_path, git):
    """A git repository with a project whose settings have a finding, staged."""
    files = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "shop/views.py": "def view(request):\n    return None\n",
        "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
        "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    run_git(tmp_path, "init", "--quiet")
    run_git(tmp_path, "add", ".")
    return tmp_path


def run_git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
    )


def run_hook(folder, entry, *paths):
    return subprocess.run(
        [sys.executable, "-m", "djconnfix", *entry.split()[1:], *paths],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("paths", "status"),
    [
        (["shop/settings.py"], 1),
        (["Procfile"], 1),
        (["shop/views.py"], 0),
        (["shop/__init__.py", "shop/views.py"], 0),
        (["shop/views.py", "shop/settings.py"], 1),
    ],
)
def test_the_entry_stops_a_commit_with_a_finding(paths, status, repository):
    done = run_hook(repository, hooks()["connaudit"]["entry"], *paths)
    assert done.returncode == status, done.stderr
    assert ("DCF101" in done.stdout) is bool(status)


@pytest.mark.slow
def test_try_repo_stops_the_commit_and_connfix_repairs(repository, tmp_path_factory):
    """Builds the hook's environment, which needs the package index."""
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this is no git checkout")
    environment = os.environ | {"PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit"))}
    for variable in [name for name in environment if name.startswith("GIT_")]:
        del environment[variable]

    def attempt(hook):
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), hook, "--verbose", "--all-files"],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    audit = attempt("connaudit")
    assert audit.returncode == 1, audit.stderr
    assert "DCF101 conn-max-age-zero" in audit.stdout
    fix = attempt("connfix")
    assert fix.returncode == 1
    assert "files were modified by this hook" in fix.stdout
    assert '"CONN_MAX_AGE": 60' in (repository / "shop/settings.py").read_text()
    assert attempt("connaudit").returncode == 0
