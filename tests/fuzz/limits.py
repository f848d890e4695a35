"""What one input may cost, and how it is noticed."""

from __future__ import annotations

import gc
import resource
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 2.0  # of the processor, a file
MEGABYTES = 300


class HangError(BaseException):
    """An input took too long; no `except Exception` on the way holds it."""


class MemoryLimitError(BaseException):
    """An input took too much memory."""


@contextmanager
def limited(seconds: float = SECONDS, megabytes: int = MEGABYTES) -> Iterator[None]:
    """Let the body run within the limits.

    Raises:
        HangError: it took more time of the processor.
        MemoryLimitError: while it ran, the process took that much more memory than it had.
    """

    def too_long(number: int, frame: object) -> None:
        raise HangError(f"more than {seconds} s")

    before = signal.signal(signal.SIGVTALRM, too_long)
    held = _held_from_now()
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    began = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    if (spent := time.process_time() - began) > seconds:
        raise HangError(f"{spent:.1f} s")  # in one call of C code, which no signal interrupts
    if (grown := _peak() - held) > megabytes:
        gc.collect()
        raise MemoryLimitError(f"{grown:.0f} MB")


def _held_from_now() -> float:
    """Return the megabytes that this process holds, and let the peak begin anew where the system can."""
    try:
        with open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123
            file.write("5")
    except OSError:
        pass
    return _peak()


def _peak() -> float:
    """Return the most memory that this process held, in megabytes."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1_000_000 if sys.platform == "darwin" else peak / 1_000
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) / 1_000
