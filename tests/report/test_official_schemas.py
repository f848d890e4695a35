"""SARIF, GitLab and JUnit reports against the schemas of those who read them, and before a public reader of SARIF.

`schemas/NOTICE` says where each schema comes from. `scripts/check-formats` asks Microsoft's SARIF Multitool besides.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from djconnfix.config import resolve
from djconnfix.engine import audit
from djconnfix.findings import Severity
from djconnfix.report.formats import write_as
from tests.report.builders import make_report, with_finding

SCHEMAS = Path(__file__).resolve().parent / "schemas"
SHOP = Path(__file__).resolve().parent.parent.parent / "fixtures" / "shop"
NASTY = "alias 'a' <b> & \"c\" ]]> \x00\x1b[31m \udcff\n`x`"


def json_schema(name):
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.fixture(scope="module")
def shop():
    report = audit(resolve(SHOP, {"extend-select": ["DCF"]}).config)
    assert len(report.findings) > 3
    return report


@pytest.fixture(params=["shop", "nasty", "nothing"])
def report(request, tmp_path, shop):
    if request.param == "shop":
        return shop
    made = make_report(tmp_path)
    if request.param == "nasty":
        return with_finding(made, message=NASTY)
    return replace(made, findings=(), project=replace(made.project, unreadable=()))


def test_sarif(report):
    errors = json_schema("sarif-schema-2.1.0.json").iter_errors(json.loads(write_as("sarif", report, "backend/")))
    assert [error.message for error in errors] == []


def test_gitlab(report):
    schema = json_schema("codeclimate.json")
    for issue in json.loads(write_as("gitlab", report, "backend/")):
        schema.validate(issue)


@pytest.mark.parametrize("name", ["junit-10.xsd", "JUnit.xsd"], ids=["Jenkins", "Ant"])
def test_junit(name, report):
    schema = etree.XMLSchema(etree.parse(SCHEMAS / name))
    document = etree.fromstring(write_as("junit", report, "backend/").encode())
    assert schema.validate(document), schema.error_log


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda log: log["runs"][0]["tool"]["driver"].pop("name"), "'name' is a required property"),
        (lambda log: log["runs"][0]["results"][0].update(level="fatal"), "'fatal' is not one of"),
        (lambda log: log["runs"][0]["results"][0].update(colour="red"), "'colour' was unexpected"),
    ],
    ids=["a driver without a name", "a level of our own", "a property of our own"],
)
def test_the_schema_of_sarif_refuses(change, missing, shop):
    log = json.loads(write_as("sarif", shop, ""))
    change(log)
    errors = [error.message for error in json_schema("sarif-schema-2.1.0.json").iter_errors(log)]
    assert [error for error in errors if missing in error]


def test_a_public_reader_of_sarif_sees_the_findings(shop, tmp_path):
    """sarif-tools, Microsoft's reader for Python, tells of each finding the same severity, rule, message and line."""
    (tmp_path / "shop.sarif").write_text(write_as("sarif", shop, "backend/"), encoding="utf-8")
    command = [sys.executable, "-m", "sarif", "csv", tmp_path / "shop.sarif", "-o", tmp_path / "seen.csv"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "seen.csv").open(encoding="utf-8-sig", newline="") as seen:
        told = sorted(tuple(row.values()) for row in csv.DictReader(seen))
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    assert told == sorted(
        (
            "djconnfix",
            levels[each.severity],
            each.code,
            each.problem.message,
            f"backend/{each.location.path}",
            str(each.location.line),
        )
        for each in shop.findings
    )
