"""Paths as other programs want them: relative to where they run, which need not be the project's root."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def prefix_of(root: Path, base: Path) -> str:
    """Return what leads from a base folder to the root (`backend/`), empty when they are the same."""
    relative = os.path.relpath(root, base).replace(os.sep, "/")
    return "" if relative == "." else f"{relative}/"
