"""A fix from configuration to exit status, the same for every entry point."""

from __future__ import annotations

import enum
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from djconnfix.errors import ConfigurationError
from djconnfix.records import dataclass
from djconnfix.report.as_text import write_text
from djconnfix.report.by_hand import by_hand
from djconnfix.report.summary import count, remaining_in_words
from djconnfix.runs import seen, status_of, tell_pending
from djconnfix.status import Status
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from typing import TextIO

    from djconnfix.config import Config
    from djconnfix.engine import Report
    from djconnfix.fix.plan import Plan
    from djconnfix.view import View


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
        interactive: ask before each fix.
        check: status 1 when anything would change, write nothing.
        patch: file for the exact patch, None for none.
    """

    dry_run: bool = False
    check: bool = False
    patch: str | None = None
    interactive: bool = False

    @property
    def writes(self) -> bool:
        """Whether files are changed."""
        return not self.dry_run and not self.check


def run_fix(
    config: Config,
    view: View,
    order: FixOrder,
    *,
    fix_command: str = "",
    witness: Witness | None = None,
    answers: TextIO | None = None,
) -> Status:
    """Repair a project (or show how), report what remains, and return the status.

    What a witness objects to is undone. A fix that was interrupted is ended first.

    Args:
        config: what to judge and which rules to follow.
        view: where to write.
        order: what may be done.
        fix_command: the command that repairs, for the last lines.
        witness: who looks at the settings before and after the write.
        answers: where the answers to questions come from; None: standard input.

    Raises:
        ConfigurationError: the patch file cannot be written, or the order contradicts itself.
    """
    from djconnfix.fix.diff import exact_patch, masked_diff
    from djconnfix.fix.plan import make_plan

    if order.interactive and not order.writes:
        raise ConfigurationError("--interactive writes what is agreed to: it goes with neither --dry-run nor --check")

    if order.writes and not _end_interrupted(config, view):
        return Status.FINDINGS
    pending = tell_pending(config, view)
    report = seen(config, view)
    if order.interactive:
        from djconnfix.interactive import agreed

        wanted = agreed(report, view, answers or sys.stdin, unsafe=config.unsafe_fixes)
        plan = make_plan(report, wanted, unsafe=True)
    else:
        with view.busy("working out the changes"):
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
        _tell_plan(plan, report, view, fix_command)
        status = status_of(report, view)
        return Status.FINDINGS if status is Status.CLEAN and order.check and (plan.changes or pending) else status
    outcome = _write(plan, config, view, witness) if plan.changes else Outcome.WRITTEN
    remaining = seen(config, view, plan.after) if plan.changes and outcome is Outcome.WRITTEN else report
    remaining = by_hand(remaining, {refusal.finding.fingerprint: refusal.reason for refusal in plan.refused})
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
        number = len(plan.changes)
        view.say(f"{error}; " + (f"none of the {number} files was changed" if number > 1 else "it was not changed"))
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


def _tell_plan(plan: Plan, report: Report, view: View, fix_command: str) -> None:
    """Say what a fix would change, what would remain, and the command that does it."""
    if view.quiet:
        return
    if not plan.changes:
        view.say("nothing would change")
    else:
        files, findings = count(len(plan.changes), "file"), count(len(plan.applied), "finding")
        view.say(f"{files} would change, {findings} would be fixed")
    fixed = {finding.fingerprint for finding in plan.applied}
    left = [finding for finding in report.findings if finding.fingerprint not in fixed]
    if left:
        view.say(remaining_in_words(left, report.config.unsafe_fixes))
    if plan.changes and fix_command:
        unsafe = " --unsafe-fixes" if report.config.unsafe_fixes else ""
        view.say(f"to write this: {fix_command}{unsafe}")


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, also when it was there before with other rights."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as handle:  # noqa: PTH123
            os.fchmod(descriptor, 0o600)
            handle.write(data)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
