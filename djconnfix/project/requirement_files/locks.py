"""Lock files: one scan for names and versions, since they are long and a full parse would cost too much."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.requirement_files.entries import Entry, Purpose, Reading, line_at, normalised, version

if TYPE_CHECKING:
    from djconnfix.source import SourceFile

_TOML_PACKAGE = re.compile(r"^\[\[packages?\]\]\r?\n((?:(?!\[).*(?:\r?\n|\Z))*)", re.MULTILINE)
_TOML_NAME = re.compile(r"^name = \"([^\"]+)\"", re.MULTILINE)
_TOML_VERSION = re.compile(r"^version = \"([^\"]+)\"", re.MULTILINE)
_TOML_CATEGORY = re.compile(
    r"^(?:category = \"dev\"|groups = \[(?!.*\"main\").*\"(?:dev|test|tests|docs|lint)\".*\])", re.MULTILINE
)
_TOML_EXTRAS = re.compile(r"^extras = \[([^\]]*)\]", re.MULTILINE)
_ROOT = re.compile(r"^source = \{ (?:virtual|editable) = ", re.MULTILINE)
_PIPFILE_SECTION = re.compile(r"^ {4}\"(default|develop|_meta|[\w-]+)\": \{", re.MULTILINE)
_PIPFILE_PACKAGE = re.compile(r"^ {8}\"([^\"]+)\": \{(.*?)^ {8}\}", re.MULTILINE | re.DOTALL)
_PIPFILE_VERSION = re.compile(r"\"version\": \"==([^\"]+)\"")
_PIPFILE_EXTRAS = re.compile(r"\"extras\": \[([^\]]*)\]")


def read_toml_lock(source: SourceFile, purpose: Purpose) -> Reading:
    """Return the versions in a poetry.lock, uv.lock, pdm.lock or pylock.toml."""
    reading = Reading()
    for match in _TOML_PACKAGE.finditer(source.text):
        body = match[1]
        name, numbers = _TOML_NAME.search(body), _TOML_VERSION.search(body)
        if not name or not numbers or _ROOT.search(body):
            continue
        kind = Purpose.DEVELOPMENT if _TOML_CATEGORY.search(body) else purpose
        extras = _TOML_EXTRAS.search(body)
        location = line_at(source, match.start(1) + numbers.start())
        reading.entries.append(Entry(normalised(name[1]), version(numbers[1]), True, _words(extras), location, kind))
    return reading


def read_pipfile_lock(source: SourceFile, purpose: Purpose) -> Reading:
    """Return the versions in a Pipfile.lock, which pipenv writes with four blanks a level."""
    reading = Reading()
    text = source.text
    sections = list(_PIPFILE_SECTION.finditer(text))
    for section, following in zip(sections, [*sections[1:], None], strict=False):
        if section[1] == "_meta":
            continue
        kind = purpose if section[1] == "default" else Purpose.DEVELOPMENT
        end = following.start() if following else len(text)
        for match in _PIPFILE_PACKAGE.finditer(text, section.end(), end):
            numbers = _PIPFILE_VERSION.search(match[2])
            if numbers:
                location = line_at(source, match.start(2) + numbers.start())
                extras = _words(_PIPFILE_EXTRAS.search(match[2]))
                reading.entries.append(Entry(normalised(match[1]), version(numbers[1]), True, extras, location, kind))
    return reading


def _words(match: re.Match[str] | None) -> frozenset[str]:
    return frozenset(re.findall(r"[\w-]+", match[1].lower())) if match else frozenset()
