"""Hostile projects: bounded time and memory, an honest status, and the rest of the run goes on."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.trust.hostile import healthy, projects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
PROJECTS = projects()
CPU_SECONDS = 10  # some 5 on the slowest machine that was tried, and room for slower ones
MEMORY = 1_500_000_000
# What must not reach a terminal: control characters, and characters that turn the direction of writing.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
FIXED = ("files: name", "files: link", "files: FIFO", "files: device", "settings: 60", "settings: a ", "settings: cond")
ONLY = os.environ.get("DJCONNFIX_HOSTILE", "")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    status: int
    out: str
    err: str


def run(root: Path, *arguments: str) -> Ended:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    done = subprocess.run(
        [sys.executable, "-m", "djconnfix", *arguments],
        cwd=root, preexec_fn=limit, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
        env={**os.environ, "HOME": str(root.parent), "NO_COLOR": "1"},
    )  # fmt: skip
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def hostile(name: str, tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "project"
    root.mkdir()
    healthy(root)
    PROJECTS[name](root)
    yield root
    for closed in root.glob("closed"):
        closed.chmod(0o755)


def assert_ended_well(ended: Ended, name: str) -> None:
    expected = (2,) if name.startswith("files: TOML of djconnfix") else (0, 1, 3)
    assert ended.status in expected, (ended.status, ended.err[-1500:])
    assert "internal error" not in ended.err
    assert "Traceback" not in ended.err
    assert not UNSAFE.search(ended.out + ended.err)
    assert len(ended.out) < 10_000_000  # a thousand for each of up to 10,000 aliases
    if ended.status in (2, 3):
        assert ended.err.startswith("djconnfix: ")
    else:
        assert "healthy" in ended.out  # the rest of the run went on


@pytest.mark.parametrize("name", [name for name in PROJECTS if ONLY in name])
def test_an_audit_ends_and_sees_the_rest(hostile: Path, name: str) -> None:
    assert_ended_well(run(hostile, "audit", "--verbose"), name)


@pytest.mark.parametrize("name", [name for name in PROJECTS if name.startswith(FIXED) and ONLY in name])
def test_a_fix_ends_and_mends_the_rest(hostile: Path, name: str) -> None:
    assert_ended_well(run(hostile, "fix", "--dry-run", "--unsafe-fixes"), name)
