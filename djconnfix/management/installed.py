"""The distributions that are installed where `manage.py` runs, as far as rules ask for them."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING

from djconnfix.project.installed import ASKED

if TYPE_CHECKING:
    from djconnfix.facts import Version

_RELEASE = re.compile(r"\d+(?:\.\d+)*")


def installed_versions() -> dict[str, Version]:
    """Return versions by normalised name; what is not installed, or says no version, is left out."""
    found: dict[str, Version] = {}
    for name in ASKED:
        try:
            release = _RELEASE.match(metadata.version(name))
        except metadata.PackageNotFoundError:
            continue
        if release:
            found[name] = tuple(int(part) for part in release[0].split(".")[:3])
    return found
