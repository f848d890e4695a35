"""A whole request through a middleware, in whichever of the ways a middleware can be written."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.expressions import Subject
from djconnfix.code.flow import Flow
from djconnfix.code.names import FUNCTIONS, Function, own_nodes, parameters
from djconnfix.code.states import Outcome, State, merge
from djconnfix.code.walk import all_nodes
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djconnfix.code.names import Names
    from djconnfix.code.states import States

HOOKS = ("process_request", "process_view", "process_template_response", "process_exception", "process_response")
REMOVED_MIDDLEWARE = "django.middleware.transaction.TransactionMiddleware"
MIXIN = "django.utils.deprecation.MiddlewareMixin"


@dataclass(frozen=True, slots=True)
class Middleware:
    """A middleware of the project.

    Attributes:
        node: its class, or the function that makes it.
        name: as it would stand in `MIDDLEWARE`, without the module.
        functions: the functions that requests go through, by name.
        calls: the calls that hand the request on.
        scope: the functions around them.
        removed_base: whether it extends Django's removed `TransactionMiddleware`.
        mixin: whether it extends `MiddlewareMixin`.
        entry: the function a request enters by, None for the `process_*` style.
    """

    node: ast.ClassDef | Function
    name: str
    functions: Mapping[str, Function]
    calls: frozenset[int] = frozenset()
    scope: tuple[Function, ...] = ()
    removed_base: bool = False
    mixin: bool = False
    entry: Function | None = None
    methods: Mapping[str, Function] = field(default_factory=dict)


def middleware_of(names: Names) -> Iterator[Middleware]:
    """Yield the middleware of a module: classes and functions that take `get_response`, and `process_*` classes."""
    for node in own_nodes(names.module.tree.body):
        if isinstance(node, ast.ClassDef):
            if (found := _class(node, names)) is not None:
                yield found
        elif isinstance(node, FUNCTIONS) and (made := _factory(node)) is not None:
            yield made


def _class(node: ast.ClassDef, names: Names) -> Middleware | None:
    methods = {item.name: item for item in node.body if isinstance(item, FUNCTIONS)}
    bases = {names.resolve(base) for base in node.bases}
    removed = REMOVED_MIDDLEWARE in bases
    mixin = MIXIN in bases
    entry = methods.get("__call__") or methods.get("__acall__")
    takers = _response_attributes(methods.get("__init__"))
    hooks = {name: methods[name] for name in HOOKS if name in methods}
    if entry is not None and (takers or mixin):
        calls = frozenset(id(c) for m in methods.values() for c in _calls(m) if _hands_on(c.func, takers))
        if calls:
            functions = {entry.name: entry, **hooks}
            return Middleware(node, node.name, functions, calls, (), removed, mixin, entry, methods)
    if hooks and (
        "process_request" in hooks
        or "process_response" in hooks
        or mixin
        or removed
        or node.name.endswith("Middleware")
    ):
        return Middleware(node, node.name, hooks, frozenset(), (), removed, mixin, None, methods)
    return None


def _factory(node: Function) -> Middleware | None:
    """`def middleware(get_response): def handle(request): ...; return handle`."""
    taken = [argument.arg for argument in node.args.args if argument.arg == "get_response"]
    if not taken:
        return None
    for inner in own_nodes(node.body):
        if isinstance(inner, FUNCTIONS):
            calls = frozenset(id(c) for c in _calls(inner) if isinstance(c.func, ast.Name) and c.func.id in taken)
            if calls and len(parameters(inner)) >= 1:
                return Middleware(inner, node.name, {inner.name: inner}, calls, (node,), entry=inner)
    return None


def _response_attributes(init: Function | None) -> set[str]:
    """The attributes of `self` in which `__init__` keeps its first argument."""
    if init is None:
        return set()
    own = [argument.arg for argument in init.args.args[1:2]]
    found = set()
    for node in all_nodes(init):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=ast.Name(id=given)):
                if given in own:
                    found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
                found.add("get_response")
            case _:
                pass
    return found


def _hands_on(function: ast.expr, attributes: set[str]) -> bool:
    match function:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name in attributes or name == "get_response"
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__call__" | "__acall__"):
            return True
        case _:
            return False


def _calls(function: Function) -> Iterator[ast.Call]:
    for node in all_nodes(function):
        if isinstance(node, ast.Call):
            yield node


@dataclass(slots=True)
class Ends:
    """How requests leave a middleware: with a response, or with an exception that it raises itself."""

    responses: States
    raised: States


def follow_request(middleware: Middleware, names: Names, *, manual: bool = False, dirty: bool | None = None) -> Ends:
    """Follow every request through a middleware.

    Args:
        middleware: what to follow.
        names: resolves its names.
        manual: autocommit is off when a request arrives.
        dirty: how dirty tests come out; None: both ways.

    Raises:
        TooComplexError: it has too many paths.
    """
    subject = Subject(
        names=names,
        scope=middleware.scope,
        methods={name: f for name, f in middleware.methods.items() if name not in {"__init__", "__call__"}},
        inside=middleware.calls,
        before_view=_unless_it_calls_the_view(middleware.functions.get("process_view")),
        on_exception=middleware.functions.get("process_exception"),
        converts=True,
        fails=not (middleware.removed_base and "process_exception" not in middleware.functions),
        dirty=dirty,
    )
    flow = Flow(subject, middleware.methods.values() or middleware.functions.values())
    start: States = {State(manual=manual): ()}
    if middleware.entry is not None:
        outcome = flow.call(middleware.entry, start)
        return Ends(outcome.returns, outcome.raised)
    return _follow_hooks(flow, middleware, start)


def _follow_hooks(flow: Flow, middleware: Middleware, start: States) -> Ends:
    raised: States = {}
    if middleware.removed_base and "process_request" not in middleware.functions:
        start = {State(manual=True, begun=True): ()}
    current = _through(flow, middleware.functions.get("process_request"), start, raised)
    outcome = Outcome()
    current = flow.inside(middleware.node, current, outcome)
    merge(raised, outcome.raised)
    if middleware.removed_base and "process_response" not in middleware.functions:
        return Ends({}, raised)  # the base class ends it
    for name in ("process_template_response", "process_response"):
        current = _through(flow, middleware.functions.get(name), current, raised)
    return Ends(current, raised)


def _through(flow: Flow, function: Function | None, states: States, raised: States) -> States:
    if function is None:
        return states
    outcome = flow.call(function, states)
    merge(raised, outcome.raised)
    return outcome.returns


def _unless_it_calls_the_view(hook: Function | None) -> Function | None:
    return None if hook is None or calls_the_view(hook) else hook


def calls_the_view(hook: Function) -> bool:
    """Whether a `process_view` runs the view itself."""
    taken = parameters(hook)[2:3]
    return any(isinstance(n, ast.Name) and n.id in taken and isinstance(n.ctx, ast.Load) for n in all_nodes(hook))
