"""Where a run writes, and how much."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from djconnfix.masking import mask
from djconnfix.records import dataclass
from djconnfix.terminal import Style, plain, style_for

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from typing import TextIO

_PATIENCE = 2.0  # seconds after which somebody at a terminal wants to know that it goes on


@dataclass(frozen=True, slots=True)
class View:
    """Where a run writes, and how much.

    Attributes:
        out: for reports and diffs.
        err: for what went wrong, and for words around a diff.
        style: colours and width of `out`.
        quiet: one line a finding.
        verbose: also what was looked at.
    """

    out: TextIO
    err: TextIO
    style: Style
    quiet: bool = False
    verbose: bool = False

    @classmethod
    def for_streams(
        cls, out: TextIO, err: TextIO, color: bool | None, *, quiet: bool = False, verbose: bool = False
    ) -> View:
        """Return the view on two streams; `color` None lets the stream decide."""
        return cls(out, err, style_for(out, color), quiet, verbose)

    def say(self, text: str) -> None:
        """Write one line to `err`, secrets masked and control characters escaped."""
        self.err.write(f"djconnfix: {plain(mask(text))}\n")

    @contextmanager
    def busy(self, doing: str, patience: float = _PATIENCE) -> Iterator[None]:
        """Show on a terminal, while the block runs and only when that takes long, what is being done and for how long.

        Args:
            doing: such as `reading the project`.
            patience: seconds before anything is shown, and between two lines.
        """
        if self.quiet or not self.err.isatty():
            yield
            return
        from threading import Event, Thread

        done = Event()
        ticker = Thread(target=self._tick, args=(doing, done, patience), daemon=True)
        ticker.start()
        try:
            yield
        finally:
            done.set()
            ticker.join()

    def _tick(self, doing: str, done: threading.Event, patience: float) -> None:
        import time

        begin, shown = time.monotonic(), False
        while not done.wait(patience):
            shown = True
            self.err.write(f"\r\x1b[Kdjconnfix: {doing}, {time.monotonic() - begin:.0f} s")
            self.err.flush()
        if shown:
            self.err.write("\r\x1b[K")
            self.err.flush()
