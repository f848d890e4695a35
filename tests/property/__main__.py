"""The long run: `python -m tests.property --modules 20000 --seed 1`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.property.check import check
from tests.property.modules import SETTINGS, Case, case
from tests.property.shrink import kind, shrunk


def main() -> int:
    """Check many generated projects; print each failure once, as small as it gets, and the counts."""
    parser = argparse.ArgumentParser(description="Execute generated settings modules before and after a fix.")
    parser.add_argument("--modules", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the others follow")
    parser.add_argument("--every", type=int, default=500, help="say how far it is after so many modules")
    parser.add_argument("--no-shrink", action="store_true")
    given = parser.parse_args()
    logging.disable()  # dj-database-url warns of every unset variable
    counts: Counter[str] = Counter()
    failed = 0
    kinds: Counter[str] = Counter()
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        for number in range(given.modules):
            seed = given.seed + number
            made = case(seed)
            try:
                outcome = check(made, root)
                objections = outcome.objections
                counts += outcome.counts
            except Exception as error:  # a crash is a failure like any other
                frame = traceback.extract_tb(error.__traceback__)[-1]
                objections = [f"crash: {type(error).__name__}: {error} in {frame.name}"]
            if objections:
                failed += 1
                kinds[kind(objections[0])] += 1
                if kinds[kind(objections[0])] <= 3:
                    _show(made, objections, root, shrink=not given.no_shrink)
            if (number + 1) % given.every == 0:
                spent = time.process_time() - began
                print(f"{number + 1} modules, {failed} failed, {spent:.0f} s CPU", flush=True)
    print(f"{given.modules} modules from seed {given.seed}: {failed} failed {dict(kinds)}")
    print(f"counts: {dict(sorted(counts.items()))}")
    return 1 if failed else 0


def _show(made: Case, objections: list[str], root: Path, *, shrink: bool) -> None:
    small, left = shrunk(made, objections, root) if shrink else (made, objections)
    print(f"=== seed {made.seed}: {kind(objections[0])}")
    for text in left[:3]:
        print(f"  {text}")
    for path, data in small.files().items():
        if path == SETTINGS or (path.startswith("shop/") and data):
            print(f"--- {path}\n{data.decode('latin-1')}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
