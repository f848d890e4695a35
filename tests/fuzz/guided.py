"""The two ways to be led by coverage: atheris where it is installed, else this Python's own monitoring.

Python 3.12 and later tell of each line the first time it runs, at next to no cost; on older ones without atheris inputs
are changed without knowing what they reach.
"""

from __future__ import annotations

import pkgutil
import shutil
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.fuzz.mutation import Mutator
from tests.fuzz.seeds import seeds

if TYPE_CHECKING:
    from types import CodeType

    from tests.fuzz.faults import Faults

_OTHERS = ("djconnfix.apps", "djconnfix.checks", "djconnfix.management", "djconnfix.probe", "djconnfix.__main__")
_TOOL = 4  # an identifier of `sys.monitoring` that no debugger, profiler or coverage takes


def has_atheris() -> bool:
    """Whether the fuzzer can be used here."""
    return find_spec("atheris") is not None


def with_atheris(name: str, seconds: float, seed: int, faults: Faults, keep: Path | None) -> None:
    """Fuzz a target with atheris; this ends the process.

    Args:
        name: of the target.
        seconds: how long.
        seed: of chance.
        faults: takes in what is found.
        keep: folder for the inputs that reached something new.
    """
    import atheris

    with atheris.instrument_imports(include=["djconnfix"]):
        _import_all()
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    begin = seeds(name, target)
    mutator = Mutator(target.names, begin)
    corpus = keep or Path(tempfile.mkdtemp(prefix="djconnfix-fuzz-"))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(begin):
        (corpus / f"seed-{number}").write_bytes(data)

    def mutated(data: bytes, longest: int, chance: int) -> bytes:
        random = Random(chance)
        if random.random() < 0.1:
            changed: bytes = atheris.Mutate(data, longest)
            return changed
        return mutator.mutated(data, random, longest)

    def one(data: bytes) -> None:
        faults.tried(target, data)

    arguments = [
        "fuzz", str(corpus), f"-max_total_time={int(seconds)}", f"-max_len={target.longest}", f"-seed={seed + 1}",
        "-timeout=60", "-rss_limit_mb=2000", "-print_final_stats=1", "-len_control=0", "-reload=0",
    ]  # fmt: skip
    atheris.Setup(arguments, one, custom_mutator=mutated)
    try:
        atheris.Fuzz()
    finally:
        if keep is None:
            shutil.rmtree(corpus, ignore_errors=True)


def _import_all() -> None:
    """Import what the package itself imports only when it is needed: only imports in time are instrumented."""
    import djconnfix

    for module in pkgutil.walk_packages(djconnfix.__path__, "djconnfix."):
        if not module.name.startswith(_OTHERS):
            import_module(module.name)


class Lines:
    """Which lines of the package ran for the first time."""

    def __init__(self) -> None:
        self.new = 0
        self._monitoring = getattr(sys, "monitoring", None)
        if self._monitoring is not None:
            self._monitoring.use_tool_id(_TOOL, "djconnfix-fuzz")
            self._monitoring.register_callback(_TOOL, self._monitoring.events.LINE, self._line)
            self._monitoring.set_events(_TOOL, self._monitoring.events.LINE)

    def _line(self, code: CodeType, line: int) -> object:
        self.new += "djconnfix/" in code.co_filename
        return self._monitoring.DISABLE  # type: ignore[union-attr]

    def stop(self) -> None:
        """Let others use the monitoring."""
        if self._monitoring is not None:
            self._monitoring.free_tool_id(_TOOL)


def without_atheris(name: str, seconds: float, seed: int, faults: Faults, keep: Path | None) -> int:
    """Fuzz a target for so many seconds of the clock; return how many inputs it was given."""
    from tests.fuzz.targets import TARGETS

    target, random = TARGETS[name], Random(seed)
    pool = seeds(name, target)
    mutator = Mutator(target.names, pool)
    lines = Lines()
    end = time.monotonic() + seconds
    number = 0
    try:
        while time.monotonic() < end:
            begin = pool[number] if number < len(pool) else random.choice(pool)
            data = begin if number < len(pool) else mutator.mutated(begin, random, target.longest)
            lines.new = 0
            if faults.tried(target, data) and lines.new and data is not begin:
                pool.append(data)
                if keep is not None:
                    (keep / f"new-{number}").write_bytes(data)
            number += 1
    finally:
        lines.stop()
    return number
