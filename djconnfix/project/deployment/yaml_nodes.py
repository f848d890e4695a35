"""YAML as nodes with places, never as objects: a composer over PyYAML, and a line reader for what it cannot parse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.source import SourceFile

_LINE = re.compile(r"(\s*)(- )?\s*(?:(\"[^\"]*\"|'[^']*'|[\w./-]+)\s*:(?=\s|$))?\s*(.*)")
_TEMPLATE_LINE = re.compile(r"\s*\{\{[-~]?.*[-~]?\}\}\s*\Z|\s*\{%.*%\}\s*\Z")
_MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value with its place in the file (character offsets of the raw text)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping; merge keys (`<<`) are already merged, the first of equal keys wins."""

    items: dict[str, Node] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def get(self, *names: str) -> Node | None:
        """Return the value under the first of these keys that is there."""
        return next((self.items[name] for name in names if name in self.items), None)

    def text(self, *names: str) -> str:
        """Return the text under the first of these keys that holds a scalar, else empty."""
        return next((node.text for name in names if isinstance(node := self.items.get(name), Scalar)), "")


Node = Scalar | Sequence | Mapping


def documents(source: SourceFile) -> list[Node]:
    """Return a YAML file's documents. What no parser accepts (templates) is read line by line instead.

    Raises:
        UnreadableError: its bytes are no text.
    """
    text = source.text
    parsed = _compose(_without_templates(text) if "{{" in text or "{%" in text else text)
    if parsed is None:
        from djconnfix.project.deployment.yaml_lines import outline

        return [outline(text)]
    converter = _Converter(text)
    return [converter.node(document, 0) for document in parsed]


def _without_templates(text: str) -> str:
    """Return text of the same length where template lines are comments and templates in values are harmless."""
    lines = []
    for line in text.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        if _TEMPLATE_LINE.match(body):
            body = "#" * len(body)
        lines.append(body + line[len(body) :])
    return re.sub(r"\{\{.*?\}\}", lambda match: "\ue000" * len(match[0]), "".join(lines)).replace("{%", "\ue000\ue000")


def _compose(text: str) -> list[Any] | None:
    yaml = _library()
    if yaml is None:
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return [node for node in yaml.compose_all(text, Loader=loader) if node is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _library() -> Any:
    """Return PyYAML, which libcst brings along: as `yaml`, or as `yaml_ft` on Python 3.13 and later."""
    import importlib
    from importlib.util import find_spec

    return next((importlib.import_module(name) for name in ("yaml", "yaml_ft") if find_spec(name)), None)


class _Converter:
    """Turns the library's nodes into ours. `budget` bounds what aliases of aliases can blow up to."""

    def __init__(self, text: str) -> None:
        self.budget = 200_000
        self.starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
        self.text = text

    def node(self, node: Any, depth: int) -> Node:
        start, end = self.offset(node.start_mark), self.offset(node.end_mark)
        self.budget -= 1
        if depth > _MAX_DEPTH or self.budget < 0:
            return Scalar("", start, end)
        if node.id == "scalar":
            return Scalar(self.restored(node.value, start, end), start, end)
        if node.id == "sequence":
            return Sequence(tuple(self.node(item, depth + 1) for item in node.value), start, end)
        return Mapping(dict(self.pairs(node, depth)), start, end)

    def pairs(self, node: Any, depth: int) -> Iterator[tuple[str, Node]]:
        merged: list[tuple[str, Node]] = []
        own: dict[str, Node] = {}
        for key, value in node.value:
            if key.id != "scalar":
                continue
            converted = self.node(value, depth + 1)
            if key.value == "<<":
                parts = converted.items if isinstance(converted, Sequence) else (converted,)
                for part in parts:
                    if isinstance(part, Mapping):
                        merged.extend(part.items.items())
            else:
                own[key.value] = converted
        for name, value in merged:
            own.setdefault(name, value)
        yield from own.items()

    def restored(self, value: str, start: int, end: int) -> str:
        if "\ue000" not in value:
            return value
        raw = self.text[start:end].strip()
        return raw[1:-1] if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'" else raw

    def offset(self, mark: Any) -> int:
        line = min(mark.line, len(self.starts) - 1)
        return int(min(self.starts[line] + mark.column, len(self.text)))
