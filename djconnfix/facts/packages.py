"""What a project installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.source import Location


Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution that the project asks for.

    Attributes:
        name: normalised (PEP 503).
        floor: lowest version that satisfies what is written; empty when nothing is said.
        exact: whether only that version satisfies it (a pin or a lock file).
        extras: extras asked for, lower case.
        location: the line that says it; None when no file does, but it is installed.
    """

    name: str
    floor: Version
    exact: bool
    extras: frozenset[str]
    location: Location | None
