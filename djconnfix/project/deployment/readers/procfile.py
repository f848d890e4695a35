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
        workload = heroku_process(found.source.path, match[1])
        found.command(match[2], match.start(2), match.end(2), serves=match[1] == "web", workload=workload)


def heroku_process(path: str, name: str) -> str:
    """Return the name under which an `app.json` beside a Procfile says how many dynos of a process run."""
    return f"procfile:{path.rpartition('/')[0]}:{name}"
