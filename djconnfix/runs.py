"""An audit from configuration to exit status, the same for every entry point."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.baseline import write_baseline
from djconnfix.engine import audit
from djconnfix.errors import ConfigurationError, suggestion
from djconnfix.facts import Unreadable
from djconnfix.records import replace
from djconnfix.report.as_text import write_text
from djconnfix.report.by_hand import without_refused
from djconnfix.report.summary import count
from djconnfix.selection import path_in_scope
from djconnfix.source import UnreadableError
from djconnfix.status import Status
from djconnfix.terminal import Style
from djconnfix.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from djconnfix.config import Config
    from djconnfix.engine import Report
    from djconnfix.findings import Finding

__all__ = [
    "View", "audited", "run_add_ignores", "run_audit", "run_update_baseline", "seen", "status_of", "tell_pending",
]  # fmt: skip


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
    tell_pending(config, view)
    report = seen(config, view)
    if also is not None and not config.diff_base:  # what servers and loaded settings say stands on no changed line
        report = replace(report, findings=(*report.findings, *also(report)))
    report = without_refused(report)
    if form != "text":
        from djconnfix.report.formats import write_as
        from djconnfix.report.places import prefix_of

        text = write_as(form, report, prefix_of(report.tree.root, Path(os.path.realpath(Path.cwd()))))
    else:
        style = Style() if output else view.style
        text = write_text(report, style, fix_command=fix_command, quiet=view.quiet, verbose=view.verbose)
    _deliver(text, view, output)
    return status_of(report, view)


def audited(config: Config, foreseen: Report | None = None) -> Report:
    """Audit, and name those of the files given by name that cannot be judged: who names a file wants it judged."""
    if foreseen is None:
        report = audit(config)
    else:
        report = audit(config, evaluated=tuple(foreseen.evaluations.values()), foreseen=foreseen.project)
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


def seen(config: Config, view: View, foreseen: Report | None = None) -> Report:
    """Audit, show on a terminal that it goes on, and say which overrides are for no settings module that was found.

    Args:
        config: what to judge.
        view: where to write.
        foreseen: what the files should be now; what is the same, byte for byte, is not evaluated again.
    """
    with view.busy("reading the project"):
        report = audited(config, foreseen)
    if not config.paths:
        modules = [each.module for each in report.project.settings]
        for name in config.settings_overrides:
            if name not in modules:
                view.say(
                    f"settings-overrides: {name!r} is no settings module of this project{suggestion(name, modules)}"
                )
    return report


def run_update_baseline(config: Config, view: View) -> Status:
    """Write what is found now to the baseline, and return the status: clean, or that a file could not be read.

    Raises:
        ConfigurationError: no baseline is configured, or it cannot be written.
    """
    if not config.baseline:
        raise ConfigurationError("--update-baseline: name the file with --baseline or in [tool.djconnfix]")
    report = seen(replace(config, baseline=""), view)
    number = write_baseline(Path(config.baseline), report.findings)
    if not view.quiet:
        view.say(f"{number} finding{'s' if number != 1 else ''} in {config.baseline}")
    return Status.UNREADABLE if status_of(report, view) is Status.UNREADABLE else Status.CLEAN


def run_add_ignores(config: Config, view: View, reason: str) -> Status:
    """Write a comment that ignores it at every finding, and return the status for what remains.

    Args:
        config: what to judge.
        view: where to write.
        reason: what the comments say after the bracket, for those who read them later; may be empty.

    Raises:
        ConfigurationError: the reason cannot stand in a comment.
    """
    from djconnfix.fix.ignores import plan_of_ignores
    from djconnfix.fix.write import WriteError, write_plan

    if not reason.isprintable():
        raise ConfigurationError("--reason: must be one line of plain text")
    report = seen(config, view)
    plan = plan_of_ignores(report, reason)
    for refusal in plan.refused:
        at = refusal.finding.location
        view.say(f"{at.path}:{at.line}: {refusal.finding.code} is not ignored: {refusal.reason}")
    if plan.changes:
        try:
            write_plan(plan, config.root)
        except WriteError as error:
            view.say(f"{error}; no file was changed")
            return Status.FINDINGS
    if not view.quiet:
        view.say(f"{count(len(plan.applied), 'finding')} ignored in {count(len(plan.changes), 'file')}")
    return status_of(seen(config, view) if plan.changes else report, view)


def tell_pending(config: Config, view: View) -> bool:
    """Say so when files may be half of a fix that was interrupted; return whether they may."""
    from djconnfix.fix.pending import is_pending

    pending = is_pending(config.root)
    if pending:
        view.say(
            "a fix was interrupted or is being written; the next `fix` ends it, until then files may be half of it"
        )
    return pending


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


def _deliver(text: str, view: View, output: str | None) -> None:
    if output is None:
        view.out.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigurationError(f"{output}: cannot be written: {error.strerror}") from None
