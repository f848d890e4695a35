"""How often a fix parses and evaluates what, whatever else the machine does."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from djconnfix import rules, source
from djconnfix.config import Config
from djconnfix.fixing import FixOrder, run_fix
from djconnfix.settings import machine
from djconnfix.terminal import Style
from djconnfix.view import View

ALIAS = '    "{name}": {{\n        "ENGINE": "django.db.backends.postgresql",\n        "HOST": "db",\n    }},\n'


def settings(aliases: int) -> str:
    entries = "".join(ALIAS.format(name=f"alias{n}" if n else "default") for n in range(aliases))
    return f"DATABASES = {{\n{entries}}}\nMIDDLEWARE = []\n"


@pytest.fixture
def count(monkeypatch, tmp_path):
    """Return a function that fixes a project, and counts the parses by path, the evaluations and libcst's slices."""
    counts: Counter[str] = Counter()
    parse, begin = source.SourceFile._parse, machine.Machine.__init__

    def counted_parse(self, text):
        counts[self.path] += 1
        return parse(self, text)

    def counted_begin(self, *arguments):
        counts["evaluations"] += 1
        begin(self, *arguments)

    monkeypatch.setattr(source.SourceFile, "_parse", counted_parse)
    monkeypatch.setattr(machine.Machine, "__init__", counted_begin)

    def fix(files: dict[str, str]) -> tuple[Counter[str], str]:
        (tmp_path / "Procfile").write_text("web: gunicorn shop.wsgi --threads 4\n")
        (tmp_path / "requirements.txt").write_text("Django==5.2\npsycopg==3.2\n")
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        counts.clear()
        with (tmp_path / "out.txt").open("w") as out:
            view = View(out=out, err=out, style=Style())
            run_fix(Config(root=tmp_path, unsafe_fixes=True), view, FixOrder())
        return Counter(counts), (tmp_path / next(iter(files))).read_text()

    return fix


@pytest.mark.parametrize("aliases", [1, 5, 40])
def test_a_module_is_evaluated_to_judge_it_and_to_prove_it_however_many_aliases_it_has(count, aliases):
    counts, text = count({"settings.py": settings(aliases)})
    assert text.count('        "CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n') == aliases
    assert (counts["evaluations"], counts["settings.py"]) == (2, 2)


def test_each_of_many_modules_is_evaluated_twice(count):
    files = {f"shop{n}/settings.py": settings(2) for n in range(6)}
    files |= {f"shop{n}/__init__.py": "" for n in range(6)}
    counts, text = count(files)
    assert "CONN_MAX_AGE" in text
    assert counts["evaluations"] == 12
    assert {counts[name] for name in files if name.endswith("settings.py")} == {2}


def test_roots_that_share_a_base_are_proved_together(count):
    base = settings(3)
    roots = {f"config/{name}.py": "from config.base import *\n" for name in ("one", "two", "three")}
    counts, text = count({"config/base.py": base, "config/__init__.py": "", **roots})
    assert text.count("CONN_MAX_AGE") == 3
    assert counts["config/base.py"] == 2
    assert counts["evaluations"] == 3 * 2 + 3  # the base, which nobody uses by itself, in each of the three audits


def test_entries_on_lines_of_their_own_need_no_parser(count, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "libcst"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("djconnfix.fix.neighbours", "djconnfix.fix.sequence"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    _, text = count({"settings.py": settings(2)})
    assert text.count("CONN_MAX_AGE") == 2
    assert "libcst" not in sys.modules


def test_what_was_changed_behind_the_back_is_evaluated_from_the_disk(count, monkeypatch, tmp_path):
    from djconnfix.fix import write

    original = write.write_plan

    def meddling(plan, root):
        original(plan, root)
        (tmp_path / "settings.py").write_text(settings(1).replace("postgresql", "mysql"))

    monkeypatch.setattr(write, "write_plan", meddling)
    counts, text = count({"settings.py": settings(1)})
    assert "CONN_MAX_AGE" not in text
    assert (counts["evaluations"], counts["settings.py"]) == (3, 3)
    assert "DCF101" in (tmp_path / "out.txt").read_text()


def test_what_was_foreseen_of_the_written_files_is_not_judged_again(count, monkeypatch):
    asked = []
    original = rules._judge
    monkeypatch.setattr(rules, "_judge", lambda project, chosen: asked.append(project) or original(project, chosen))
    _, text = count({"settings.py": settings(2)})
    assert text.count("CONN_MAX_AGE") == 2
    judged = [project for project in asked if project.settings]  # comments that ignore in vain are judged apart
    assert len(judged) == 2  # as it was, and as it would be


def test_what_was_changed_behind_the_back_is_judged(count, monkeypatch, tmp_path):
    from djconnfix.fix import write

    original = write.write_plan

    def meddling(plan, root):
        original(plan, root)
        (tmp_path / "Procfile").write_text("web: uvicorn shop.asgi:application\n")

    monkeypatch.setattr(write, "write_plan", meddling)
    counts, _ = count({"settings.py": settings(1)})
    assert counts["evaluations"] == 2
    assert "DCF103" in (tmp_path / "out.txt").read_text()
