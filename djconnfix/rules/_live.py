"""What the rules over live servers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Confidence, Problem
from djconnfix.live_facts import LiveProject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Remedy, Severity
    from djconnfix.live_facts import ServerFacts


def servers(project: Project) -> Iterator[ServerFacts]:
    """Yield what servers said; nothing in an audit of files alone."""
    if isinstance(project, LiveProject):
        yield from project.servers


def of_server(
    server: ServerFacts,
    message: str,
    remedy: Remedy,
    *because: str,
    severity: Severity | None = None,
    confidence: Confidence = Confidence.HIGH,
) -> Problem:
    """Return a problem of one alias' server, at the alias' definition."""
    return Problem(
        location=server.location,
        message=message,
        because=tuple(Because(text) for text in because),
        remedy=remedy,
        database=server.database,
        settings=server.settings,
        severity=severity,
        confidence=confidence,
    )


def age(server: ServerFacts) -> str:
    """Return `CONN_MAX_AGE` for a message."""
    return "None (for ever)" if server.conn_max_age is None else f"{server.conn_max_age:g} s"
