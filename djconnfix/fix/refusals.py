"""Findings that are not fixed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.findings import Finding


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding whose remedy is not applied, and why, one clause."""

    finding: Finding
    reason: str
