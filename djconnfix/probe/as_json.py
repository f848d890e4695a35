"""Probe results as JSON of schema version 1, described by `schema.json` next to this file. Times are seconds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from djconnfix.masking import mask
from djconnfix.probe.diagnosis import diagnose
from djconnfix.probe.requests import request_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from djconnfix.probe.phases import Profile
    from djconnfix.probe.reading import Reading


def write_json(readings: Iterable[Reading], failures: Iterable[tuple[str, str]], networks: Sequence[float]) -> str:
    """Return the document.

    Args:
        readings: what was found.
        failures: alias and reason of each that could not be probed.
        networks: round trips of other networks to calculate for, in seconds.
    """
    document = {
        "version": 1,
        "databases": [_reading(each, networks) for each in readings],
        "unreachable": [{"alias": alias, "reason": mask(reason)} for alias, reason in failures],
    }
    return json.dumps(document, indent=2) + "\n"


def _reading(reading: Reading, networks: Sequence[float]) -> dict[str, Any]:
    login = reading.login
    return {
        "alias": reading.alias,
        "vendor": reading.vendor,
        "driver": reading.driver,
        "server": reading.server,
        "endpoint": reading.endpoint,
        "pooler": reading.pooler,
        "tls": {"encrypted": login.encrypted, "version": login.tls_version, "authorities": login.authorities},
        "authentication": {"method": login.authentication, "iterations": login.iterations},
        "resolution": [
            {"family": r.family, "seconds": _s(r.seconds), "addresses": [a.shown for a in r.addresses]}
            for r in reading.resolutions
        ],
        "attempts": [
            {"address": a.address.shown, "seconds": _s(a.seconds), "error": a.error} for a in reading.attempts
        ],
        "passed_over": [{"endpoint": p.endpoint, "reason": mask(p.why)} for p in reading.passed_over],
        "connect": _profile(reading.profile),
        "networks": [_network(reading, each) for each in networks],
        "requests": [
            {
                "name": cost.name,
                "round_trips": cost.round_trips,
                "connects": cost.connect,
                "atomic": cost.atomic,
                "today": cost.today,
                "seconds": _s(cost.seconds(reading.profile)),
            }
            for cost in request_costs(reading)
        ],
        "diagnosis": [
            {
                "name": d.name,
                "cause": mask(d.cause),
                "remedy": d.remedy,
                "seconds": _s(d.seconds),
                "round_trips": d.round_trips,
                "confidence": d.confidence.label,
            }
            for d in diagnose(reading)
        ],
        "notes": list(reading.notes),
    }


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "samples": profile.samples,
        "repeatable": profile.repeatable,
        "round_trips": profile.total.round_trips,
        "seconds": _s(profile.total.seconds),
        "waiting": _s(profile.total.waiting),
        "working": _s(profile.total.working),
        "processor": _s(profile.processor),
        "query": {"round_trips": profile.query_round_trips, "seconds": _s(profile.query)},
        "phases": [
            {
                "name": phase.value,
                "round_trips": spent.round_trips,
                "waiting": _s(spent.waiting),
                "working": _s(spent.working),
            }
            for phase, spent in profile.phases.items()
        ],
    }


def _network(reading: Reading, round_trip: float) -> dict[str, Any]:
    phases = reading.profile.on_network(round_trip)
    return {
        "round_trip": _s(round_trip),
        "seconds": _s(sum(phases.values())),
        "phases": {phase.value: _s(seconds) for phase, seconds in phases.items()},
    }


def _s(seconds: float) -> float:
    return round(seconds, 6)
