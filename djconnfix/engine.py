"""The way through the house, once: files, facts, rules, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.project.files import discover
from djconnfix.project.scan import scan
from djconnfix.records import dataclass, replace
from djconnfix.strategies.names import AUTO, PGBOUNCER_STATEMENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djconnfix.config import Config
    from djconnfix.facts import Evidence, Project
    from djconnfix.findings import Finding
    from djconnfix.project.files import Tree
    from djconnfix.settings.evaluate import Evaluation


@dataclass(frozen=True, slots=True)
class Report:
    """What one audit found.

    Attributes:
        config: what the run was asked to do.
        project: the facts.
        findings: what the rules say of them, ignores applied, by place.
        tree: the files that were read.
        evaluations: the settings roots' evaluations, by module name, for the fixer.
    """

    config: Config
    project: Project
    findings: tuple[Finding, ...]
    tree: Tree
    evaluations: Mapping[str, Evaluation]


def audit(
    config: Config,
    tree: Tree | None = None,
    evaluated: Sequence[Evaluation] = (),
    foreseen: Project | None = None,
) -> Report:
    """Read a project and judge it.

    Args:
        config: what to read and which rules to run.
        tree: the files, when they were found already or are to be seen through an overlay.
        evaluated: what was made of settings roots before, taken where it would be the same again.
        foreseen: facts that were judged before; where they are these, they are not judged again.
    """
    from djconnfix.code import read_code
    from djconnfix.code.words import may_hold_facts
    from djconnfix.project.evidence import Assumptions
    from djconnfix.project.load import load

    if tree is None:
        files = discover(config.root, config.exclude).knowing(each for one in evaluated for each in one.sources)
    else:
        files = tree
    found = scan(files, may_hold_facts)
    loaded = load(
        files,
        found,
        Assumptions(config.server, config.django, config.installed),
        read_code(files, found.code),
        evaluated,
    )
    project = _with_plain_uses(_chosen(config, loaded.project), files)
    if foreseen is not None and foreseen == project:
        project = foreseen
    return Report(config, project, judged(config, project, files), files, loaded.evaluations)


def _chosen(config: Config, project: Project) -> Project:
    """Return a project whose evidence says what its user has chosen."""
    if config.strategy == AUTO and not config.max_connections and not config.settings_overrides:
        return project

    def chosen(evidence: Evidence, module: str = "") -> Evidence:
        own = config.settings_overrides.get(module)
        evidence = replace(
            evidence,
            strategy=(own and own.strategy) or config.strategy,
            requirements=config.requirements,
            max_connections=(own and own.max_connections) or config.max_connections,
        )
        if own is None:
            return evidence
        if own.django:
            evidence = replace(evidence, django=own.django, django_location=None)
        return replace(evidence, assumed=own.server) if own.server else evidence

    settings = tuple(replace(each, evidence=chosen(each.evidence, each.module)) for each in project.settings)
    return replace(project, settings=settings, evidence=chosen(project.evidence))


def _with_plain_uses(project: Project, files: Tree) -> Project:
    """Return a project with every plain use of transactions, where a setting or the strategy hangs on there being none.

    They are many and say nothing by themselves, so that nobody else pays for them.
    """
    if any(each.evidence.strategy == PGBOUNCER_STATEMENT for each in project.settings) or any(
        database.get("AUTOCOMMIT").written for _, database in project.databases()
    ):
        from djconnfix.code.plain import plain_uses

        return replace(project, code=(*project.code, *plain_uses(files)))
    return project


def judged(config: Config, project: Project, tree: Tree) -> tuple[Finding, ...]:
    """Run the chosen rules and drop what the configuration or a comment waves through."""
    from djconnfix.rules import judge
    from djconnfix.selection import chosen_rules, kept

    return tuple(kept(config, judge(project, chosen_rules(config)), tree))
