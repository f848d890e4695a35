"""Tables for a terminal: as wide as their words, and in several parts where the screen is narrower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.terminal import Style

_GAP = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        name: what stands at its left.
        cells: what stands under the heads; a single one where there is nothing to count takes the whole line.
        today: whether it is to be seen at a glance.
    """

    name: str
    cells: Sequence[str]
    today: bool = False


def columns(head: str, heads: Sequence[str], rows: Sequence[Row], style: Style) -> Iterator[str]:
    """Yield the lines of a table; what does not fit beside the names comes in a further part with the names again.

    Args:
        head: above the names.
        heads: above the other columns.
        rows: what stands below.
        style: colours and width.
    """
    left = max(len(each) for each in (head, *(row.name for row in rows)))
    wide = [
        max(len(heads[number]), *(len(row.cells[number]) for row in rows if len(row.cells) == len(heads)), 0) + _GAP
        for number in range(len(heads))
    ]
    for part in _parts(wide, style.width - left):
        if part.start:
            yield ""
        yield f"{head:<{left}}" + "".join(f"{heads[number]:>{wide[number]}}" for number in part)
        for row in rows:
            line = f"{row.name:<{left}}"
            if len(row.cells) == len(heads):
                line += "".join(f"{row.cells[number]:>{wide[number]}}" for number in part)
            elif part.start:
                continue
            else:
                line += " " * _GAP + "".join(row.cells)
            yield style.paint(line.rstrip(), "bold") if row.today else line.rstrip()


def _parts(wide: Sequence[int], room: int) -> Iterator[range]:
    """Yield the columns of each part: as many as fit, at least one."""
    begin, used = 0, 0
    for number, each in enumerate(wide):
        if used + each > room and number > begin:
            yield range(begin, number)
            begin, used = number, 0
        used += each
    if begin < len(wide):
        yield range(begin, len(wide))
