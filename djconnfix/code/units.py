"""What is followed: a middleware with whole requests through it, or a function with calls of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from djconnfix.code.effects import OWNERS, Dirt, Effect, alias_of, effect_of
from djconnfix.code.expressions import Subject
from djconnfix.code.flow import Flow
from djconnfix.code.guards import guards_of
from djconnfix.code.mentions import mentioning
from djconnfix.code.names import FUNCTIONS, Function, own_nodes
from djconnfix.code.places import place_of
from djconnfix.code.requests import Ends, Middleware, follow_request
from djconnfix.code.states import Outcome, State, merge
from djconnfix.code.walk import functions_below
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.code.guards import Guard
    from djconnfix.code.names import Names
    from djconnfix.code.states import States
    from djconnfix.source import SourceFile

BEGINS = frozenset({Effect.AUTOCOMMIT_OFF, Effect.ENTER})
BACK = frozenset({Effect.AUTOCOMMIT_ON, Effect.AUTOCOMMIT_BACK, Effect.LEAVE})
ENDS = frozenset({Effect.COMMIT, Effect.ROLLBACK})
_POSITION_OF_USING = {Effect.AUTOCOMMIT_OFF: 1, Effect.COMMIT: 0, Effect.ROLLBACK: 0}

_BY_HAND = ("commit", "rollback", "set_autocommit", "enter_transaction_management")

Follow = Callable[[bool, "bool | None"], Ends]
"""Takes whether autocommit is off at the start and how dirty tests come out; gives the ways out."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that is followed from its beginning to its ends.

    Attributes:
        names: resolves its names.
        node: its class or function.
        name: for people.
        place: where it runs (`djconnfix.code.places`).
        dotted: path of the class or function.
        functions: every function that belongs to it.
        first: the function that it begins with.
        last: the function that it ends with.
        scope: the functions around them.
        calls: the calls that run the rest of the site.
        removed_base: whether it extends Django's removed `TransactionMiddleware`.
        follow: follows it.
        effects: what its calls do, in order.
        guards: its dirty tests.
    """

    names: Names
    node: ast.ClassDef | Function
    name: str
    place: str
    dotted: str
    functions: tuple[Function, ...]
    first: Function | None
    last: Function | None
    follow: Follow
    scope: tuple[Function, ...] = ()
    calls: frozenset[int] = frozenset()
    removed_base: bool = False
    effects: tuple[tuple[ast.Call, Effect, Function], ...] = field(init=False)
    guards: tuple[Guard, ...] = field(init=False)

    def __post_init__(self) -> None:
        found = [
            (node, effect, function)
            for function in self.functions
            for node in own_nodes(function.body)
            if isinstance(node, ast.Call)
            if (effect := effect_of(node, self.names, (*self.scope, function))) is not None
        ]
        guards = [g for f in self.functions for g in guards_of(f, self.names, self.scope, self.source)]
        object.__setattr__(self, "effects", tuple(found))
        object.__setattr__(self, "guards", tuple(guards))

    @property
    def source(self) -> SourceFile:
        """The file it stands in."""
        return self.names.module.source

    def does(self, *effects: Effect) -> bool:
        """Whether any of its calls has one of these effects."""
        return any(effect in effects for _, effect, _ in self.effects)

    @property
    def begins(self) -> bool:
        """Whether it begins transactions by hand."""
        return self.removed_base or self.does(*BEGINS)

    @property
    def alias(self) -> str:
        """The alias that it handles, empty when that is computed."""
        named = {alias_of(c, _POSITION_OF_USING[e]) for c, e, _ in self.effects if e in _POSITION_OF_USING}
        if not named:
            return "default"
        return named.pop() if len(named) == 1 else ""

    @property
    def defers(self) -> bool:
        """Whether it hands the end of the transaction on (`stack.callback(transaction.set_autocommit, True)`)."""
        for function in self.functions:
            scope = (*self.scope, function)
            for node in own_nodes(function.body):
                if isinstance(node, ast.Call):
                    given = [*node.args, *(k.value for k in node.keywords)]
                    if any(self._ends_later(argument, scope) for argument in given):
                        return True
        return False

    def _ends_later(self, node: ast.expr, scope: tuple[Function, ...]) -> bool:
        if isinstance(node, ast.Lambda):
            body: list[ast.AST] = [node.body]
        elif (found := self.names.definition(node, scope)) is not None and isinstance(found, FUNCTIONS):
            body = list(found.body)
        else:
            owner, _, name = self.names.resolve(node, scope).rpartition(".")
            return owner in OWNERS and name in {"commit", "rollback", "set_autocommit"}
        calls = (n for n in own_nodes(body) if isinstance(n, ast.Call))
        return any(effect_of(call, self.names, scope) in BACK | ENDS for call in calls)

    @property
    def uses_removed_api(self) -> bool:
        """Whether it works only before Django 1.8."""
        old = self.does(Effect.ENTER, Effect.LEAVE, Effect.MANAGED)
        return self.removed_base or old or any(guard.test.dirt is Dirt.DJANGO for guard in self.guards)


def middleware_unit(middleware: Middleware, names: Names) -> Unit:
    """Return a middleware as what is followed."""
    functions = middleware.functions
    return Unit(
        names=names,
        node=middleware.node,
        name=middleware.name,
        place="middleware",
        dotted=f"{names.module.dotted}.{middleware.name}",
        functions=tuple(middleware.methods.values() or functions.values()),
        first=middleware.entry or functions.get("process_request") or functions.get("process_view"),
        last=middleware.entry or functions.get("process_response"),
        follow=lambda manual, dirty: follow_request(middleware, names, manual=manual, dirty=dirty),
        scope=middleware.scope,
        calls=middleware.calls,
        removed_base=middleware.removed_base,
    )


def function_units(names: Names, known: frozenset[int]) -> Iterator[Unit]:
    """Yield the functions that handle transactions by hand, those of middleware (`known`) apart.

    A class with `__enter__` and `__exit__` is one unit: what stands between them is the code under its `with`.
    """
    by_hand = mentioning(names.module.source, _BY_HAND)
    for function, scope, owner in _functions(names.module.tree.body, (), None):
        if id(function) in known or (owner is not None and id(owner) in known):
            continue
        methods = _methods(owner)
        if function.name == "__exit__" and "__enter__" in methods:
            continue
        if function.name == "__enter__" and "__exit__" in methods and owner is not None:
            yield _context_manager(owner, methods, names, scope)
            continue
        if not by_hand(function):
            continue
        unit = _function(function, scope, owner, names)
        if not _is_half(unit, methods, names):
            yield unit


def _functions(
    body: list[ast.stmt], scope: tuple[Function, ...], owner: ast.ClassDef | None
) -> Iterator[tuple[Function, tuple[Function, ...], ast.ClassDef | None]]:
    for node in functions_below(body):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, scope, node)
        else:
            yield node, scope, owner
            yield from _functions(node.body, (*scope, node), None)


def _methods(owner: ast.ClassDef | None) -> dict[str, Function]:
    return {item.name: item for item in owner.body if isinstance(item, FUNCTIONS)} if owner else {}


def _function(function: Function, scope: tuple[Function, ...], owner: ast.ClassDef | None, names: Names) -> Unit:
    methods = _methods(owner)
    parts = [*(f.name for f in scope), *([owner.name] if owner else []), function.name]

    def follow(manual: bool, dirty: bool | None) -> Ends:
        flow = Flow(Subject(names, scope, methods, escapes=True, dirty=dirty), [function])
        outcome = flow.call(function, {State(manual=manual, open=manual): ()})
        return _ends(outcome)

    return Unit(
        names=names,
        node=function,
        name=".".join(parts),
        place=place_of(names.module.source.path, function, owner),
        dotted=".".join([names.module.dotted, *parts]),
        functions=(function,),
        first=function,
        last=function,
        follow=follow,
        scope=scope,
    )


def _context_manager(
    owner: ast.ClassDef, methods: dict[str, Function], names: Names, scope: tuple[Function, ...]
) -> Unit:
    def follow(manual: bool, dirty: bool | None) -> Ends:
        inner = {name: f for name, f in methods.items() if name not in {"__enter__", "__exit__"}}
        flow = Flow(Subject(names, scope, inner, converts=True, dirty=dirty), methods.values())
        entered = flow.call(methods["__enter__"], {State(manual=manual, open=manual): ()})
        outcome = Outcome()
        within = flow.inside(owner, entered.returns, outcome)
        left = flow.call(methods["__exit__"], within)
        merge(left.raised, entered.raised)
        return _ends(left)

    return Unit(
        names=names,
        node=owner,
        name=owner.name,
        place=place_of(names.module.source.path, methods["__exit__"], owner),
        dotted=f"{names.module.dotted}.{owner.name}",
        functions=tuple(methods.values()),
        first=methods["__enter__"],
        last=methods["__exit__"],
        follow=follow,
        scope=scope,
    )


def _ends(outcome: Outcome) -> Ends:
    raised: States = {}
    merge(raised, outcome.raised)
    merge(raised, outcome.escaped)
    return Ends(outcome.returns, raised)


def _is_half(unit: Unit, methods: dict[str, Function], names: Names) -> bool:
    """Whether a function begins what another one ends (`setUp`, `start`), so that it cannot be judged alone."""
    if not unit.begins or unit.does(*ENDS, *BACK):
        return False
    others = methods.values() if methods else [n for n in names.module.tree.body if isinstance(n, FUNCTIONS)]
    for other in others:
        if other is unit.node:
            continue
        calls = (n for n in own_nodes(other.body) if isinstance(n, ast.Call))
        if any(effect_of(call, names, (other,)) in ENDS | BACK for call in calls):
            return True
    return False
