"""Tries mutants: the tests are collected once, and each mutant lives in a process forked from there.

In the fork the functions of the module are given the mutant's code, wherever they were imported to. Processes that a
test starts see nothing of it, so such tests kill no mutant.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

import pytest

from tests.mutation.coverage_map import ROOT
from tests.mutation.mutants import Mutant, code_with, codes_in

if TYPE_CHECKING:
    from collections.abc import Callable, Container

SECONDS = 20  # of the processor, for one test: what takes longer than that runs without end
MEGABYTES = 3_000
_KILLED, _SURVIVED, _NOT_TRIED = 11, 12, 13


class Trials:
    """A plug-in for pytest that tries mutants in place of the run.

    Attributes:
        jobs: each mutant with the tests to run for it.
        tell: takes a mutant, whether it was noticed, and how many tests were run at most.
        seconds: of the processor, after which no further test of a mutant is begun: it has survived.
    """

    def __init__(
        self, jobs: list[tuple[Mutant, list[str]]], tell: Callable[[Mutant, bool, int], None], seconds: float
    ) -> None:
        self.jobs = jobs
        self.tell = tell
        self.seconds = seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant."""
        items = {item.nodeid: item for item in session.items}
        for path in {mutant.path for mutant, _ in self.jobs}:  # what is imported late has no functions to change yet
            import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        functions = _functions({str(ROOT / mutant.path) for mutant, _ in self.jobs})
        gc.freeze()
        for mutant, tests in self.jobs:
            chosen = [items[test] for test in tests if test in items]
            try:
                noticed = bool(chosen) and self._noticed(session, mutant, chosen, functions)
            except LookupError as error:
                print(error, flush=True)
                continue
            self.tell(mutant, noticed, len(chosen))
        return True

    def _noticed(
        self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item], functions: list[FunctionType]
    ) -> bool:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            status = _NOT_TRIED
            try:
                quiet = os.open(os.devnull, os.O_WRONLY)
                os.dup2(quiet, 1)
                os.dup2(quiet, 2)
                resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1_000_000, MEGABYTES * 1_000_000))
                if not put_in(mutant, functions):
                    raise LookupError(mutant)
                status = _KILLED
                status = _KILLED if self._fails(session, items) else _SURVIVED
            finally:
                os._exit(status)
        _, result = os.waitpid(child, 0)
        if os.WIFEXITED(result) and os.WEXITSTATUS(result) == _NOT_TRIED:
            raise LookupError(f"could not be put in: {mutant}")
        return not os.WIFEXITED(result) or os.WEXITSTATUS(result) != _SURVIVED

    def _fails(self, session: pytest.Session, items: list[pytest.Item]) -> bool:
        """Run tests until one fails, or the time is over."""
        session.items = items
        session.config.option.maxfail = 1
        session.testsfailed = 0
        began = time.process_time()
        for index, item in enumerate(items):
            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # whose signal ends the process
            following = items[index + 1] if index + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed or time.process_time() - began > self.seconds:
                break
        return bool(session.testsfailed)


def _functions(files: Container[str]) -> list[FunctionType]:
    """Return all functions of some files, wherever they are kept: looked for once, as there are millions of objects."""
    return [each for each in gc.get_objects() if isinstance(each, FunctionType) and each.__code__.co_filename in files]


def put_in(mutant: Mutant, functions: list[FunctionType]) -> bool:
    """Give the functions of a module the mutant's code; return whether there was any to change."""
    file = str(ROOT / mutant.path)
    source = Path(file).read_text(encoding="utf-8")
    new = {(code.co_firstlineno, code.co_name): code for code in codes_in(code_with(source, mutant, file))}
    changed = 0
    for function in functions:
        if function.__code__.co_filename == file:
            code = new.get((function.__code__.co_firstlineno, function.__code__.co_name))
            if code is not None and code != function.__code__ and code.co_freevars == function.__code__.co_freevars:
                function.__code__ = code
                changed += 1
    return changed > 0
