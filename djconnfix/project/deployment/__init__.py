"""Deployment files: which servers they start, which poolers they name, which settings modules they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Unreadable
from djconnfix.project.deployment.model import Deployment, SettingsUse
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from djconnfix.facts import Pooler
    from djconnfix.project.deployment.assemble import Assembly
    from djconnfix.project.deployment.config_files import ConfigReader
    from djconnfix.project.deployment.kinds import Kind
    from djconnfix.project.deployment.model import Found
    from djconnfix.project.files import Tree

__all__ = ["Deployment", "SettingsUse", "read_deployment"]


def read_deployment(tree: Tree) -> Deployment:
    """Read every deployment file of a tree. Files that cannot be read are listed, never silently left out.

    Args:
        tree: the project's files; a file is only opened when its name can be a deployment file's.
    """
    from djconnfix.project.deployment import config_files, kinds, looks
    from djconnfix.project.deployment.assemble import Assembly

    assembly = Assembly(tree)
    configs: dict[str, ConfigReader] = {}
    scanned: set[str] = set()
    gathered: list[Found] = []
    for path, kind, data in kinds.deployment_files(tree, assembly.unreadable):
        if kind.config is not None:
            configs[path] = kind.config
        names_settings = path not in scanned and looks.names_settings(data)
        scanned.add(path)
        if (found := _read(assembly, path, kind, names_settings=names_settings)) is not None:
            gathered.append(found)
    if assembly.poolers:
        from djconnfix.project.deployment import pooler_files

        pooler_files.settle(assembly, [each for found in gathered for each in found.mounted])
    assembly.addresses.poolers = tuple(assembly.poolers)
    for workload, count in (scale for found in gathered for scale in found.scales):
        assembly.scales[workload] = max(count, assembly.scales.get(workload, 0))
    for found in gathered:
        _take_in(assembly, found)
    if assembly.poolers:
        _take_in_dotenv(assembly)
    assembly.resolve_scripts()
    configs |= {
        path: config_files.CONFIGS[kind] for path, kind in assembly.config_kinds.items() if kind in config_files.CONFIGS
    }
    for path, reader in configs.items():
        _take_in_config(assembly, path, reader)
    servers = sorted(assembly.finished(), key=lambda server: (server.location.path, server.location.start))
    poolers = sorted(
        assembly.addresses.known_to(assembly.poolers), key=lambda pooler: (pooler.location.path, pooler.location.start)
    )
    return Deployment(
        tuple(dict.fromkeys(servers)),
        tuple(_distinct(poolers)),
        tuple(dict.fromkeys(assembly.settings_modules)),
        tuple(dict.fromkeys(assembly.unreadable)),
        tuple(dict.fromkeys(assembly.migrations)),
    )


def _read(assembly: Assembly, path: str, kind: Kind, *, names_settings: bool) -> Found | None:
    """Return what a file's reader gathers, None when it has none or fails."""
    from djconnfix.project.deployment.model import Found

    try:
        source = assembly.tree.source(path)
        values = {}
        if path.endswith((".yaml", ".yml")):
            from djconnfix.project.deployment.helm import chart_values

            values = chart_values(assembly.tree, path)
        found = Found(source, values=values)
        if kind.read is not None:
            kind.read(found)
            assembly.poolers.extend(found.poolers)
        if names_settings:
            from djconnfix.project.deployment.settings_scan import scan

            assembly.settings_modules += scan(source)
    except UnreadableError as error:
        assembly.unreadable.append(Unreadable(error.path, error.line, error.reason))
    except RecursionError:
        assembly.unreadable.append(Unreadable(path, 0, "is nested too deeply"))
    else:
        return found if kind.read is not None else None
    return None


def _take_in(assembly: Assembly, found: Found) -> None:
    path = found.source.path
    try:
        assembly.add(found)
    except UnreadableError as error:
        assembly.unreadable.append(Unreadable(error.path, error.line, error.reason))
    except RecursionError:
        assembly.unreadable.append(Unreadable(path, 0, "is nested too deeply"))


def _take_in_dotenv(assembly: Assembly) -> None:
    from djconnfix.project.deployment import kinds

    for path in filter(kinds.is_dotenv, assembly.tree.paths):
        try:
            data = assembly.tree.read_bytes(path)
        except UnreadableError as error:
            assembly.unreadable.append(Unreadable(error.path, error.line, error.reason))
            continue
        if len(data) <= kinds.MAX_BYTES:
            assembly.addresses.take_file(data.decode("utf-8", "replace"), path)


def _take_in_config(assembly: Assembly, path: str, reader: ConfigReader) -> None:
    try:
        reader(assembly, path)
    except UnreadableError as error:
        # A name alone does not make a file a configuration file: only one that a command uses must be readable.
        if path in assembly.used:
            assembly.unreadable.append(Unreadable(error.path, error.line, error.reason))


def _distinct(items: list[Pooler]) -> list[Pooler]:
    kept: list[Pooler] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept
