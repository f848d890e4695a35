"""What pages of a probe are made of, without a script; light and dark, narrow and wide.

Charts are SVG inside it. Every bar carries its name and its number, so that no colour is needed to read one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.webpage import document, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --line: #75757c; --bar: #2b5fa8; --soft: #eef1f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf0; --paper: #17181c; --line: #92939b; --bar: #86b3f2; --soft: #24262d; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; background: var(--paper); padding: .5rem; }
.scroll { overflow-x: auto; }
:focus-visible { outline: 3px solid var(--bar); outline-offset: 2px; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
.caption { margin: 1rem 0 .25rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: right; white-space: nowrap; }
tbody th, thead th:first-child { text-align: left; }
tr.today { background: var(--soft); font-weight: bold; }
figure { margin: 1.5rem 0; } figcaption { font-weight: bold; margin-bottom: .3rem; }
svg { display: block; width: 100%; height: auto; max-width: 44rem; }
svg text { fill: var(--ink); font: 14px system-ui, sans-serif; }
svg .bar { fill: var(--bar); } svg .axis { stroke: var(--line); }
svg .whisker { stroke: var(--bar); stroke-width: 2; }
a { color: inherit; } dt { font-weight: bold; } dd { margin: 0 0 .8rem; }
@media (max-width: 40rem) {
  th, td { padding: .3rem .45rem; }
  tbody th { white-space: normal; min-width: 8rem; position: sticky; left: 0; background: inherit; }
  tr { background: var(--paper); }
  svg text { font-size: 17px; }
}
@media print { .skip { display: none; } .scroll { overflow: visible; } }
"""
_WIDTH, _ROW, _LEFT, _RIGHT = 520, 44, 4, 215


__all__ = ["Bar", "Table", "chart", "items", "page", "paragraph", "table", "text"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart.

    Attributes:
        name: what it stands for.
        value: its length.
        label: the number for a person.
        whisker: how far a thin line goes beyond it; 0 for none.
    """

    name: str
    value: float
    label: str
    whisker: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under heads; the first head is the rows' own. `marked` are the indexes of today's rows."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    marked: frozenset[int] = frozenset()


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole page."""
    inside = '<a class="skip" href="#main">To the content</a>\n<main id="main" tabindex="-1">'
    return document(title, "\n".join((inside, *body, "</main>")), _STYLE)


def paragraph(words: str) -> str:
    """Return a paragraph."""
    return f"<p>{text(words)}</p>"


def items(entries: Iterable[str]) -> str:
    """Return a list, empty when there is nothing in it."""
    found = [f"<li>{text(entry)}</li>" for entry in entries]
    return "\n".join(("<ul>", *found, "</ul>")) if found else ""


def table(shown: Table) -> str:
    """Return a table that scrolls sideways where it is too wide, with the keyboard too."""
    lines = [f'<p class="caption">{text(shown.caption)}</p>']  # outside, where it is not cut with the table
    lines.append(f'<div class="scroll" role="region" aria-label="{text(shown.caption)}" tabindex="0">')
    lines.append(f'<table aria-label="{text(shown.caption)}">')
    heads = "".join(f'<th scope="col">{text(head)}</th>' for head in shown.heads)
    lines.append(f"<thead><tr>{heads}</tr></thead>")
    lines.append("<tbody>")
    for number, (head, *rest) in enumerate(shown.rows):
        marked = number in shown.marked
        cells = "".join(f"<td>{text(cell)}</td>" for cell in rest)
        today = " (today)" if marked else ""
        opening = '<tr class="today">' if marked else "<tr>"
        lines.append(f'{opening}<th scope="row">{text(head)}{today}</th>{cells}</tr>')
    return "\n".join((*lines, "</tbody>", "</table>", "</div>"))


def chart(title: str, bars: Sequence[Bar]) -> str:
    """Return a chart of bars, one below the other, each with its name and its number beside it."""
    longest = max((max(bar.value, bar.whisker) for bar in bars), default=0.0) or 1.0
    room = _WIDTH - _LEFT - _RIGHT
    height = len(bars) * _ROW + 6
    told = "; ".join(f"{bar.name}: {bar.label}" for bar in bars)
    lines = [
        "<figure>",
        f"<figcaption>{text(title)}</figcaption>",
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{text(f"{title}. {told}")}">',
    ]
    for number, bar in enumerate(bars):
        top = number * _ROW
        wide = room * bar.value / longest
        end = max(wide, room * bar.whisker / longest)
        lines.append(f'<text x="{_LEFT + 4}" y="{top + 15}">{text(bar.name)}</text>')
        lines.append(f'<rect class="bar" x="{_LEFT}" y="{top + 21}" width="{wide:.1f}" height="15"/>')
        if bar.whisker:
            middle = top + 28.5
            lines.append(
                f'<path class="whisker" d="M{_LEFT + wide:.1f} {middle}H{_LEFT + end:.1f}m0 -6v12" fill="none"/>'
            )
        lines.append(f'<text x="{_LEFT + end + 6:.1f}" y="{top + 33}">{text(bar.label)}</text>')
    lines.append(f'<path class="axis" d="M{_LEFT} 0V{height}"/>')
    return "\n".join((*lines, "</svg>", "</figure>"))
