"""The faults that a run finds: each kind once, with the smallest input that was seen to bring it out."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.limits import HangError, MemoryLimitError, limited

if TYPE_CHECKING:
    from tests.fuzz.targets import Target


@dataclass
class Faults:
    """What was found so far.

    Attributes:
        folder: where inputs are kept, one a kind of fault.
        sizes: of the input kept for each kind.
    """

    folder: Path
    sizes: dict[str, int] = field(default_factory=dict)

    def tried(self, target: Target, data: bytes) -> bool:
        """Give an input to a target; return whether it passed, and keep it when not."""
        try:
            with limited():
                target.run(data)
        except (Exception, HangError, MemoryLimitError) as error:
            self._keep(error, data)
            return False
        return True

    def _keep(self, error: BaseException, data: bytes) -> None:
        kind = kind_of(error)
        if len(data) >= self.sizes.get(kind, 1 << 30):
            return
        self.sizes[kind] = len(data)
        name = hashlib.sha256(kind.encode()).hexdigest()[:12]
        (self.folder / f"{name}.input").write_bytes(data)
        told = "".join(traceback.format_exception(error)[-12:])
        (self.folder / f"{name}.txt").write_text(f"{kind}\n{len(data)} bytes\n\n{told}", encoding="utf-8")


def kind_of(error: BaseException) -> str:
    """Return what is wrong and where, so that the same fault is told once."""
    if isinstance(error, AssertionError) and error.args:
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "djconnfix/" in frame.filename and "/tests/" not in frame.filename]
    if isinstance(error, (HangError, RecursionError)):  # wherever it was caught: the same every time
        ours = ours[:6]
    at = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "outside"
    return f"{type(error).__name__} in {at}"
