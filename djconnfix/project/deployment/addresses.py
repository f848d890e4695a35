"""Which variables of the deployed environment lead to a pooler: by name only, their values are never kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.endpoints import pooler_at
from djconnfix.project.deployment import shell
from djconnfix.project.deployment.model import is_development_path
from djconnfix.records import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.facts import Pooler
    from djconnfix.source import Location

_HOST = re.compile(r"([A-Za-z][\w.-]{0,252})(?::(\d{1,5}))?\Z", re.ASCII)
_NAMES_AN_ADDRESS = re.compile(r"HOST|URL|URI|DSN|ADDR|SERVER", re.IGNORECASE)
_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*([^\r\n]*)", re.ASCII)
_MAX_LENGTH = 2000


@dataclass(slots=True)
class Addresses:
    """Where the variables of deployment files lead, in the making.

    Attributes:
        poolers: every pooler of the tree, once all are known.
        services: by variable, the poolers that environments of services name; None for any other host.
        files: the same for `.env` files, which count where no service says anything.
    """

    poolers: tuple[Pooler, ...] = ()
    services: dict[str, set[Location | None]] = field(default_factory=dict)
    files: dict[str, set[Location | None]] = field(default_factory=dict)

    def of(self, environment: Mapping[str, str]) -> tuple[tuple[str, Location | None], ...]:
        """Return the variables that hold an address: with the pooler it is the address of, else None."""
        if not self.poolers:
            return ()
        found = ((name, self._leads_to(name, text)) for name, text in sorted(environment.items()))
        return tuple((name, place) for name, places in found for place in places)

    def _leads_to(self, name: str, text: str) -> list[Location | None]:
        if not _NAMES_AN_ADDRESS.search(name) or (address := _address(text)) is None:
            return []
        pooler = pooler_at(self.poolers, *address)
        return [pooler.location if pooler else None]

    def take(self, environment: Mapping[str, str], path: str) -> None:
        """Take in the environment of a service; what development files say against a pooler does not count."""
        self._take(self.services, environment, path)

    def take_file(self, text: str, path: str) -> None:
        """Take in a `.env` file."""
        pairs = (_LINE.match(line) for line in text.splitlines())
        environment = {match[1]: match[2].strip().strip("\"'") for match in pairs if match}
        self._take(self.files, environment, path)

    def _take(self, kept: dict[str, set[Location | None]], environment: Mapping[str, str], path: str) -> None:
        for name, place in self.of(environment):
            if place is not None or not is_development_path(path):
                kept.setdefault(name, set()).add(place)

    def known_to(self, poolers: Iterable[Pooler]) -> list[Pooler]:
        """Return poolers with the variables that lead to them and, as far as files say, nowhere else."""
        agreed: dict[Location, set[str]] = {}
        for name, places in {**self.files, **self.services}.items():
            if len(places) == 1 and (place := next(iter(places))) is not None:
                agreed.setdefault(place, set()).add(name)
        return [replace(each, variables=frozenset(agreed.get(each.location, ()))) for each in poolers]


def _address(text: str) -> tuple[str, str] | None:
    """Return the host and port of a URL or of a bare address, None for other text."""
    if len(text) > _MAX_LENGTH:
        return None
    text = shell.resolve(text, {}) if "$" in text else text
    if "://" in text:
        from urllib.parse import urlsplit

        try:
            parts = urlsplit(text)
            return (parts.hostname, str(parts.port or "")) if parts.hostname else None
        except ValueError:
            return None
    match = _HOST.match(text)
    return (match[1], match[2] or "") if match else None
