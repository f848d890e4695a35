"""Which project `manage.py` runs in, and the configuration for it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings

from djconnfix.command_line import given_options
from djconnfix.config import ConfigurationError, find_project, find_root, resolve
from djconnfix.management.installed import installed_versions

if TYPE_CHECKING:
    import argparse

    from djconnfix.config import Resolved


def settings_file() -> Path | None:
    """Return the file of the loaded settings module; None when settings were made by `settings.configure()`.

    Links in its folder are resolved; where the file itself is a link, it is what the project has in its place.
    """
    name = getattr(settings, "SETTINGS_MODULE", None) or os.environ.get("DJANGO_SETTINGS_MODULE", "")
    file = getattr(sys.modules.get(name), "__file__", None)
    return Path(os.path.realpath(Path(file).parent)) / Path(file).name if file else None


def settings_module() -> str:
    """Return the dotted name of the loaded settings module, empty when there is none."""
    return str(getattr(settings, "SETTINGS_MODULE", None) or "")


def project_folder() -> Path:
    """Return the project's folder: the nearest one above the settings module that looks like a project."""
    file = settings_file()
    return find_project(file.parent if file else Path(os.path.realpath(Path.cwd())))


def resolve_for_django(options: argparse.Namespace | None = None) -> Resolved:
    """Gather the configuration under `manage.py`, with the running Django's version as evidence.

    Args:
        options: what the command was given; None for the system checks.

    Raises:
        ConfigurationError: as `djconnfix.config.resolve`, or a path is missing or outside the project.
    """
    start = project_folder()
    root = find_root(start)
    own = _relative(str(start), root)
    if options is None:
        return _as_installed(resolve(root, {}, paths=_scope((own,)), start=start, django=django.VERSION[:3]))
    if options.root:
        start = root = Path(os.path.realpath(options.root))
        own = "."
    if not root.is_dir():
        raise ConfigurationError(f"--root: {options.root} is not a folder")
    resolved = resolve(
        root,
        given_options(options),
        paths=_scope(tuple(_relative(path, root) for path in options.paths) or (own,)),
        file=Path(options.config) if options.config else None,
        start=start,
        django=django.VERSION[:3],
    )
    return _as_installed(resolved)


def _as_installed(resolved: Resolved) -> Resolved:
    """Return a configuration that knows the versions of drivers and helpers where this process runs."""
    return replace(resolved, config=replace(resolved.config, installed=installed_versions()))


def _scope(paths: tuple[str, ...]) -> tuple[str, ...]:
    return () if "." in paths else paths


def _relative(path: str, root: Path) -> str:
    absolute = Path(os.path.realpath(path))
    if not absolute.exists():
        raise ConfigurationError(f"{path}: no such file or folder")
    if absolute != root and root not in absolute.parents:
        raise ConfigurationError(f"{path}: lies outside the project {root}; name the project with --root")
    return absolute.relative_to(root).as_posix()
