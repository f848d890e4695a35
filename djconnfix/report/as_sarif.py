"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from djconnfix import __version__
from djconnfix.findings import Severity
from djconnfix.masking import mask
from djconnfix.report.rule_page import sections
from djconnfix.rules import find_rule
from djconnfix.selection import chosen_rules

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.fix.edits import Edit
    from djconnfix.rules import Rule
    from djconnfix.source import Location

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def write_sarif(report: Report, prefix: str = "") -> str:
    """Return one run with its rules, results, fixes and fingerprints.

    Args:
        report: what an audit found.
        prefix: what leads from the repository's root to the project's.
    """
    rules = {rule.code: rule for rule in chosen_rules(report.config)}
    rules |= {f.code: rule for f in report.findings if (rule := find_rule(f.code)) is not None}
    index = {code: number for number, code in enumerate(sorted(rules))}
    run = {
        "tool": {
            "driver": {
                "name": "djconnfix",
                "semanticVersion": __version__,
                "informationUri": "https://github.com/djconnfix/djconnfix",
                "rules": [_rule(rules[code]) for code in index],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, finding, index, prefix) for finding in report.findings],
        "invocations": [
            {
                "executionSuccessful": not report.project.unreadable,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": mask(each.reason)},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": _artifact(prefix + each.path),
                                    "region": {"startLine": max(each.line, 1)},
                                }
                            }
                        ],
                    }
                    for each in report.project.unreadable
                ],
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": next((part.body for part in sections(rule)), rule.summary)},
        "help": {"text": rule.doc, "markdown": rule.doc},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.default},
    }


def _result(report: Report, finding: Finding, index: dict[str, int], prefix: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": mask(finding.problem.message)},
        "locations": [{"physicalLocation": _place(finding.location, prefix)}],
        "partialFingerprints": {"djconnfix/v1": finding.fingerprint},
    }
    related = [
        {"id": number, "physicalLocation": _place(because.location, prefix), "message": {"text": mask(because.text)}}
        for number, because in enumerate(finding.problem.because, 1)
        if because.location is not None
    ]
    if related:
        result["relatedLocations"] = related
    if finding.remedy is not None and finding.remedy.actions:
        from djconnfix.fix.plan import edits_for

        if edits := edits_for(report, finding):
            result["fixes"] = [_fix(report, edits, finding.remedy.why, prefix)]
    return result


def _fix(report: Report, edits: tuple[Edit, ...], why: str, prefix: str) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in edits:
        source = report.tree.source(edit.path)
        line, column = source.position(edit.start)
        end_line, end_column = source.position(edit.end)
        changes.setdefault(edit.path, []).append(
            {
                "deletedRegion": {
                    "startLine": line,
                    "startColumn": column,
                    "endLine": end_line,
                    "endColumn": end_column,
                },
                "insertedContent": {"text": mask(edit.replacement)},
            }
        )
    return {
        "description": {"text": mask(why) or "apply the fix"},
        "artifactChanges": [
            {"artifactLocation": _artifact(prefix + path), "replacements": made} for path, made in changes.items()
        ],
    }


def _place(location: Location, prefix: str) -> dict[str, Any]:
    region = {
        "startLine": location.line,
        "startColumn": location.column,
        "endLine": location.end_line,
        "endColumn": location.end_column,
    }
    return {"artifactLocation": _artifact(prefix + location.path), "region": region}


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}
