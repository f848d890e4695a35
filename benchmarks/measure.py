"""Runs commands and takes down what the system says they used."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_ONCE = Path(__file__).with_name("once.py")
ACCEPTED = frozenset({0, 1})  # 1: a linter found something


@dataclass(frozen=True, slots=True)
class Command:
    """One way to do what a contest asks.

    Attributes:
        name: as the table shows it.
        words: program and arguments.
        folder: where it runs.
        before: what must be done before each run (a fix needs files that need fixing), not measured.
        environment: variables besides the usual ones.
    """

    name: str
    words: Sequence[str]
    folder: Path
    before: Callable[[], None] | None = None
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run used: seconds of CPU (user and system, of all threads) and of the clock, peak memory in MB."""

    cpu: float
    wall: float
    memory: float


class FailedError(Exception):
    """A command that did not do what it was asked."""


def run(command: Command) -> Usage:
    """Run a command once.

    Raises:
        FailedError: it ended with a status that says it did not work.
    """
    if command.before is not None:
        command.before()
    # Nothing of a neighbour's configuration, and compiled modules as an installation has them.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "RUFF", "DJANGO"))}
    environment |= command.environment or {}
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(_ONCE), *command.words],
        cwd=command.folder,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise FailedError(f"{command.name}: {done.stderr[-2000:]}")
    status, cpu, wall, memory = done.stdout.split()
    if int(status) not in ACCEPTED and not _only_named_files(int(status), command):
        raise FailedError(f"{command.name}: status {status}\n{done.stderr[-2000:]}")
    return Usage(float(cpu), float(wall), float(memory))


def _only_named_files(status: int, command: Command) -> bool:
    return status == 3 and command.name.startswith("djconnfix")  # a file of the tree cannot be parsed; the rest is done


def in_turn(commands: Sequence[Command], runs: int) -> list[Usage]:
    """Run commands in turn, so that what else the machine does strikes all alike; return the least each used."""
    samples: list[list[Usage]] = [[] for _ in commands]
    for _ in range(runs):
        for index, command in enumerate(commands):
            samples[index].append(run(command))
    return [Usage(min(u.cpu for u in each), min(u.wall for u in each), min(u.memory for u in each)) for each in samples]
