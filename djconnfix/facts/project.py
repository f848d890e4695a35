"""A project as a whole, and what its code does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts.modules import Role
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from djconnfix.facts.databases import Database
    from djconnfix.facts.modules import Evidence, SettingsModule
    from djconnfix.source import Location


@dataclass(frozen=True, slots=True)
class CodeFact:
    """Something that user code does with transactions or connections, found by binding and path analysis.

    Attributes:
        kind: which fact; the closed list stands in `djconnfix.code`.
        location: the statement or expression.
        name: the class or function it stands in (`CommitIfDirty.process_response`).
        place: `middleware`, `view`, `command`, `task`, `thread`, `test`, `signal`, `module`, `function`.
        path_lines: the path through the code that shows it, location and words for each step.
        rewrite: the name of the rewrite in `djconnfix.fix` that mends it, empty when none is right.
        rewrite_span: what that rewrite replaces (the function or class), None without a rewrite.
        why: why the rewrite is right or why there is none, one sentence.
        safe: whether behaviour only improves.
        detail: what the message needs besides, by name.
        dotted: dotted path of the class or function, to be found in `MIDDLEWARE`.
        alias: the database alias it handles, `default` when it names none.
    """

    kind: str
    location: Location
    name: str = ""
    place: str = "function"
    path_lines: tuple[tuple[Location, str], ...] = ()
    rewrite: str = ""
    rewrite_span: Location | None = None
    why: str = ""
    safe: bool = False
    detail: Mapping[str, str] = field(default_factory=dict)
    dotted: str = ""
    alias: str = "default"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file in scope that could not be read. `line` is 0 when none can be named."""

    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Project:
    """All that is known, and all that rules get.

    Attributes:
        root: the folder that paths are relative to.
        settings: every settings root.
        code: facts about user code, in file order.
        unreadable: what could not be read.
        evidence: the union over the whole tree, for the report.
        of_roles: the definitions that `databases` gives, by the roles it was asked for.
        judged: what rules said of these facts, so that they are asked once: the rules, and what they found.
    """

    root: Path
    settings: tuple[SettingsModule, ...]
    code: tuple[CodeFact, ...]
    unreadable: tuple[Unreadable, ...]
    evidence: Evidence
    of_roles: dict[tuple[Role, ...], list[tuple[SettingsModule, Database]]] = field(
        init=False, repr=False, compare=False
    )
    judged: list[tuple[tuple[object, ...], tuple[object, ...]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of_roles", {})
        object.__setattr__(self, "judged", [])

    def databases(self, *roles: Role) -> Iterator[tuple[SettingsModule, Database]]:
        """Return every definition of every alias of the settings roots with one of these roles (none: all).

        A definition that holds only while tests run has the role of tests, whatever the module's.
        """
        if (known := self.of_roles.get(roles)) is None:  # a hundred rules ask
            known = self.of_roles[roles] = [
                (settings, database)
                for settings in self.settings
                for database in settings.databases
                if not roles or (Role.TEST if database.for_tests else settings.role) in roles
            ]
        return iter(known)
