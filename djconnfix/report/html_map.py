"""The map of a project's connections, drawn: columns of boxes, arrows with counts, and the same as a table."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.masking import mask
from djconnfix.records import dataclass
from djconnfix.report.connection_map import Layer, Route
from djconnfix.report.html import element, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.report.connection_map import Count, Map, Node

MOST_ROUTES = 40  # more boxes than that are no picture any more; the table has them all
_WIDTH, _GAP = 176, 92
_LINE, _PADDING, _SPACE = 17, 11, 22
_TOP = 34
_CHARACTERS = 22  # of a line in a box
_MOST_LINES = 3
_PIECES = re.compile(r"\s*[^\s._:/-]{1,16}[._:/-]?|\s*[._:/-]")
_LABEL_AT = 0.36  # of the way from the side with fewer arrows: half-way, labels of crossing arrows would overlap


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a node stands: top left corner and size; of no width: where an arrow passes a column."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


Slot = tuple[object, ...]


def map_html(found: Map, prefix: str) -> str:
    """Return the drawing and its table.

    Args:
        found: the map.
        prefix: what leads from the repository's root to the project's.
    """
    if not found.routes:
        return "<p>No settings module with a database was found.</p>"
    shown = type(found)(found.routes[:MOST_ROUTES])
    drawing = element("div", _svg(shown), class_="scroll map", tabindex="0", role="region", aria_label="Map")
    left = len(found.routes) - len(shown.routes)
    note = f"<p>The drawing shows {MOST_ROUTES} ways; the table below has {left} more.</p>" if left else ""
    key = (
        '<p class="key">A number on an arrow: connections that may be open at a time, as far as the files tell. '
        "≥: at least; ?: no file says; a broken line: not known in full.</p>"
    )
    rows = "".join(_row(route, prefix) for route in found.routes)
    heads = "".join(element("th", text(layer.title), scope="col") for layer in Layer)
    table = (
        f'<table class="ways"><caption>Each way from a process to a database</caption>'
        f'<thead><tr>{heads}<th scope="col">Connections</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    return f'{drawing}{note}{key}<details class="table" open><summary>The same as a table</summary>{table}</details>'


def _row(route: Route, prefix: str) -> str:
    by_layer = {node.layer: node for node in route.nodes}
    cells = [_cell(layer, by_layer.get(layer), prefix) for layer in Layer]
    count = f'<td data-label="Connections" class="count">{text(_spoken(route.count))}</td>'
    return f"<tr>{''.join(cells)}{count}</tr>"


def _cell(layer: Layer, node: Node | None, prefix: str) -> str:
    if node is None:
        words = {Layer.SERVER: "not in the files", Layer.POOLER: "none"}.get(layer, "")
        return f'<td data-label="{layer.title}" class="none">{words}</td>'
    detail = f'<br><span class="detail">{text(node.detail)}</span>' if node.detail else ""
    place = f'<br><code class="place">{text(_place(node, prefix))}</code>' if node.location else ""
    return f'<td data-label="{layer.title}"><strong>{text(node.title)}</strong>{detail}{place}</td>'


def _place(node: Node, prefix: str) -> str:
    return f"{prefix}{node.location.path}:{node.location.line}" if node.location else ""


def _spoken(count: Count | None) -> str:
    if count is None:
        return "a file"
    if not count.complete:
        return f"at least {count.number}" if count.number else "no file says"
    return str(count.number)


def _svg(found: Map) -> str:
    layers = found.layers
    columns: dict[Layer, list[Slot]] = {layer: list(map(_slot, nodes)) for layer, nodes in layers.items()}
    for start, end in found.arrows:
        for layer in range(start.layer + 1, end.layer):
            if Layer(layer) in columns:
                columns[Layer(layer)].append((start, end))
    boxes, width, height = _place_all(columns)
    outgoing = Counter(start for start, _ in found.arrows)
    incoming = Counter(end for _, end in found.arrows)
    parts = [
        _arrow(boxes, columns, start, end, count, fans_out=outgoing[start] > incoming[end])
        for (start, end), count in found.arrows.items()
    ]
    parts += [
        f'<text class="column" x="{_number(x + _WIDTH / 2)}" y="16" text-anchor="middle">{text(layer.title)}</text>'
        for layer, x in _columns(columns).items()
    ]
    parts += [_node(node, boxes[_slot(node)]) for nodes in layers.values() for node in nodes]
    return (
        f'<svg viewBox="0 0 {_number(width)} {_number(height)}" width="{_number(width)}" height="{_number(height)}" '
        'role="img" aria-labelledby="drawing-title">'
        '<title id="drawing-title">Ways from server processes to databases; the table below says the same</title>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 8 4 0 8Z"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def _slot(node: Node) -> Slot:
    return (node,)


def _columns(layers: Iterable[Layer]) -> dict[Layer, float]:
    return {layer: 1 + number * (_WIDTH + _GAP) for number, layer in enumerate(sorted(layers))}


def _place_all(columns: Mapping[Layer, list[Slot]]) -> tuple[dict[Slot, _Box], float, float]:
    """Return where everything stands, and the size of the whole."""
    heights = {layer: [_height(slot) for slot in slots] for layer, slots in columns.items()}
    tallest = max(sum(each) + _SPACE * (len(each) - 1) for each in heights.values())
    boxes: dict[Slot, _Box] = {}
    for layer, x in _columns(columns).items():
        own = heights[layer]
        y = _TOP + (tallest - sum(own) - _SPACE * (len(own) - 1)) / 2
        for slot, height in zip(columns[layer], own, strict=True):
            boxes[(*slot, layer) if len(slot) > 1 else slot] = _Box(x, y, _WIDTH, height)
            y += height + _SPACE
    return boxes, len(columns) * (_WIDTH + _GAP) - _GAP + 2, _TOP + tallest + 2


def _height(slot: Slot) -> float:
    node, *rest = slot
    return 12 if rest else 2 * _PADDING + _LINE * sum(map(len, _lines(node)))  # type: ignore[arg-type]


def _lines(node: Node) -> tuple[list[str], list[str]]:
    return _wrap(node.title), _wrap(node.detail)


def _wrap(words: str) -> list[str]:
    """Break words into lines of a box: at blanks, after punctuation inside names, and else anywhere.

    Secrets are masked first: in pieces they would not be recognised.
    """
    lines = [""]
    for piece in _PIECES.findall(mask(words)):
        if _breadth((lines[-1] + piece).strip()) > _CHARACTERS:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    lines = [line.strip() for line in lines if line.strip()]
    return [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1] + "…"] if len(lines) > _MOST_LINES else lines


def _breadth(words: str) -> float:
    """Return about how many small letters are as wide."""
    return sum(1.35 if letter.isupper() else 1 for letter in words)


def _node(node: Node, box: _Box) -> str:
    title, detail = _lines(node)
    middle, y = _number(box.x + box.width / 2), box.y + _PADDING + 13
    lines = []
    for number, line in enumerate([*title, *detail]):
        kind = "title" if number < len(title) else "detail"
        lines.append(f'<text class="{kind}" x="{middle}" y="{_number(y + number * _LINE)}">{text(line)}</text>')
    return (
        f'<g class="node layer-{int(node.layer)}"><title>{text(f"{node.title}: {node.detail}")}</title>'
        f'<rect x="{_number(box.x)}" y="{_number(box.y)}" width="{box.width}" height="{_number(box.height)}" rx="7"/>'
        f"{''.join(lines)}</g>"
    )


def _arrow(
    boxes: Mapping[Slot, _Box], columns: Iterable[Layer], start: Node, end: Node, count: Count | None, *, fans_out: bool
) -> str:
    first, last = boxes[_slot(start)], boxes[_slot(end)]
    passed = [boxes[start, end, layer] for layer in sorted(columns) if start.layer < layer < end.layer]
    x, y = first.x + first.width, first.middle
    path = f"M{_number(x)} {_number(y)}"
    for box in [*passed, last]:
        half = (x + box.x) / 2
        path += f"C{_number(half)} {_number(y)} {_number(half)} {_number(box.middle)} {_number(box.x)} "
        path += _number(box.middle)
        x, y = box.x, box.middle
        if box is not last:
            x += box.width
            path += f"H{_number(x)}"
    target = passed[0] if passed else last
    if count is None:
        return f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>'
    label_x, label_y = _point(first, target, 1 - _LABEL_AT if fans_out else _LABEL_AT)
    broken = "" if count.complete else " broken"
    width = 10 + 8 * len(count.text)
    return (
        f'<path class="arrow{broken}" d="{path}" marker-end="url(#tip)"/>'
        f'<rect class="label" x="{_number(label_x - width / 2)}" y="{_number(label_y - 10)}" width="{width}" '
        f'height="20" rx="10"/><text class="number" x="{_number(label_x)}" y="{_number(label_y + 4.5)}">'
        f"{text(count.text)}</text>"
    )


def _point(first: _Box, last: _Box, at: float) -> tuple[float, float]:
    """Return a point of the curve between two boxes; `at` runs from 0 to 1."""
    start = first.x + first.width
    along = 1.5 * at * (1 - at) + at**3
    return start + along * (last.x - start), first.middle + (3 - 2 * at) * at**2 * (last.middle - first.middle)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
