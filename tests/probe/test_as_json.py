"""A probe as JSON, against its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

import jsonschema
import pytest

from djconnfix.probe.as_json import write_json
from djconnfix.probe.reading import Login
from tests.probe.build import phases, reading

if TYPE_CHECKING:
    from djconnfix.probe.reading import Reading

SCHEMA = json.loads(resources.files("djconnfix.probe").joinpath("schema.json").read_text(encoding="utf-8"))
READINGS = {
    "PostgreSQL": reading(),
    "MySQL": reading("mysql"),
    "diagnosed": reading(
        also=phases(DJANGO=(1, 0.03, 0.0)),
        server_timezone="Europe/Berlin",
        pooler=True,
        login=Login(encrypted=True, tls_version="1.3", authorities=140, authentication="scram-sha-256", iterations=9),
    ),
    "nothing known": replace(reading(), endpoint="", pooler=None, reverse_lookup=None, notes=("a note",)),
}


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("found", READINGS.values(), ids=READINGS)
def test_a_probe_fits_the_schema(found: Reading) -> None:
    data = json.loads(write_json([found], [("replica", "cannot be reached")], [0.001, 0.05]))
    jsonschema.validate(data, SCHEMA)
    [database] = data["databases"]
    assert [each["round_trip"] for each in database["networks"]] == [0.001, 0.05]
    assert data["unreachable"] == [{"alias": "replica", "reason": "cannot be reached"}]


def test_the_diagnosis_is_in_it() -> None:
    data = json.loads(write_json([READINGS["diagnosed"]], [], []))
    assert "timezone-statement" in [each["name"] for each in data["databases"][0]["diagnosis"]]


@pytest.mark.parametrize("key", ["alias", "connect", "diagnosis"])
def test_the_schema_misses_what_is_left_out(key: str) -> None:
    data = json.loads(write_json([reading()], [], []))
    del data["databases"][0][key]
    with pytest.raises(jsonschema.ValidationError, match=key):
        jsonschema.validate(data, SCHEMA)
