"""Procfiles: `name: command`, one a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

_PROCESS = re.compile(r"^([A-Za-z0-9_-]+):[ \t]*((?:\\\r?\n|[^\r\n])+)", re.MULTILINE)


def read(found: Found) -> None:
    """Gather a Procfile's commands."""
    for match in _PROCESS.finditer(found.source.text):
        found.command(match[2], match.start(2), match.end(2), serves=match[1] == "web")
