"""A parsed command line as options, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_LISTS = ("select", "ignore", "extend_select", "exclude")
_TABLES = ("per_file_ignores", "per_alias_ignores")
_OVERRIDES = "settings_overrides"
_WORDS = ("server", "django", "strategy", "max_connections", "baseline")
_PLAIN = (*_WORDS, "requirements", "fail_level", "unsafe_fixes")


def given_options(options: argparse.Namespace) -> dict[str, object]:
    """Return the options that stand on the command line, by key, in the shapes that TOML would give.

    Raises:
        ConfigurationError: an entry of a table is not written as one.
    """
    given: dict[str, object] = {}
    for name in _LISTS:
        if (said := getattr(options, name, None)) is not None:
            given[name] = [word.strip() for each in said for word in each.split(",") if word.strip()]
    for name in _TABLES:
        if (said := getattr(options, name, None)) is not None:
            given[name] = _table(name, said)
    if (said := getattr(options, _OVERRIDES, None)) is not None:
        given[_OVERRIDES] = _override_table(said)
    given |= {name: said for name in _PLAIN if (said := getattr(options, name, None)) is not None}
    return {name.replace("_", "-"): value for name, value in given.items()}


def _table(name: str, said: list[str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for each in said:
        key, colon, rules = each.rpartition(":")
        if not colon or not key or not rules:
            what = {"per_file_ignores": "PATTERN:RULE", "per_alias_ignores": "ALIAS:RULE"}[name]
            raise ConfigurationError(f"--{name.replace('_', '-')}: must be {what}, not {each!r}")
        table.setdefault(key, []).extend(word.strip() for word in rules.split(","))
    return table


def _override_table(said: list[str]) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for each in said:
        module, colon, entries = each.partition(":")
        for entry in entries.split(","):
            key, equals, value = entry.strip().partition("=")
            if not module or not colon or not key or not equals or not value:
                raise ConfigurationError(f"--settings-overrides: must be MODULE:KEY=VALUE, not {each!r}")
            table.setdefault(module, {})[key] = value
    return table


def fix_command(options: argparse.Namespace, program: Sequence[str] = ("djconnfix", "fix")) -> str:
    """Return the command line that repairs what this one judged, to be typed in the same folder."""
    import shlex

    words = list(program)
    for name in (*_LISTS, *_TABLES, _OVERRIDES):
        for said in getattr(options, name, None) or ():
            words += [f"--{name.replace('_', '-')}", said]
    for name in (*_WORDS, "config"):
        if said := getattr(options, name):
            words += [f"--{name.replace('_', '-')}", said]
    if base := getattr(options, "diff_base", None):
        words += ["--diff-base", base]
    if options.requirements:
        words.append("--requirements")
    return shlex.join([*words, *options.paths])
