"""What is said when the user's words are not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ConfigurationError(Exception):
    """Something in `[tool.djconnfix]` or on the command line that is not understood; one line for a person."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` for the nearest known word, empty when none is near."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
