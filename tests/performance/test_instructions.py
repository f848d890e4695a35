"""How many instructions a run takes, as multiples of Python's own start: the same in each run, whatever else runs.

Counted by callgrind with one seed for hashes; on one machine the counts of two runs differ by less than a
thousandth, mostly by none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind at hand"),
]
VALGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
SETTINGS = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db"}}\n'


def instructions(folder, script):
    python = [sys.executable, "-S", "-c", script]
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    subprocess.run(python, cwd=folder, env=environment, capture_output=True, check=False)  # leaves compiled modules
    done = subprocess.run(
        [*VALGRIND, *python], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    counted = re.search(r"Collected : (\d+)", done.stderr)
    assert counted is not None, done.stderr[-2000:]
    return int(counted[1])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counted")
    (folder / ".git").mkdir()
    (folder / "Procfile").write_text("web: gunicorn shop.wsgi --threads 4\n")
    (folder / "requirements.txt").write_text("Django==5.2\npsycopg==3.2\n")
    (folder / "settings.py").write_text(SETTINGS)
    (folder / "views.py").write_text("def view(request):\n    return 1\n")
    return folder


@pytest.fixture(scope="module")
def start(project):
    return instructions(project, "pass")


def run(project, *arguments):
    script = f"import sys; sys.path[:0] = {sys.path!r}\nfrom djconnfix.__main__ import main; main({list(arguments)!r})"
    return instructions(project, script)


def test_two_runs_take_the_same(project, start):
    assert instructions(project, "pass") == pytest.approx(start, rel=0.001)


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        pytest.param(("audit", "views.py"), 4, id="a hook's call on a clean file"),
        pytest.param(("audit", "settings.py"), 30, id="a hook's call on settings"),
        pytest.param(("fix", "--check", "views.py"), 8, id="a fix of a clean file"),
    ],
)
def test_a_run_takes_a_few_times_what_python_takes_to_start(project, start, arguments, most):
    assert run(project, *arguments) < most * start
