"""The lock file holds what `pyproject.toml` asks for, pinned and with hashes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from djconnfix._compat import tomllib

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["lint"]]


def locked() -> dict[str, list[tuple[Requirement, str]]]:
    """Each package's pins with the text that follows them, by name."""
    found: dict[str, list[tuple[Requirement, str]]] = {}
    for pin in re.split(r"\n(?=[^\s#])", (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")):
        if not pin.startswith("#"):
            head, _, hashes = pin.partition(" \\\n")
            requirement = Requirement(head)
            found.setdefault(canonicalize_name(requirement.name), []).append((requirement, hashes))
    return found


@pytest.mark.parametrize("wanted", WANTED)
def test_what_is_asked_for_is_locked(wanted: str) -> None:
    """After a change in `pyproject.toml`: scripts/lock."""
    requirement = Requirement(wanted)
    pins = locked()[canonicalize_name(requirement.name)]
    versions = [next(iter(pin.specifier)).version for pin, _ in pins]
    assert versions
    assert all(requirement.specifier.contains(version, prereleases=True) for version in versions)


def test_every_package_is_pinned_with_hashes() -> None:
    pins = [each for group in locked().values() for each in group]
    assert len(pins) > 50
    for pin, hashes in pins:
        assert [each.operator for each in pin.specifier] == ["=="], pin.name
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", hashes), pin.name


def test_the_lock_names_no_index() -> None:
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


@pytest.mark.parametrize("wanted", PROJECT["dependencies"])
def test_every_bound_of_the_program_has_its_reason(wanted: str) -> None:
    line = next(
        line for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines() if f'"{wanted}"' in line
    )
    assert "# " in line.partition(f'"{wanted}"')[2]
    assert ">=" in wanted
