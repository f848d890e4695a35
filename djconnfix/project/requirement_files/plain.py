"""requirements.txt and its relatives (https://pip.pypa.io/en/stable/reference/requirements-file-format/)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.requirement_files.entries import Purpose, Reading, line_at, requirement

if TYPE_CHECKING:
    from djconnfix.source import SourceFile

_LOGICAL_LINE = re.compile(r"(?:[^\\\r\n]|\\\r?\n|\\)+")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s*)(\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)")


def read(source: SourceFile, purpose: Purpose) -> Reading:
    """Return what a requirements file asks for."""
    reading = Reading()
    for match in _LOGICAL_LINE.finditer(source.text):
        line = re.sub(r"\\\r?\n", " ", match[0]).strip()
        if not line or line.startswith("#"):
            continue
        line = re.sub(r"(?:^|\s)#\s.*|\s#.*", "", line) if "#egg=" not in line else line
        if include := _INCLUDE.match(line):
            if "://" not in include[2]:
                reading.includes.append((include[2], include[1] in ("-c", "--constraint")))
            continue
        editable = _EDITABLE.match(line)
        entry = requirement(line[editable.end() :] if editable else line, line_at(source, match.start()), purpose)
        if entry is not None:
            reading.entries.append(entry)
    return reading


def read_constraints(source: SourceFile, purpose: Purpose) -> Reading:
    """Return what a constraints file limits."""
    reading = read(source, purpose)
    reading.entries = [entry.as_constraint() for entry in reading.entries]
    return reading


def read_conda(source: SourceFile, purpose: Purpose) -> Reading:
    """Return what a conda environment file asks for, its nested pip list included."""
    reading = Reading()
    for match in re.finditer(r"^\s*-\s+[\"']?(?:[\w-]+::)?([A-Za-z][^\s\"'#:]*)", source.text, re.MULTILINE):
        entry = requirement(
            match[1].replace("==", "=").replace("=", "==", 1)
            if "<" not in match[1] and ">" not in match[1]
            else match[1],
            line_at(source, match.start(1)),
            purpose,
        )
        if entry is not None:
            reading.entries.append(entry)
    return reading
