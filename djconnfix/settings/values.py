"""The evaluator's value domain: constants, environment reads, references, choices, and what is out of sight.

Values are immutable. Dictionaries, lists, classes and instances live in the heap (`store.py`) and are named by `Ref`,
so that aliasing is what it is in Python.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from djconnfix.settings.trace import CreationKind, WriteKind
    from djconnfix.source import Location, SourceFile

MAX_LEAVES = 64
GLOBALS = "globals()"  # the name of a module value that stands for its namespace
PREFIXED = "environs.Env().prefixed()"
MEMBER = "a member of an enumeration"
BY_DEFAULT = "\0"  # in keys of conditions that hold while their variable is unset


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a value was written."""

    source: SourceFile
    statement: ast.stmt
    node: ast.expr

    @property
    def location(self) -> Location:
        """The expression's place."""
        return self.source.node_location(self.node)


@dataclass(frozen=True, slots=True)
class Atom:
    """An elementary condition that the files leave open; equal keys mean the same condition.

    Attributes:
        key: normalised symbolic text.
        when: what holds when it is true, in words.
        unless: what holds when it is false, in words.
        subject: for `x == constant`, the key of x: two such atoms exclude each other.
        constant: for `x == constant`, the constant.
        test: for a condition that is made of others, the tree of these.
    """

    key: str
    when: str = field(compare=False)
    unless: str = field(compare=False)
    subject: str = field(default="", compare=False)
    constant: object = field(default=None, compare=False)
    test: Value | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """Plain Python data without parts that can change."""

    value: object
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EnvRead:
    """Something the environment decides.

    Attributes:
        variable: the variable's name.
        default: what holds while the variable is unset; None: reading fails then.
        cast: the type it is turned into; empty: stays a string.
        key: normalised text of the read with all that was done to it since.
        origin: the outermost expression.
        subject: for a test of equality with a constant, the key of the compared value.
        constant: what it is compared with.
        plain: whether nothing was done to it, so that its truth is "the variable is set".
        truth: when it is true, where that is known better than from the key.
    """

    variable: str
    default: Value | None
    cast: str
    key: str
    origin: Origin | None = None
    subject: str = ""
    constant: object = None
    plain: bool = False
    truth: Value | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """Out of sight. `key` is the normalised text by which two sights of the same thing are recognised.

    `among`: what may be changed through it, because it may be that, or hold it.
    """

    reason: str
    key: str
    origin: Origin | None = None
    subject: str = ""
    constant: object = None
    among: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """An object in the heap."""

    object: int
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Dotted:
    """A name that leads out of the tree: a builtin, the standard library, an installed package."""

    name: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A method (or attribute) of a value that the evaluator knows."""

    receiver: Value
    name: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """`functools.partial(function, ...)`."""

    function: Value
    arguments: tuple[Value, ...]
    keywords: Mapping[str, Value]
    keyword_nodes: Mapping[str, ast.keyword]


@dataclass(frozen=True, slots=True, eq=False)
class ModuleValue:
    """A module of the tree, by its scope."""

    scope: int
    path: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function or lambda of the tree.

    Attributes:
        node: its definition.
        scopes: where its names are looked up, after its own.
        module: the module it stands in.
        source: that module's file.
        defaults: of its parameters.
        owner: the class it stands in, 0 for none.
        kind: `function`, `property`, `classmethod`, `staticmethod`, `cached` or, behind an unknown decorator, `hidden`.
        memo: the scope that holds what a cached function gave.
    """

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scopes: tuple[int, ...]
    module: ModuleValue
    source: SourceFile
    defaults: Mapping[str, Value]
    owner: int = 0
    kind: str = "function"
    memo: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A function bound to an instance or class."""

    function: Function
    receiver: Value


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """`super()` inside a method: the class it stands in and the instance or class it was called on."""

    owner: int
    receiver: Value


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """A choice between two values.

    Attributes:
        atom: the condition.
        then: the value where it is true.
        orelse: the value where it is false.
        leaves: how many values it chooses from, all in all.
        atoms: every condition in it.
        subjects: whether one of them may be decided by another of the same subject.
    """

    atom: Atom
    then: Value
    orelse: Value
    leaves: int
    atoms: frozenset[Atom]
    subjects: bool


class Unbound(enum.Enum):
    """Nothing is there: a name that is not bound, a key that is absent."""

    UNBOUND = "unbound"


UNBOUND = Unbound.UNBOUND


@dataclass(frozen=True, slots=True, eq=False)
class WriteSite:
    """The syntax that wrote an entry. `key_node` is the key or keyword, None where there is none."""

    kind: WriteKind
    origin: Origin
    container: ast.AST
    key_node: ast.AST | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CreationSite:
    """The syntax that made a dictionary."""

    kind: CreationKind
    origin: Origin
    helper: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """An entry of a dictionary: its value and who wrote it. `by` names the helper that filled it in unasked."""

    value: Value
    write: WriteSite | None = None
    by: str = ""


Value: TypeAlias = (
    Const | EnvRead | Unknown | Ref | Dotted | Bound | Partial | ModuleValue | Function | Method | Super | Guarded
    | Unbound | Slot
)  # fmt: skip

TRUE = Const(True)
FALSE = Const(False)
NONE = Const(None)


def origin_of(value: Value) -> Origin | None:
    """Return where a value was written, None for what has no place of its own."""
    return getattr(value, "origin", None)
