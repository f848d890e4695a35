"""From a folder to facts: the one place where all readers meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Project, Role, SettingsModule, Unreadable
from djconnfix.project.drivers import replaced_driver
from djconnfix.project.evidence import Assumptions, Surroundings, evidence_of, home_of, means, packages_for, union
from djconnfix.project.scan import looks_like_settings
from djconnfix.project.settings_modules import (
    SettingsUse,
    UseKind,
    read_uses,
    resolve_module,
    role_of_path,
    settings_candidates,
)
from djconnfix.records import dataclass, replace
from djconnfix.source import Location, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from djconnfix.code import CodeReading
    from djconnfix.project.deployment import Deployment
    from djconnfix.project.files import Tree
    from djconnfix.project.scan import Scan
    from djconnfix.settings.evaluate import Evaluation


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project's facts, and the evaluations that the fixer needs, by settings module."""

    project: Project
    evaluations: Mapping[str, Evaluation]


def load(
    tree: Tree, scan: Scan, assumptions: Assumptions, code: CodeReading, evaluated: Sequence[Evaluation] = ()
) -> Loaded:
    """Read everything that rules need to know about the files of a tree; `evaluated` as for `audit`."""
    from djconnfix.project.deployment import read_deployment
    from djconnfix.project.installed import with_installed
    from djconnfix.project.requirements import read_packages

    deployment = read_deployment(tree)
    uses = (*read_uses(tree, scan.uses), *_deployment_uses(deployment))
    manage = tree.manage_folders
    unreadable = [*scan.unreadable, *tree.unreadable]
    used = {path for use in uses for path in _use_paths(tree, use, manage)}
    candidates, refused = settings_candidates(tree, scan, used)
    unreadable.extend(refused)
    homes = {path: home_of(tree, path, manage) for path in candidates}
    packages = with_installed(read_packages(tree), assumptions.installed)
    around = Surroundings(packages, deployment, uses, homes, assumptions)
    evaluations, refused = _evaluate(tree, candidates, around, evaluated)
    unreadable.extend(refused)
    roots = _roots(evaluations, used, around)
    settings = tuple(_settings_module(tree, evaluation, around) for evaluation in roots)
    project = Project(
        root=tree.root,
        settings=settings,
        code=code.facts,
        unreadable=_merge_unreadable(
            [*unreadable, *(each for each in tree.refused() if not each.path.endswith("setup.py"))],
            code.unreadable,
            deployment.unreadable,
            *(each.unreadable for each in around.packages),
            *(each.unreadable for each in roots),
        ),
        evidence=union(around),
    )
    return Loaded(project, {evaluation.module: evaluation for evaluation in roots})


def _deployment_uses(deployment: Deployment) -> Iterable[SettingsUse]:
    for use in deployment.settings_modules:
        test = use.role_hint == Role.TEST.value
        yield SettingsUse(use.module, use.location, UseKind.TEST if test else UseKind.SERVER)


def _use_paths(tree: Tree, use: SettingsUse, manage: Iterable[str]) -> list[str]:
    found = resolve_module(tree, use.module, use.location.path)
    if not found:
        folders = [folder for folder in manage if folder]
        found = [path for folder in folders for path in resolve_module(tree, use.module, f"{folder}/manage.py")]
    return found[:1]


def _evaluate(
    tree: Tree, candidates: Iterable[str], around: Surroundings, evaluated: Sequence[Evaluation]
) -> tuple[list[Evaluation], list[UnreadableError]]:
    from djconnfix.settings.evaluate import evaluate

    known = {each.path: each for each in evaluated}

    evaluations: list[Evaluation] = []
    unreadable: list[UnreadableError] = []
    for path in candidates:
        packages = packages_for(path, around)
        versions = {name: package.floor for name, package in packages.packages.items()} if packages else {}
        if path in known and known[path].holds_in(tree, path, versions):
            evaluations.append(known[path])
            continue
        try:
            evaluations.append(evaluate(tree, path, versions))
        except UnreadableError as error:
            unreadable.append(error)
    return evaluations, unreadable


def _roots(evaluations: Sequence[Evaluation], used: set[str], around: Surroundings) -> list[Evaluation]:
    """Keep the modules that something uses by name, those that no other settings module reads, and orphaned bases."""
    read_by_others: set[str] = set()
    for evaluation in evaluations:
        read_by_others.update(path for path in evaluation.paths if path != evaluation.path)
    roots = [e for e in evaluations if e.path in used or (e.path not in read_by_others and not _of_others(e))]
    return [*roots, *_orphaned_bases(evaluations, roots, around)]


def _orphaned_bases(
    evaluations: Iterable[Evaluation], roots: Sequence[Evaluation], around: Surroundings
) -> list[Evaluation]:
    """Return the outermost modules with aliases that only development and tests read, though nothing ties them to it.

    What is deployed then reads them from outside the tree (a product's own configuration), and without this nobody
    would judge them.
    """
    in_production = {path for root in roots if _role(root, around) is Role.PRODUCTION for path in root.paths}
    known = {root.path for root in roots} | in_production
    found = [
        each
        for each in evaluations
        if each.path not in known and role_of_path(each.path) is Role.PRODUCTION and each.databases() and each.lists()
    ]
    inner = {path for each in found for path in each.paths if path != each.path}
    return [each for each in found if each.path not in inner]


def _of_others(evaluation: Evaluation) -> bool:
    """Whether `DATABASES` belongs to another program: no name says settings, and no alias has a key as Django's are."""
    databases = evaluation.databases()
    if looks_like_settings(evaluation.path) or not databases or evaluation.lists():
        return False
    return all(
        each.complete and not each.options.values and not any(map(str.isupper, each.settings)) for each in databases
    )


def _settings_module(tree: Tree, evaluation: Evaluation, around: Surroundings) -> SettingsModule:
    evidence = replace(
        evidence_of(evaluation.path, around),
        wsgi_application=_application(evaluation, "WSGI_APPLICATION"),
        asgi_application=_application(evaluation, "ASGI_APPLICATION"),
        driver_replaced=replaced_driver(tree, evaluation.paths),
    )
    return SettingsModule(
        module=evaluation.module,
        path=evaluation.path,
        role=_role(evaluation, around),
        databases=evaluation.databases(),
        lists=evaluation.lists(),
        names=evaluation.names(),
        held_elsewhere=evaluation.held_elsewhere(),
        notes=evaluation.notes,
        evidence=evidence,
        paths=evaluation.paths,
        location=Location(evaluation.path, 1, 1, 1, 1, 0, 0),
    )


def _application(evaluation: Evaluation, name: str) -> Location | None:
    value = evaluation.value(name)
    return value.location if value is not None and value.value else None


def _role(evaluation: Evaluation, around: Surroundings) -> Role:
    by_path = role_of_path(evaluation.path)
    if by_path is not Role.PRODUCTION:
        return by_path
    kinds = {use.kind for use in around.uses if means(use.module, evaluation.path)}
    if kinds == {UseKind.TEST}:
        return Role.TEST
    naming = [s for s in around.deployment.servers if s.settings and means(s.settings, evaluation.path)]
    only_development = bool(naming) and all(server.development for server in naming)
    return Role.DEVELOPMENT if only_development else Role.PRODUCTION


def _merge_unreadable(errors: Iterable[UnreadableError], *more: Iterable[Unreadable]) -> tuple[Unreadable, ...]:
    merged = {error.path: Unreadable(error.path, error.line, error.reason) for error in errors}
    for group in more:
        for each in group:
            merged.setdefault(each.path, each)
    return tuple(merged[path] for path in sorted(merged))
