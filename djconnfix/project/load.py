"""From a folder to facts: the one place where all readers meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from posixpath import dirname
from typing import TYPE_CHECKING

from djconnfix.facts import Evidence, Project, Role, SettingsModule, Unreadable
from djconnfix.project.settings_modules import (
    SettingsUse,
    UseKind,
    looks_like_settings,
    read_uses,
    resolve_module,
    role_of_path,
    settings_candidates,
)
from djconnfix.source import Location, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from djconnfix.code import CodeReading
    from djconnfix.facts import Server, Version
    from djconnfix.project.deployment import Deployment
    from djconnfix.project.files import Tree
    from djconnfix.project.requirements import FolderPackages
    from djconnfix.project.scan import Scan
    from djconnfix.settings.evaluate import Evaluation


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What options say about a project that its files may not: a server kind, a Django version."""

    server: str = ""
    django: Version = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project's facts, and the evaluations that the fixer needs, by settings module."""

    project: Project
    evaluations: Mapping[str, Evaluation]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around settings modules: packages by folder, servers, poolers, and who names which module."""

    packages: tuple[FolderPackages, ...]
    deployment: Deployment
    uses: tuple[SettingsUse, ...]
    manage_folders: tuple[str, ...]
    assumptions: Assumptions


def load(tree: Tree, scan: Scan, assumptions: Assumptions, code: CodeReading) -> Loaded:
    """Read everything that rules need to know about the files of a tree."""
    from djconnfix.project.deployment import read_deployment
    from djconnfix.project.requirements import read_packages

    deployment = read_deployment(tree)
    uses = (*read_uses(tree, scan.uses), *_deployment_uses(deployment))
    manage = tuple(dirname(path) for path in tree.paths if path.rsplit("/", 1)[-1] == "manage.py")
    around = Surroundings(read_packages(tree), deployment, uses, manage, assumptions)

    unreadable = [*scan.unreadable, *tree.unreadable]
    used = {path for use in uses for path in _use_paths(tree, use)}
    candidates, refused = settings_candidates(tree, scan, used)
    unreadable.extend(refused)
    evaluations, refused = _evaluate(tree, candidates, around)
    unreadable.extend(refused)
    roots = _roots(evaluations, used)
    settings = tuple(_settings_module(evaluation, around) for evaluation in roots)
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
        evidence=_union(around),
    )
    return Loaded(project, {evaluation.module: evaluation for evaluation in roots})


def _deployment_uses(deployment: Deployment) -> Iterable[SettingsUse]:
    for use in deployment.settings_modules:
        test = use.role_hint == Role.TEST.value
        yield SettingsUse(use.module, use.location, UseKind.TEST if test else UseKind.SERVER)


def _use_paths(tree: Tree, use: SettingsUse) -> list[str]:
    found = resolve_module(tree, use.module, use.location.path)
    if not found:
        found = [
            path for folder in _source_folders(tree) for path in resolve_module(tree, use.module, f"{folder}/manage.py")
        ]
    return found[:1]


def _source_folders(tree: Tree) -> tuple[str, ...]:
    return tuple(dirname(path) for path in tree.paths if path.rsplit("/", 1)[-1] == "manage.py" and "/" in path)


def _evaluate(
    tree: Tree, candidates: Iterable[str], around: Surroundings
) -> tuple[list[Evaluation], list[UnreadableError]]:
    from djconnfix.settings.evaluate import evaluate

    evaluations: list[Evaluation] = []
    unreadable: list[UnreadableError] = []
    for path in candidates:
        packages = _packages_for(path, around)
        versions = {name: package.floor for name, package in packages.packages.items()} if packages else {}
        try:
            evaluations.append(evaluate(tree, path, versions))
        except UnreadableError as error:
            unreadable.append(error)
    return evaluations, unreadable


def _roots(evaluations: Sequence[Evaluation], used: set[str]) -> list[Evaluation]:
    """Keep the modules that something uses by name, and those that no other settings module reads."""
    read_by_others: set[str] = set()
    for evaluation in evaluations:
        read_by_others.update(path for path in evaluation.paths if path != evaluation.path)
    return [e for e in evaluations if e.path in used or (e.path not in read_by_others and not _of_others(e))]


def _of_others(evaluation: Evaluation) -> bool:
    """Whether `DATABASES` belongs to another program: no name says settings, and no alias has a key as Django's are."""
    databases = evaluation.databases()
    if looks_like_settings(evaluation.path) or not databases or evaluation.lists():
        return False
    return all(
        each.complete and not each.options.values and not any(map(str.isupper, each.settings)) for each in databases
    )


