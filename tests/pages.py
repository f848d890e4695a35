"""The pages of the documentation and the blocks of code in them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Pages written by people; those of rules are generated, and tested as rules.
WRITTEN = [page for page in PAGES if page.parent != ROOT / "docs/rules"]
_BLOCK = re.compile(
    r"(?:^[ ]*<!--[ ](?P<marker>[^>]*?)[ ]-->\n\s*)?^(?P<indent>[ ]*)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        page: relative to the repository.
        line: of its fence.
        language: the word behind the fence, or nothing.
        text: without its indentation.
        marker: what the HTML comment above it says, which no reader sees.
    """

    page: str
    line: int
    language: str
    text: str
    marker: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, from the top."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page.relative_to(ROOT).as_posix(),
            text.count("\n", 0, found.start("indent")) + 1,
            found["language"],
            textwrap.dedent(found["text"]),
            found["marker"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]


BLOCKS = [block for page in WRITTEN for block in blocks_of(page)]
