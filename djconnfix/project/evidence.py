"""Whose evidence is whose: which servers, poolers and packages belong to which settings module."""

from __future__ import annotations

from itertools import takewhile
from posixpath import dirname
from typing import TYPE_CHECKING

from djconnfix.facts import Evidence, Serving
from djconnfix.records import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.facts import Server, Version
    from djconnfix.project.deployment import Deployment
    from djconnfix.project.files import Tree
    from djconnfix.project.requirements import FolderPackages
    from djconnfix.project.settings_modules import SettingsUse


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What options say about a project that its files may not: a server kind, a Django version, what is installed."""

    server: str = ""
    django: Version = ()
    installed: Mapping[str, Version] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around settings modules.

    Attributes:
        packages: what is asked for, by folder.
        deployment: servers and poolers.
        uses: who names which settings module.
        homes: the folder of each settings module's project, by the module's path.
        assumptions: what options say.
        closest: how near the nearest project lies to a folder, filled in as it is asked for.
    """

    packages: tuple[FolderPackages, ...]
    deployment: Deployment
    uses: tuple[SettingsUse, ...]
    homes: Mapping[str, str]
    assumptions: Assumptions
    closest: dict[str, int] = field(default_factory=dict)


def means(module: str, path: str) -> bool:
    """Whether a dotted name may mean this file, whatever folder stands on the path that Python searches."""
    stem = module.replace(".", "/")
    return any(path == f"{stem}{end}" or path.endswith(f"/{stem}{end}") for end in (".py", "/__init__.py"))


def packages_for(path: str, around: Surroundings) -> FolderPackages | None:
    """Choose the folder of requirements that lies nearest to a settings module and knows a Django, or any packages."""
    folder = dirname(path)
    ranked = sorted(around.packages, key=lambda each: (-_shared(each.folder, folder), len(each.folder)))
    return next((each for each in ranked if each.django), ranked[0] if ranked else None)


def _shared(one: str, other: str) -> int:
    """Return how many leading path components two folders have in common."""
    pairs = zip(one.split("/") if one else (), other.split("/") if other else (), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def home_of(tree: Tree, path: str, manage_folders: Iterable[str]) -> str:
    """Return the folder of the project that a settings module belongs to.

    That is the deepest folder above it with a `manage.py`, or else the one that its top-level package lies in.
    """
    above = [folder for folder in manage_folders if not folder or path.startswith(f"{folder}/")]
    if above:
        return max(above, key=len)
    folder = dirname(path)
    while folder and tree.exists(f"{folder}/__init__.py"):
        folder = dirname(folder)
    return folder


def evidence_of(path: str, around: Surroundings) -> Evidence:
    """Return what decides which settings are right for the settings module at a path."""
    packages = packages_for(path, around)
    home = around.homes[path]
    return _with_assumptions(
        Evidence(
            django=packages.django if packages else (),
            django_location=packages.django_location if packages else None,
            packages=packages.packages if packages else {},
            servers=_servers_of(path, home, around),
            poolers=tuple(p for p in around.deployment.poolers if _nearest(p.location.path, home, around)),
            migrations=tuple(
                m
                for m in around.deployment.migrations
                if (means(m.settings, path) if m.settings else _nearest(m.location.path, home, around))
            ),
            complete=not around.deployment.unreadable,
        ),
        around.assumptions,
    )


def _with_assumptions(evidence: Evidence, assumptions: Assumptions) -> Evidence:
    evidence = replace(evidence, assumed=assumptions.server)
    if assumptions.django:
        return replace(evidence, django=assumptions.django, django_location=None)
    return evidence


def _servers_of(path: str, home: str, around: Surroundings) -> tuple[Server, ...]:
    """Return the servers of a settings module.

    One that names settings which are not in the tree (made at deployment, a name that is wrong by now) counts only
    where no other answers HTTP.
    """
    known, stray = [], []
    for server in around.deployment.servers:
        if server.settings and not any(means(server.settings, each) for each in around.homes):
            stray.append(server)
        elif _serves(server, path, home, around):
            known.append(server)
    if not any(server.kind is not Serving.WORKER for server in known):
        known += [server for server in stray if _nearest(server.location.path, home, around)]
    if any(_answers(server) for server in known):  # what no command reads is left over, or an offer
        known = [server for server in known if not server.unused]
    return tuple(known)


def _answers(server: Server) -> bool:
    """Whether a command surely starts what answers requests outside development."""
    return server.kind in (Serving.WSGI, Serving.ASGI) and not server.development and not server.unused


def _serves(server: Server, path: str, home: str, around: Surroundings) -> bool:
    if server.settings:
        return means(server.settings, path)
    if not _nearest(server.location.path, home, around):
        return False
    package = server.application.split(":")[0].rsplit(".", 1)[0] if "." in server.application else ""
    named = {u.module for u in around.uses if package and u.location.path.endswith(_application_files(package))}
    return not named or len(set(around.homes.values())) <= 1 or any(means(each, path) for each in named)


def _application_files(package: str) -> tuple[str, str]:
    base = package.replace(".", "/")
    return f"{base}/wsgi.py", f"{base}/asgi.py"


def _nearest(path: str, home: str, around: Surroundings) -> bool:
    """Whether a deployment file belongs to the project in `home`: no other project lies nearer to it.

    A file above all projects, or in a folder of its own beside them (`docker/`), is equally near to each.
    """
    folder = dirname(path)
    if folder not in around.closest:
        around.closest[folder] = max(_shared(folder, each) for each in set(around.homes.values()))
    return _shared(folder, home) == around.closest[folder]


def union(around: Surroundings) -> Evidence:
    """Return all that was found in the tree, for reports."""
    best = next((each for each in sorted(around.packages, key=lambda e: len(e.folder)) if each.django), None)
    packages = {name: package for each in reversed(around.packages) for name, package in each.packages.items()}
    evidence = Evidence(
        django=best.django if best else (),
        django_location=best.django_location if best else None,
        packages=packages,
        servers=around.deployment.servers,
        poolers=around.deployment.poolers,
        migrations=around.deployment.migrations,
        complete=not around.deployment.unreadable,
    )
    return _with_assumptions(evidence, around.assumptions)
