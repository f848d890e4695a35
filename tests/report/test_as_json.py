from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest

from djconnfix.findings import Applicability, Remedy, Severity
from djconnfix.report.as_json import as_data, write_json
from tests.report.builders import make_report, with_finding


@pytest.fixture(scope="module")
def schema():
    return json.loads(resources.files("djconnfix.report").joinpath("schema.json").read_text())


def test_the_schema_is_a_schema(schema):
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_report_fits_the_schema(tmp_path, schema):
    data = json.loads(write_json(make_report(tmp_path, findings=3)))
    jsonschema.validate(data, schema)
    assert [finding["fingerprint"] for finding in data["findings"]] == [f"{n:016x}" for n in range(3)]
    assert data["summary"] == {"error": 0, "warning": 3, "info": 0, "fixable": 0}
    assert data["unreadable"] == [{"path": "old.py", "line": 3, "reason": "is odd"}]


def test_an_empty_report_fits_the_schema(tmp_path, schema):
    data = as_data(make_report(tmp_path, findings=0))
    jsonschema.validate(data, schema)
    assert data["findings"] == []


def test_evidence_keeps_its_place(tmp_path):
    project = as_data(make_report(tmp_path))["project"]
    assert project["django"] == {"version": "5.2", "from": "Procfile:1"}
    assert project["drivers"] == [{"name": "psycopg", "version": "3.2", "extras": ["pool"], "from": "Procfile:1"}]
    assert (project["servers"][0]["worker_class"], project["servers"][0]["threads"]) == ("gthread", 4)
    assert (project["poolers"][0]["mode"], project["poolers"][0]["port"]) == ("transaction", 6432)


def test_settings_say_how_they_are_known(tmp_path):
    [database] = as_data(make_report(tmp_path))["settings"][0]["databases"]["default"]
    assert database["vendor"] == "postgresql"
    assert database["conditions"] == ["DATABASE_URL is set"]
    assert database["CONN_MAX_AGE"]["state"] == "environment"
    assert (database["CONN_MAX_AGE"]["value"], database["CONN_MAX_AGE"]["variable"]) == (None, "DB_AGE")
    assert database["ATOMIC_REQUESTS"]["state"] == "unknown"
    assert database["CONN_HEALTH_CHECKS"] == {"state": "default", "value": False}
    assert database["pool"] == {"state": "known", "value": True}


def test_numbers_that_json_lacks_become_null(tmp_path):
    report = make_report(tmp_path)
    [database] = as_data(report)["settings"][0]["databases"]["default"]
    assert database["AUTOCOMMIT"]["value"] is None
    assert "NaN" not in write_json(report)


def test_a_finding_has_places_in_characters(tmp_path):
    [finding] = as_data(make_report(tmp_path))["findings"]
    assert (finding["line"], finding["column"], finding["end_line"]) == (4, 5, 7)
    assert finding["because"] == [
        {"path": "Procfile", "line": 1, "text": "web: gunicorn shop.wsgi --threads 4"},
        {"path": None, "line": None, "text": "Django's default is 0"},
    ]


def test_a_finding_without_remedy_is_manual(tmp_path, schema):
    data = as_data(with_finding(make_report(tmp_path), remedy=None))
    jsonschema.validate(data, schema)
    assert data["findings"][0]["fix"] == {"applicability": "manual", "why": "", "instructions": "", "edits": []}


@pytest.mark.parametrize("severity", list(Severity), ids=lambda s: s.label)
def test_the_summary_counts_by_severity(tmp_path, severity):
    summary = as_data(with_finding(make_report(tmp_path), finding_severity=severity))["summary"]
    assert {key: number for key, number in summary.items() if number} == {severity.label: 1}


def test_secrets_are_masked_wherever_text_comes_from_the_project(tmp_path):
    secret = "postgres://shop:s3cr3t@db/shop"
    remedy = Remedy(Applicability.MANUAL, f"why {secret}", instructions=f"write {secret}")
    report = with_finding(make_report(tmp_path), message=f"alias uses {secret}", remedy=remedy)
    assert "s3cr3t" not in write_json(report)
