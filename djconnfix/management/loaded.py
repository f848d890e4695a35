"""`DATABASES` as Django has loaded it, judged by the same rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import django
from django.conf import settings

from djconnfix.facts import (
    DJANGO_DEFAULTS,
    Database,
    DatabaseKey,
    Evidence,
    Options,
    Project,
    Role,
    SettingsModule,
    State,
    Value,
)
from djconnfix.findings import Applicability, Remedy
from djconnfix.management.project import settings_file, settings_module
from djconnfix.management.views import differences
from djconnfix.masking import MASK
from djconnfix.source import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from djconnfix.engine import Report
    from djconnfix.findings import Finding

_SECRETS = frozenset({"PASSWORD", "USER", "NAME"})  # that they are set matters, what they are does not


def judge_loaded(report: Report, aliases: Sequence[str]) -> Iterator[Finding]:
    """Yield what the rules find in the loaded `DATABASES` and the files did not show.

    Nothing when the loaded settings are not part of the report's project.

    Args:
        report: the audit of the files.
        aliases: the aliases to judge.
    """
    from djconnfix.rules import judge
    from djconnfix.selection import chosen_rules, is_ignored

    file = settings_file()
    if file is None or report.tree.root not in file.parents:
        return  # the report is on another project than the one that is loaded
    changed = {each.path[1] for each in differences(report) if each.path[0] == "DATABASES"}
    unseen = tuple(alias for alias in aliases if alias in changed or not _is_seen(report, alias))
    known = {(finding.code, finding.alias) for finding in report.findings}
    project = Project(
        root=report.project.root,
        settings=(_loaded_module(report, file, unseen),),
        code=(),
        unreadable=(),
        evidence=report.project.evidence,
    )
    for finding in judge(project, chosen_rules(report.config)):
        if finding.alias and (finding.code, finding.alias) not in known and not is_ignored(report.config, finding):
            yield _by_hand(finding)


def _is_seen(report: Report, alias: str) -> bool:
    """Whether the files show everything about an alias of the loaded settings module."""
    definitions = [
        database
        for module in report.project.settings
        if module.module == settings_module()
        for database in module.databases
        if database.alias == alias
    ]
    return bool(definitions) and all(
        database.complete
        and database.options.complete
        and all(value.certain for key, value in database.settings.items() if key not in _SECRETS)
        and all(not isinstance(value, Value) or value.certain for value in database.options.values.values())
        for database in definitions
    )


def _by_hand(finding: Finding) -> Finding:
    """Return the finding without edits: what the files do not show, no edit of them can mend for sure."""
    remedy = finding.remedy
    if remedy is None:
        return finding
    problem = replace(
        finding.problem, remedy=Remedy(Applicability.MANUAL, remedy.why, instructions=remedy.instructions)
    )
    return replace(finding, problem=problem)


def _loaded_module(report: Report, file: Path, aliases: Sequence[str]) -> SettingsModule:
    name = settings_module()
    read = next((each for each in report.project.settings if each.module == name), None)
    path = file.relative_to(report.tree.root).as_posix()
    place = Location(path, 1, 1, 1, 1, 0, 0)
    evidence: Evidence = read.evidence if read else report.project.evidence
    return SettingsModule(
        module=name,
        path=path,
        role=read.role if read else Role.PRODUCTION,
        databases=tuple(
            _database(name, alias, settings.DATABASES[alias], place)
            for alias in aliases
            if isinstance(settings.DATABASES.get(alias), dict)
        ),
        lists={},
        names=(),
        held_elsewhere=(),
        evidence=replace(evidence, django=django.VERSION[:3]),
        paths=(path,),
        location=place,
    )


def _database(module: str, alias: str, loaded: Mapping[str, object], place: Location) -> Database:
    options = loaded.get("OPTIONS")
    # Django writes its defaults into these very dictionaries, so a default cannot be told from a written value.
    known = {
        key: Value(State.KNOWN, MASK if key in _SECRETS else value, place)
        for key, value in loaded.items()
        if key not in ("OPTIONS", "TEST") and not (key in DJANGO_DEFAULTS and DJANGO_DEFAULTS[key] == value)
    }
    return Database(
        key=DatabaseKey(module, alias, 0),
        conditions=(),
        settings=known,
        options=_options(options, place) if isinstance(options, dict) else Options(),
        complete=True,
        location=place,
        made_by="loaded",
    )


def _options(loaded: Mapping[str, object], place: Location) -> Options:
    return Options(
        {
            str(key): _options(value, place) if isinstance(value, dict) else Value(State.KNOWN, value, place)
            for key, value in loaded.items()
        },
        location=place,
    )
