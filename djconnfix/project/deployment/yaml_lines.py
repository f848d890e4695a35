"""A tolerant reader of YAML that no parser accepts, such as Helm templates: indentation, keys and dashes only."""

from __future__ import annotations

import re

from djconnfix.project.deployment.yaml_nodes import Mapping, Node, Scalar, Sequence
from djconnfix.records import dataclass, field

_KEY = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*'|[\w./-]+)[ \t]*:(?:[ \t]+|$)")
_TEMPLATE_ONLY = re.compile(r"(?:\{\{.*\}\}|\{%.*%\}|\#.*)?\s*\Z")
_BLOCK = re.compile(r"[|>][+-]?\d*\s*\Z")


@dataclass(slots=True)
class _Frame:
    indent: int
    start: int
    keys: dict[str, Node | _Frame] = field(default_factory=dict)
    items: list[Node | _Frame] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class _Outline:
    root: _Frame
    stack: list[_Frame]
    block: list[str] | None = None
    block_indent: int = 0
    block_start: int = 0
    block_place: tuple[_Frame, str] | None = None


def outline(text: str) -> Mapping:
    """Return the shape of a YAML text as far as indentation tells it. Later documents continue the first."""
    root = _Frame(-1, 0)
    state = _Outline(root, [root])
    position = 0
    for line in text.splitlines(keepends=True):
        _line(state, line.rstrip("\r\n"), position)
        position += len(line)
    _close_block(state, position)
    node = _finish(root, position, 0)
    return node if isinstance(node, Mapping) else Mapping({"": node}, 0, position)


def _line(state: _Outline, raw: str, position: int) -> None:
    body = raw.lstrip(" \t")
    indent = len(raw) - len(body)
    if state.block is not None:
        if not body or indent > state.block_indent:
            state.block.append(raw.strip())
            return
        _close_block(state, position)
    if _TEMPLATE_ONLY.match(body) or body.startswith("---"):
        return
    while body.startswith("- ") or body == "-":
        frame = _frame_at(state, indent, position, for_item=True)
        rest = body[1:].lstrip(" \t")
        inner = indent + len(body) - len(rest)
        if _KEY.match(rest) or rest.startswith("- "):
            child = _Frame(inner, position + inner)
            frame.items.append(child)
            state.stack.append(child)
            body, indent = rest, inner
            continue
        if rest:
            frame.items.append(_value(rest, position + inner))
        return
    match = _KEY.match(body)
    if not match:
        return
    frame = _frame_at(state, indent, position, for_item=False)
    name, rest = match[1].strip("\"'"), body[match.end() :].strip()
    begin = position + indent + match.end()
    if not rest or rest.startswith("#"):
        child = _Frame(indent + 1, begin)
        frame.keys[name] = child
        state.stack.append(child)
    elif _BLOCK.match(rest):
        state.block, state.block_indent, state.block_start, state.block_place = [], indent, begin, (frame, name)
    else:
        frame.keys[name] = _value(rest, begin)


def _frame_at(state: _Outline, indent: int, position: int, *, for_item: bool) -> _Frame:
    while len(state.stack) > 1 and state.stack[-1].indent > indent + (1 if for_item else 0):
        state.stack.pop().end = position
    return state.stack[-1]


def _close_block(state: _Outline, position: int) -> None:
    if state.block is not None and state.block_place is not None:
        frame, name = state.block_place
        frame.keys[name] = Scalar("\n".join(state.block), state.block_start, position)
    state.block = None


def _value(text: str, start: int) -> Node:
    end = start + len(text)
    if text.startswith("[") and text.rstrip().endswith("]"):
        words = re.findall(r"\"([^\"]*)\"|'([^']*)'|([^\s,][^,]*)", text.strip()[1:-1])
        return Sequence(tuple(Scalar((a or b or c).strip(), start, end) for a, b, c in words), start, end)
    text = re.sub(r"\s+#.*\Z", "", text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return Scalar(text, start, end)


def _finish(part: Node | _Frame, limit: int, depth: int) -> Node:
    if not isinstance(part, _Frame):
        return part
    end = part.end or limit
    if depth > 60:
        return Scalar("", part.start, end)
    items = Sequence(tuple(_finish(item, limit, depth + 1) for item in part.items), part.start, end)
    if part.items and not part.keys:
        return items
    keys: dict[str, Node] = {name: _finish(value, limit, depth + 1) for name, value in part.keys.items()}
    if part.items:  # indentation that makes no sense; nothing is lost
        keys.setdefault("", items)
    return Mapping(keys, part.start, end)
