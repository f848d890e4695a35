"""The report for programs: JSON of schema version 1, described by `schema.json` next to this file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from djconnfix.facts import MISSING, Options, State
from djconnfix.findings import Applicability
from djconnfix.masking import mask
from djconnfix.report.summary import by_severity
from djconnfix.rules import find_rule

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.facts import Database, Evidence, Pooler, Server, SettingsModule, Value
    from djconnfix.findings import Because, Finding
    from djconnfix.fix.edits import Edit
    from djconnfix.project.files import Tree
    from djconnfix.source import Location

VERSION = 1
DRIVERS = ("psycopg", "psycopg2", "psycopg2-binary", "mysqlclient", "pymysql", "oracledb", "cx-oracle")
SHOWN_SETTINGS = (
    "CONN_MAX_AGE",
    "CONN_HEALTH_CHECKS",
    "ATOMIC_REQUESTS",
    "AUTOCOMMIT",
    "DISABLE_SERVER_SIDE_CURSORS",
)


def write_json(report: Report) -> str:
    """Return the report as one JSON document; see `as_data`."""
    return json.dumps(as_data(report), indent=1, ensure_ascii=True) + "\n"


def as_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data, secrets masked, paths relative to the root with `/`."""
    project = report.project
    findings = [_finding(report, finding) for finding in report.findings]
    severities = {level.label: number for level, number in by_severity(report).items()}
    return {
        "version": VERSION,
        "project": {
            "root": ".",
            "django": _django(report),
            "drivers": _drivers(project.evidence),
            "servers": [_server(server) for server in project.evidence.servers],
            "poolers": [_pooler(pooler) for pooler in project.evidence.poolers],
        },
        "settings": [_settings(settings) for settings in project.settings],
        "findings": findings,
        "unreadable": [
            {"path": each.path, "line": each.line, "reason": mask(each.reason)} for each in project.unreadable
        ],
        "summary": {**severities, "fixable": sum(bool(finding["fix"]["edits"]) for finding in findings)},
    }


def _django(report: Report) -> dict[str, str | None]:
    evidence = report.project.evidence
    version = report.config.django or evidence.django
    if not version:
        return {"version": None, "from": None}
    origin = report.config.django_from or _place(evidence.django_location) or None
    return {"version": ".".join(map(str, version)), "from": origin}


def _drivers(evidence: Evidence) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "version": ".".join(map(str, package.floor)) or None,
            "extras": sorted(package.extras),
            "from": _place(package.location) or "the running environment",
        }
        for name in DRIVERS
        if (package := evidence.packages.get(name)) is not None
    ]


def _server(server: Server) -> dict[str, Any]:
    return {
        "kind": server.kind.value,
        "program": server.program,
        "worker_class": server.worker_class or None,
        "processes": server.processes,
        "threads": server.threads,
        "replicas": server.replicas,
        "settings": server.settings or None,
        "application": server.application or None,
        "development": server.development,
        "path": server.location.path,
        "line": server.location.line,
    }


def _pooler(pooler: Pooler) -> dict[str, Any]:
    return {
        "program": pooler.program,
        "mode": pooler.mode.value if pooler.mode else None,
        "host": mask(pooler.host) or None,
        "port": pooler.port,
        "path": pooler.location.path,
        "line": pooler.location.line,
    }


def _settings(settings: SettingsModule) -> dict[str, Any]:
    databases: dict[str, list[dict[str, Any]]] = {}
    for database in settings.databases:
        databases.setdefault(database.alias, []).append(_database(database))
    return {"module": settings.module, "path": settings.path, "role": settings.role.value, "databases": databases}


def _database(database: Database) -> dict[str, Any]:
    engine = database.engine
    return {
        "path": database.location.path,
        "line": database.location.line,
        "conditions": [mask(condition) for condition in database.conditions],
        "made_by": database.made_by,
        "engine": engine.value if isinstance(engine.value, str) and engine.state is not State.UNKNOWN else None,
        "vendor": database.vendor or None,
        **{key: _value(database.get(key)) for key in SHOWN_SETTINGS},
        "pool": _pool(database),
    }


def _pool(database: Database) -> dict[str, Any]:
    pool = database.options.values.get("pool")
    if isinstance(pool, Options):
        return {"state": "known" if pool.complete else "unknown", "value": bool(pool.values)}
    if pool is not None:
        return _value(pool)
    return {"state": "default" if database.options.complete else "unknown", "value": None}


def _value(value: Value) -> dict[str, Any]:
    shown: dict[str, Any] = {"state": value.state.value, "value": _scalar(value.value)}
    if value.variable:
        shown["variable"] = value.variable
    if value.reason:
        shown["reason"] = mask(value.reason)
    if value.location is not None:
        shown["path"], shown["line"] = value.location.path, value.location.line
    return shown


def _scalar(value: object) -> object:
    if value is MISSING or value is None:
        return None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 -- NaN
    return mask(str(value)) if isinstance(value, str) else None


def _finding(report: Report, finding: Finding) -> dict[str, Any]:
    rule = find_rule(finding.code)
    at = finding.location
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "confidence": finding.problem.confidence.label,
        "path": at.path,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
        "settings": finding.problem.settings or None,
        "also": list(finding.problem.also),
        "alias": finding.alias or None,
        "message": mask(finding.problem.message),
        "because": [_because(because) for because in finding.problem.because],
        "url": rule.url if rule else None,
        "fix": _fix(report, finding),
        "fingerprint": finding.fingerprint,
    }


def _because(because: Because) -> dict[str, Any]:
    at = because.location
    return {"path": at.path if at else None, "line": at.line if at else None, "text": mask(because.text)}


def _fix(report: Report, finding: Finding) -> dict[str, Any]:
    remedy = finding.remedy
    if remedy is None:
        return {"applicability": Applicability.MANUAL.value, "why": "", "instructions": "", "edits": []}
    return {
        "applicability": remedy.applicability.value,
        "why": mask(remedy.why),
        "instructions": mask(remedy.instructions),
        "edits": _edits(report, finding) if remedy.actions else [],
    }


def _edits(report: Report, finding: Finding) -> list[dict[str, Any]]:
    from djconnfix.fix.plan import edits_for

    return [_edit(report.tree, edit) for edit in edits_for(report, finding)]


def _edit(tree: Tree, edit: Edit) -> dict[str, Any]:
    source = tree.source(edit.path)
    return {
        "path": edit.path,
        "start": source.byte_offset(edit.start),
        "end": source.byte_offset(edit.end),
        "replacement": mask(edit.replacement),
    }


def _place(location: Location | None) -> str:
    return f"{location.path}:{location.line}" if location else ""
