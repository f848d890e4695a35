"""Readings made by hand, and conversations of a few words."""

from __future__ import annotations

import os
import struct
from typing import Any

import pytest

from djconnfix.probe.conversation import Conversation
from djconnfix.probe.phases import Phase, Profile, Spent
from djconnfix.probe.reading import Reading

ROUND_TRIP = 0.001
# `DJCONNFIX_PROBE_RUNS=10` finds each injected cause ten times.
RUNS = pytest.mark.parametrize("run", range(int(os.environ.get("DJCONNFIX_PROBE_RUNS", "1"))))
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
GSS_REQUEST = struct.pack("!ii", 8, 80877104)
STARTUP = struct.pack("!ii", 20, 196608) + b"user\0app\0\0\0"


def phases(**spent: tuple[int, float, float]) -> dict[Phase, Spent]:
    """`phases(LOGIN=(3, 0.004, 0.002))`: round trips, waiting, working."""
    return {phase: Spent(*spent[phase.name]) for phase in Phase if phase.name in spent}


HEALTHY = phases(
    RESOLVE=(0, 0.0002, 0.0),
    PREPARE=(0, 0.0, 0.0003),
    TCP=(1, 0.001, 0.0),
    START=(1, 0.004, 0.0),
    TLS=(1, 0.002, 0.001),
    LOGIN=(3, 0.005, 0.004),
    DJANGO=(1, 0.0012, 0.0003),
)


def reading(vendor: str = "postgresql", *, also: dict[Phase, Spent] | None = None, **changes: Any) -> Reading:
    """A healthy server's reading, with other phases and other facts."""
    made = Profile({**HEALTHY, **(also or {})}, ROUND_TRIP, 1, 0.006, 5, True)
    drivers = {"postgresql": "psycopg", "mysql": "pymysql"}
    facts = {
        "local": False,
        "server_timezone": "UTC",
        "wanted_timezone": "UTC",
        "reverse_lookup": False,
        "pooler": False,
        **changes,
    }
    return Reading("default", vendor, drivers[vendor], "Server 1", "db:5432", profile=made, **facts)


def message(kind: bytes, body: bytes) -> bytes:
    """A message of PostgreSQL's protocol."""
    return kind + struct.pack("!i", len(body) + 4) + body


def talk(vendor: str, *words: tuple[str, bytes]) -> Conversation:
    """A conversation in which something is said every 10 ms; `c` the client, `s` the server."""
    made = Conversation(vendor, 0.0)
    for number, (who, data) in enumerate(words, 1):
        (made.client_said if who == "c" else made.server_said)(data, number / 100)
    return made


def record(kind: int, length: int, body: bytes = b"") -> bytes:
    """A TLS record."""
    return struct.pack("!BHH", kind, 0x0303, length) + body.ljust(length, b"\0")


def server_hello(version: int = 0x0304, suite: int = 0x1302) -> bytes:
    """A server's hello that settles on a version and a cipher suite."""
    extensions = struct.pack("!HHH", 0x2B, 2, version) if version == 0x0304 else b""
    body = struct.pack("!H", 0x0303) + bytes(32) + b"\x20" + bytes(32) + struct.pack("!HB", suite, 0)
    body += struct.pack("!H", len(extensions)) + extensions
    hello = b"\x02" + len(body).to_bytes(3, "big") + body
    return record(22, len(hello), hello)


CLIENT_HELLO = record(22, 200)
FINISHED = record(20, 1) + record(23, 69)
