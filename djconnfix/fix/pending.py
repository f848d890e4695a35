"""Whether an interrupted fix waits to be ended; apart from the journal itself, because every audit asks."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # `typing` is slow to import, and the shortest way through the program leads here

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL_NAME = ".djconnfix-journal"


def is_pending(root: Path) -> bool:
    """Whether a fix was interrupted in this project, or is being written now."""
    return os.path.lexists(root / JOURNAL_NAME)
