"""Every option of every program, by the parser itself: it is documented, has a case here, and does what it says.

A case is a command line without the option and one with it, and what must differ. An option without a case fails.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import djconnfix
from djconnfix.__main__ import main
from djconnfix.cli import EXAMPLES, FORMATS, make_parser
from djconnfix.completion import programs_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = programs_of(make_parser())
ALIAS = '    "{}": {{"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "{}"}},\n'
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": f"DATABASES = {{\n{ALIAS.format('default', 'db')}{ALIAS.format('replica', 'two')}}}\n",
    "shop/middleware.py": (
        "from django.db import connection\n\n\nclass Close:\n    def __init__(self, get_response):\n"
        "        self.get_response = get_response\n\n    def __call__(self, request):\n"
        "        response = self.get_response(request)\n        connection.close()\n        return response\n"
    ),
    "Procfile": "web: gunicorn shop.wsgi --workers 2 --threads 4\n",
    "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
    "other.toml": '[tool.djconnfix]\nignore = ["DCF1"]\nmax-connections = 50\n',
    "shop/state.py": (
        "from django.db import connection\n\n\ndef view(request):\n    with connection.cursor() as cursor:\n"
        '        cursor.execute("SET statement_timeout = 5")\n'
    ),
    "known.json": '{"version": 1, "findings": []}\n',
}


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    status: int
    out: str
    err: str
    files: dict[str, str]


REMEMBERED: dict[tuple[str, ...], Ran] = {}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys) -> Callable[..., Ran]:
    """Run a command line in a fresh copy of the project, whatever ran before; what ran once is remembered."""
    monkeypatch.setattr("sys.stdin", open(__file__))  # noqa: PTH123, SIM115

    def ran(*arguments: str) -> Ran:
        if arguments in REMEMBERED:
            return REMEMBERED[arguments]
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        for path, text in FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        (folder / "all.json").write_text(everything_known(folder) if "all.json" in arguments else "")
        for command in (("init", "-q"), ("add", "-A"), ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm1")):
            if "--diff-base" in arguments:
                subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
        monkeypatch.chdir(folder)
        status = main(list(arguments))
        captured = capsys.readouterr()
        files = {
            path.relative_to(folder).as_posix(): path.read_text()
            for path in folder.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }
        out = captured.out.replace(str(folder), "FOLDER")
        return REMEMBERED.setdefault(arguments, Ran(status, out, captured.err, files))

    yield ran
    sys.stdin.close()


def codes(ran: Ran) -> set[str]:
    return set(re.findall(r"DCF\d{3}", ran.out))


def changed(ran: Ran) -> set[str]:
    return {path for path, text in ran.files.items() if path != "all.json" and FILES.get(path) != text}


@cache
def everything_known(folder: Path) -> str:
    """Return a baseline of all that is found in the project."""
    entries = [{"fingerprint": each.fingerprint} for each in djconnfix.audit(folder).findings]
    return json.dumps({"version": 1, "findings": entries})


# program, what stands before, the option with its value, what must hold of both runs
Case = tuple[str, str, "Callable[[Ran, Ran], bool]"]


def fewer(before: Ran, after: Ran) -> bool:
    return "DCF101" in codes(before) and "DCF101" not in codes(after)


# What `[tool.djconnfix]` takes, for audit; a fix is looked at through the same options.
CONFIGURATION: dict[str, Case] = {
    "--select": ("", "--select DCF2", fewer),
    "--ignore": ("", "--ignore DCF1", fewer),
    "--extend-select": ("", "--extend-select DCF309", lambda a, b: codes(b) - codes(a) == {"DCF309"}),
    "--per-file-ignores": ("", "--per-file-ignores shop/settings.py:DCF1", fewer),
    "--per-alias-ignores": (
        "", "--per-alias-ignores replica:DCF101", lambda a, b: "'replica'" in a.out and "'replica'" not in b.out,
    ),
    "--exclude": ("", "--exclude settings.py", fewer),
    "--server": ("", "--server asgi", lambda a, b: codes(a) != codes(b)),
    "--strategy": ("", "--strategy pool", lambda a, b: "pool" not in a.out and "pool" in b.out),
    "--requirements": ("--strategy pool", "--requirements", lambda a, b: a.out != b.out and "psycopg[pool]" in b.out),
    "--max-connections": ("", "--max-connections 9", lambda a, b: "admits 97" in a.out and "admits 6" in b.out),
    "--settings-overrides": (
        "", "--settings-overrides shop.settings:max-connections=9", lambda a, b: a.out != b.out and "admits 6" in b.out,
    ),
    "--django": ("", "--django 4.0", lambda a, b: "CONN_HEALTH_CHECKS" in a.out and "CONN_HEALTH_CHECKS" not in b.out),
    "--fail-level": ("--select DCF101", "--fail-level error", lambda a, b: (a.status, b.status) == (1, 0)),
    "--baseline": ("--baseline known.json", "--baseline all.json", fewer),
    "--config": ("", "--config other.toml", fewer),
}  # fmt: skip
COLOUR: dict[str, Case] = {
    "--color": ("", "--color", lambda a, b: "\x1b[" not in a.out and "\x1b[" in b.out),
    "--no-color": ("", "--no-color", lambda a, b: a.out == b.out and "\x1b[" not in b.out),
}
BUG: dict[str, Case] = {flag: ("", flag, lambda a, b: a.out == b.out) for flag in ("-v", "--verbose")}
SEEN: dict[str, Case] = {
    flag: ("", flag, lambda a, b: "settings shop.settings" not in a.out and "settings shop.settings" in b.out)
    for flag in ("-v", "--verbose")
}
QUIET: dict[str, Case] = {
    flag: ("", flag, lambda a, b: "because" in a.out and all(": DCF" in x or " DCF" in x for x in b.out.splitlines()))
    for flag in ("-q", "--quiet")
}
HELP: dict[str, Case] = {
    flag: ("", flag, lambda _, b: b.out.startswith("usage: djconnfix") and "examples:" in b.out)
    for flag in ("-h", "--help")
}
DIFF_BASE: dict[str, Case] = {"--diff-base": ("", "--diff-base HEAD", fewer)}


def dry(case: Case) -> Case:
    return (f"--dry-run {case[0]}".strip(), *case[1:])


def differ(_before: Ran, after: Ran) -> bool:
    return _before != after


SHOWN: dict[str, Case] = {  # under `config`, each shows itself and that it comes from the command line
    "--select": ("", "--select DCF2", lambda _, b: 'select = ["DCF2"]  # command line' in b.out),
    "--ignore": ("", "--ignore DCF1", lambda _, b: '\nignore = ["DCF1"]  # command line' in b.out),
    "--extend-select": ("", "--extend-select DCF1", lambda _, b: 'extend-select = ["DCF1"]  # command line' in b.out),
    "--per-file-ignores": (
        "", "--per-file-ignores a/*:DCF1", lambda _, b: 'per-file-ignores = {"a/*" = ["DCF1"]}  # command' in b.out,
    ),
    "--per-alias-ignores": (
        "", "--per-alias-ignores a:DCF1", lambda _, b: 'per-alias-ignores = {a = ["DCF1"]}  # command' in b.out,
    ),
    "--exclude": ("", "--exclude vendor", lambda _, b: 'exclude = ["vendor"]  # command line' in b.out),
    "--server": ("", "--server asgi", lambda _, b: 'server = "asgi"  # command line' in b.out),
    "--strategy": ("", "--strategy pool", lambda _, b: 'strategy = "pool"  # command line' in b.out),
    "--requirements": ("", "--requirements", lambda _, b: "requirements = true  # command line" in b.out),
    "--max-connections": ("", "--max-connections 9", lambda _, b: "max-connections = 9  # command line" in b.out),
    "--settings-overrides": (
        "", "--settings-overrides s.x:server=asgi,django=5.2",
        lambda _, b: 'settings-overrides = {"s.x" = {server = "asgi", django = "5.2"}}  # command line' in b.out,
    ),
    "--django": ("", "--django 5.2", lambda _, b: 'django = "5.2"  # command line' in b.out),
    "--fail-level": ("", "--fail-level info", lambda _, b: 'fail-level = "info"  # command line' in b.out),
    "--baseline": ("", "--baseline known.json", lambda _, b: 'baseline = "known.json"  # command line' in b.out),
    "--config": ("", "--config other.toml", lambda _, b: 'ignore = ["DCF1"]  # other.toml' in b.out),
}  # fmt: skip
SIZES: dict[str, Case] = {
    "--exclude": ("", "--exclude Procfile", differ),
    "--max-connections": ("", "--max-connections 50", differ),
    "--settings-overrides": ("", "--settings-overrides shop.settings:max-connections=50", differ),
    "--config": ("", "--config other.toml", differ),
}
CASES: dict[str, dict[str, Case]] = {
    "audit": {
        "--format": ("", "--format json", lambda a, b: a.out != b.out and json.loads(b.out)["version"] == 1),
        "--output": ("", "--output x.txt", lambda a, b: b.out == "" and b.files["x.txt"] == a.out),
        "--update-baseline": (
            "--baseline known.json", "--update-baseline",
            lambda a, b: (a.status, b.status, changed(b)) == (1, 0, {"known.json"}) and b.out == "",
        ),
        "--add-ignores": (
            "", "--add-ignores",
            lambda _, b: b.status == 0 and "# djconnfix: ignore[DCF101]\n" in b.files["shop/settings.py"],
        ),
        "--reason": (
            "--add-ignores", "--reason later",
            lambda _, b: "# djconnfix: ignore[DCF101] later\n" in b.files["shop/settings.py"],
        ),
        **DIFF_BASE, **CONFIGURATION, **COLOUR, **SEEN, **QUIET, **HELP,
    },
    "fix": {
        "--dry-run": ("", "--dry-run", lambda a, b: bool(changed(a)) and not changed(b) and "+++ b/" in b.out),
        "--check": ("", "--check", lambda a, b: b.status == 1 and not changed(b) and "would change" in b.err),
        "--patch": ("", "--patch p", lambda a, b: changed(b) == changed(a) | {"p"} and "+++ b/shop" in b.files["p"]),
        **{
            # standard input is this file: `"""Every...` is no answer, and so on until its end
            flag: ("", flag, lambda a, b: bool(changed(a)) and not changed(b) and "Apply this fix [y,n" in b.out)
            for flag in ("-i", "--interactive")
        },
        "--unsafe-fixes": (
            "", "--unsafe-fixes", lambda a, b: changed(a) == {"shop/settings.py"} and "shop/middleware.py" in changed(b),
        ),
        "--diff-base": ("", "--diff-base HEAD", lambda a, b: bool(changed(a)) and not changed(b)),
        **{
            flag: dry((case[0], case[1], lambda a, b: a.out != b.out or a.status != b.status))
            for flag, case in CONFIGURATION.items()
            if flag not in ("--fail-level", "--baseline", "--max-connections", "--settings-overrides", "--extend-select")
        },
        "--max-connections": ("", "--max-connections 9", lambda a, b: bool(changed(a)) and not changed(b)),
        "--settings-overrides": (
            "", "--settings-overrides shop.settings:max-connections=9", lambda a, b: bool(changed(a)) and not changed(b),
        ),
        "--extend-select": ("", "--extend-select DCF309", differ),
        "--fail-level": ("--ignore DCF1 --select DCF3", "--fail-level error", lambda a, b: (a.status, b.status) == (1, 0)),
        "--baseline": ("", "--baseline all.json", lambda a, b: bool(changed(a)) and not changed(b)),
        **COLOUR, **SEEN, **QUIET, **HELP,
    },
    "pgbouncer": {
        "--mode": ("", "--mode session", lambda a, b: "pool_mode = transaction" in a.out and "= session" in b.out),
        "--output": ("", "--output x.ini", lambda a, b: b.out == "" and b.files["x.ini"] == a.out),
        "--strategy": ("", "--strategy pgbouncer-session", lambda _, b: "pool_mode = session" in b.out),
        **SIZES, **BUG, **HELP,
    },
    "budget": {**SIZES, **BUG, **HELP},
    "explain": {**COLOUR, **BUG, **HELP},
    "rules": {
        "--format": ("", "--format json", lambda _, b: json.loads(b.out)[0]["code"] == "DCF101"), **COLOUR, **BUG, **HELP,
    },
    "config": {**SHOWN, **BUG, **HELP},
    "completion": {**BUG, **HELP},
}  # fmt: skip
POSITIONAL = {"explain": ["DCF101"], "completion": ["bash"]}


def flags():
    return [(program.name, flag) for program in PROGRAMS for flag in program.flags]


@pytest.mark.parametrize(("program", "flag"), flags(), ids=lambda value: value)
def test_every_option_does_what_it_says(program, flag, run):
    assert flag in CASES[program], "an option without a case"
    before, option, holds = CASES[program][flag]
    words = [program, *POSITIONAL.get(program, []), *before.split()]
    assert holds(run(*words), run(*words, *option.split()))


def test_there_is_no_case_for_what_is_no_option():
    assert {(program, flag) for program, cases in CASES.items() for flag in cases} == set(flags())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_option_is_documented(program):
    page = (ROOT / "docs" / "command-line.md").read_text()
    part = page.partition(f"## djconnfix {program.name}\n")[2].partition("\n## ")[0]
    for word in program.words:
        assert word.help, word.flags
        if "--help" not in word.flags:
            for flag in word.flags:
                assert re.search(rf"`{re.escape(flag)}[ `]", part), flag


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(form, run):
    done = run("audit", "--format", form)
    assert done.status == 1
    assert "DCF101" in done.out


@pytest.mark.parametrize("program", ["audit", "fix", "pgbouncer", "budget", "config"])
def test_paths_are_taken(program, run):
    assert run(program, "missing").status == 2
    assert run(program, "shop").status in (0, 1)


@pytest.mark.parametrize(
    "line",
    [line for text in EXAMPLES.values() for line in text.splitlines() if line.strip().startswith("djconnfix ")],
    ids=str.strip,
)
def test_the_examples_of_the_help_run(line, run):
    import shlex

    command = re.split(r"\s{2,}| > ", line.strip())[0]
    words = [word if word != "origin/main" else "HEAD" for word in shlex.split(command)[1:]]
    assert run(*words).status in (0, 1)


def test_a_bug_shows_its_traceback_only_on_request(run, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr("djconnfix.programs.place_of", fail)
    monkeypatch.setattr(f"{__name__}.REMEMBERED", {})
    for program in ("audit", "fix", "pgbouncer", "budget", "config"):
        assert "Traceback" not in run(program).err
        done = run(program, "--verbose")
        assert done.status == 4
        assert "Traceback" in done.err
