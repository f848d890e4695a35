"""An audit or a fix from configuration to exit status, the same for every entry point."""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from djconnfix.baseline import write_baseline
from djconnfix.config import ConfigurationError
from djconnfix.engine import audit
from djconnfix.facts import Unreadable
from djconnfix.masking import mask
from djconnfix.report.as_text import write_text
from djconnfix.selection import path_in_scope
from djconnfix.source import UnreadableError
from djconnfix.status import Status
from djconnfix.terminal import Style, plain, style_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from djconnfix.config import Config
    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.fix.plan import Plan


@dataclass(frozen=True, slots=True)
class View:
    """Where a run writes, and how much.

    Attributes:
        out: for reports and diffs.
        err: for what went wrong, and for words around a diff.
        style: colours and width of `out`.
        quiet: one line a finding.
        verbose: also what was looked at.
    """

    out: TextIO
    err: TextIO
    style: Style
    quiet: bool = False
    verbose: bool = False

    @classmethod
    def for_streams(
        cls, out: TextIO, err: TextIO, color: bool | None, *, quiet: bool = False, verbose: bool = False
    ) -> View:
        """Return the view on two streams; `color` None lets the stream decide."""
        return cls(out, err, style_for(out, color), quiet, verbose)

    def say(self, text: str) -> None:
        """Write one line to `err`, secrets masked and control characters escaped."""
        self.err.write(f"djconnfix: {plain(mask(text))}\n")


class Witness(Protocol):
    """Someone who can tell, apart from the proof, whether a written plan did what was meant."""

    def remember(self) -> str:
        """Take down the state before the write; return why that is not possible, empty when it is."""

    def objection(self, plan: Plan) -> str:
        """Return what is wrong after the write, empty when nothing is."""


@dataclass(frozen=True, slots=True)
class FixOrder:
    """What a fix may do.

    Attributes:
        dry_run: print the diff, write nothing.
        check: status 1 when anything would change, write nothing.
        patch: file for the exact patch, None for none.
    """

    dry_run: bool = False
    check: bool = False
    patch: str | None = None

    @property
    def writes(self) -> bool:
        """Whether files are changed."""
        return not self.dry_run and not self.check


def run_audit(
    config: Config,
    view: View,
    *,
    fix_command: str = "",
    form: str = "text",
    output: str | None = None,
    also: Callable[[Report], Iterable[Finding]] | None = None,
) -> Status:
    """Judge a project, report, and return the status.

    Args:
        config: what to judge.
        view: where to write.
        fix_command: the command that repairs, for the hint.
        form: `text` or one of `djconnfix.report.formats.FORMATS`.
        output: a file for the report instead of the view's stream.
        also: what is known besides the files, such as the loaded settings.

    Raises:
        ConfigurationError: the output file cannot be written.
    """
    _tell_pending(config, view)
    report = audited(config)
    if also is not None:
        report = replace(report, findings=(*report.findings, *also(report)))
    if form != "text":
        from djconnfix.report.formats import write_as
        from djconnfix.report.places import prefix_of

        text = write_as(form, report, prefix_of(report.tree.root, Path(os.path.realpath(Path.cwd()))))
    else:
        style = Style() if output else view.style
        text = write_text(report, style, fix_command=fix_command, quiet=view.quiet, verbose=view.verbose)
    _deliver(text, view, output)
    return status_of(report, view)


def audited(config: Config) -> Report:
    """Audit, and name those of the files given by name that cannot be judged: who names a file wants it judged."""
    report = audit(config)
    known = {each.path for each in report.project.unreadable}
    failed = []
    for path in config.paths:
        if path in known or (report.tree.root / path).is_dir():
            continue
        try:
            source = report.tree.source(path)
            _ = source.tree if path.endswith(".py") else None
        except UnreadableError as error:
            failed.append(Unreadable(error.path, error.line, error.reason))
    if not failed:
        return report
    return replace(report, project=replace(report.project, unreadable=(*report.project.unreadable, *failed)))


def run_update_baseline(config: Config, view: View) -> Status:
    """Write what is found now to the baseline, and return the status: clean, or that a file could not be read.

    Raises:
        ConfigurationError: no baseline is configured, or it cannot be written.
    """
    if not config.baseline:
        raise ConfigurationError("--update-baseline: name the file with --baseline or in [tool.djconnfix]")
    report = audited(replace(config, baseline=""))
    number = write_baseline(Path(config.baseline), report.findings)
    if not view.quiet:
        view.say(f"{number} finding{'s' if number != 1 else ''} in {config.baseline}")
    return Status.UNREADABLE if status_of(report, view) is Status.UNREADABLE else Status.CLEAN


