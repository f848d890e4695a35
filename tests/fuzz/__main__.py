"""Fuzz one target: `python -m tests.fuzz writer --seconds 3600`."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.faults import Faults
from tests.fuzz.guided import has_atheris, with_atheris, without_atheris

NAMES = ("evaluator", "deployment", "requirements", "ini", "text", "writer")  # importing the targets is left to atheris


def main() -> int:
    """Fuzz in a process of its own, which the fuzzer may end as it likes, and tell what it found."""
    parser = argparse.ArgumentParser(description="Look for inputs that crash, hang, or betray a secret.")
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the inputs that reached something new")
    parser.add_argument("--faults", type=Path, help="folder for the inputs that brought out a fault")
    parser.add_argument("--without-atheris", action="store_true")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inner:
        faults = Faults(given.faults)
        if has_atheris() and not given.without_atheris:
            with_atheris(given.target, given.seconds, given.seed, faults, given.keep)
        else:
            number = without_atheris(given.target, given.seconds, given.seed, faults, given.keep)
            print(f"{number} inputs, without atheris")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.faults or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if given.keep is not None:
            given.keep.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-X", "faulthandler", "-m", "tests.fuzz", *sys.argv[1:], "--inner"]
        done = subprocess.run([*command, "--faults", str(folder)], check=False, capture_output=True, text=True)
        told = sorted(folder.glob("*.txt"))
        for path in told:
            print(f"=== {path.with_suffix('.input').name}: {path.read_text(encoding='utf-8')}")
        lines = [line for line in done.stderr.splitlines() if "DONE" in line or line.startswith("stat::number_of")]
        print("\n".join(lines[-2:]) or done.stdout.strip())
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{given.target}: {len(told)} faults, status {done.returncode}, {spent.ru_utime:.0f} s CPU, {spent.ru_maxrss // 1000} MB"
        )
        if done.returncode:
            print("\n".join(done.stderr.splitlines()[-20:]))
        return 1 if told or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
