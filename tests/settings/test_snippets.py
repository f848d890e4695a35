"""What people do in settings, one idiom at a time: known is what execution gives, and no less is known than before.

`snippets.txt` holds them, `snippets_rare.txt` those that are seldom. Their head lines: an id, `not seen` where the
evaluator has to say that it does not know, `branches` where it says what holds in either case though no variable of the
environment decides, `bare` where there is no `DATABASES` to begin with, and variables of the environment that it is run in. Those of
`snippets_of_helpers.txt` run the packages themselves (`needs`), in the versions that are installed here: seen with
django-environ 0.14.0, environs 15.2.0, python-decouple 3.8 and dj-database-url 3.1.2.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from djconnfix.facts import State
from tests.settings.oracle import SECRETS, differences, run
from tests.settings.support import evaluate_files

PG = "django.db.backends.postgresql"
BARE = f'import os\nPG = "{PG}"\n'
READS = re.compile(r"environ|getenv|\benv\b|config", re.IGNORECASE)
FULL = f'{BARE}DATABASES = {{"default": {{"ENGINE": PG, "NAME": "x"}}}}\n'


@dataclass
class Snippet:
    name: str
    seen: bool
    environment: dict[str, str]
    packages: list[str]
    branches: bool
    files: dict[str, str] = field(default_factory=dict)


FILES = ("snippets.txt", "snippets_rare.txt", "snippets_of_helpers.txt")


def snippets(names=FILES):
    found: list[Snippet] = []
    path = ""
    folder = Path(__file__).parent
    texts = [(folder / name).read_text(encoding="utf-8") for name in names]
    for line in "".join(texts).splitlines(keepends=True):
        if line.startswith("=== "):
            name, *marks = line[4:].rstrip("\n").split(" | ")
            environment = dict(mark.split("=", 1) for mark in marks if "=" in mark)
            path = "settings.py"
            head = BARE if "bare" in marks else FULL
            packages = [mark.removeprefix("needs ") for mark in marks if mark.startswith("needs ")]
            found.append(
                Snippet(name, "not seen" not in marks, environment, packages, "branches" in marks, {path: head})
            )
        elif line.startswith("--- "):
            path = line[4:].rstrip("\n")
            found[-1].files[path] = ""
        else:
            found[-1].files[path] += line
    return found


@pytest.fixture
def executed(monkeypatch, tmp_path):
    """Run a snippet's settings in its folder, and forget the modules that it imports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "getenv", os.getenv)  # one of them replaces it
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield lambda snippet: run(tmp_path, "settings.py", snippet.environment)
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.name)
def test_known_is_what_execution_gives(snippet, executed, tmp_path):
    for package in snippet.packages:
        pytest.importorskip(package)
    evaluation = evaluate_files(tmp_path, snippet.files)
    names = executed(snippet)
    assert names is not None, "the snippet itself does not run"
    unseen = bool(evaluation.held_elsewhere())
    for alias, real in names["DATABASES"].items():
        definitions = [each for each in evaluation.databases() if each.alias == alias]
        unseen = unseen or not all(fully_seen(each) for each in definitions)
        if any(condition.startswith("unless ") for each in definitions for condition in each.conditions):
            unseen = True
            continue  # said to be overridden, perhaps, by what is out of sight
        wrong = {each.conditions: list(differences(each, real, snippet.environment)) for each in definitions}
        assert definitions or unseen, f"nothing is said of {alias}"
        assert not definitions or not all(wrong.values()), wrong
        assert not wrong.get((), []), "what holds under all conditions is wrong"
    for each in evaluation.databases():
        assert each.alias in names["DATABASES"] or each.conditions, f"{each.alias} is not there"
    assert unseen is not snippet.seen
    if snippet.seen and not any(READS.search(text) for text in snippet.files.values()):
        assert any(each.conditions for each in evaluation.databases()) is snippet.branches


def fully_seen(database):
    certain = all(value.state is not State.UNKNOWN for key, value in database.settings.items() if key not in SECRETS)
    return certain and database.complete and database.options.complete


def test_a_difference_would_be_noticed(tmp_path):
    evaluation = evaluate_files(tmp_path, {"settings.py": f'{FULL}DATABASES["default"]["CONN_MAX_AGE"] = 5\n'})
    (database,) = evaluation.databases()
    assert list(differences(database, {"ENGINE": PG, "NAME": "x", "CONN_MAX_AGE": 6}, {}))
    assert list(differences(database, {"ENGINE": PG, "NAME": "x"}, {}))
