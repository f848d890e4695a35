"""Short ways to say a problem of one alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Because, Confidence, Problem, Remedy
from djconnfix.rules._values import place_of

if TYPE_CHECKING:
    from djconnfix.facts import Database, SettingsModule
    from djconnfix.findings import Action, Severity


def about(
    settings: SettingsModule,
    database: Database,
    path: tuple[str, ...],
    message: str,
    remedy: Remedy,
    *because: Because,
    severity: Severity | None = None,
    confidence: Confidence = Confidence.HIGH,
) -> Problem:
    """Return a problem of one definition of one alias, at the entry `path` or where the alias is built."""
    return Problem(
        location=place_of(database, *path) if path else database.location,
        message=message,
        because=because,
        remedy=remedy,
        database=database.key,
        when=database.when,
        settings=settings.module,
        severity=severity,
        confidence=confidence,
    )


def manual(why: str, instructions: str) -> Remedy:
    """Return a remedy for a person."""
    return Remedy(Applicability.MANUAL, why, instructions=instructions)


def safe(why: str, instructions: str, *actions: Action) -> Remedy:
    """Return a remedy that is proven here."""
    return Remedy(Applicability.SAFE, why, actions, instructions)


def unsafe(why: str, instructions: str, *actions: Action) -> Remedy:
    """Return a remedy that changes policy or rests on what cannot be seen."""
    return Remedy(Applicability.UNSAFE, why, actions, instructions)
