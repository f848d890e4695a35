"""What a terminal needs: colours when wanted, widths, and nothing that could command it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from djconnfix._columns import columns
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
# Control characters, bidirectional overrides and lone surrogates: what a file name must not do to a screen.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


_LINKING = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM")  # variables of terminals that know links


@dataclass(frozen=True, slots=True)
class Style:
    """How to write to one stream.

    Attributes:
        color: whether to colour.
        width: columns to fill.
        links: whether text may lead to an address (OSC 8).
    """

    color: bool = False
    width: int = 100
    links: bool = False

    def paint(self, text: str, *names: str) -> str:
        """Return the text in a colour, or as it is when there is to be none."""
        if not self.color or not text:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def link(self, text: str, address: str) -> str:
        """Return the text so that a click on it opens an address, or as it is where terminals do not do that."""
        if not self.links:
            return text
        return f"\x1b]8;;{plain(address)}\x1b\\{text}\x1b]8;;\x1b\\"


def style_for(stream: TextIO, color: bool | None) -> Style:
    """Return the style for a stream; `color` None asks the stream, `NO_COLOR`, `FORCE_COLOR` and `TERM`."""
    terminal = stream.isatty()
    if color is None:
        if os.environ.get("NO_COLOR"):
            color = False
        elif os.environ.get("FORCE_COLOR"):
            color = True
        else:
            color = terminal and os.environ.get("TERM") != "dumb"
    width = columns(100) if terminal else 100
    return Style(color, max(40, min(width, 120)), links=terminal and color and _knows_links())


def _knows_links() -> bool:
    """Whether the terminal says that it is one of those that understand OSC 8; others would print it."""
    named = os.environ.get("TERM_PROGRAM", "") in ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby")
    vte = os.environ.get("VTE_VERSION", "")
    return named or (vte.isdigit() and int(vte) >= 5000) or any(name in os.environ for name in _LINKING)


def plain(text: str) -> str:
    """Return the text with control characters, line breaks among them, shown as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    if character == "\t":
        return "    "
    code = ord(character)
    return {"\n": "\\n", "\r": "\\r"}.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
