"""What the standalone program does with a parsed command line."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.config import ConfigurationError, find_root, resolve
from djconnfix.options import OPTIONS
from djconnfix.status import Status

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from djconnfix.config import Resolved
    from djconnfix.engine import Report
    from djconnfix.facts import Project

_LISTS = ("select", "ignore", "extend_select", "exclude")
_TABLES = ("per_file_ignores", "per_alias_ignores")
_PLAIN = ("server", "django", "strategy", "requirements", "max_connections", "fail_level", "baseline", "unsafe_fixes")


def answer(options: argparse.Namespace) -> int:
    """Do what the command line asks and return the exit status."""
    gc.disable()  # a run ends before cycles matter, and looking for them among syntax trees takes longer than parsing
    _tolerate_any_character()
    try:
        return int(_PROGRAMS[options.program](options))
    except ConfigurationError as error:
        from djconnfix.masking import mask
        from djconnfix.terminal import plain

        sys.stderr.write(f"djconnfix: {plain(mask(str(error)))}\n")
        return int(Status.USAGE)


def _audit(options: argparse.Namespace) -> Status:
    from djconnfix.runs import View, run_audit, run_update_baseline

    config = _resolve(options).config
    view = View.for_streams(sys.stdout, sys.stderr, options.color, quiet=options.quiet, verbose=options.verbose)
    if options.update_baseline:
        return run_update_baseline(config, view)
    return run_audit(config, view, fix_command=fix_command(options), form=options.format, output=options.output)


def _fix(options: argparse.Namespace) -> Status:
    from djconnfix.runs import FixOrder, View, run_fix

    config = _resolve(options).config
    view = View.for_streams(sys.stdout, sys.stderr, options.color, quiet=options.quiet, verbose=options.verbose)
    order = FixOrder(dry_run=options.dry_run, check=options.check, patch=options.patch)
    return run_fix(config, view, order, fix_command=fix_command(options))


def _pgbouncer(options: argparse.Namespace) -> Status:
    from djconnfix.facts import PoolMode
    from djconnfix.pgbouncer.ini import configuration
    from djconnfix.runs import View, audited, status_of

    config = _resolve(options).config
    view = View.for_streams(sys.stdout, sys.stderr, options.color, quiet=options.quiet, verbose=options.verbose)
    report = audited(config)
    chosen = options.mode or config.strategy.partition("pgbouncer-")[2] or "transaction"
    text = configuration(_asked_for(report), PoolMode(chosen), config.max_connections)
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
    from dataclasses import replace

    from djconnfix.selection import path_in_scope

    project = report.project
    named = (s for s in project.settings if any(path_in_scope(report.config, path) for path in s.paths))
    return replace(project, settings=tuple(named))


def _budget(options: argparse.Namespace) -> Status:
    from djconnfix.report.as_budget import write_budget
    from djconnfix.runs import View, audited, status_of

    view = View.for_streams(sys.stdout, sys.stderr, options.color, quiet=options.quiet, verbose=options.verbose)
    report = audited(_resolve(options).config)
    sys.stdout.write(write_budget(_asked_for(report)) or "No production settings with a database server were found.\n")
    return Status.UNREADABLE if status_of(report, view) is Status.UNREADABLE else Status.CLEAN


def _explain(options: argparse.Namespace) -> Status:
    from djconnfix.report.rule_page import as_text
    from djconnfix.rules import all_rules, find_rule
    from djconnfix.terminal import style_for

    if (found := find_rule(options.rule)) is None:
        from djconnfix.options import suggestion

        known = [word for rule in all_rules() for word in (rule.code, rule.name)]
        raise ConfigurationError(f"no rule is called {options.rule!r}{suggestion(options.rule, known)}")
    sys.stdout.write(as_text(found, style_for(sys.stdout, options.color)))
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
    from djconnfix.masking import mask
    from djconnfix.terminal import plain

    resolved = _resolve(options)
    lines = [f"root = {plain(str(resolved.config.root))}"]
    for option in OPTIONS:
        value = getattr(resolved.config, option.key.replace("-", "_"))
        lines.append(
            f"{option.key} = {plain(mask(_shown(option.key, value)))}  # {plain(resolved.origins[option.key])}"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return Status.CLEAN


_PROGRAMS = {
    "audit": _audit,
    "fix": _fix,
    "pgbouncer": _pgbouncer,
    "budget": _budget,
    "explain": _explain,
    "rules": _rules,
    "config": _config,
}


def _resolve(options: argparse.Namespace) -> Resolved:
    given = [Path(os.path.realpath(path)) for path in options.paths or ["."]]
    for path, said in zip(given, options.paths or ["."], strict=True):
        if not path.exists():
            raise ConfigurationError(f"{said}: no such file or folder")
    common = Path(os.path.commonpath(given))
    if common == Path(common.anchor):
        raise ConfigurationError(f"{common} would be the project; name one project's folder or files")
    start = common if common.is_dir() else common.parent
    root = find_root(start)
    paths = tuple(path.relative_to(root).as_posix() for path in given)
    file = Path(options.config) if options.config else None
    return resolve(root, given_options(options), paths=() if "." in paths else paths, file=file, start=start)


def given_options(options: argparse.Namespace) -> dict[str, object]:
    """Return the options that stand on the command line, by key, in the shapes that TOML would give."""
    given: dict[str, object] = {}
    for name in _LISTS:
        if (said := getattr(options, name)) is not None:
            given[name] = [word.strip() for each in said for word in each.split(",") if word.strip()]
    for name in _TABLES:
        if (said := getattr(options, name)) is not None:
            given[name] = _table(name, said)
    given |= {name: said for name in _PLAIN if (said := getattr(options, name, None)) is not None}
    return {name.replace("_", "-"): value for name, value in given.items()}


def _table(name: str, said: list[str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for each in said:
        key, colon, rules = each.rpartition(":")
        if not colon or not key or not rules:
            raise ConfigurationError(f"--{name.replace('_', '-')}: must be NAME:RULE, not {each!r}")
        table.setdefault(key, []).extend(word.strip() for word in rules.split(","))
    return table


def fix_command(options: argparse.Namespace, program: Sequence[str] = ("djconnfix", "fix")) -> str:
    """Return the command line that repairs what this one judged, to be typed in the same folder."""
    import shlex

    words = list(program)
    for name in (*_LISTS, *_TABLES):
        for said in getattr(options, name, None) or ():
            words += [f"--{name.replace('_', '-')}", said]
    for name in ("server", "django", "strategy", "max_connections", "baseline", "config"):
        if said := getattr(options, name):
            words += [f"--{name.replace('_', '-')}", said]
    if options.requirements:
        words.append("--requirements")
    return shlex.join([*words, *options.paths])


def _shown(key: str, value: object) -> str:
    if key == "django":
        return '"' + ".".join(map(str, value)) + '"' if isinstance(value, tuple) else ""
    if key == "fail-level":
        return f'"{getattr(value, "label", value)}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {_shown("", rules)}' for name, rules in value.items()) + "}"
    if isinstance(value, bool | int):
        return str(value).lower()
    return f'"{value}"'


def _tolerate_any_character() -> None:
    """Let output survive file names and sources that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
