"""Findings as they are shown: what several settings modules have in common, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.findings import Finding


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding as it is shown, with every settings module it holds for."""

    finding: Finding
    settings: tuple[str, ...]


def merged(findings: Iterable[Finding]) -> list[Shown]:
    """Join what several settings modules have in common: one file, one place, one sentence."""
    groups: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for finding in findings:
        key = (finding.code, finding.location, finding.alias, finding.problem.message)
        _, modules = groups.setdefault(key, (finding, []))
        concerned = (finding.problem.settings, *finding.problem.also)
        modules += [module for module in concerned if module and module not in modules]
    return [Shown(finding, tuple(modules)) for finding, modules in groups.values()]


@dataclass(frozen=True, slots=True)
class Group:
    """Findings on one alias of one settings module; both names are empty for those on code and files alone."""

    settings: str
    alias: str
    findings: tuple[Shown, ...]


def grouped(shown: Iterable[Shown]) -> list[Group]:
    """Group findings by settings module and alias, in alphabetical order; those on no settings module stand last."""
    groups: dict[tuple[str, str], list[Shown]] = {}
    for each in shown:
        groups.setdefault((each.settings[0] if each.settings else "", each.finding.alias), []).append(each)
    return [
        Group(module, alias, tuple(groups[module, alias]))
        for module, alias in sorted(groups, key=lambda key: (not key[0], *key))
    ]
