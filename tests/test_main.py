"""The installed program leaves without taking the interpreter apart: what it owes its caller is done before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "db"}}\n'


def installed(folder, *arguments, before="", **streams):
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}; sys.argv[1:] = {list(arguments)!r}\n{before}\n"
        "from djconnfix.__main__ import program\nprogram()\n"
    )
    return subprocess.run([sys.executable, "-S", "-c", script], cwd=folder, text=True, check=False, **streams)


@pytest.fixture
def project(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "Procfile").write_text("web: gunicorn shop.wsgi --threads 4\n")
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / "quiet.py").write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["audit", "quiet.py"], 0, id="clean"),
        pytest.param(["audit"], 1, id="findings"),
        pytest.param(["audit", "--format", "nothing"], 2, id="wrong usage"),
        pytest.param(["audit", "missing.py"], 2, id="a file that is missing"),
        pytest.param(["--version"], 0, id="version"),
    ],
)
def test_the_status_is_that_of_main(project, arguments, status):
    assert installed(project, *arguments, capture_output=True).returncode == status


def test_all_output_arrives_in_a_pipe(project):
    done = installed(project, "rules", capture_output=True)
    assert done.stdout.startswith("DCF101")
    assert done.stdout.endswith("\n")
    assert done.stderr == ""


def test_a_full_disk_is_said(project):
    with Path("/dev/full").open("w") as full:
        done = installed(project, "audit", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 4
    assert "cannot be written" in done.stderr


def test_what_asked_to_be_called_at_exit_is_called(project):
    before = "import atexit; atexit.register(lambda: sys.stderr.write('called\\n'))"
    assert installed(project, "audit", "quiet.py", before=before, capture_output=True).stderr == "called\n"


@pytest.mark.parametrize("arguments", [["audit", "quiet.py"], ["fix", "quiet.py"], ["audit", "quiet.py", "quiet.py"]])
def test_a_call_with_clean_files_alone_ends_before_the_command_line_is_read(project, arguments):
    before = "import atexit; atexit.register(lambda: print('argparse' in sys.modules))"
    assert installed(project, *arguments, before=before, capture_output=True).stdout == "False\n"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["audit", "--format", "json", "quiet.py"], id="an option"),
        pytest.param(["audit", "settings.py"], id="a file with words"),
        pytest.param(["audit"], id="no file"),
        pytest.param(["rules"], id="another program"),
        pytest.param(["explain", "quiet.py"], id="a program that takes no files"),
        pytest.param(["audit", "quiet.py", "missing.py"], id="a file that is missing"),
        pytest.param(["quiet.py"], id="no program"),
    ],
)
def test_any_other_call_is_read(project, arguments):
    before = "import atexit; atexit.register(lambda: print('\\n', 'argparse' in sys.modules))"
    assert installed(project, *arguments, before=before, capture_output=True).stdout.endswith(" True\n")
