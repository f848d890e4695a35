"""All that must hold of one generated project."""

from __future__ import annotations

import io
import shutil
import tokenize
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING
from unittest import mock

from djconnfix.config import resolve
from djconnfix.engine import audit
from djconnfix.findings import MoveSetting, RemoveListItem, RemoveSetting, RemoveStatement
from djconnfix.fix import plan as fix_plan
from tests.property.execution import Project, environments
from tests.property.expectation import Wanted, misread
from tests.property.modules import SETTINGS
from tests.property.style import ruff_format
from tests.property.wishes import wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from djconnfix.engine import Report
    from djconnfix.facts import Database
    from djconnfix.findings import Action, Finding
    from djconnfix.fix.plan import Plan
    from tests.property.execution import Settings
    from tests.property.modules import Case

ENVIRONMENTS = 8
ONLY_WISHES = {"select": ["DCF202"]}  # a rule that these projects never break


@dataclass
class Outcome:
    """What became of one project: objections (none is the aim), and what was done, for the counts."""

    objections: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def check(case: Case, root: Path) -> Outcome:
    """Write a project, let the program judge and fix it, execute it before and after, and compare."""
    outcome = Outcome()
    files = case.files()
    try:
        project = Project(files)
    except SyntaxError:
        outcome.counts["does not compile"] += 1
        outcome.objections += _touched(root, files)
        return outcome
    random = Random(f"environments {case.seed}")
    runs: list[tuple[dict[str, str], dict[str, Settings]]] = []
    for environment in environments(random, ENVIRONMENTS):
        settings = project.settings(environment, case.classes)
        if isinstance(settings, Exception):
            outcome.counts["runs that fail"] += 1
        else:
            runs.append((environment, settings))
    outcome.counts["runs"] += len(runs)
    outcome.counts["projects that never run"] += not runs
    _write(root, files)
    report = audit(resolve(root, {}).config)
    for settings_root in report.project.settings:
        outcome.counts["definitions"] += len(settings_root.databases)
    databases = _databases(report)
    crowded = {alias for evaluation in report.evaluations.values() for alias in evaluation.partly_judged}
    outcome.counts["aliases with too many conditions"] += len(crowded)
    for environment, settings in runs:
        for label, one in settings.items():
            outcome.objections += [
                f"evaluation, {environment}: {text}" for text in misread(databases, one, label, environment, crowded)
            ]
    jobs: list[tuple[str, Report, Sequence[Finding], bool]] = [
        ("unsafe", report, report.findings, True),
    ]
    if case.seed % 4 == 0:  # mostly a part of the unsafe plan
        jobs.append(("safe", report, report.findings, False))
    if case.seed % 2:
        wished = audit(resolve(root, ONLY_WISHES).config)
        jobs.append(("wishes", wished, wishes(Random(f"wishes {case.seed}"), wished), False))
    for name, judged, findings, unsafe in jobs:
        plan, steps = _planned(judged, findings, unsafe=unsafe)
        outcome.counts[f"{name}: applied"] += len(plan.applied)
        outcome.counts[f"{name}: refused"] += len(plan.refused)
        outcome.counts[f"{name}: projects fixed in several passes"] += len(steps) > 1
        if plan.changes:
            outcome.counts[f"{name}: changed projects"] += 1
            fixed = _Fixed(case, root, files, plan, steps)
            objections = [*fixed.bytes_objections(), *fixed.execution_objections(runs)]
            if not objections and name != "wishes":
                objections = fixed.second_run_objections(judged, unsafe=unsafe)
            outcome.objections += [f"{name}, {text}" for text in objections]
        elif plan.applied and name != "wishes":  # a wish may hold already
            outcome.objections.append(f"{name}, applied {plan.applied[0].code} without any change")
    return outcome


def _touched(root: Path, files: dict[str, bytes]) -> list[str]:
    """Return what is wrong about a project with a module that this Python cannot compile: it is named, and left alone."""
    _write(root, files)
    report = audit(resolve(root, {}).config)
    named = {each.path for each in report.project.unreadable}
    plan = fix_plan.make_plan(report, report.findings, unsafe=True)
    found = [
        f"{path} cannot be compiled, and nobody says so" for path in files if path == SETTINGS and path not in named
    ]
    return found + [f"{change.source.path} is changed though it cannot be compiled" for change in plan.changes]


@dataclass(frozen=True)
class _Step:
    """One pass of a plan: what was known before it, what it applied, and the files that it changed."""

    databases: tuple[Database, ...]
    applied: tuple[Finding, ...]
    changed: dict[str, bytes]


