"""A comparison as JSON, schema version 1. Times are seconds."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from djconnfix.masking import mask

if TYPE_CHECKING:
    from djconnfix.probe.compare.outcome import Comparison, Outcome


def write_comparison_json(found: Comparison) -> str:
    """Return the document."""
    document = {
        "version": 1,
        "aliases": list(found.aliases),
        "server": found.server,
        "because": mask(found.because),
        "threads": found.threads,
        "paths": list(found.paths),
        "outcomes": [_outcome(each) for each in found.outcomes],
        "not_tried": [{"name": each.name, "why": mask(each.why)} for each in found.not_tried],
        "notes": list(found.notes),
    }
    return json.dumps(document, indent=2) + "\n"


def _outcome(outcome: Outcome) -> dict[str, Any]:
    times = {name: round(getattr(outcome, name), 6) for name in ("seconds", "median", "slow")}
    work = {"work": None if outcome.work is None else round(outcome.work, 6)}
    words = {"reasons": [mask(each) for each in outcome.reasons], "trouble": mask(outcome.trouble)}
    return {**asdict(outcome), **times, **work, **words, "rate": round(outcome.rate, 2)}
