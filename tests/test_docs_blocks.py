"""Every block of code on the pages that people wrote: what it says is tried.

Markers, in an HTML comment above a block, say how:

    audit SERVER: CODES|nothing   the block is a project's settings, or its middleware: the audit finds just these
    fix OPTIONS                   `djconnfix fix OPTIONS` makes this of the block above
    python: REASON                the block is only parsed, for this reason
    rule: ...                     the block is a rule, which tests/test_docs_rule.py runs
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml

from djconnfix.__main__ import main
from djconnfix._compat import tomllib
from djconnfix.api import audit
from djconnfix.cli import make_parser
from djconnfix.config import resolve
from tests.pages import BLOCKS, ROOT, Block

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = {"", "console", "python", "toml", "yaml", "sql", "diff", "text", "ini"}
SERVERS = {
    "gunicorn": "web: gunicorn shop.wsgi --workers 2 --threads 4\n",
    "uvicorn": "web: uvicorn shop.asgi:application --workers 2\n",
}
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
# What is shown to be run elsewhere, and where that is tried instead.
ELSEWHERE = {
    "pip install": "a package index; tests/test_ci_templates.py installs",
    "python -m pip install": "a package index",
    "python -m venv": "a package index; .ci/run makes the same environment",
    ".venv/bin/": "in the environment of the line above",
    "git ": "git's own",
    "scripts/": "tests/end_to_end/test_scripts.py and .ci/run; here only that it is there",
    ".ci/run": "itself",
    "python manage.py migrate": "Django's own",
}


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def project(block: Block, root: Path) -> Path:
    """A project around a block: its settings, or its middleware in plain settings."""
    server = block.marker.removeprefix("audit ").partition(":")[0]
    settings = block.text
    (root / "shop").mkdir(parents=True)
    if "DATABASES" not in block.text:
        (root / "shop/middleware.py").write_text(block.text)
        name = next(each.name for each in ast.parse(block.text).body if isinstance(each, ast.ClassDef))
        settings = (
            'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db",\n'
            f'    "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}}}\nMIDDLEWARE = ["shop.middleware.{name}"]\n'
        )
    (root / "shop/settings.py").write_text(settings)
    (root / "shop/__init__.py").touch()
    (root / "manage.py").write_text(MANAGE)
    (root / "Procfile").write_text(SERVERS[server])
    (root / "requirements.txt").write_text("Django==5.2.1\npsycopg[binary,pool]==3.2.9\nmysqlclient==2.2.7\n")
    return root


def test_there_are_blocks_and_their_languages_are_known() -> None:
    assert len(BLOCKS) > 30
    assert {block.language for block in BLOCKS} <= LANGUAGES


def test_markers_are_understood() -> None:
    wrong = [
        f"{block}: {block.marker}"
        for block in BLOCKS
        if block.marker and not re.match(r"audit \w+: |fix\b|python: |rule: |generated: ", block.marker)
    ]
    assert wrong == []


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.marker.startswith("audit ")], ids=str)
def test_the_audit_finds_in_a_block_what_the_page_says(block: Block, tmp_path: Path) -> None:
    found = {finding.code for finding in audit(project(block, tmp_path)).findings}
    said = block.marker.partition(": ")[2]
    assert found == (set() if said == "nothing" else set(said.split()))


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in pairwise(BLOCKS) if pair[1].marker.startswith("fix")], ids=str
)
def test_fix_makes_of_a_block_the_next_one(
    before: Block, after: Block, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert before.page == after.page
    root = project(before, tmp_path)
    main([*shlex.split(after.marker), str(root)])
    capfd.readouterr()
    assert (root / "shop/settings.py").read_text() == after.text


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_python_is_tried_or_at_least_parses(block: Block, tmp_path: Path) -> None:
    try:
        code = compile(block.text, str(block), "exec")
    except SyntaxError:
        assert ast.parse(f"{{{block.text}}}"), "neither statements nor an entry of a dictionary"
        return
    if block.marker.startswith(("python: ", "rule: ")):
        return
    if "django" in block.text and "import" in block.text:
        exec(code, {"__name__": "block"})  # a middleware: its imports are there
    elif "djconnfix.audit(" in block.text:
        shutil.copytree(ROOT / "fixtures/shop", tmp_path / "shop")
        with pytest.raises(SystemExit):
            exec(compile(block.text.replace("path/to/project", str(tmp_path / "shop")), str(block), "exec"), {})
    else:
        names: dict[str, object] = {}
        exec(code, names)
        assert any(name.isupper() for name in names), "settings are in capitals"


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_toml_is_understood(block: Block, tmp_path: Path) -> None:
    assert tomllib.loads(block.text)["tool"]["djconnfix"]
    (tmp_path / "pyproject.toml").write_text(block.text)
    assert resolve(tmp_path, {}).config.fail_level


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_yaml_is_read(block: Block) -> None:
    content = yaml.safe_load(block.text)
    assert content
    if isinstance(content, dict) and "repos" in content:
        hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
        assert {hook["id"] for repo in content["repos"] for hook in repo["hooks"]} <= hooks


def commands() -> list[tuple[Block, str]]:
    """Every command: lines after `$`, and all lines of blocks without a language that begin with a program."""
    found = []
    for block in BLOCKS:
        if block.language == "console":
            lines = re.findall(r"^\$ (.*)$", block.text, re.MULTILINE)
        elif block.language == "":
            lines = re.findall(r"^((?:djconnfix|python manage\.py|pip|git) .*)$", block.text, re.MULTILINE)
        else:
            lines = []
        found += [(block, line.partition("  #")[0].strip()) for line in lines]
    return found


def name_of(case: object) -> str:
    return case if isinstance(case, str) else str(case)


DJCONNFIX = [(block, line) for block, line in commands() if line.startswith("djconnfix ")]
MANAGEMENT = [(block, line) for block, line in commands() if re.match(r"python manage\.py (conn|check)", line)]
OTHERS = [(block, line) for block, line in commands() if (block, line) not in DJCONNFIX + MANAGEMENT]


@pytest.mark.parametrize(("block", "line"), DJCONNFIX, ids=name_of)
def test_a_command_runs_on_a_copy_of_the_shop(
    block: Block, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = shlex.split(line)[1:]
    if "fixtures/shop" in arguments:
        (tmp_path / "fixtures").mkdir()
    where = tmp_path / "fixtures" if "fixtures/shop" in arguments else tmp_path
    shutil.copytree(ROOT / "fixtures/shop", where / "shop")
    monkeypatch.chdir(tmp_path if "fixtures/shop" in arguments else where / "shop")
    if "--diff-base" in arguments:
        for git in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm x", "branch origin/main"):
            subprocess.run(["git", *git.split()], check=True, capture_output=True)
    if "CODE" in arguments:
        arguments[arguments.index("CODE")] = "DCF101"
    if "--interactive" in arguments:
        assert make_parser().parse_args(arguments).interactive  # asks a person; tests/test_interactive.py answers
        return
    status = main(arguments)
    shown = capfd.readouterr()
    assert status in (0, 1), shown.err
    assert shown.out + shown.err or (tmp_path / "shop/pgbouncer.ini").is_file()


@pytest.mark.parametrize(("block", "line"), MANAGEMENT, ids=name_of)
def test_a_management_command_takes_what_it_is_given(block: Block, line: str) -> None:
    from django.core.management import load_command_class

    command, *arguments = shlex.split(line)[2:]
    app = "django.core" if command == "check" else "djconnfix"
    parser = load_command_class(app, command).create_parser("manage.py", command)
    assert parser.parse_args(arguments)


@pytest.mark.parametrize(("block", "line"), OTHERS, ids=name_of)
def test_any_other_command_is_tried_elsewhere(block: Block, line: str) -> None:
    assert any(line.startswith(start) for start in ELSEWHERE), "neither run here nor known to be run elsewhere"
    program = line.split()[0]
    if program.startswith(("scripts/", ".ci/")):
        assert (ROOT / program).stat().st_mode & 0o111
