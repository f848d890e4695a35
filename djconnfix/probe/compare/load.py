"""Requests from several threads or tasks at a time, in phases: warm up, measure, and once more after a cut."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

_FAILED = 400


@dataclass(slots=True)
class Tally:
    """What came of some requests. Times are seconds."""

    times: list[float] = field(default_factory=list)
    failures: int = 0
    seconds: float = 0.0
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, taken: float, status: int, reason: str) -> None:
        """Take one request down; `status` 0 stands for none."""
        self.times.append(taken)
        if not status or status >= _FAILED:
            self.failures += 1
            self.reasons.setdefault(reason or f"status {status}")


@dataclass(frozen=True, slots=True)
class Phase:
    """How long to make requests: so many from each thread, or for so many seconds."""

    each: int = 0
    seconds: float = 0.0

    def goes_on(self, made: int, begin: float) -> bool:
        """Whether a thread that has made so many makes another."""
        return made < self.each if self.each else time.perf_counter() - begin < self.seconds


class Crew(Protocol):
    """Those who make requests at a time."""

    def run(self, phase: Phase) -> Tally:
        """Make requests, and return what came of them when all have finished."""


class Threads:
    """Threads that stay for every phase, as a WSGI server's do. A context manager."""

    def __init__(self, number: int, paths: tuple[str, ...], request: Callable[[str], int]) -> None:
        self._number = number
        self._paths = paths
        self._request = request
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="djconnfix-client")

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def run(self, phase: Phase) -> Tally:
        """Make requests from every thread."""
        tally, lock = Tally(), threading.Lock()
        together = threading.Barrier(self._number)  # a thread that is still free would take two shares

        def client(number: int) -> None:
            together.wait()
            begin, made = time.perf_counter(), 0
            while phase.goes_on(made, begin):
                status, reason = 0, ""
                at = time.perf_counter()
                try:
                    status = self._request(self._paths[(number + made) % len(self._paths)])
                except Exception as error:
                    reason = type(error).__name__
                taken = time.perf_counter() - at
                made += 1
                with lock:
                    tally.add(taken, status, reason)

        begin = time.perf_counter()
        for future in [self._pool.submit(client, number) for number in range(self._number)]:
            future.result()
        tally.seconds = time.perf_counter() - begin
        return tally


class Tasks:
    """Tasks of one event loop, as an ASGI server's requests are."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        number: int,
        paths: tuple[str, ...],
        request: Callable[[str], Awaitable[int]],
    ) -> None:
        self._loop = loop
        self._number = number
        self._paths = paths
        self._request = request

    def run(self, phase: Phase) -> Tally:
        """Make requests from every task."""
        return self._loop.run_until_complete(self._run(phase))

    async def _run(self, phase: Phase) -> Tally:
        tally = Tally()

        async def client(number: int) -> None:
            begin, made = time.perf_counter(), 0
            while phase.goes_on(made, begin):
                status, reason = 0, ""
                at = time.perf_counter()
                try:
                    status = await self._request(self._paths[(number + made) % len(self._paths)])
                except Exception as error:
                    reason = type(error).__name__
                tally.add(time.perf_counter() - at, status, reason)
                made += 1

        begin = time.perf_counter()
        await asyncio.gather(*(client(number) for number in range(self._number)))
        tally.seconds = time.perf_counter() - begin
        return tally
