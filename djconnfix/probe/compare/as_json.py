"""A comparison as JSON of schema version 1, described by `schema.json` next to this file. Times are seconds."""

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
    rates = {"rate": round(outcome.rate, 2), "rates": [round(each, 2) for each in outcome.rates]}
    return {**asdict(outcome), **times, **work, **words, **rates}
