"""How wide a terminal is, as `shutil.get_terminal_size` says, which would import four compressions."""

from __future__ import annotations

import os
import sys


def columns(otherwise: int) -> int:
    """Return the columns of the terminal that standard output is, or as many as are said by `COLUMNS`.

    Args:
        otherwise: the number where there is no terminal.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or otherwise  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # closed, or no terminal
        return otherwise
