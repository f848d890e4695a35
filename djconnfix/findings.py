"""What rules say: problems, how sure they are, and what should hold instead."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.facts import DatabaseKey
    from djconnfix.source import Location


class Severity(enum.IntEnum):
    """How much a finding matters; higher is worse."""

    INFO = 1  # explains a surprise
    WARNING = 2  # wrong or slow
    ERROR = 3  # breaks, or loses data

    @property
    def label(self) -> str:
        """The word that reports and configuration use."""
        return self.name.lower()


class Confidence(enum.IntEnum):
    """How sure a finding is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        """The word that reports use."""
        return self.name.lower()


class Applicability(str, enum.Enum):
    """Who may apply a remedy."""

    SAFE = "safe"  # proven from evidence, behaviour only improves: applied by default
    UNSAFE = "unsafe"  # right in most projects, or changes policy: applied with --unsafe-fixes
    MANUAL = "manual"  # a person must: the text says what to write and where


@dataclass(frozen=True, slots=True)
class SetSetting:
    """One definition's setting should have this value. `path` is `("CONN_MAX_AGE",)` or `("OPTIONS", "pool")`."""

    database: DatabaseKey
    path: tuple[str, ...]
    value: object


@dataclass(frozen=True, slots=True)
class RemoveSetting:
    """One definition should not have this setting. `optional`: it does no harm, and may stay where it cannot go."""

    database: DatabaseKey
    path: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MoveSetting:
    """One definition's setting should stand under another path; the expression that gives its value is kept."""

    database: DatabaseKey
    path: tuple[str, ...]
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CastSetting:
    """The expression that gives a setting should be wrapped in a call of a builtin (`int`)."""

    database: DatabaseKey
    path: tuple[str, ...]
    cast: str


@dataclass(frozen=True, slots=True)
class RemoveListItem:
    """An entry should go from a list setting such as `MIDDLEWARE` of one settings module."""

    settings: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RemoveStatement:
    """A statement without effect should go."""

    location: Location


@dataclass(frozen=True, slots=True)
class RewriteCode:
    """A function or class should be rewritten by one of the named rewrites of `djconnfix.fix`."""

    location: Location
    rewrite: str
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RequirePackage:
    """A plain requirements file should ask for more.

    `beside` is the line that names the driver: it gets `extra`, or `line` below it when `extra` is empty.
    """

    beside: Location
    extra: str
    line: str


Action = (
    SetSetting
    | RemoveSetting
    | MoveSetting
    | CastSetting
    | RemoveListItem
    | RemoveStatement
    | RewriteCode
    | RequirePackage
)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What should hold instead.

    Attributes:
        applicability: who may apply it.
        why: why it is safe or not *here*, one sentence, shown to the user.
        actions: all or none of them are applied; empty for `MANUAL`.
        instructions: exactly what to write and where, for a person.
        permits: what may change as well where the actions cannot be told apart from it, because it does nothing there.
        tolerates: what may change as well, but only when unsafe fixes are allowed, and where the actions have no place
            of their own.
    """

    applicability: Applicability
    why: str
    actions: tuple[Action, ...] = ()
    instructions: str = ""
    permits: tuple[Action, ...] = ()
    tolerates: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """One piece of evidence: where it stands (None: an option or Django itself) and what it says."""

    text: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule yields.

    Attributes:
        location: what the finding points at.
        message: one sentence without a full stop that names the alias or the code and the consequence.
        because: the evidence it rests on.
        remedy: what to do.
        database: the definition it is about, None when it is about none.
        settings: the settings module it is about, empty when it is about code alone.
        also: further settings modules that read the same place and have the same problem.
        when: under which conditions it holds (` when DATABASE_URL is set`); empty: always. `judge` adds it to the
            message unless the problem holds under several.
        severity: only when other than the rule's own.
        confidence: how sure it is.
    """

    location: Location
    message: str
    because: tuple[Because, ...] = ()
    remedy: Remedy | None = None
    database: DatabaseKey | None = None
    settings: str = ""
    also: tuple[str, ...] = ()
    when: str = ""
    severity: Severity | None = None
    confidence: Confidence = Confidence.HIGH


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with the rule that found it; what reports show.

    Attributes:
        code: `DCF101`.
        name: `conn-max-age-zero`.
        severity: the problem's own, else the rule's.
        problem: what was found.
        fingerprint: stays the same when lines shift; 16 hexadecimal digits.
    """

    code: str
    name: str
    severity: Severity
    problem: Problem
    fingerprint: str

    @property
    def location(self) -> Location:
        """What it points at."""
        return self.problem.location

    @property
    def remedy(self) -> Remedy | None:
        """What to do about it."""
        return self.problem.remedy

    @property
    def alias(self) -> str:
        """The alias it is about, empty when it is about none."""
        return self.problem.database.alias if self.problem.database else ""
