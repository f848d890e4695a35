"""The shortest way through the program: files in which there is nothing to judge."""

from __future__ import annotations

import subprocess
import sys

import pytest

from djconnfix.code.words import worth_parsing
from djconnfix.fix.pending import JOURNAL_NAME
from djconnfix.project.scan import SETTINGS_WORDS, STAR_IMPORT, USE_WORD
from djconnfix.quick import WORDS, nothing_to_judge
from djconnfix.rules import all_rules

HEAVY = ("ast", "libcst", "django", "dataclasses", "inspect", "typing", "pathlib", "json", "djconnfix.config")


@pytest.mark.parametrize("word", sorted({*SETTINGS_WORDS, STAR_IMPORT, USE_WORD}), ids=lambda word: word.decode())
def test_no_word_that_settings_are_found_by_is_missed(word):
    assert any(known in word for known in WORDS)


@pytest.mark.parametrize("rule", [rule for rule in all_rules() if rule.code[3] in "23"], ids=lambda rule: rule.code)
def test_no_example_of_a_rule_about_code_is_silent(rule, tmp_path):
    for example in rule.bad:
        for name, text in example.files.items():
            if name.endswith(".py") and worth_parsing(text.encode()):
                (tmp_path / "module.py").write_text(text)
                assert not nothing_to_judge([str(tmp_path / "module.py")])


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_no_place_of_a_finding_is_silent(rule, tmp_path):
    """Whatever file a rule's own example has its findings in."""
    from djconnfix.config import Config
    from djconnfix.engine import audit

    for number, example in enumerate(rule.bad):
        root = tmp_path / str(number)
        for name, text in example.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        for finding in audit(Config(root=root, select=(rule.code,))).findings:
            assert not nothing_to_judge([str(root / finding.location.path)]), finding.location.path


@pytest.mark.parametrize(
    ("name", "text", "silent"),
    [
        ("views.py", "def view(request):\n    return 1\n", True),
        ("empty.py", "", True),
        ("style.css", "DATABASES", True),
        ("settings.py", "DATABASES = {}\n", False),
        ("dev.py", "from .base import *\n", False),
        ("views.py", "from django.db import transaction\ntransaction.set_autocommit(False)\n", False),
        ("views.py", "from django.db import models\n", True),
        ("gunicorn.conf.py", "threads = 4\n", False),
        ("docker_gunicorn_configuration.py", "threads = 4\n", False),
        ("setup.py", "", False),
        ("Procfile", "", False),
        ("requirements.txt", "", False),
        ("pyproject.toml", "", False),
        ("broken.py", "def (:\n", True),
    ],
    ids=repr,
)
def test_what_is_silent(name, text, silent, tmp_path):
    (tmp_path / name).write_text(text)
    assert nothing_to_judge([str(tmp_path / name)]) is silent


def test_folders_missing_files_and_no_files_are_not_answered(tmp_path):
    assert not nothing_to_judge([])
    assert not nothing_to_judge([str(tmp_path)])
    assert not nothing_to_judge([str(tmp_path / "missing.py")])


def test_where_a_fix_was_interrupted_the_full_run_answers(tmp_path):
    (tmp_path / "shop/views").mkdir(parents=True)
    path = tmp_path / "shop/views/today.py"
    path.write_text("x = 1\n")
    assert nothing_to_judge([str(path)])
    (tmp_path / JOURNAL_NAME).write_text("")
    assert not nothing_to_judge([str(path)])


def test_one_file_with_a_word_is_enough(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text("DATABASES = {}\n")
    assert not nothing_to_judge([str(tmp_path / "a.py"), str(tmp_path / "b.py")])


@pytest.mark.parametrize("program", ["audit", "fix"])
def test_nothing_heavy_is_imported_for_clean_files(program, tmp_path):
    (tmp_path / "views.py").write_text("def view(request):\n    return 1\n")
    script = (
        "import sys; before = set(sys.modules)\n"
        "from djconnfix.__main__ import main\n"
        f"status = main([{program!r}, 'views.py'])\n"
        "print(status, *sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n" + script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    status, *modules = done.stdout.split()
    assert status == "0"
    assert not [name for name in modules if name in HEAVY]
