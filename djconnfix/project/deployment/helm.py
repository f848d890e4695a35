"""Helm: what a chart's `values.yaml` puts into its templates, and the poolers that it switches on.

Only the chart's own defaults are known; what is given at installation is not. Templates that compute are left alone.
"""

from __future__ import annotations

import re
from posixpath import basename
from typing import TYPE_CHECKING

from djconnfix.facts import Pooler
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.poolers import PROGRAMS, mode_of, parameters_from
from djconnfix.project.deployment.yaml_nodes import Mapping, Node, Scalar, Sequence, documents
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections import abc

    from djconnfix.project.deployment.model import Found
    from djconnfix.project.files import Tree
    from djconnfix.source import SourceFile

_TEMPLATE = re.compile(
    r"\{\{-?[ \t]*(?:(?:quote|squote|int|toString)[ \t]+)?\(?\.(?P<root>Values|Release)\.(?P<path>[\w.]{1,200})\)?"
    r"(?P<pipes>(?:[ \t]*\|[ \t]*(?:quote|squote|int|toString|trim|default[ \t]+(?:\"[^\"]{0,200}\"|[\w.-]{1,200})))*)"
    r"[ \t]*-?\}\}"
)
_DEFAULT = re.compile(r"default[ \t]+(?:\"([^\"]*)\"|(\S+))")
_VALUES = re.compile(r"values(?:[-._][\w.-]*)?\.ya?ml\Z")
_RELEASE = "release"
_MODE_KEYS = ("poolMode", "pool_mode", "POOL_MODE", "PGBOUNCER_POOL_MODE", "mode")
_MAX_DEPTH = 20
_MAX_BYTES = 1_000_000


def chart_values(tree: Tree, path: str) -> dict[str, str]:
    """Return the defaults of the chart that a template belongs to, by dotted key; empty for other files."""
    chart, templates, _ = path.rpartition("templates/")
    if not templates or (chart and not chart.endswith("/")):
        return {}
    for name in ("values.yaml", "values.yml"):
        if tree.exists(chart + name):
            try:
                source = tree.source(chart + name)
                if len(source.data) <= _MAX_BYTES:
                    return dict(_flattened(source))
            except UnreadableError:
                return {}  # it is a deployment file itself, and named there
    return {}


def _flattened(source: SourceFile) -> abc.Iterator[tuple[str, str]]:
    stack: list[tuple[str, Node, int]] = [("", document, 0) for document in documents(source)[:1]]
    while stack:
        prefix, node, depth = stack.pop()
        if isinstance(node, Scalar):
            yield prefix, node.text
        elif isinstance(node, Mapping) and depth < _MAX_DEPTH:
            stack += [(f"{prefix}.{key}" if prefix else key, child, depth + 1) for key, child in node.items.items()]


def filled(node: Node, values: abc.Mapping[str, str]) -> Node:
    """Return a node with the chart's defaults in the place of the templates that only name them."""
    if isinstance(node, Scalar):
        return Scalar(fill(node.text, values), node.start, node.end) if "{{" in node.text else node
    if isinstance(node, Sequence):
        return Sequence(tuple(filled(item, values) for item in node.items), node.start, node.end)
    return Mapping({key: filled(child, values) for key, child in node.items.items()}, node.start, node.end)


def fill(text: str, values: abc.Mapping[str, str]) -> str:
    """Return text with `{{ .Values.a.b }}` replaced where the chart has a plain value for it."""

    def value(match: re.Match[str]) -> str:
        if match["root"] == "Release":
            return _RELEASE if match["path"] in ("Name", "Namespace") else match[0]
        held = values.get(match["path"], "")
        if not held and (default := _DEFAULT.search(match["pipes"])):
            held = default[1] or default[2] or ""
        return held or match[0]

    return _TEMPLATE.sub(value, text)


def read_poolers(found: Found, document: Mapping) -> None:
    """Gather the poolers that a `values.yaml` switches on without naming an image: `pgbouncer: {enabled: true}`."""
    if not _VALUES.match(basename(found.source.path).lower()):
        return
    for name, node in document.items.items():
        program = next((each for each in PROGRAMS if each in name.lower()), None)
        if program is None or not isinstance(node, Mapping) or node.text("enabled").lower() != "true":
            continue
        if _names_an_image(node):
            continue
        parameters = parameters_from(
            {key.upper(): each.text for key, each in node.items.items() if isinstance(each, Scalar)}
        )
        location = line_location(found.source, node.start)
        found.poolers.append(Pooler(program, location, mode_of(node.text(*_MODE_KEYS)), parameters=parameters))


def _names_an_image(node: Mapping) -> bool:
    image = node.items.get("image")
    if isinstance(image, Mapping):
        return bool(image.text("repository", "name"))
    return isinstance(image, Scalar) and bool(image.text)


def is_off(node: Mapping) -> bool:
    """Whether a part of a chart is switched off by its own values."""
    return node.text("enabled").lower() == "false"
