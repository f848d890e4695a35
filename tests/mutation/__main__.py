"""Try a sample of mutants: `python -m tests.mutation djconnfix/fix --sample 150`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.mutation import mutants as mutants_module
from tests.mutation.coverage_map import ROOT, CoverageMap, measured
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.runner import Trials

# What runs in one process and reaches the evaluator or the fixes. All of it is run by `.ci/run`.
TESTS = [
    "tests/settings",
    "tests/fix",
    "tests/test_hard_cases.py",
    "tests/test_same_settings.py",
    "tests/test_decision.py",
    "tests/test_api.py",
    "tests/test_changes.py",
    "tests/rules",
    "tests/code",
    "tests/strategies",
    "tests/trust",
    "tests/project",
    "tests/property",
]


def main() -> int:
    """Measure, sample, try, and tell the score and who survived."""
    parser = argparse.ArgumentParser(description="Change the package in small ways, and see whether the tests notice.")
    parser.add_argument("source", help="folder or file of the package, such as djconnfix/fix")
    parser.add_argument("--sample", type=int, default=150, help="mutants to try; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="*", default=TESTS)
    parser.add_argument("--most", type=int, default=1500, help="tests to run for one mutant at most")
    parser.add_argument("--seconds", type=float, default=60, help="of the processor, for the tests of one mutant")
    parser.add_argument("--coverage", type=Path, help="what was measured, kept for the next time")
    parser.add_argument("--line", type=int, action="append", default=[], help="try all mutants of these lines only")
    parser.add_argument("--operands", action="store_true", help="leave out each part of a condition, too")
    given = parser.parse_args()
    mutants_module.OPERANDS = given.operands
    with tempfile.TemporaryDirectory() as scratch:
        file = (given.coverage or Path(scratch) / "coverage").resolve()
        failed = [] if file.exists() else measured(file, given.tests, "djconnfix")
        for test in failed:
            print(f"fails without any change, left out: {test}")
        known = CoverageMap(file, failed)
    mutants = [
        each for path in _modules(given.source) for each in mutants_of(path, (ROOT / path).read_text(encoding="utf-8"))
    ]
    total = len(mutants)
    if given.line:
        mutants = [each for each in mutants if each.line in given.line]
    elif given.sample:
        mutants = random.Random(given.seed).sample(mutants, min(given.sample, total))
    jobs = [(mutant, known.tests_of(mutant.path, mutant.line)[: given.most]) for mutant in mutants]
    return _tried(jobs, total, given.tests, given.seconds)


def _modules(source: str) -> list[str]:
    place = ROOT / source
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [file.relative_to(ROOT).as_posix() for file in files]


def _tried(jobs: list[tuple[Mutant, list[str]]], total: int, tests: list[str], seconds: float) -> int:
    survivors: list[Mutant] = []
    began = time.monotonic()
    done = 0

    def tell(mutant: Mutant, noticed: bool, number: int) -> None:
        nonlocal done
        done += 1
        if not noticed:
            survivors.append(mutant)
            print(f"survived ({number} tests): {mutant}", flush=True)
        if done % 25 == 0:
            print(f"{done} of {len(jobs)}, {len(survivors)} survived, {time.monotonic() - began:.0f} s", flush=True)

    options = ["-q", "-p", "no:cacheprovider", "-m", "not slow and not servers", *tests]
    pytest.main(options, plugins=[Trials(sorted(jobs, key=lambda job: (job[0].path, job[0].number)), tell, seconds)])
    if done != len(jobs):
        print(f"only {done} of {len(jobs)} mutants were tried", file=sys.stderr)
        return 2
    score = 100 * (len(jobs) - len(survivors)) / max(len(jobs), 1)
    print(
        f"{len(jobs)} of {total} mutants: {len(jobs) - len(survivors)} noticed, {len(survivors)} survived: {score:.1f} %"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
