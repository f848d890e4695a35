from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from djconnfix.cli import FORMATS as CHOICES
from djconnfix.facts import Unreadable
from djconnfix.findings import Severity
from djconnfix.report.formats import FORMATS, write_as
from djconnfix.report.places import prefix_of
from tests.report.builders import make_report, with_finding

NASTY = "alias 'a' 100%, <b> | \"c\"::error file=x::\r\n\x1b[31m`"
SECRET = "postgres://shop:s3cr3t@db/shop"


@pytest.fixture
def report(tmp_path):
    return make_report(tmp_path, findings=2)


def test_the_command_line_offers_every_format():
    assert list(CHOICES) == ["text", *FORMATS]


@pytest.mark.parametrize("form", FORMATS)
def test_secrets_are_masked(form, report):
    report = with_finding(report, message=f"alias uses {SECRET}")
    report = replace(report, project=replace(report.project, unreadable=(Unreadable("a.py", 1, SECRET),)))
    text = write_as(form, report, "")
    assert "alias uses" in text
    assert "s3cr3t" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_from_the_project_commands_a_terminal(form, report):
    text = write_as(form, with_finding(report, message=NASTY), "")
    assert "\x1b" not in text
    assert "\r" not in text


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
def test_paths_are_those_of_the_repository(form, report):
    assert "backend/shop/settings.py" in write_as(form, report, "backend/")


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_without_findings_is_well_formed(form, report):
    report = replace(report, findings=(), project=replace(report.project, unreadable=()))
    text = write_as(form, report, "")
    if form in ("json", "sarif", "gitlab"):
        json.loads(text)
    elif form == "junit":
        assert [case.get("name") for case in ElementTree.fromstring(text).iter("testcase")] == ["nothing found"]
    elif form == "github":
        assert text == ""
    else:
        assert "Nothing found" in text


@pytest.mark.parametrize(
    ("root", "base", "prefix"),
    [("/a", "/a", ""), ("/a/b", "/a", "b/"), ("/a", "/a/b", "../"), ("/a/c", "/a/b", "../c/")],
)
def test_the_prefix_leads_from_the_base_to_the_root(root, base, prefix):
    assert prefix_of(Path(root), Path(base)) == prefix


# -- GitHub -----------------------------------------------------------------------------------------------------------


def test_github_annotations(report):
    lines = write_as("github", report, "").splitlines()
    assert lines[0] == (
        "::warning file=shop/settings.py,line=4,endLine=7,title=DCF101 conn-max-age-zero::"
        "alias 'default' is connected to anew for every request (0)%0Awrite CONN_MAX_AGE"
    )
    assert lines[-1] == "::error file=old.py,line=3::is odd"


def test_github_commands_cannot_be_smuggled_in(report):
    text = write_as("github", with_finding(report, message=NASTY), "a,line=1::b\n/")
    lines = text.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(("::warning file=a%2Cline=1%3A%3Ab\\n/shop", "::error file=a%2C")) for line in lines)
    assert "100%25," in lines[0]


@pytest.mark.parametrize(
    ("severity", "command"),
    [(Severity.ERROR, "::error "), (Severity.WARNING, "::warning "), (Severity.INFO, "::notice ")],
)
def test_github_levels(severity, command, report):
    assert write_as("github", with_finding(report, finding_severity=severity), "").startswith(command)


# -- GitLab -----------------------------------------------------------------------------------------------------------


def test_gitlab_code_quality(report):
    issues = json.loads(write_as("gitlab", report, ""))
    assert issues[0] == {
        "description": "alias 'default' is connected to anew for every request (0)",
        "check_name": "DCF101 conn-max-age-zero",
        "fingerprint": "0" * 16,
        "severity": "major",
        "location": {"path": "shop/settings.py", "lines": {"begin": 4}},
    }
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


# -- JUnit ------------------------------------------------------------------------------------------------------------


def test_junit_counts_what_it_holds(report):
    [suite] = ElementTree.fromstring(write_as("junit", report, "")).iter("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "2", "1")
    assert len(list(suite.iter("failure"))) == 2
    assert len(list(suite.iter("error"))) == 1


def test_junit_passes_what_does_not_count(report):
    report = with_finding(report, finding_severity=Severity.INFO)
    [suite] = ElementTree.fromstring(write_as("junit", report, "")).iter("testsuite")
    assert suite.get("failures") == "0"


def test_junit_survives_any_text(report):
    root = ElementTree.fromstring(write_as("junit", with_finding(report, message=NASTY), "b\udcff/"))
    assert "<b>" in next(root.iter("failure")).get("message")


# -- Markdown ---------------------------------------------------------------------------------------------------------


def test_markdown_is_a_table_whose_cells_hold(report):
    lines = write_as("markdown", with_finding(report, message=NASTY), "").splitlines()
    [row] = [line for line in lines if line.startswith("| `shop")]
    assert row.replace("\\|", "").count("|") == 6
    assert "\\<b\\>" in row


# -- SARIF ------------------------------------------------------------------------------------------------------------


def test_sarif_results_name_their_rule_place_and_evidence(report):
    [run] = json.loads(write_as("sarif", report, ""))["runs"]
    rules = run["tool"]["driver"]["rules"]
    result = run["results"][0]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "DCF101"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "shop/settings.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4, "startColumn": 5, "endLine": 7, "endColumn": 6},
    }
    assert [related["message"]["text"] for related in result["relatedLocations"]] == [
        "web: gunicorn shop.wsgi --threads 4"
    ]
    assert result["partialFingerprints"] == {"djconnfix/v1": "0" * 16}


def test_sarif_lists_every_rule_that_ran(report):
    from djconnfix.selection import chosen_rules

    [run] = json.loads(write_as("sarif", report, ""))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [r.code for r in chosen_rules(report.config)]


def test_sarif_says_what_could_not_be_read(report):
    [run] = json.loads(write_as("sarif", report, ""))["runs"]
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "is odd"


def test_sarif_addresses_are_uris(report):
    [run] = json.loads(write_as("sarif", report, "a b\udcff/"))["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b%FF/shop/settings.py"
