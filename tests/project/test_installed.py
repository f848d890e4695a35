"""What is installed, beside what files ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.project.installed import ASKED, with_installed
from djconnfix.project.requirements import FolderPackages
from tests.rules.build import package

if TYPE_CHECKING:
    from djconnfix.facts import Version

ASKS = FolderPackages("", {"psycopg2": package("psycopg2", (2, 8)), "rich": package("rich", (13,))})


def versions(folders: tuple[FolderPackages, ...]) -> dict[str, tuple[Version, bool]]:
    return {
        name: (each.floor, each.location is not None) for folder in folders for name, each in folder.packages.items()
    }


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        pytest.param({}, {"psycopg2": ((2, 8), True), "rich": ((13,), True)}, id="nothing-known"),
        pytest.param(
            {"psycopg2": (2, 9, 13)}, {"psycopg2": ((2, 9, 13), True), "rich": ((13,), True)}, id="newer-than-asked"
        ),
        pytest.param(
            {"psycopg": (3, 2, 9)}, {"psycopg2": ((2, 8), True), "rich": ((13,), True)}, id="another-driver-is-there"
        ),
        pytest.param(
            {"dj-database-url": (3, 0, 1)},
            {"psycopg2": ((2, 8), True), "rich": ((13,), True), "dj-database-url": ((3, 0, 1), False)},
            id="a-helper-that-nobody-asks-for",
        ),
    ],
)
def test_what_is_installed_decides_versions_and_fills_gaps(
    installed: dict[str, Version], expected: dict[str, tuple[Version, bool]]
) -> None:
    assert versions(with_installed((ASKS,), installed)) == expected


def test_a_project_without_requirement_files_has_what_is_installed() -> None:
    (folder,) = with_installed((), {"psycopg": (3, 2, 9), "psycopg-pool": (3, 3)})
    assert {name: (each.floor, each.exact) for name, each in folder.packages.items()} == {
        "psycopg": ((3, 2, 9), True),
        "psycopg-pool": ((3, 3), True),
    }
    assert folder.django == ()


def test_only_what_rules_ask_for_is_looked_up() -> None:
    assert "psycopg" in ASKED
    assert "django" not in ASKED  # the running one is known already
    assert len(set(ASKED)) == len(ASKED)
