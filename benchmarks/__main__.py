"""`python -m benchmarks`: measure, print, and with `--write` put the table into docs/performance.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.cases import contests
from benchmarks.measure import FailedError, in_turn
from benchmarks.peers import install
from benchmarks.table import machine, page, rows, verdicts, write_into

ROOT = Path(__file__).resolve().parent.parent
SPACE = Path.home() / ".cache/djconnfix-benchmarks"  # not in the checkout, whose own audit would read it all


def main() -> int:
    """Run the contests that were asked for; 1 when a budget is not kept or a command fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=3, help="how often each command runs; the least counts (default: 3)"
    )
    parser.add_argument("--only", metavar="WORDS", default="", help="only the contests whose title holds these words")
    parser.add_argument("--without-slow", action="store_true", help="leave out what takes a minute for a single run")
    parser.add_argument("--space", type=Path, default=SPACE, help=f"where trees and peers are kept (default: {SPACE})")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    space = options.space.resolve()
    peers = install(space / "peers")
    about = [f"{machine()}. {peers.versions()}. Least of {options.runs} runs in turn; CPU is user and system time."]
    print(about[0], flush=True)
    results = []
    failed = False
    for contest in contests(peers, space):
        if options.only not in contest.title or (contest.once and options.without_slow):
            continue
        try:
            usages = in_turn(contest.commands, 1 if contest.once else options.runs)
        except FailedError as error:
            print(f"{contest.title}: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        results.append((contest, usages))
        judged = verdicts(contest, usages)
        failed |= any("**no**" in verdict for verdict in judged)
        print("\n".join([*rows(contest, usages), *judged]), flush=True)
    if options.write:
        write_into(ROOT / "docs/performance.md", page(results, about))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
