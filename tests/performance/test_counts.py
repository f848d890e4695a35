"""What a run imports, reads and parses: counts, which no other load on the machine can change."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Runs the program, and prints what it imported and how often it did what costs.
_COUNTING = """
import sys
sys.path[:0] = {path!r}
import os
read, listed, parsed, sliced = [], [], [], []
original_open, original_scandir = os.open, os.scandir
def counted_open(name, *rest, **options):
    read.append(os.fspath(name))
    return original_open(name, *rest, **options)
def counted_scandir(name):
    listed.append(os.fspath(name))
    return original_scandir(name)
os.open, os.scandir = counted_open, counted_scandir
before = set(sys.modules)
from djconnfix.__main__ import main
if {counts_parses!r}:
    from djconnfix import source
    original_parse = source.SourceFile._parse
    def counted_parse(self, text):
        parsed.append(self.path)
        return original_parse(self, text)
    source.SourceFile._parse = counted_parse
status = main({arguments!r})
sys.stdout.flush()
import json
here = os.getcwd()
print()
print(json.dumps(dict(
    status=status,
    modules=sorted(set(sys.modules) - before),
    read=[os.path.relpath(name, here) for name in read if name.startswith(here)],
    listed=[os.path.relpath(name, here) for name in listed if name.startswith(here)],
    parsed=parsed,
)))
"""

SETTINGS = """\
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db"}}
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
"""
NOISE = """\
from django.db import models, transaction
from django.test import override_settings


@override_settings(
    INSTALLED_APPS=["shop"],
)
def work():
    with transaction.atomic():
        return models.F("DATABASES")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "Procfile").write_text("web: gunicorn shop.wsgi --threads 4\n")
    (tmp_path / "requirements.txt").write_text("Django==5.2\npsycopg==3.2\n")
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / "quiet.py").write_text("def view(request):\n    return 1\n")
    for folder in range(3):
        (tmp_path / f"app{folder}").mkdir()
        for number in range(5):
            (tmp_path / f"app{folder}" / f"module{number}.py").write_text(NOISE)
    return tmp_path


def counted(project, *arguments, counts_parses=True):
    script = _COUNTING.format(path=sys.path, arguments=list(arguments), counts_parses=counts_parses)
    done = subprocess.run([sys.executable, "-S", "-c", script], cwd=project, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_an_audit_reads_each_python_file_once_lists_each_folder_once_and_parses_one(project):
    found = counted(project, "audit")
    python = [name for name in found["read"] if name.endswith(".py")]
    assert len(python) == len(set(python)) == 17
    assert sorted(found["listed"]) == [".", "app0", "app1", "app2"]
    assert found["parsed"] == ["settings.py"]


def test_what_is_parsed_does_not_grow_with_the_files_that_only_speak_of_it(project):
    for number in range(50):
        (project / "app0" / f"more{number}.py").write_text(NOISE)
    found = counted(project, "audit")
    assert found["parsed"] == ["settings.py"]
    assert len([name for name in found["read"] if name.endswith(".py")]) == 67


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        pytest.param(
            ("audit",),
            {"libcst", "django", "yaml", "socket", "subprocess", "urllib.request", "asyncio", "multiprocessing",
             "djconnfix.code.flow", "djconnfix.fix.plan", "djconnfix.probe", "djconnfix.report.as_json",
             "dataclasses", "inspect", "pkgutil", "shutil", "_hashlib",
             "djconnfix.project.deployment.readers.yaml_files", "djconnfix.project.deployment.helm"},
            id="audit",
        ),
        pytest.param(("audit", "quiet.py"), {"argparse", "ast", "dataclasses", "typing", "pathlib", "djconnfix.config"}, id="clean"),
        pytest.param(("fix", "--check", "quiet.py"), {"ast", "dataclasses", "libcst", "djconnfix.config"}, id="fix of clean"),
        pytest.param(("rules",), {"libcst", "django", "djconnfix.settings.evaluate"}, id="rules"),
    ],
)  # fmt: skip
def test_modules_that_are_not_imported(project, arguments, absent):
    found = counted(project, *arguments, counts_parses=arguments == ("audit",))
    assert set(found["modules"]) & absent == set()


def test_a_fix_slices_statements_and_imports_libcst_only_when_there_is_one(project):
    assert "libcst" in counted(project, "fix", "--unsafe-fixes", "--dry-run", counts_parses=False)["modules"]
    (project / "settings.py").write_text("DATABASES = {}\n")
    assert "libcst" not in counted(project, "fix", "--unsafe-fixes", "--dry-run", counts_parses=False)["modules"]


def test_trees_of_code_are_let_go(tmp_path):
    from djconnfix.code.reading import read_code
    from djconnfix.code.walk import _known
    from djconnfix.project.files import discover

    text = "from django.db import transaction\n\n\ndef work():\n    transaction.set_autocommit(False)\n"
    paths = [f"module{number}.py" for number in range(3)]
    for path in paths:
        (tmp_path / path).write_text(text)
    tree = discover(tmp_path)
    assert len(read_code(tree, paths).facts) >= 3
    assert not [path for path in paths if "tree" in tree.source(path).__dict__]
    assert _known == {}
