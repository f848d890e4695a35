"""What can stand in a fix's way, by the exit status of the command line and of `manage.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from djconnfix.fix.journal import Entry, Journal, Record, digest
from djconnfix.fix.pending import JOURNAL_NAME
from tests.django_integration.conftest import MANAGE, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def site(root: Path) -> Path:
    root.mkdir()
    (root / "manage.py").write_text(MANAGE)
    (root / "shop").mkdir()
    (root / "shop/__init__.py").write_text("")
    (root / "shop/settings.py").write_text(SETTINGS)
    (root / "shop/wsgi.py").write_text("application = None\n")
    (root / "Procfile").write_text("web: gunicorn shop.wsgi --workers 2 --threads 4\n")
    return root


def interrupted(root: Path, *, committed: bool) -> None:
    """Leave what a run leaves that was killed before its first rename; the new text has one comment more."""
    path = root / "shop/settings.py"
    old, new = path.read_bytes(), path.read_bytes() + b"# by the first run\n"
    record = Record("0123456789abcdef", (Entry("shop/settings.py", digest(old), digest(new)),))
    journal = Journal.acquire(root, create=True)
    assert journal is not None
    journal.begin(record)
    for copy, data in zip(record.copies(root, 0), (old, new), strict=True):
        copy.write_bytes(data)
    if committed:
        journal.commit()
    journal.close()


def hard_link(root: Path) -> None:
    os.link(root / "shop/settings.py", root / "twin")


def outside(root: Path) -> None:
    (root / "shop/settings.py").rename(root.parent / "shared.py")
    (root / "shop/settings.py").symlink_to(root.parent / "shared.py")


COMPLETED = "djconnfix: a fix was interrupted; it was completed (shop/settings.py)\n"
UNDONE = "djconnfix: a fix was interrupted; it was undone: no file had been changed\n"
PENDING = "djconnfix: a fix was interrupted or is being written; the next `fix` ends it"


@dataclass(frozen=True)
class Case:
    """A situation, what is asked in it, and how that must end."""

    make: Callable[[Path], object]
    arguments: tuple[str, ...]
    status: int
    said: str
    left: tuple[str, ...] = ()  # what may lie there afterwards besides the project


CASES = {
    "nothing in the way": Case(lambda root: None, ("fix",), 0, ""),
    "interrupted, committed: fix": Case(lambda root: interrupted(root, committed=True), ("fix",), 0, COMPLETED),
    "interrupted, not committed: fix": Case(lambda root: interrupted(root, committed=False), ("fix",), 0, UNDONE),
    "interrupted: audit": Case(lambda root: interrupted(root, committed=True), ("audit",), 1, PENDING, (JOURNAL_NAME,)),
    "interrupted: check": Case(
        lambda root: interrupted(root, committed=True), ("fix", "--check", "--select", "DCF2"), 1, PENDING, (JOURNAL_NAME,)
    ),
    "interrupted: dry run": Case(
        lambda root: interrupted(root, committed=True), ("fix", "--dry-run"), 1, PENDING, (JOURNAL_NAME,)
    ),
    "a strange journal: fix": Case(
        lambda root: (root / JOURNAL_NAME).write_text("?\n"), ("fix",), 1, "is no journal of this version", (JOURNAL_NAME,)
    ),
    "a torn journal: fix": Case(lambda root: (root / JOURNAL_NAME).write_text(""), ("fix",), 0, UNDONE),
    "hard link: fix": Case(hard_link, ("fix",), 1, "shop/settings.py: has 2 hard links", ("twin",)),
    "read-only: fix": Case(lambda root: (root / "shop/settings.py").chmod(0o444), ("fix",), 1, "is read-only"),
    "outside the project: fix": Case(outside, ("fix",), 1, "leads to a file outside the project"),
    "outside the project: dry run": Case(outside, ("fix", "--dry-run"), 1, "1 file would change"),
    "broken neighbour: fix": Case(
        lambda root: (root / "shop/old_settings.py").write_text("DATABASES = {"), ("fix",), 3, "shop/old_settings.py:1:",
        ("shop/old_settings.py",),
    ),
    "a folder in the journal's place: fix": Case(
        lambda root: (root / JOURNAL_NAME).mkdir(), ("fix",), 1, "cannot be opened", (JOURNAL_NAME,)
    ),
}  # fmt: skip


# What `manage.py check --fail-level WARNING` must say of the same situations; it changes nothing.
CHECKS = {
    "nothing in the way": (lambda root: None, 1, "djconnfix.DCF101"),
    "interrupted": (lambda root: interrupted(root, committed=True), 1, "djconnfix.interrupted"),
    "a broken neighbour": (
        lambda root: (root / "shop/old_settings.py").write_text("DATABASES = {"), 1, "djconnfix.unreadable"
    ),
    "a strange option": (
        lambda root: (root / "pyproject.toml").write_text("[tool.djconnfix]\nselct = 1\n"), 1, "djconnfix.configuration"
    ),
    "nothing to find": (
        lambda root: (root / "shop/settings.py").write_text(SETTINGS.replace('"HOST"', '"CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n        "HOST"')),
        0, "no issues",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHECKS.values(), ids=CHECKS)
def test_a_system_check_keeps_nothing_to_itself(
    tmp_path: Path, case: tuple[Callable[[Path], object], int, str]
) -> None:
    make, status, said = case
    root = site(tmp_path / "site")
    make(root)
    text = (root / "shop/settings.py").read_bytes()
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stdout + done.stderr
    assert (root / "shop/settings.py").read_bytes() == text


# What pre-commit makes of the hooks' statuses: it knows passed (0) and failed (1), and fails what a hook changed.
HOOKS = {
    "audit, findings": (lambda root: None, "audit", 1, "- exit code: 1"),
    "audit, a broken file": (
        lambda root: (root / "shop/old_settings.py").write_text("DATABASES = {"), "audit", 1, "- exit code: 3"
    ),
    "audit, wrong configuration": (
        lambda root: (root / "pyproject.toml").write_text("[tool.djconnfix]\nselct = 1\n"), "audit", 1, "- exit code: 2"
    ),
    "audit, only files without any word": (lambda root: (root / "shop/settings.py").unlink(), "audit", 0, "Passed"),
    "audit, interrupted, only such files": (
        lambda root: (interrupted(root, committed=True), (root / "shop/settings.py").unlink()), "audit", 0, "Passed"
    ),
    "fix, mended": (lambda root: None, "fix", 1, "files were modified by this hook"),
    "fix, interrupted": (lambda root: interrupted(root, committed=True), "fix", 1, "it was completed"),
    "fix, in the way": (hard_link, "fix", 1, "has 2 hard links"),
}  # fmt: skip


@pytest.fixture(scope="module")
def hook_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.mark.parametrize("case", HOOKS.values(), ids=HOOKS)
def test_pre_commit_passes_on_what_the_hook_says(
    tmp_path: Path, hook_home: Path, case: tuple[Callable[[Path], object], str, int, str], git: object
) -> None:
    make, program, status, said = case
    root = site(tmp_path / "site")
    make(root)
    hook = {
        "id": "it", "name": "it", "entry": f"{sys.executable} -m djconnfix {program}", "language": "system",
        "require_serial": True, "types": ["file"], "files": r"\.py$|Procfile",
    }  # fmt: skip
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (tmp_path / "hooks.yaml").write_text(json.dumps(config))
    environment = {name: value for name, value in _environment().items() if not name.startswith("GIT_")}
    environment |= {"PRE_COMMIT_HOME": str(hook_home), "GIT_CONFIG_GLOBAL": os.devnull}
    for command in (["git", "init", "-q"], ["git", "add", "--all", "."]):
        subprocess.run(command, cwd=root, check=True, env=environment)
    command = [sys.executable, "-m", "pre_commit", "run", "--config", str(tmp_path / "hooks.yaml"), "--all-files"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stdout


def _environment() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**clean, "PYTHONDONTWRITEBYTECODE": "1"}


def run(root: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    if program == "manage.py":
        command = [sys.executable, "manage.py", f"conn{arguments[0]}", *arguments[1:]]
    else:
        command = [sys.executable, "-m", "djconnfix", *arguments]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env=_environment()
    )  # fmt: skip


def listing(root: Path) -> set[str]:
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    return found | ({JOURNAL_NAME} if (root / JOURNAL_NAME).exists() else set())


@pytest.mark.parametrize("program", ["djconnfix", "manage.py"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_status_is_honest(tmp_path: Path, program: str, case: Case) -> None:
    if case.make is outside and program == "manage.py":
        pytest.skip("the project is looked for around the file that Python imports, which is the link's target")
    root = site(tmp_path / "site")
    before = listing(root)
    case.make(root)
    text = (root / "shop/settings.py").read_bytes()
    done = run(root, program, *case.arguments)
    assert done.returncode == case.status, done.stdout + done.stderr
    assert case.said in done.stderr
    left = {name for name in listing(root) - before if ".djconnfix-0123456789abcdef" not in name}
    assert left == set(case.left)
    changed = (root / "shop/settings.py").read_bytes() != text
    assert changed == (case.arguments == ("fix",) and case.status in (0, 3))


def test_a_killed_fix_is_completed_by_the_commit_hook(tmp_path: Path) -> None:
    """The hook names files; the journal lies at the project's root."""
    root = site(tmp_path / "site")
    interrupted(root, committed=True)
    done = run(root, "djconnfix", "fix", "shop/settings.py")
    assert COMPLETED in done.stderr
    assert "# by the first run" in (root / "shop/settings.py").read_text()
    assert JOURNAL_NAME not in listing(root)


def test_runs_at_the_same_time_leave_what_one_leaves(tmp_path: Path) -> None:
    alone, together = site(tmp_path / "alone"), site(tmp_path / "together")
    assert run(alone, "djconnfix", "fix").returncode == 0
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "djconnfix", "fix"], cwd=together, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(6)
    ]
    said = [each.communicate()[0].decode() for each in runs]
    # Each found nothing to do, did it, or saw that another did it meanwhile; none broke anything.
    assert {each.returncode for each in runs} <= {0, 1}, said
    assert (together / "shop/settings.py").read_text() == (alone / "shop/settings.py").read_text()
    assert listing(together) == listing(alone)


def test_a_run_that_is_killed_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    root = site(tmp_path / "site")
    for pause in (0.05, 0.15, 0.3, 0.45):
        started = subprocess.Popen(
            [sys.executable, "-m", "djconnfix", "fix"], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(pause)
        started.kill()
        started.wait()
    assert run(root, "djconnfix", "fix").returncode == 0
    assert "CONN_MAX_AGE" in (root / "shop/settings.py").read_text()
    assert listing(root) == listing(site(tmp_path / "fresh"))
