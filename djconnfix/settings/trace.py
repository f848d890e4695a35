"""How a definition of an alias came to be, at the level of syntax: what the fixer edits.

A `Trace` tells, for one definition, which expressions created its dictionary, which sites wrote into it in which
order, and after which statements a further assignment takes effect.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from djconnfix.facts import DatabaseKey
    from djconnfix.source import SourceFile


class WriteKind(enum.Enum):
    """What kind of syntax writes an entry."""

    ENTRY = "entry"  # an entry of a dictionary display
    KEYWORD = "keyword"  # a keyword of dict(), of a helper's call or of .update()
    ASSIGNMENT = "assignment"  # x["KEY"] = value
    SETDEFAULT = "setdefault"
    OTHER = "other"  # a loop over pairs, fromkeys(), augmented assignment, ...


class CreationKind(enum.Enum):
    """What kind of expression makes a dictionary."""

    DISPLAY = "display"  # {...}
    DICT_CALL = "dict"  # dict(...)
    HELPER_CALL = "helper"  # dj_database_url.config(...)
    COPY = "copy"  # x.copy(), copy.deepcopy(x)
    MERGE = "merge"  # a | b
    COMPREHENSION = "comprehension"
    OPAQUE = "opaque"  # an expression that cannot be seen through


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """An expression and the statement it stands in."""

    source: SourceFile
    statement: ast.stmt
    node: ast.expr


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One site that writes one entry of the alias (or of its `OPTIONS`).

    Attributes:
        path: the entry: `("CONN_MAX_AGE",)`, `("OPTIONS", "pool")`.
        kind: its syntax.
        source: the file it stands in.
        statement: the statement it stands in.
        node: the expression that gives the value.
        container: the `ast.Dict`, `ast.Call` or assignment that holds it.
        effective: whether it is what the entry is in the end.
        shared: every definition that this very site writes, this one included.
        decided_by: where the value itself is written, when `node` only names it (`AGE` where `AGE = 60` stands
            elsewhere); the environment read for values from the environment. None when it is `node`.
    """

    path: tuple[str, ...]
    kind: WriteKind
    source: SourceFile
    statement: ast.stmt
    node: ast.expr
    container: ast.AST
    effective: bool
    shared: frozenset[DatabaseKey]
    decided_by: Site | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Creation:
    """One expression that made the dictionary, or a dictionary that it was copied from.

    Attributes:
        kind: its syntax.
        source: the file it stands in.
        statement: the statement it stands in.
        node: the expression.
        shared: every definition that comes from it, this one included.
        helper: `dj_database_url.config`, `environ.db`, ...; empty when it is no helper's call.
    """

    kind: CreationKind
    source: SourceFile
    statement: ast.stmt
    node: ast.expr
    shared: frozenset[DatabaseKey]
    helper: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """A place for a new statement `{target}["KEY"] = value`.

    Attributes:
        source: the file.
        after: the statement that the new one follows, in the same block.
        target: source text of an expression that is the alias' dictionary there: `DATABASES["default"]`, `db`.
        shared: every definition that such a statement would write, this one included.
        later: by alias-level key, those of `shared` for which that key is written again afterwards.
    """

    source: SourceFile
    after: ast.stmt
    target: str
    shared: frozenset[DatabaseKey]
    later: Mapping[str, frozenset[DatabaseKey]] = field(default_factory=dict)

    def written(self, key: str) -> frozenset[DatabaseKey]:
        """Return the definitions for which an assignment to this key holds in the end."""
        return self.shared - self.later.get(key, frozenset())


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The syntax-level account of one definition.

    Attributes:
        key: which definition.
        creations: the expression whose dictionary the alias is comes first, then what it was copied from.
        writes: in the order of execution, those into `OPTIONS` included.
        find_anchors: finds `anchors`, which few ask for and which takes a look at all definitions.
        options_creations: the same as `creations` for the `OPTIONS` dictionary; empty when there is none.
    """

    key: DatabaseKey
    creations: tuple[Creation, ...]
    writes: tuple[Write, ...]
    find_anchors: Callable[[], tuple[Anchor, ...]]
    options_creations: tuple[Creation, ...] = ()

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The places for one more statement, best first."""
        return self.find_anchors()
