"""How one person writes Python: quotes, indentation, line breaks, commas, comments, bytes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from random import Random

COMMENTS = (
    "TODO",
    '"CONN_MAX_AGE": 0,',
    "}",
    "{ [ (",
    "DATABASES['default']['CONN_MAX_AGE'] = 5",
    "Größe: größer als nötig",
    'it\'s "quoted"',
    "x # y",
    "noqa: E501",
)
WIDE_COMMENTS = ("数据库", "→ see wiki", "naïve 🐘")

Entry: TypeAlias = "tuple[str, Node]"
Node: TypeAlias = "str | Display | Call"


def ruff_format(text: str) -> str:
    """Return a text as `ruff format` lays it out."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "format", "--isolated", "--quiet", "--stdin-filename", "settings.py", "-"]
    return subprocess.run(command, input=text, capture_output=True, check=True, encoding="utf-8").stdout


@dataclass(frozen=True)
class Display:
    """A dictionary display; an entry without a key is a spread."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Call:
    """A call with positional arguments (no key) and keywords; of no function a tuple, of `[` a list."""

    function: str
    entries: tuple[Entry, ...]


class Style:
    """The habits of one module; every choice comes from the given source of chance."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.quote = random.choice('"""\'')
        self.unit = random.choice(("    ", "    ", "    ", "  ", "\t"))
        self.many = random.choice((0.1, 0.6, 0.95))
        self.trailing = random.choice((0.0, 0.9, 1.0))
        self.commented = random.choice((0.0, 0.05, 0.25))
        self.sloppy = random.choice((0.0, 0.0, 0.15))
        self.newline = random.choice(("\n", "\n", "\n", "\r\n"))
        self.final_newline = random.random() < 0.9
        self.encoding = random.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "latin-1"))
        formatter = random.random()
        self.black, self.ruff = formatter < 0.2, 0.2 <= formatter < 0.25

    def chance(self, share: float) -> bool:
        """Whether something that happens this often happens now."""
        return self.random.random() < share

    def string(self, text: str) -> str:
        """Return a string literal without escapes."""
        quote = self.quote if not self.chance(self.sloppy) else self.random.choice("\"'")
        return f"{quote}{text}{quote}"

    def comment(self) -> str:
        """Return a comment."""
        choice = COMMENTS if self.encoding == "latin-1" or self.chance(0.7) else WIDE_COMMENTS
        return f"#{'' if self.chance(self.sloppy) else ' '}{self.random.choice(choice)}"

    def render(self, node: Node, level: int = 0) -> str:
        """Return an expression's text; lines after the first are indented for a block at `level`."""
        if isinstance(node, str):
            if self.chance(self.sloppy):
                return f"({node})"
            return node
        opening, closing = ("{", "}") if isinstance(node, Display) else (f"{node.function}(", ")")
        if isinstance(node, Call) and node.function == "[":
            opening, closing = "[", "]"
        entries = list(node.entries)
        if not entries:
            return self._empty(opening, closing, level)
        separator = ": " if isinstance(node, Display) else "="
        many = self.chance(self.many if len(entries) > 1 or not isinstance(entries[0][1], str) else self.many / 3)
        # A generator's argument or `*args` would not bear a comma in old Pythons; none is generated.
        texts = []
        for key, value in entries:
            text = self.render(value, level + 1 if many else level)
            texts.append(f"{key}{separator}{text}" if key and not key.startswith("*") else f"{key}{text}")
        if not many:
            tail = "," if self.chance(self.sloppy) else ""
            pad = " " if self.chance(self.sloppy) else ""
            return f"{opening}{pad}{', '.join(texts)}{tail}{pad}{closing}"
        return self._exploded(opening, texts, closing, level)

    def _empty(self, opening: str, closing: str, level: int) -> str:
        if self.chance(self.commented):
            return f"{opening}\n{self.unit * (level + 1)}{self.comment()}\n{self.unit * level}{closing}"
        return opening + closing

    def _exploded(self, opening: str, texts: list[str], closing: str, level: int) -> str:
        inner, outer = self.unit * (level + 1), self.unit * level
        lines = [opening + (f"  {self.comment()}" if self.chance(self.commented / 2) else "")]
        for number, text in enumerate(texts):
            if self.chance(self.commented):
                lines.append(inner + self.comment())
            if self.chance(self.sloppy / 3):
                lines.append("")
            comma = "," if number < len(texts) - 1 or self.chance(self.trailing) else ""
            tail = f"  {self.comment()}" if self.chance(self.commented) else ""
            lines.append(f"{inner}{text}{comma}{tail}")
        if self.chance(self.commented):
            lines.append(inner + self.comment())
        if self.chance(self.sloppy) and not lines[-1].lstrip().startswith("#") and "  #" not in lines[-1]:
            return "\n".join(lines) + closing  # `}` on the last entry's line
        return "\n".join([*lines, outer + closing])

    def statement(self, target: str, operator: str, node: Node) -> str:
        """Return an assignment in one of its spellings."""
        text = self.render(node)
        if self.chance(self.sloppy) and "\n" not in text:
            return self.random.choice(
                (
                    f"{target} {operator} \\\n{self.unit}{text}",
                    f"{target}  {operator}  {text}",
                    f"{target} {operator} ({text})",
                )
            )
        return f"{target} {operator} {text}{self.tail(text)}"

    def tail(self, text: str = "") -> str:
        """Return a comment for the end of a line, mostly none."""
        return f"  {self.comment()}" if self.chance(self.commented) else ""

    def indented(self, text: str) -> str:
        """Return a block one level deeper."""
        return "\n".join(f"{self.unit}{line}" if line else line for line in text.split("\n"))

    def join(self, chunks: list[str]) -> str:
        """Return the statements of a module as one text."""
        lines: list[str] = []
        for chunk in chunks:
            previous = lines[-1] if lines else ""
            simple = (
                "\n" not in chunk and "\n" not in previous and not any(mark in f"{previous}{chunk}" for mark in "#@:")
            )
            if previous and simple and self.chance(self.sloppy):
                lines[-1] = f"{previous}; {chunk}"
                continue
            if self.chance(self.commented):
                lines.append(self.comment())
            lines.extend("" for _ in range(self.random.choice((0, 0, 1, 2))))
            lines.append(chunk)
        return "\n".join(lines) + "\n"

    def encode(self, text: str) -> bytes:
        """Return a module's bytes."""
        if self.black:
            import black

            text = black.format_str(text, mode=black.Mode())
        elif self.ruff:
            text = ruff_format(text)
        elif not self.final_newline:
            text = text.rstrip("\n")
        if self.encoding == "latin-1":
            text = f"# -*- coding: latin-1 -*-\n{text}"
        return text.replace("\n", self.newline).encode(self.encoding)
