"""Which rules run, and which of their findings the configuration waves through."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.baseline import read_baseline
from djconnfix.facts import Evidence, Project
from djconnfix.records import replace
from djconnfix.rules import all_rules, find_rule, judge
from djconnfix.rules.visibility.unused_ignore import UNUSED_IGNORE, unused_ignore_problem
from djconnfix.selectors import matches
from djconnfix.suppressions import Comments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.config import Config
    from djconnfix.findings import Finding
    from djconnfix.project.files import Tree
    from djconnfix.rules import Rule

LIVE = "DCF7"  # rules that only `connaudit --live` gives anything to judge


def chosen_rules(config: Config) -> tuple[Rule, ...]:
    """Return the rules that a run applies, by code."""

    def chosen(rule: Rule) -> bool:
        wanted = matches(rule.code, config.select) if config.select else rule.default
        return (wanted or matches(rule.code, config.extend_select)) and not matches(rule.code, config.ignore)

    return tuple(rule for rule in all_rules() if chosen(rule))


def is_ignored(config: Config, finding: Finding) -> bool:
    """Whether the per-file or per-alias ignores cover a finding."""
    if finding.alias and matches(finding.code, config.per_alias_ignores.get(finding.alias, ())):
        return True
    return any(
        matches(finding.code, selectors) and path_matches(finding.location.path, pattern)
        for pattern, selectors in config.per_file_ignores.items()
    )


def kept(config: Config, findings: Iterable[Finding], tree: Tree) -> list[Finding]:
    """Return the findings in scope that neither the configuration nor a comment waves through, by place.

    Comments that wave nothing through become findings of `unused-ignore`, when that rule is chosen.
    """
    comments = Comments(tree)
    left = [finding for finding in findings if not comments.cover(finding)]
    left += _unused_ignores(config, comments, tree)
    known = read_baseline(Path(config.baseline)) if config.baseline else frozenset()
    chosen = [
        finding
        for finding in left
        if finding.fingerprint not in known and in_scope(config, finding) and not is_ignored(config, finding)
    ]
    if config.diff_base:
        from djconnfix.changes import Changes

        changes = Changes(tree, config.diff_base)
        chosen = [finding for finding in chosen if changes.touch(finding)]
    return sorted(chosen, key=lambda finding: (finding.location.path, finding.location.start))


def _unused_ignores(config: Config, comments: Comments, tree: Tree) -> list[Finding]:
    """Return a finding for each rule that a comment lists in vain; rules that did not run cannot tell."""
    chosen = {rule.code: rule for rule in chosen_rules(config)}
    if UNUSED_IGNORE not in chosen:
        return []
    problems = [
        unused_ignore_problem(location, word, known=found is not None)
        for location, word in comments.unneeded()
        if (found := find_rule(word)) is None or (found.code in chosen and not found.code.startswith(LIVE))
    ]
    rule = replace(chosen[UNUSED_IGNORE], check=lambda _: iter(problems))
    return judge(Project(tree.root, (), (), (), Evidence()), (rule,))


def in_scope(config: Config, finding: Finding) -> bool:
    """Whether a finding, or the evidence it rests on, lies in the paths that were asked for, and not in excluded ones.

    An excluded file may still be read, when a file that is not imports it.
    """
    if any(path_matches(finding.location.path, pattern) for pattern in config.exclude):
        return False
    places = [finding.location.path]
    places += [because.location.path for because in finding.problem.because if because.location is not None]
    return any(path_in_scope(config, path) for path in places)


def path_in_scope(config: Config, path: str) -> bool:
    """Whether a path lies in the files and folders that were asked for, and not in excluded ones."""
    if any(path_matches(path, pattern) for pattern in config.exclude):
        return False
    return not config.paths or any(path == given or path.startswith(f"{given}/") for given in config.paths)


def path_matches(path: str, pattern: str) -> bool:
    """Whether a path fits a pattern: of a file, of a folder above it, or (without a slash) of any part."""
    pattern = pattern.removeprefix("./").rstrip("/")
    if "/" not in pattern:
        return any(fnmatchcase(part, pattern) for part in path.split("/"))
    pattern = pattern.removeprefix("/").removesuffix("/**")
    tails = [path]
    if pattern.startswith("**/"):
        pattern = pattern[3:]
        tails += [path[i + 1 :] for i, letter in enumerate(path) if letter == "/"]
    return any(fnmatchcase(tail, pattern) or fnmatchcase(tail, f"{pattern}/*") for tail in tails)