def run_fix(
    config: Config, view: View, order: FixOrder, *, fix_command: str = "", witness: Witness | None = None
) -> Status:
    """Repair a project (or show how), report what remains, and return the status.

    What a witness objects to is undone. A fix that was interrupted is ended first.

    Raises:
        ConfigurationError: the patch file cannot be written.
    """
    from djconnfix.fix.diff import exact_patch, masked_diff
    from djconnfix.fix.plan import make_plan

    if order.writes and not _end_interrupted(config, view):
        return Status.FINDINGS
    pending = _tell_pending(config, view)
    report = audited(config)
    plan = make_plan(report, report.findings, unsafe=config.unsafe_fixes)
    if order.patch is not None:
        _write_private(Path(order.patch), exact_patch(plan))
    if order.dry_run:
        view.out.write(masked_diff(plan, color=view.style.color))
        view.out.flush()
    for refusal in plan.refused:
        at = refusal.finding.location
        view.say(f"{at.path}:{at.line}: {refusal.finding.code} is not fixed: {refusal.reason}")
    if not order.writes:
        _tell_plan(plan, view)
        status = status_of(report, view)
        return Status.FINDINGS if status is Status.CLEAN and order.check and (plan.changes or pending) else status
    outcome = _write(plan, config, view, witness) if plan.changes else Outcome.WRITTEN
    remaining = audited(config) if plan.changes and outcome is Outcome.WRITTEN else report
    view.out.write(write_text(remaining, view.style, fix_command=fix_command, quiet=view.quiet, verbose=view.verbose))
    status = status_of(remaining, view)
    if outcome is Outcome.UNDONE:
        return Status.INTERNAL
    return Status.FINDINGS if outcome is Outcome.REFUSED and status is Status.CLEAN else status


class Outcome(enum.Enum):
    """What became of a plan's write."""

    WRITTEN = "written"
    REFUSED = "refused"  # the system or a file stood in the way; nothing was changed
    UNDONE = "undone"  # written, found to do what was not meant, and put back


def _tell_pending(config: Config, view: View) -> bool:
    """Say so when files may be half of a fix that was interrupted; return whether they may."""
    from djconnfix.fix.pending import is_pending

    pending = is_pending(config.root)
    if pending:
        view.say(
            "a fix was interrupted or is being written; the next `fix` ends it, until then files may be half of it"
        )
    return pending


def _end_interrupted(config: Config, view: View) -> bool:
    """Complete or undo what an interrupted run left; return whether the way is free."""
    from djconnfix.fix.pending import is_pending

    if not is_pending(config.root):
        return True
    from djconnfix.fix.recovery import recover
    from djconnfix.fix.staging import WriteError

    try:
        recovery = recover(config.root)
    except WriteError as error:
        view.say(str(error))
        return False
    if recovery is not None:
        view.say(str(recovery))
    return True


def _write(plan: Plan, config: Config, view: View, witness: Witness | None) -> Outcome:
    """Write a plan, or say why not."""
    from djconnfix.fix.write import WriteError, undo_plan, write_plan

    blind = witness.remember() if witness else ""
    if blind:
        view.say(f"{blind}; the change is proved from the files alone")
    try:
        write_plan(plan, config.root)
    except WriteError as error:
        view.say(str(error))
        return Outcome.REFUSED
    if witness and not blind and (objection := witness.objection(plan)):
        try:
            undo_plan(plan, config.root)
        except WriteError as error:
            view.say(f"{objection}; and it could not be undone: {error}")
        else:
            view.say(f"{objection}; the files are as they were before")
        return Outcome.UNDONE
    if not view.quiet:
        for change in plan.changes:
            codes = ", ".join(sorted({finding.code for finding in change.findings}))
            view.out.write(f"{view.style.paint('fixed', 'green')} {plain(change.source.path)}: {codes}\n")
        view.out.write("\n")
    return Outcome.WRITTEN


def status_of(report: Report, view: View) -> Status:
    """Name what could not be read on `err`, and return the status for a report."""
    unreadable = [each for each in report.project.unreadable if path_in_scope(report.config, each.path)]
    for each in unreadable:
        place = f"{each.path}:{each.line}" if each.line else each.path
        view.say(f"{place}: {each.reason}")
    if unreadable:
        return Status.UNREADABLE
    failing = any(finding.severity >= report.config.fail_level for finding in report.findings)
    return Status.FINDINGS if failing else Status.CLEAN


def _tell_plan(plan: Plan, view: View) -> None:
    if view.quiet:
        return
    if not plan.changes:
        view.say("nothing would change")
        return
    applied, files = len(plan.applied), len(plan.changes)
    view.say(
        f"{files} file{'s' if files != 1 else ''} would change, "
        f"{applied} finding{'s' if applied != 1 else ''} would be fixed"
    )


def _deliver(text: str, view: View, output: str | None) -> None:
    if output is None:
        view.out.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigurationError(f"{output}: cannot be written: {error.strerror}") from None


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, also when it was there before with other rights."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as handle:  # noqa: PTH123
            os.fchmod(descriptor, 0o600)
            handle.write(data)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
