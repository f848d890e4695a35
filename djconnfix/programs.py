"""What the standalone program does with a parsed command line."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.command_line import fix_command, given_options
from djconnfix.config import place_of, resolve
from djconnfix.errors import ConfigurationError
from djconnfix.status import Status

if TYPE_CHECKING:
    import argparse

    from djconnfix.config import Config, Resolved
    from djconnfix.engine import Report
    from djconnfix.facts import Project
    from djconnfix.view import View


def answer(options: argparse.Namespace) -> int:
    """Do what the command line asks and return the exit status."""
    gc.set_threshold(200_000, 50, 1_000)  # looking for cycles among syntax trees takes longer than parsing
    _tolerate_any_character()
    try:
        return int(_PROGRAMS[options.program](options))
    except ConfigurationError as error:
        from djconnfix.masking import mask
        from djconnfix.terminal import plain

        sys.stderr.write(f"djconnfix: {plain(mask(str(error)))}\n")
        return int(Status.USAGE)


def _audit(options: argparse.Namespace) -> Status:
    from djconnfix.runs import run_add_ignores, run_audit, run_update_baseline

    config, view = _asked(options), _view(options)
    if options.reason is not None and not options.add_ignores:
        raise ConfigurationError("--reason: goes with --add-ignores")
    if options.add_ignores:
        return run_add_ignores(config, view, options.reason or "")
    if options.update_baseline:
        return run_update_baseline(config, view)
    return run_audit(config, view, fix_command=fix_command(options), form=options.format, output=options.output)


def _fix(options: argparse.Namespace) -> Status:
    from djconnfix.fixing import FixOrder, run_fix

    order = FixOrder(options.dry_run, options.check, options.patch, options.interactive)
    return run_fix(_asked(options), _view(options), order, fix_command=fix_command(options))


def _view(options: argparse.Namespace) -> View:
    from djconnfix.view import View

    color, quiet = getattr(options, "color", None), getattr(options, "quiet", False)
    return View.for_streams(sys.stdout, sys.stderr, color, quiet=quiet, verbose=options.verbose)


def _asked(options: argparse.Namespace) -> Config:
    """Return the configuration of an audit or a fix."""
    from djconnfix.records import replace

    return replace(_resolve(options).config, diff_base=options.diff_base or "")


def _pgbouncer(options: argparse.Namespace) -> Status:
    from djconnfix.facts import PoolMode
    from djconnfix.pgbouncer.ini import configuration
    from djconnfix.runs import seen, status_of

    config, view = _resolve(options).config, _view(options)
    report = seen(config, view)
    project = _asked_for(report)
    strategies = [config.strategy, *(settings.evidence.strategy for settings in project.settings)]
    modes = [mode for strategy in strategies if (mode := strategy.partition("pgbouncer-")[2])]
    chosen = options.mode or (modes[0] if modes else "transaction")
    limits = [limit for settings in project.settings if (limit := settings.evidence.max_connections)]
    text = configuration(project, PoolMode(chosen), min(limits, default=config.max_connections))
    if not text:
        raise ConfigurationError("no production settings with an alias of PostgreSQL were found")
    if options.output is None:
        sys.stdout.write(text)
    else:
        try:
            with Path(options.output).open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise ConfigurationError(f"{options.output}: cannot be written: {error.strerror}") from None
    return Status.UNREADABLE if status_of(report, view) is Status.UNREADABLE else Status.CLEAN


def _asked_for(report: Report) -> Project:
    """Return a project with the settings modules that read something of what stands on the command line."""
    from djconnfix.records import replace
    from djconnfix.selection import path_in_scope

    project = report.project
    named = (s for s in project.settings if any(path_in_scope(report.config, path) for path in s.paths))
    return replace(project, settings=tuple(named))


def _budget(options: argparse.Namespace) -> Status:
    from djconnfix.report.as_budget import write_budget
    from djconnfix.runs import seen, status_of

    view = _view(options)
    report = seen(_resolve(options).config, view)
    width = view.style.width if sys.stdout.isatty() else 0
    sys.stdout.write(
        write_budget(_asked_for(report), width) or "No production settings with a database server were found.\n"
    )
    return Status.UNREADABLE if status_of(report, view) is Status.UNREADABLE else Status.CLEAN


def _explain(options: argparse.Namespace) -> Status:
    from djconnfix.report.rule_page import as_text
    from djconnfix.selectors import named_rule
    from djconnfix.terminal import style_for

    sys.stdout.write(as_text(named_rule(options.rule), style_for(sys.stdout, options.color)))
    return Status.CLEAN


def _rules(options: argparse.Namespace) -> Status:
    from djconnfix.report.rule_list import rules_as_json, rules_as_text
    from djconnfix.terminal import style_for

    if options.format == "json":
        sys.stdout.write(rules_as_json())
    else:
        sys.stdout.write(rules_as_text(style_for(sys.stdout, options.color)))
    return Status.CLEAN


def _config(options: argparse.Namespace) -> Status:
    from djconnfix.report.as_toml import write_toml

    sys.stdout.write(write_toml(_resolve(options)))
    return Status.CLEAN


def _completion(options: argparse.Namespace) -> Status:
    from djconnfix.cli import make_parser
    from djconnfix.completion import script_for

    sys.stdout.write(script_for(options.shell, make_parser()))
    return Status.CLEAN


_PROGRAMS = {
    "audit": _audit,
    "fix": _fix,
    "pgbouncer": _pgbouncer,
    "budget": _budget,
    "explain": _explain,
    "rules": _rules,
    "config": _config,
    "completion": _completion,
}


def _resolve(options: argparse.Namespace) -> Resolved:
    place = place_of(options.paths or ["."])
    file = Path(options.config) if options.config else None
    return resolve(place.root, given_options(options), paths=place.paths, file=file, start=place.start)


def _tolerate_any_character() -> None:
    """Let output survive file names and sources that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
