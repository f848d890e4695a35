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
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

import pytest

from tests.mutation.coverage_map import ROOT
from tests.mutation.mutants import Mutant, code_with, codes_in

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 30  # of the processor, for the tests of one mutant
MEGABYTES = 3_000
_KILLED, _SURVIVED, _NOT_TRIED = 11, 12, 13


class Trials:
    """A plug-in for pytest that tries mutants in place of the run.

    Attributes:
        jobs: each mutant with the tests to run for it.
        tell: takes a mutant, whether it was noticed, and how many tests were run at most.
    """

    def __init__(self, jobs: list[tuple[Mutant, list[str]]], tell: Callable[[Mutant, bool, int], None]) -> None:
        self.jobs = jobs
        self.tell = tell

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant."""
        items = {item.nodeid: item for item in session.items}
        for path in {mutant.path for mutant, _ in self.jobs}:  # what is imported late has no functions to change yet
            import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        gc.freeze()
        for mutant, tests in self.jobs:
            chosen = [items[test] for test in tests if test in items]
            try:
                noticed = bool(chosen) and _noticed(session, mutant, chosen)
            except LookupError as error:
                print(error, flush=True)
                continue
            self.tell(mutant, noticed, len(chosen))
        return True


def _noticed(session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> bool:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = _NOT_TRIED
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # whose signal ends the process
            resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1_000_000, MEGABYTES * 1_000_000))
            if not put_in(mutant):
                raise LookupError(mutant)
            status = _KILLED
            session.items = items
            session.config.option.maxfail = 1
            session.testsfailed = 0
            for index, item in enumerate(items):
                following = items[index + 1] if index + 1 < len(items) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.testsfailed:
                    break
            status = _KILLED if session.testsfailed else _SURVIVED
        finally:
            os._exit(status)
    _, result = os.waitpid(child, 0)
    if os.WIFEXITED(result) and os.WEXITSTATUS(result) == _NOT_TRIED:
        raise LookupError(f"could not be put in: {mutant}")
    return not os.WIFEXITED(result) or os.WEXITSTATUS(result) != _SURVIVED


def put_in(mutant: Mutant) -> bool:
    """Give the functions of a module the mutant's code; return whether there was any to change."""
    file = str(ROOT / mutant.path)
    source = Path(file).read_text(encoding="utf-8")
    new = {(code.co_firstlineno, code.co_name): code for code in codes_in(code_with(source, mutant, file))}
    changed = 0
    gc.unfreeze()
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == file:
            code = new.get((function.__code__.co_firstlineno, function.__code__.co_name))
            if code is not None and code != function.__code__ and code.co_freevars == function.__code__.co_freevars:
                function.__code__ = code
                changed += 1
    return changed > 0
