"""Killed at any system call, the next run leaves the old tree or the new one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trust.crash import PLANS, Trial, fail_at, make_tree

ROOT = Path(__file__).resolve().parent.parent.parent
LONG = os.environ.get("DJCONNFIX_CRASH") == "long"


def test_killed_at_any_point_the_next_run_completes_or_undoes() -> None:
    every = ("--every", "1", "--second-every", "3") if LONG else ("--every", "5", "--second-every", "20")
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.crash", *every], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.search(r"(\d+) kill points, .*'old': (\d+), 'new': (\d+)", done.stdout)
    assert said is not None, done.stdout
    points, old, new = map(int, said.groups())
    assert points == old + new
    assert points >= (500 if LONG else 100)
    assert old > 10
    assert new > 10


@pytest.mark.parametrize("plan", PLANS)
def test_every_step_of_every_file_is_a_kill_point(tmp_path: Path, plan: str) -> None:
    files = len(make_tree(tmp_path / "count", plan).changes)
    # Two copies of each file: made, written (whole and half), given mode and times, flushed; one renamed, one removed.
    assert Trial(tmp_path, plan).points >= files * 13 + 8


def test_a_full_disk_at_any_step_leaves_the_old_tree_or_does_not_matter(tmp_path: Path) -> None:
    trial = Trial(tmp_path, "three files")
    outcomes = [fail_at(trial, point) for point in range(0, trial.points, 2)]
    # New are those where only the flush of a folder failed, or the removal of copies that nobody needs any more.
    assert outcomes.count("old") > outcomes.count("new") > 0
