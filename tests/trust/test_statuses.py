"""What can stand in a fix's way, by the exit status of the command line and of `manage.py`."""

from __future__ import annotations

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


def run(root: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    if program == "manage.py":
        command = [sys.executable, "manage.py", f"conn{arguments[0]}", *arguments[1:]]
    else:
        command = [sys.executable, "-m", "djconnfix", *arguments]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env={**environment, "PYTHONDONTWRITEBYTECODE": "1"}
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
