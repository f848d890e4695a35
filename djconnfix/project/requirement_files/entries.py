"""One line that asks for a distribution, and the versions it allows (PEP 440, PEP 508, poetry's carets and tildes)."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field, replace

if TYPE_CHECKING:
    from djconnfix.facts import Version
    from djconnfix.source import Location, SourceFile

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*")
_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~|=)?\s*v?(?:\d+!)?(\d+(?:\.\d+)*)?(\.\*|\.x|\*)?[^,|\s]*\s*\Z")
_URL_VERSION = re.compile(
    r"(?:/|@|-|=|%40)v?(\d+(?:\.\d+)+)(?:(?:a|b|rc|\.?post|\.?dev)\d+)?(?:\.tar\.\w+|\.zip|-py|(?=$|[#&?]))",
    re.IGNORECASE,
)
_EGG = re.compile(r"#.*?\begg=([A-Za-z0-9._-]+?)(?:-(\d+(?:\.\d+)*))?(?:\[([^\]]*)\])?(?:&|$)")
_OLD_PYTHON = re.compile(r"(?:python_version|python_full_version)\s*(<=|<|==)\s*['\"](\d+)(?:\.(\d+))?", re.IGNORECASE)
_NEW_PYTHON = re.compile(r"python_(?:full_)?version\s*>=?\s*['\"]3\.(?:1[5-9]|[2-9]\d)")
_FOREIGN = re.compile(
    r"(?:sys_platform|platform_system|os_name)\s*==\s*['\"](?:win32|nt|windows|cygwin)['\"]", re.IGNORECASE
)
_NORMALISE = re.compile(r"[-_.]+")


class Purpose(enum.Enum):
    """What a requirement file is for, as its name tells."""

    PRODUCTION = "production"
    NEUTRAL = "neutral"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class Entry:
    """One request for a distribution.

    Attributes:
        name: normalised (PEP 503).
        floor: lowest version allowed, empty when nothing is said.
        exact: whether only that version is allowed.
        extras: lower case.
        location: the line.
        purpose: what its file or group is for.
        constraint: it only limits what others ask for.
        excluded: its marker holds on no Python that this program supports.
    """

    name: str
    floor: Version
    exact: bool
    extras: frozenset[str]
    location: Location
    purpose: Purpose = Purpose.NEUTRAL
    constraint: bool = False
    excluded: bool = False

    def as_constraint(self) -> Entry:
        """Return this entry as one that asks for nothing by itself."""
        return replace(self, constraint=True)


@dataclass(slots=True)
class Reading:
    """What one file asks for, and the files it draws in (path as written, whether as constraints)."""

    entries: list[Entry] = field(default_factory=list)
    includes: list[tuple[str, bool]] = field(default_factory=list)


def normalised(name: str) -> str:
    """Return a distribution's name in its one spelling."""
    return _NORMALISE.sub("-", name).lower()


def version(text: str) -> Version:
    """Return the release numbers of a version, empty when it has none."""
    match = re.match(r"\s*v?(?:\d+!)?(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in match[1].split(".")[:6] if len(part) < 10) if match else ()


def floor_of(specifier: str) -> tuple[Version, bool]:
    """Return the lowest version a specifier allows, and whether it allows no other.

    Upper bounds alone give no floor. Of alternatives (`^4.2 || ^5.1`) the lowest counts.
    """
    floors = [_floor_of_all(alternative) for alternative in re.split(r"\s*\|\|?\s*", specifier.strip())]
    if not all(floor for floor, _ in floors):
        return (), False
    lowest = min(floors)
    return lowest[0], lowest[1] and len(floors) == 1


def _floor_of_all(specifier: str) -> tuple[Version, bool]:
    floor: Version = ()
    exact = False
    for clause in re.split(r"\s*,\s*|(?<=[\d*])\s+(?=[<>=!~^])", specifier.strip().strip("()")):
        match = _CLAUSE.match(clause)
        if not match or not match[2]:
            continue
        operator, numbers, wildcard = match[1] or "", version(match[2]), match[3]
        if operator in ("<", "<=", "!="):
            continue
        pinned = operator in ("==", "===", "=", "") and not wildcard
        if numbers > floor or pinned:
            floor, exact = numbers, pinned
        if pinned:
            break
    return floor, exact


def requirement(text: str, location: Location, purpose: Purpose = Purpose.NEUTRAL) -> Entry | None:
    """Return what a PEP 508 requirement asks for, None when the text is none.

    Args:
        text: `psycopg[binary,pool]>=3.2,<4 ; python_version >= "3.10"`, also with a URL, hashes or options after it.
        location: where it stands.
        purpose: what its file or group is for.
    """
    text = text.strip()
    if egg := _EGG.search(text):
        extras = frozenset(part.strip().lower() for part in (egg[3] or "").split(",") if part.strip())
        numbers = version(egg[2] or "") or _url_version(text.split("#")[0])
        return Entry(normalised(egg[1]), numbers, bool(numbers), extras, location, purpose)
    match = _NAME.match(text)
    if not match or "://" in text[: match.end() + 3].split("@")[0] or text.startswith(("-", ".", "/")):
        return None
    rest = text[match.end() :]
    extras = frozenset(part.strip().lower() for part in (match[2] or "").split(",") if part.strip())
    if rest.startswith("@"):
        url = rest[1:].strip().split()[0] if rest[1:].strip() else ""
        numbers = _url_version(url)
        return Entry(
            normalised(match[1]),
            numbers,
            bool(numbers),
            extras,
            location,
            purpose,
            excluded=_excluded(rest.partition(" ;")[2]),
        )
    if rest and rest[0] not in "=<>!~;(,#* \t^" and not rest[0].isspace():
        return None
    specifier, _, marker = rest.partition(";")
    specifier = re.split(r"\s+(?:--|#)", f" {specifier}", maxsplit=1)[0].strip()
    if specifier and specifier[0] not in "=<>!~(^*":
        return None
    floor, exact = floor_of(specifier)
    return Entry(normalised(match[1]), floor, exact, extras, location, purpose, excluded=_excluded(marker))


def _url_version(url: str) -> Version:
    matches = _URL_VERSION.findall(url)
    return version(matches[-1]) if matches else ()


def _excluded(marker: str) -> bool:
    if not marker.strip() or " or " in marker:
        return False
    if _FOREIGN.search(marker) or _NEW_PYTHON.search(marker):
        return True
    for operator, major, minor in _OLD_PYTHON.findall(marker):
        wanted = (int(major), int(minor or 0))
        if wanted < (3, 10) or (operator == "<" and wanted == (3, 10)):
            return True
    return False


def line_at(source: SourceFile, offset: int) -> Location:
    """Return the line that holds an offset, without indentation and trailing blanks."""
    line, _ = source.position(offset)
    text = source.line_text(line)
    start = source.line_starts[line - 1] + len(text) - len(text.lstrip())
    return source.location(start, max(start, source.line_starts[line - 1] + len(text.rstrip())))