def _settings_module(evaluation: Evaluation, around: Surroundings) -> SettingsModule:
    evidence = replace(
        _evidence(evaluation.path, around),
        wsgi_application=_application(evaluation, "WSGI_APPLICATION"),
        asgi_application=_application(evaluation, "ASGI_APPLICATION"),
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
    kinds = {use.kind for use in around.uses if _means(use.module, evaluation.path)}
    if kinds == {UseKind.TEST}:
        return Role.TEST
    naming = [s for s in around.deployment.servers if s.settings and _means(s.settings, evaluation.path)]
    only_development = bool(naming) and all(server.development for server in naming)
    return Role.DEVELOPMENT if only_development else Role.PRODUCTION


def _means(module: str, path: str) -> bool:
    """Whether a dotted name may mean this file, whatever folder stands on the path that Python searches."""
    stem = module.replace(".", "/")
    return any(path == f"{stem}{end}" or path.endswith(f"/{stem}{end}") for end in (".py", "/__init__.py"))


def _packages_for(path: str, around: Surroundings) -> FolderPackages | None:
    """Choose the folder of requirements that lies nearest to a settings module and knows a Django, or any packages."""
    folder = dirname(path)
    ranked = sorted(around.packages, key=lambda each: (-_shared(each.folder, folder), len(each.folder)))
    return next((each for each in ranked if each.django), ranked[0] if ranked else None)


def _shared(one: str, other: str) -> int:
    """Return how many leading path components two folders have in common."""
    pairs = zip(one.split("/") if one else (), other.split("/") if other else (), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _project_folder(path: str, around: Surroundings) -> str | None:
    """Return the deepest folder with a `manage.py` above a path, None when there is none."""
    above = [folder for folder in around.manage_folders if not folder or path.startswith(f"{folder}/")]
    return max(above, key=len, default=None)


def _evidence(path: str, around: Surroundings) -> Evidence:
    packages = _packages_for(path, around)
    home = _project_folder(path, around)
    evidence = Evidence(
        django=packages.django if packages else (),
        django_location=packages.django_location if packages else None,
        packages=packages.packages if packages else {},
        servers=tuple(s for s in around.deployment.servers if _serves(s, path, home, around)),
        poolers=tuple(p for p in around.deployment.poolers if _same_project(p.location.path, home, around)),
        assumed=around.assumptions.server,
        complete=not around.deployment.unreadable,
    )
    if around.assumptions.django:
        evidence = replace(evidence, django=around.assumptions.django, django_location=None)
    return evidence


def _serves(server: Server, path: str, home: str | None, around: Surroundings) -> bool:
    if server.settings:
        return _means(server.settings, path)
    if not _same_project(server.location.path, home, around):
        return False
    package = server.application.split(":")[0].rsplit(".", 1)[0] if "." in server.application else ""
    named = {u.module for u in around.uses if package and u.location.path.endswith(_application_files(package))}
    return not named or len(around.manage_folders) <= 1 or any(_means(each, path) for each in named)


def _application_files(package: str) -> tuple[str, str]:
    base = package.replace(".", "/")
    return f"{base}/wsgi.py", f"{base}/asgi.py"


def _same_project(path: str, home: str | None, around: Surroundings) -> bool:
    """Whether a deployment file belongs to the project in `home`: inside it, or inside no other project."""
    owner = _project_folder(path, around)
    return owner == home or owner in (None, "") or home is None


def _union(around: Surroundings) -> Evidence:
    best = next((each for each in sorted(around.packages, key=lambda e: len(e.folder)) if each.django), None)
    packages = {name: package for each in reversed(around.packages) for name, package in each.packages.items()}
    evidence = Evidence(
        django=best.django if best else (),
        django_location=best.django_location if best else None,
        packages=packages,
        servers=around.deployment.servers,
        poolers=around.deployment.poolers,
        assumed=around.assumptions.server,
        complete=not around.deployment.unreadable,
    )
    if around.assumptions.django:
        return replace(evidence, django=around.assumptions.django, django_location=None)
    return evidence


def _merge_unreadable(errors: Iterable[UnreadableError], *more: Iterable[Unreadable]) -> tuple[Unreadable, ...]:
    merged = {error.path: Unreadable(error.path, error.line, error.reason) for error in errors}
    for group in more:
        for each in group:
            merged.setdefault(each.path, each)
    return tuple(merged[path] for path in sorted(merged))
