"""Rules: pure functions from facts to problems, one file each, which register themselves by being there."""

from __future__ import annotations

import importlib
import os
from functools import cache
from operator import is_
from typing import TYPE_CHECKING

from djconnfix._digest import sha256
from djconnfix.facts import Role
from djconnfix.findings import Applicability, Finding, Remedy, Severity
from djconnfix.records import dataclass, field, replace
from djconnfix.rules._merging import merged
from djconnfix.strategies.overruled import overruler

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from djconnfix.facts import DatabaseKey, Project
    from djconnfix.findings import Problem
    from djconnfix.live_facts import ServerFacts

    Check = Callable[[Project], Iterator[Problem]]

URL = "https://github.com/djconnfix/djconnfix/blob/main/docs/rules/{name}.md"


@dataclass(frozen=True, slots=True)
class Example:
    """A small project that shows a rule: what its files say, and what should become of them.

    Attributes:
        files: text by path. `settings.py` alone is enough for most rules.
        fixed: for a bad example, the text of each file that changes under `fix` (with `--unsafe-fixes` when
            `unsafe`); empty: the rule reports and changes nothing.
        unsafe: whether the change needs `--unsafe-fixes`.
        title: what the example shows, a few words.
        strategy: the strategy that its user has chosen.
        servers: what the live servers say, for the rules that ask them.
    """

    files: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    unsafe: bool = False
    title: str = ""
    strategy: str = "auto"
    servers: tuple[ServerFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and everything that `explain`, the documentation and the tests show of it.

    Attributes:
        code: `DCF` and three digits; never used again for another rule.
        name: kebab-case, accepted wherever the code is.
        severity: of its findings unless a problem says otherwise.
        check: from facts to problems.
        bad: examples in which it finds something.
        good: examples in which it finds nothing.
        default: False for heuristics that run only when selected.
        docstring: a first line, then the fixed headings, as it stands in its file.
    """

    code: str
    name: str
    severity: Severity
    check: Check
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    default: bool
    docstring: str

    @property
    def doc(self) -> str:
        """Its docstring without what indents it."""
        import inspect

        return inspect.cleandoc(self.docstring)

    @property
    def url(self) -> str:
        """Its documentation page."""
        return URL.format(name=self.name)

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return self.doc.splitlines()[0]


_registry: dict[str, Rule] = {}
_NO_MODULES = {"__init__", "__pycache__"}


def rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    bad: Iterable[Example],
    good: Iterable[Example],
    default: bool = True,
) -> Callable[[Check], Check]:
    """Register the decorated function as a rule."""

    def register(check: Check) -> Check:
        if code in _registry:
            raise ValueError(f"{code} is registered twice: {_registry[code].name} and {name}")
        _registry[code] = Rule(code, name, severity, check, tuple(bad), tuple(good), default, check.__doc__ or "")
        return check

    return register


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by code."""
    for family in sorted(name for name in _below(__path__[0]) if not name.startswith("_")):
        for name in sorted(_below(f"{__path__[0]}/{family}")):
            importlib.import_module(f"{__name__}.{family}.{name}")
    return tuple(_registry[code] for code in sorted(_registry))


def _below(folder: str) -> set[str]:
    """Return the names of the modules and packages in a folder of this package."""
    try:
        found = os.listdir(folder)  # noqa: PTH208
    except OSError:  # a package in an archive
        import pkgutil

        return {module.name for module in pkgutil.iter_modules([folder])}
    # In 3.11, what pkgutil does takes a tenth of an audit of a small project: it imports inspect.
    return {name.partition(".")[0] for name in found if name.endswith(".py") or "." not in name} - _NO_MODULES


def find_rule(text: str) -> Rule | None:
    """Return the rule of this code or name, None when there is none."""
    wanted = text.strip()
    return _by_code_and_name().get(wanted.upper()) or _by_code_and_name().get(wanted.lower())


@cache
def _by_code_and_name() -> dict[str, Rule]:
    return {text: each for each in all_rules() for text in (each.code, each.name)}


def judge(project: Project, rules: Collection[Rule]) -> list[Finding]:
    """Run rules over a project's facts; findings ordered by place, then code.

    What several settings roots have in common (a shared base module) is one finding, production first. Rules that
    speak against a strategy that was chosen keep silent.
    """
    asked = tuple(rules)
    for others, found in project.judged:
        if len(others) == len(asked) and all(map(is_, others, asked)):
            return [*found]  # type: ignore[list-item]
    findings = _judge(project, asked)
    project.judged.append((asked, tuple(findings)))
    return findings


def _judge(project: Project, rules: Collection[Rule]) -> list[Finding]:
    roles = {settings.module: settings.role for settings in project.settings}
    findings: list[Finding] = []
    bounded = {database.key for _, database in project.databases() if database.bounded}
    definitions: dict[tuple[str, str], dict[DatabaseKey, tuple[str, ...]]] = {}
    for _, database in project.databases():
        if not database.for_tests:
            of_alias = definitions.setdefault((database.key.settings, database.alias), {})
            of_alias[database.key] = database.conditions
    overruled = overruler(project)
    for each in rules:
        found = [problem for problem in each.check(project) if not overruled(each.code, problem)]
        if bounded and not each.code.startswith("DCF9"):  # those speak of what cannot be seen already
            found = [_on_some_branches(problem) if problem.database in bounded else problem for problem in found]
        problems = sorted(found, key=lambda p: roles.get(p.settings) is not Role.PRODUCTION)
        findings.extend(_finding(each, problem) for problem in merged(problems, definitions))
    findings.sort(key=lambda f: (f.location.path, f.location.start, f.code, f.problem.settings, f.alias))
    return _number_repeats(findings)


def _on_some_branches(problem: Problem) -> Problem:
    """Return a problem of an alias whose conditions were not all looked at: information, and left to people."""
    remedy = problem.remedy
    if remedy is not None and remedy.applicability is not Applicability.MANUAL:
        why = "the alias depends on more conditions than are looked at"
        remedy = Remedy(Applicability.MANUAL, why, instructions=remedy.instructions)
    return replace(problem, severity=Severity.INFO, when=" on some branches", remedy=remedy)


def _finding(found_by: Rule, problem: Problem) -> Finding:
    severity = found_by.severity if problem.severity is None else problem.severity
    index = str(problem.database.index) if problem.database else ""
    parts = (found_by.code, problem.location.path, problem.settings, _alias(problem), index, problem.message)
    fingerprint = _digest("\0".join(parts))
    return Finding(found_by.code, found_by.name, severity, problem, fingerprint)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass"))[:16]


def _alias(problem: Problem) -> str:
    return problem.database.alias if problem.database else ""


def _number_repeats(findings: list[Finding]) -> list[Finding]:
    seen: dict[str, int] = {}
    numbered: list[Finding] = []
    for finding in findings:
        count = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        if count > 1:
            again = _digest(f"{finding.fingerprint}{count}")
            numbered.append(Finding(finding.code, finding.name, finding.severity, finding.problem, again))
        else:
            numbered.append(finding)
    return numbered
