"""The Python API: one function and what it returns. See docs/api.md; everything else in this package may change.

Importing `djconnfix` costs nothing: this module is imported when `djconnfix.audit` is first asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from djconnfix import engine
from djconnfix.config import place_of, resolve
from djconnfix.errors import ConfigurationError, suggestion
from djconnfix.masking import mask
from djconnfix.options import OPTIONS
from djconnfix.records import dataclass, field
from djconnfix.report.by_hand import without_refused
from djconnfix.rules import find_rule
from djconnfix.selection import path_in_scope
from djconnfix.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack

    from djconnfix import findings as internal

__all__ = ["ConfigurationError", "Evidence", "Finding", "Fix", "Options", "Report", "Unreadable", "audit"]


class Options(TypedDict, total=False):
    """What `[tool.djconnfix]` and the command line take, by the same names and in the same shapes as in TOML."""

    select: Sequence[str]
    ignore: Sequence[str]
    extend_select: Sequence[str]
    per_file_ignores: Mapping[str, Sequence[str]]
    per_alias_ignores: Mapping[str, Sequence[str]]
    exclude: Sequence[str]
    server: str
    django: str
    strategy: str
    requirements: bool
    max_connections: int
    settings_overrides: Mapping[str, Mapping[str, object]]
    fail_level: str
    baseline: str
    unsafe_fixes: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence.

    Attributes:
        text: what it says, secrets masked.
        path: the file it stands in, relative to the root; None for an option or Django itself.
        line: its line, from one; None without a file.
    """

    text: str
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about a finding.

    Attributes:
        applicability: `safe`, `unsafe` (changes policy) or `manual`.
        why: why it is safe or not here, secrets masked.
        instructions: what to write and where, secrets masked.
    """

    applicability: str
    why: str
    instructions: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: `DCF101`.
        name: `conn-max-age-zero`.
        severity: `error`, `warning` or `info`.
        confidence: `high`, `medium` or `low`.
        path: file, relative to the root, with `/`.
        line: first line, from one; so `column`, `end_line` and `end_column` (past the last character).
        column: first column.
        end_line: last line.
        end_column: past the last column.
        message: one sentence, secrets masked.
        settings: the settings module it is about, None for code alone.
        alias: the database alias it is about, None when it is about none.
        because: the evidence it rests on.
        fix: what to do, None when nothing is known.
        url: the rule's page, None for a rule that has none.
        fingerprint: stays the same when lines shift.
    """

    code: str
    name: str
    severity: str
    confidence: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    settings: str | None
    alias: str | None
    because: tuple[Evidence, ...]
    fix: Fix | None
    url: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file in scope that could not be read or parsed; `line` is 0 when none can be named."""

    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found.

    Attributes:
        root: the folder that paths are relative to.
        findings: by path and place; ignored ones are left out.
        unreadable: files in scope that could not be judged.
        status: the exit status that the command line would end with: 0 clean, 1 findings, 3 unreadable.
    """

    root: Path
    findings: tuple[Finding, ...]
    unreadable: tuple[Unreadable, ...]
    status: int
    _report: engine.Report = field(repr=False, compare=False)

    def write(self, form: str = "json") -> str:
        """Return the report in a form that `--format` takes: `text`, `json`, `sarif`, `html`, ...

        Raises:
            ValueError: there is no such form.
        """
        from djconnfix.report.as_text import write_text
        from djconnfix.report.formats import FORMATS, write_as
        from djconnfix.report.places import prefix_of
        from djconnfix.terminal import Style

        if form == "text":
            return write_text(self._report, Style())
        if form not in FORMATS:
            raise ValueError(f"form must be text, {', '.join(FORMATS)}, not {form!r}")
        return write_as(form, self._report, prefix_of(self.root, Path(os.path.realpath(Path.cwd()))))

    def diff(self, *, unsafe_fixes: bool = False) -> str:
        """Return what `djconnfix fix` would change as a unified diff, secrets masked; nothing is written.

        Args:
            unsafe_fixes: also show fixes that change policy.
        """
        from djconnfix.fix.diff import masked_diff
        from djconnfix.fix.plan import make_plan

        unsafe = unsafe_fixes or self._report.config.unsafe_fixes
        return masked_diff(make_plan(self._report, self._report.findings, unsafe=unsafe))


def audit(path: str | os.PathLike[str] = ".", **options: Unpack[Options]) -> Report:
    """Judge the Django project in a folder (or the one that a file belongs to) and return what was found.

    `[tool.djconnfix]` of the nearest `pyproject.toml` is read, and an option given here replaces its twin there.
    No line of the project is imported or run, and nothing is written.

    Args:
        path: a folder or file; only findings in it are reported.
        **options: see `Options`.

    Raises:
        ConfigurationError: the path does not exist, or an option is not understood.
    """
    known = {option.key.replace("-", "_") for option in OPTIONS}
    for name in options:
        if name not in known:
            raise ConfigurationError(f"audit() has no option {name!r}{suggestion(name, known)}")
    place = place_of([os.fspath(path)])
    given = {name.replace("_", "-"): value for name, value in options.items()}
    report = without_refused(engine.audit(resolve(place.root, given, paths=place.paths, start=place.start).config))
    unreadable = [each for each in report.project.unreadable if path_in_scope(report.config, each.path)]
    failing = any(each.severity >= report.config.fail_level for each in report.findings)
    status = Status.UNREADABLE if unreadable else Status.FINDINGS if failing else Status.CLEAN
    return Report(
        root=report.config.root,
        findings=tuple(map(_finding, report.findings)),
        unreadable=tuple(Unreadable(each.path, each.line, mask(each.reason)) for each in unreadable),
        status=int(status),
        _report=report,
    )


def _finding(found: internal.Finding) -> Finding:
    at, problem, remedy = found.location, found.problem, found.remedy
    rule = find_rule(found.code)
    return Finding(
        code=found.code,
        name=found.name,
        severity=found.severity.label,
        confidence=problem.confidence.label,
        path=at.path,
        line=at.line,
        column=at.column,
        end_line=at.end_line,
        end_column=at.end_column,
        message=mask(problem.message),
        settings=problem.settings or None,
        alias=found.alias or None,
        because=tuple(
            Evidence(mask(each.text), each.location.path, each.location.line)
            if each.location
            else Evidence(mask(each.text))
            for each in problem.because
        ),
        fix=Fix(remedy.applicability.value, mask(remedy.why), mask(remedy.instructions)) if remedy else None,
        url=rule.url if rule else None,
        fingerprint=found.fingerprint,
    )