def _planned(report: Report, findings: Sequence[Finding], *, unsafe: bool) -> tuple[Plan, list[_Step]]:
    """Return a plan and its passes, which are listened in on."""
    steps: list[_Step] = []
    proved = fix_plan._proved

    def overheard(report: Report, findings: Sequence[Finding], unsafe: bool) -> object:
        draft, refused = proved(report, findings, unsafe)
        if draft.applied:
            changed = {path: source.data for path, source in draft.state.changed.items()}
            steps.append(_Step(_databases(report), tuple(draft.applied), changed))
        return draft, refused

    with mock.patch.object(fix_plan, "_proved", overheard):
        plan = fix_plan.make_plan(report, findings, unsafe=unsafe)
    return plan, steps


def _databases(report: Report) -> tuple[Database, ...]:
    return tuple(
        d for settings in report.project.settings if settings.path == "shop/settings.py" for d in settings.databases
    )


def _write(root: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(root, ignore_errors=True)
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@dataclass
class _Fixed:
    """A project with a plan's changes in it."""

    case: Case
    root: Path
    files: dict[str, bytes]
    plan: Plan
    steps: list[_Step]

    @property
    def new_files(self) -> dict[str, bytes]:
        return {**self.files, **{change.source.path: change.new for change in self.plan.changes}}

    def _actions(self) -> Iterator[Action]:
        for finding in self.plan.applied:
            yield from finding.remedy.actions if finding.remedy else ()

    def bytes_objections(self) -> Iterator[str]:
        """Yield what is wrong with the new files as texts."""
        removing = any(
            isinstance(a, (RemoveSetting, RemoveStatement, RemoveListItem, MoveSetting)) for a in self._actions()
        )
        for change in self.plan.changes:
            path, old = change.source.path, self.files[change.source.path]
            encoding = tokenize.detect_encoding(io.BytesIO(old).readline)[0]
            text = old.decode(encoding)
            for edit in sorted(change.edits, key=lambda edit: edit.start, reverse=True):
                text = text[: edit.start] + edit.replacement + text[edit.end :]
            if text.encode(encoding) != change.new:
                yield f"{path}: the edits do not give the new bytes"
            before, after = _comments(old), _comments(change.new)
            # What tells linters to be silent behind a statement goes behind the new one below it, too.
            gained = [text for text in after - before if text not in before or not text.startswith("# noqa")]
            if gained or (before - after and not removing):
                yield f"{path}: comments lost {dict(before - after)}, gained {dict(after - before)}"
            if (b"\r\n" in old) and change.new.count(b"\n") != change.new.count(b"\r\n"):
                yield f"{path}: mixed line endings"
            if self.case.style.black and _is_clean(old, encoding) and not _is_clean(change.new, encoding):
                yield f"{path}: black would change it"
            formatted = self.case.style.ruff or (self.case.style.black and self.case.seed % 4 == 0)
            if formatted and _is_clean_for_ruff(old, encoding) and not _is_clean_for_ruff(change.new, encoding):
                yield f"{path}: ruff would change it"

    def execution_objections(self, runs: list[tuple[dict[str, str], dict[str, Settings]]]) -> Iterator[str]:
        """Yield where executing the new files gives something else than was wanted."""
        files = self.files
        for step in self.steps:
            files = {**files, **step.changed}
            try:
                project = Project(files)
            except SyntaxError as error:
                yield f"does not compile: {error}"
                return
            wanted, after = Wanted(step.applied, [settings for _, settings in runs]), []
            for environment, before in runs:
                now = project.settings(environment, self.case.classes)
                if isinstance(now, Exception):
                    yield f"{environment}: fails with {now!r}"
                    return
                after.append((environment, now))
                for label, settings in before.items():
                    for text in wanted.undone(step.databases, settings, now[label], label, environment):
                        yield f"{environment}: {text}"
            runs = after
        if files != self.new_files:
            yield "the passes lead elsewhere than the plan"

    def second_run_objections(self, first: Report, *, unsafe: bool) -> list[str]:
        """Return what a second run would change."""
        _write(self.root, self.new_files)
        try:
            report = audit(first.config)
            again = fix_plan.make_plan(report, report.findings, unsafe=unsafe)
        finally:
            _write(self.root, self.files)
        codes = sorted({finding.code for finding in again.applied})
        return [f"a second run changes {change.source.path} for {codes}" for change in again.changes]


def _is_clean(data: bytes, encoding: str) -> bool:
    text, clean = _blackened(data, encoding)
    return text == clean


def _is_clean_for_ruff(data: bytes, encoding: str) -> bool:
    text = data.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    return text == ruff_format(text)


def _blackened(data: bytes, encoding: str) -> tuple[str, str]:
    import black

    text = data.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    return text, black.format_str(text, mode=black.Mode())


def _comments(data: bytes) -> Counter[str]:
    return Counter(
        token.string for token in tokenize.tokenize(io.BytesIO(data).readline) if token.type == tokenize.COMMENT
    )
