"""The account of an evaluation: where it stands, what happened, and what could not be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from djconnfix.settings.values import (
        Atom,
        ModuleValue,
        Value,
        WriteSite,
    )
    from djconnfix.source import Location, SourceFile, UnreadableError


@dataclass(slots=True, eq=False)
class Frame:
    """Where evaluation stands: scopes from the innermost outwards, the module, and what is being run."""

    scopes: tuple[int, ...]
    module: ModuleValue
    source: SourceFile
    kind: str = "module"
    owner: int = 0
    receiver: Value | None = None
    statement: ast.stmt | None = None
    outer_names: frozenset[str] = frozenset()

    @property
    def scope(self) -> int:
        """The innermost scope."""
        return self.scopes[0]


Stack = tuple[tuple[Frame, "ast.stmt"], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something happened to a dictionary: an entry was written, or a name was bound to it.

    Attributes:
        moment: counts events and statements.
        stack: the statements being run, outermost first.
        known: what was assumed then.
        number: the dictionary's number in the heap.
        key: the entry; for a binding, the name.
        site: the syntax that wrote it; None for a binding.
        value: what was written.
        scope: for a binding, the name's scope; 0 for a write.
        label: the settings class for which it happened, empty while the module is run.
        inherited: the dictionary that the entry was poured from, 0 when it was written here.
    """

    moment: int
    stack: Stack
    known: Mapping[Atom, bool]
    number: int
    key: object
    site: WriteSite | None
    value: Value
    scope: int = 0
    label: str = ""
    inherited: int = 0


@dataclass(slots=True)
class Account:
    """What happened while evaluating, and what could not be seen."""

    events: list[Event] = field(default_factory=list)
    ends: dict[tuple[int, int], int] = field(default_factory=dict)
    assumed: dict[tuple[int, int], Mapping[Atom, bool]] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    held: dict[tuple[str, Location], int] = field(default_factory=dict)
    overrides: dict[tuple[int, str], int] = field(default_factory=dict)
    dead: list[dict[Atom, bool]] = field(default_factory=list)
    calls: dict[int, tuple[int, Frame]] = field(default_factory=dict)
    unreadable: dict[str, UnreadableError] = field(default_factory=dict)
    classes: dict[int, None] = field(default_factory=dict)
