"""Which tests run which lines of the package."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = Path(__file__).resolve().parents[2]


def measured(file: Path, tests: list[str], source: str) -> list[str]:
    """Run tests and write down which of them ran which lines of the modules in a folder; return those that failed."""
    settings = file.with_suffix(".ini")
    settings.write_text(f"[run]\ndata_file = {file}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow and not servers", *tests]
    command += [f"--cov={source}", f"--cov-config={settings}", "--cov-context=test", "--cov-report=", "--tb=no"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)


class CoverageMap:
    """What `measured` wrote down.

    Attributes:
        sizes: how many lines each test runs, by node id: the fewer, the more it has to do with each of them.
    """

    def __init__(self, file: Path, without: Collection[str] = ()) -> None:
        from coverage import CoverageData

        self._lines: dict[str, dict[int, list[str]]] = {}
        self.sizes: Counter[str] = Counter()
        data = CoverageData(str(file))
        data.read()
        for name in data.measured_files():
            by_line = {
                line: sorted({each.rpartition("|")[0] for each in contexts if "::" in each} - set(without))
                for line, contexts in data.contexts_by_lineno(name).items()
            }
            tail = name[name.rindex("djconnfix/") :]
            self._lines[tail] = by_line
            for tests in by_line.values():
                self.sizes.update(tests)

    def tests_of(self, path: str, line: int) -> list[str]:
        """Return the tests that run a line, those likeliest to notice a change first.

        Those named like the module, then those of its package, then all others; among them the first of every file (the
        one that runs the least else) before the second of any, as tests of one file tend to notice the same.
        """
        turns: Counter[str] = Counter()
        order: list[tuple[bool, bool, int, int, str]] = []
        named, near = f"/test_{Path(path).stem}.py", f"tests/{Path(path).parts[1]}/"
        for test in sorted(self._lines.get(path, {}).get(line, ()), key=lambda test: (self.sizes[test], test)):
            file = test.partition("::")[0]
            turns[file] += 1
            order.append((not file.endswith(named), not file.startswith(near), turns[file], self.sizes[test], test))
        return [test for *_, test in sorted(order)]
