"""Every input that ever told something, again; a short search for new ones; and whether a fault would be noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.__main__ import NAMES
from tests.fuzz.bundle import pack, unpack
from tests.fuzz.faults import Faults
from tests.fuzz.limits import HangError, MemoryLimitError, limited
from tests.fuzz.mutation import Mutator
from tests.fuzz.seeds import CORPUS, seeds
from tests.fuzz.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
SECONDS = os.environ.get("DJCONNFIX_FUZZ", "4")


@pytest.mark.parametrize("name", NAMES)
def test_what_fuzzing_begins_with_passes(name: str, tmp_path: Path) -> None:
    faults = Faults(tmp_path)
    inputs = seeds(name, TARGETS[name])
    assert len(inputs) > 50
    for data in inputs:
        faults.tried(TARGETS[name], data)
    assert [path.read_text() for path in tmp_path.glob("*.txt")] == []


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("CI") == "true", reason="CI searches for longer, beside its other checks")
def test_a_search_finds_nothing() -> None:
    def fuzzed(name: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", SECONDS]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(2) as two:
        for done in two.map(fuzzed, NAMES):
            print(done.stdout)
            assert done.returncode == 0, done.stdout


def test_all_targets_can_be_named() -> None:
    assert set(NAMES) == set(TARGETS)
    assert {path.name for path in CORPUS.iterdir()} <= set(NAMES)


def _crash(data: bytes) -> None:
    if b"x" in data:
        raise ValueError("crash")


def _hang(data: bytes) -> None:
    while b"x" in data:
        with suppress(Exception):  # as a reader might that swallows everything
            sum(range(1000))


def _codec(data: bytes) -> None:
    if b"x" in data:
        b"x".decode("utf-16")


@pytest.mark.parametrize("run", [_crash, _codec], ids=["crash", "crash in a codec"])
def test_a_fault_is_kept_with_the_smallest_input(run, tmp_path: Path) -> None:
    faults, target = Faults(tmp_path), Target(run, "settings.py")
    assert faults.tried(target, b"fine")
    assert not faults.tried(target, b"long x")
    assert not faults.tried(target, b"x")
    assert not faults.tried(target, b"longer x")
    kept = list(tmp_path.glob("*.input"))
    assert [path.read_bytes() for path in kept] == [b"x"]
    assert "Error" in kept[0].with_suffix(".txt").read_text()


def test_a_hang_is_ended_though_everything_is_caught() -> None:
    with pytest.raises(HangError), limited(seconds=0.05):
        _hang(b"x")


def test_too_much_memory_is_noticed() -> None:
    with pytest.raises(MemoryLimitError), limited(megabytes=20):
        b"x" * 64_000_000  # noqa: B018 -- written to, and above what the allocator takes from memory it already has


@pytest.mark.parametrize("name", NAMES)
def test_mutation_changes_and_keeps_to_the_length(name: str) -> None:
    target = TARGETS[name]
    inputs = seeds(name, target)
    mutator, random = Mutator(target.names, inputs), Random(7)
    changed = 0
    for data in inputs[:100]:
        mutated = mutator.mutated(data, random, target.longest)
        assert len(mutated) <= target.longest
        changed += mutated != data
    assert changed > 80


def test_a_project_is_one_input_and_back() -> None:
    files = {"a/settings.py": b"x = 1\n", "Procfile": b"web: x\n"}
    assert unpack(pack(files), "other") == files
    assert unpack(b"x = 1\n=== ../../etc/passwd\ny\n", "settings.py") == {
        "settings.py": b"x = 1\n",
        "etc/passwd": b"y\n",
    }
    assert unpack(b"", "Procfile") == {"Procfile": b""}
