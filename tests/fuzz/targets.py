"""What is fuzzed: each target takes any bytes, and lets out only what is a fault of the program."""

from __future__ import annotations

import re
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.baseline import read_baseline
from djconnfix.config import Config, ConfigurationError, resolve
from djconnfix.engine import audit
from djconnfix.fix.diff import exact_patch, masked_diff
from djconnfix.fix.pending import JOURNAL_NAME
from djconnfix.fix.plan import make_plan
from djconnfix.fix.recovery import recover
from djconnfix.fix.staging import WriteError
from djconnfix.masking import mask, masked_lines
from djconnfix.project.deployment import read_deployment
from djconnfix.project.deployment.poolers import read_ini
from djconnfix.project.deployment.uwsgi_config import read as read_uwsgi
from djconnfix.project.requirements import read_packages
from djconnfix.python2 import readable
from djconnfix.report.as_text import write_text
from djconnfix.report.formats import FORMATS, write_as
from djconnfix.settings.evaluate import evaluate
from djconnfix.source import SourceFile, UnreadableError
from djconnfix.suppressions import read_suppressions
from djconnfix.terminal import Style
from tests.fuzz.bundle import ROOT, tree_of, unpack

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Target:
    """Something to be fuzzed.

    Attributes:
        run: takes one input.
        default: the path of an input that names none; its name decides which reader takes it.
        names: paths that the mutation may give to files of an input.
        longest: bytes of an input at most.
    """

    run: Callable[[bytes], None]
    default: str
    names: tuple[str, ...] = ()
    longest: int = 6_000


class BrokenPromiseError(AssertionError):
    """Nothing crashed, but what came out is not what was promised."""


def evaluator(data: bytes) -> None:
    """Evaluate every Python file as a settings module, and ask everything that rules and fixes ask."""
    files = unpack(data, "settings.py")
    tree = tree_of(files)
    for path in files:
        if not path.endswith(".py"):
            continue
        with suppress(UnreadableError):
            evaluation = evaluate(tree, path, {"dj-database-url": (2, 2), "django-environ": (0, 11)})
            databases = evaluation.databases()
            evaluation.lists(), evaluation.names(), evaluation.held_elsewhere(), evaluation.snapshot()
            _ = evaluation.notes, evaluation.partly_judged, evaluation.value("WSGI_APPLICATION")
            for database in databases:
                evaluation.trace(database.key)
                _require(database.location.path in files, "a definition lies outside the project")


def deployment(data: bytes) -> None:
    """Read files as deployment files; their names say as which."""
    tree = tree_of(unpack(data, "Procfile"))
    found = read_deployment(tree)
    for place in (*found.servers, *found.poolers, *found.settings_modules):
        location = place.location
        text = tree.source(location.path).text
        _require(0 <= location.start <= location.end <= len(text), "a fact lies outside its file")


def requirements(data: bytes) -> None:
    """Read files as requirements, project files and lock files."""
    for folder in read_packages(tree_of(unpack(data, "requirements.txt"))):
        for package in folder.packages.values():
            _require(package.name == package.name.lower(), f"{package.name!r} is not normalised")


def ini(data: bytes) -> None:
    """Read an input as PgBouncer's, as uWSGI's, as this program's configuration, and as its baseline and journal."""
    for name in ("pgbouncer.ini", "uwsgi.ini", "uwsgi.yaml", "uwsgi.xml"):
        source = SourceFile(name, ROOT / name, data)
        with suppress(UnreadableError):
            (read_ini if name == "pgbouncer.ini" else read_uwsgi)(source)
    with tempfile.TemporaryDirectory(dir=_memory_folder()) as folder:
        file = Path(folder, "pyproject.toml")
        file.write_bytes(data)
        with suppress(ConfigurationError):
            resolve(Path(folder), {}, file=file)
        with suppress(ConfigurationError):
            read_baseline(file)
        Path(folder, JOURNAL_NAME).write_bytes(data)
        before = sorted(path.name for path in Path(folder).iterdir())
        with suppress(WriteError):
            recover(Path(folder))
        after = sorted(path.name for path in Path(folder).iterdir())
        _require(set(before) - set(after) <= {JOURNAL_NAME}, "a journal removed what was not its own")
        _require(file.read_bytes() == data, "a journal changed a file that it has no copy of")


