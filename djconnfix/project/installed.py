"""What is installed beside what files ask for: under `manage.py` the environment itself can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Package
from djconnfix.project.requirements import FolderPackages
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.facts import Version

# One of each group is enough: a driver that files ask for is not joined by another that happens to be installed.
_GROUPS = (
    ("psycopg", "psycopg2", "psycopg2-binary"),
    ("mysqlclient", "pymysql", "mysql-connector-python"),
    ("oracledb", "cx-oracle"),
    ("celery",),
    ("dj-database-url",),
    ("django-configurations",),
    ("django-db-connection-pool",),
    ("django-db-geventpool",),
    ("django-environ",),
    ("environs",),
    ("gevent",),
    ("psycogreen",),
    ("psycopg-pool",),
    ("sqlalchemy",),
)
ASKED = tuple(name for group in _GROUPS for name in group)
"""The distributions that rules ask for, by normalised name."""


def with_installed(folders: tuple[FolderPackages, ...], installed: Mapping[str, Version]) -> tuple[FolderPackages, ...]:
    """Return what each folder asks for with the versions that are installed, and with what nobody asks for added.

    Args:
        folders: what the files say.
        installed: versions by normalised name; empty: nothing is known, and the files stand as they are.
    """
    if not installed:
        return folders
    return tuple(
        replace(folder, packages=_merged(folder.packages, installed)) for folder in folders or (FolderPackages(""),)
    )


def _merged(packages: Mapping[str, Package], installed: Mapping[str, Version]) -> dict[str, Package]:
    merged = {
        name: replace(package, floor=installed[name], exact=True) if name in installed else package
        for name, package in packages.items()
    }
    for group in _GROUPS:
        if not any(name in packages for name in group):
            merged |= {
                name: Package(name, installed[name], True, frozenset(), None) for name in _found(group, installed)
            }
    return merged


def _found(group: Iterable[str], installed: Mapping[str, Version]) -> Iterable[str]:
    return (name for name in group if name in installed)
