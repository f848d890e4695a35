"""SARIF, GitLab and JUnit reports against the schemas of those who read them.

The schemas are not ours to ship. `DJCONNFIX_SCHEMAS` names a folder with them; `scripts/check-formats` says where each
comes from and runs this, and public readers of SARIF besides.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from djconnfix.config import resolve
from djconnfix.engine import audit
from djconnfix.report.formats import write_as
from tests.report.builders import make_report, with_finding

FOLDER = Path(os.environ.get("DJCONNFIX_SCHEMAS", "/nonexistent"))
SHOP = Path(__file__).resolve().parent.parent.parent / "fixtures" / "shop"
NASTY = "alias 'a' <b> & \"c\" ]]> \x00\x1b[31m \udcff\n`x`"


def needed(name: str) -> Path:
    if not (FOLDER / name).is_file():
        pytest.skip(f"{name} is not in DJCONNFIX_SCHEMAS")
    return FOLDER / name


@pytest.fixture(params=["shop", "nasty", "nothing"])
def report(request, tmp_path):
    if request.param == "shop":
        return audit(resolve(SHOP, {"extend-select": ["DCF"]}).config)
    made = make_report(tmp_path)
    if request.param == "nasty":
        return with_finding(made, message=NASTY)
    return replace(made, findings=(), project=replace(made.project, unreadable=()))


def test_sarif(report):
    schema = json.loads(needed("sarif-schema-2.1.0.json").read_text())
    kind = jsonschema.validators.validator_for(schema)
    errors = kind(schema).iter_errors(json.loads(write_as("sarif", report, "backend/")))
    assert [error.message for error in errors] == []


def test_gitlab(report):
    schema = json.loads(needed("codeclimate.json").read_text())
    for issue in json.loads(write_as("gitlab", report, "backend/")):
        jsonschema.validate(issue, schema)


@pytest.mark.parametrize("name", ["junit-10.xsd", "JUnit.xsd"], ids=["Jenkins", "Ant"])
def test_junit(name, report):
    etree = pytest.importorskip("lxml.etree")
    schema = etree.XMLSchema(etree.parse(needed(name)))
    document = etree.fromstring(write_as("junit", report, "backend/").encode())
    assert schema.validate(document), schema.error_log