def _memory_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def text(data: bytes) -> None:
    """Mask any text, read it as Python 2, and look for suppressions in it."""
    given = data.decode("utf-8", "surrogateescape").replace("\0", "")
    shown = mask(given)
    _require(len(masked_lines(given)) == len(re.split(r"\r\n|\r|\n", given)), "masking changed the number of lines")
    _require(shown.count("\n") == given.count("\n"), "masking changed the number of line feeds")
    _require(len(readable(given)) == len(given), "reading as Python 2 moved something")
    with suppress(UnreadableError):
        read_suppressions(SourceFile("a.py", ROOT / "a.py", data))


def writer(data: bytes) -> None:
    """Audit a project, plan all fixes with their proofs, apply them in memory, and plan again."""
    canary = secrets.token_hex(8)
    files = {path: _planted(path, held, canary) for path, held in unpack(data, "settings.py").items()}
    tree = tree_of(files)
    config = Config(ROOT, unsafe_fixes=True)
    report = audit(config, tree)
    plan = make_plan(report, report.findings, unsafe=True)
    new = {}
    for change in plan.changes:
        new[change.source.path] = change.new
        _require(not change.source.refused, "a file that Python refuses is to be changed")
        edited = change.source.text
        for edit in sorted(change.edits, key=lambda each: each.start, reverse=True):
            edited = edited[: edit.start] + edit.replacement + edited[edit.end :]
        _require(change.source.encode(edited) == change.new, "the edits do not give the new bytes")
        if change.source.path.endswith(".py"):
            _ = SourceFile(change.source.path, change.source.absolute, change.new).tree
    _require(bool(plan.changes) == bool(exact_patch(plan)), "a plan without a patch, or a patch without a plan")
    shown = [write_text(report, Style(), verbose=True), masked_diff(plan)]
    shown += [write_as(form, report, "") for form in FORMATS]
    shown += [mask(refusal.reason) for refusal in plan.refused]
    shown += [mask(each.reason) for each in report.project.unreadable]
    _require(not any(canary in each for each in shown), "a secret is shown")
    if new:
        later = audit(config, tree.overlay(new))
        again = make_plan(later, later.findings, unsafe=True)
        codes = sorted({finding.code for finding in again.applied})
        _require(not again.changes, f"a second run changes something for {', '.join(codes)}")


# Places that no mutation around them makes less of a secret.
_ENTRY = re.compile(rb"(?P<before>[\"']PASSWORD[\"']: [\"'])[^\"'\n\\]*(?=[\"'])")
_USER_INFO = re.compile(rb"(?P<before>\bpostgres://\w+:)[^\"'\n\\@/\s]*(?=@)")


def _planted(path: str, data: bytes, canary: str) -> bytes:
    for pattern in (_ENTRY, _USER_INFO) if path.endswith(".py") else (_USER_INFO,):
        data = pattern.sub(rb"\g<before>" + canary.encode(), data)
    return data


def _require(condition: bool, promise: str) -> None:
    if not condition:
        raise BrokenPromiseError(promise)


_SETTINGS_NAMES = (
    "settings.py", "shop/settings/__init__.py", "shop/settings/base.py", "shop/settings/production.py", "manage.py",
    "shop/views.py", "shop/middleware.py", "Procfile", "requirements.txt", "gunicorn.conf.py", "pgbouncer.ini",
)  # fmt: skip
_DEPLOYMENT_NAMES = (
    "Procfile", "Dockerfile", "docker-compose.yml", "compose.yaml", "deploy/shop.service", "supervisord.conf",
    "gunicorn.conf.py", "uwsgi.ini", "uwsgi.yaml", "uwsgi.xml", "pgbouncer.ini", "fly.toml", "railway.toml",
    "render.yaml", "app.json", "package.json", "vercel.json", "zappa_settings.json", "unit.json", "Makefile",
    "entrypoint.sh", "bin/start", "apache/shop.conf", "k8s/web.yaml", "charts/web/templates/web.yaml", ".env",
    "tox.ini", "pytest.ini", "pyproject.toml", "setup.cfg", "fabfile.py", "tasks.py", "deploy/shop.conf.j2",
)  # fmt: skip
_REQUIREMENT_NAMES = (
    "requirements.txt", "requirements/base.in", "constraints.txt", "pyproject.toml", "Pipfile", "Pipfile.lock",
    "poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "setup.py", "setup.cfg", "environment.yml",
)  # fmt: skip

TARGETS = {
    "evaluator": Target(evaluator, "settings.py", _SETTINGS_NAMES),
    "deployment": Target(deployment, "Procfile", _DEPLOYMENT_NAMES),
    "requirements": Target(requirements, "requirements.txt", _REQUIREMENT_NAMES),
    "ini": Target(ini, "pgbouncer.ini"),
    "text": Target(text, "settings.py"),
    "writer": Target(writer, "settings.py", _SETTINGS_NAMES),
}
