"""Stretches of code between the begin of a transaction by hand and its one commit, which `atomic` can take over.

A stretch is taken over only when it has one commit, at its end, and gives its work up only where an exception is
handled. Commits inside a loop, ways out past the commit, and exceptions that are swallowed on the way stay as they are.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.effects import Dirt, Effect, dirty_test, effect_of
from djconnfix.code.lifetimes import has_query
from djconnfix.code.names import FUNCTIONS, Function, own_nodes
from djconnfix.code.spelling import source_text
from djconnfix.code.steps import Step
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.code.names import Names

_ENDS = frozenset({Effect.COMMIT, Effect.ROLLBACK})
_BACK = frozenset({Effect.AUTOCOMMIT_ON, Effect.AUTOCOMMIT_BACK, Effect.LEAVE})
_BEGINS = frozenset({Effect.AUTOCOMMIT_OFF, Effect.ENTER, Effect.MANAGED})
_HARMLESS = frozenset({Effect.SAVEPOINT, Effect.CLEAN})
_USING = {Effect.AUTOCOMMIT_OFF: 1, Effect.AUTOCOMMIT_ON: 1, Effect.AUTOCOMMIT_BACK: 1, Effect.MANAGED: 1}
_STATE_TESTS = frozenset({"get_autocommit", "in_atomic_block", "is_managed", "atomic", "on_commit"})


@dataclass(frozen=True, slots=True)
class _Found:
    """What the parts of a stretch are.

    Attributes:
        first: the first statement of the stretch, of those that go or of those that are wrapped.
        last: its last statement.
        wrapped: what runs inside the transaction.
        gone: the statements that go.
    """

    first: ast.stmt
    last: ast.stmt
    wrapped: list[ast.stmt]
    gone: list[ast.stmt]


def atomic_region(function: Function, names: Names, scope: tuple[Function, ...]) -> tuple[Step, ...]:
    """Return the steps that put `with transaction.atomic():` in the place of a transaction by hand; none when unsure.

    Args:
        function: the function that begins the transaction and ends it.
        names: resolves its names.
        scope: the functions around it.
    """
    return _Region(function, names, (*scope, function)).steps()


class _Region:
    def __init__(self, function: Function, names: Names, scope: tuple[Function, ...]) -> None:
        self.function = function
        self.names = names
        self.scope = scope
        calls = (n for n in own_nodes(function.body) if isinstance(n, ast.Call))
        effects = ((call, effect_of(call, names, scope)) for call in calls)
        self.effects = {id(call): (call, e) for call, e in effects if e is not None and e not in _HARMLESS}

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, none when the function has another form."""
        decorator = self._commit_manually()
        own = [n for n in own_nodes(self.function.body) if isinstance(n, (ast.Yield, ast.YieldFrom, ast.Await))]
        if isinstance(self.function, ast.AsyncFunctionDef) or own or len(self.effects) > 12:
            return ()
        found = self._whole(self.function.body) if decorator is not None else self._begun()
        if found is None or not found.wrapped or not self._is_sure(found):
            return ()
        expression = self._atomic(decorator)
        if expression is None:
            return ()
        span = self.names.module.source.node_span
        marks = [span(found.wrapped[0])[0], span(found.wrapped[-1])[1]]
        for statement in found.gone:
            marks += span(statement)
        step = Step("wrap-atomic", span(found.first)[0], span(found.last)[1], tuple(marks), expression)
        return (*self._without(decorator), step)

    def _commit_manually(self) -> ast.expr | None:
        for decorator in self.function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.names.resolve(called, self.scope[:-1]) == "django.db.transaction.commit_manually":
                return decorator
        return None

    def _without(self, decorator: ast.expr | None) -> tuple[Step, ...]:
        if decorator is None:
            return ()
        source = self.names.module.source
        start, end = source.node_span(decorator)
        return (Step("remove", source.text.rindex("@", 0, start), end),)

    # -- the parts ----------------------------------------------------------------------------------------------

    def _begun(self) -> _Found | None:
        """Find the block in which the transaction begins, and its parts from there."""
        for block in _blocks(self.function):
            opening = [i for i, s in enumerate(block) if self._does(s) in _BEGINS]
            if not opening:
                continue
            first = opening[0]
            if opening != list(range(first, first + len(opening))):
                return None
            found = self._whole(block[first + len(opening) :])
            if found is None:
                return None
            return _Found(block[first], found.last, found.wrapped, [*block[first : first + len(opening)], *found.gone])
        return None

    def _whole(self, block: Sequence[ast.stmt]) -> _Found | None:
        """Find the parts of statements that run in one transaction from their beginning."""
        rest = list(block[1:]) if block and _is_docstring(block[0]) else list(block)
        if not rest:
            return None
        if isinstance(rest[0], ast.Try):
            return self._in_try(rest[0], rest[1:])
        return self._plain(rest)

    def _plain(self, block: list[ast.stmt]) -> _Found | None:
        index = next((i for i, s in enumerate(block) if self._does(s) is Effect.COMMIT), None)
        if index is None:
            return None
        gone = [block[index], *(s for s in block[index + 1 :] if self._does(s) in _BACK)]
        return _Found(block[0], gone[-1], block[:index], gone)

    def _in_try(self, node: ast.Try, after: list[ast.stmt]) -> _Found | None:
        index = next((i for i, s in enumerate(node.body) if self._does(s) is Effect.COMMIT), None)
        wrapped, gone = (node.body, []) if index is None else (node.body[:index], [node.body[index]])
        tail = node.orelse if index is None else [*node.body[index + 1 :], *node.orelse]
        last: ast.stmt = node
        if index is None and tail and self._does(tail[0]) is Effect.COMMIT:
            gone, tail = [tail[0]], tail[1:]
        elif index is None and not tail and after and self._does(after[0]) is Effect.COMMIT:
            if not all(isinstance(h.body[-1], (ast.Raise, ast.Return)) for h in node.handlers):
                return None
            gone, last, after = [after[0]], after[0], after[1:]
        if not gone:
            return None
        back = [s for s in tail if self._does(s) in _BACK]
        if any(not isinstance(s, ast.Return) for s in tail if s not in back):
            return None
        for handler in node.handlers:
            if self._does(handler.body[0]) is not Effect.ROLLBACK:
                return None
            undone = [s for s in handler.body if self._does(s) in {Effect.ROLLBACK, *_BACK}]
            if has_query([s for s in handler.body if s not in undone]):
                return None
            back += undone
        back += [s for s in node.finalbody if self._does(s) in _BACK]
        later = [s for s in after if self._does(s) in _BACK]
        return _Found(node, later[-1] if later else last, wrapped, [*gone, *back, *later])

    def _does(self, statement: ast.stmt) -> Effect | None:
        """Return what a statement does to the transaction, when it does nothing else."""
        match statement:
            case ast.Expr(value=ast.Call() as call):
                _, effect = self.effects.get(id(call), (None, None))
                return effect
            case ast.If(test=test, body=[inner], orelse=[]):
                found = dirty_test(test, self.names, self.scope)
                return self._does(inner) if found is not None and found.dirt is Dirt.DJANGO else None
            case _:
                return None

    # -- whether it is sure --------------------------------------------------------------------------------------

    def _is_sure(self, found: _Found) -> bool:
        accounted = {id(n) for s in found.gone for n in ast.walk(s) if isinstance(n, ast.Call)}
        if any(key not in accounted for key in self.effects):
            return False
        effects = [self.effects[key][1] for key in self.effects]
        if effects.count(Effect.COMMIT) != 1 or not set(effects) <= _ENDS | _BACK | _BEGINS:
            return False
        nested = [n for n in own_nodes(self.function.body) if isinstance(n, (*FUNCTIONS, ast.Lambda, ast.ClassDef))]
        return not nested and not _leaves(found.wrapped) and not any(map(self._is_in_doubt, own_nodes(found.wrapped)))

    def _is_in_doubt(self, node: ast.AST) -> bool:
        match node:
            case ast.Try(handlers=handlers):
                return not all(isinstance(h.body[-1], ast.Raise) for h in handlers)
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in _STATE_TESTS:
                return True
            case ast.Call(func=ast.Name() as function):
                helper = self.names.definition(function, self.scope)
                return helper is not None and self._handles(helper)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=method)):
                tree = self.names.module.tree
                own = (n for n in ast.walk(tree) if isinstance(n, FUNCTIONS) and n.name == method)
                return any(self._handles(helper) for helper in own)
            case _:
                return False

    def _handles(self, helper: Function | ast.ClassDef) -> bool:
        calls = (n for n in ast.walk(helper) if isinstance(n, ast.Call))
        return any(effect_of(call, self.names, ()) is not None for call in calls)

    def _atomic(self, decorator: ast.expr | None) -> str | None:
        """Return the `atomic` call in the spelling of the others; None when they differ in their alias."""
        source = self.names.module.source
        owners: dict[str, None] = {}
        aliases: dict[str, None] = {}
        calls = [(call, _USING.get(e, 0) if e else 0) for call, e in self.effects.values()]
        if decorator is not None:
            if not isinstance(decorator, ast.Call):
                aliases[""] = None
            elif decorator.args and isinstance(decorator.args[0], ast.Attribute):
                return None
            else:
                calls.append((decorator, 0))
        for call, position in calls:
            if not isinstance(call.func, ast.Attribute):
                return None
            if self.names.resolve(call.func.value, self.scope) != "django.db.transaction":
                return None
            owners[source_text(call.func.value, source)] = None
            given = next((k.value for k in call.keywords if k.arg == "using"), None)
            if given is None and len(call.args) > position:
                given = call.args[position]
            aliases["" if given is None else source_text(given, source)] = None
        if len(owners) != 1 or len(aliases) != 1:
            return None
        (owner,), (alias,) = owners, aliases
        return f"{owner}.atomic({f'using={alias}' if alias else ''})"


def _blocks(function: Function) -> Iterator[list[ast.stmt]]:
    for node in (function, *own_nodes(function.body)):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _leaves(body: Sequence[ast.stmt], *, in_loop: bool = False) -> bool:
    """Whether a way out other than an exception leads past the end of the statements."""
    for node in body:
        if isinstance(node, ast.Return) or (isinstance(node, (ast.Break, ast.Continue)) and not in_loop):
            return True
        inside = in_loop or isinstance(node, (ast.For, ast.While))
        blocks = [getattr(node, name, ()) for name in ("body", "orelse", "finalbody")]
        blocks += [handler.body for handler in getattr(node, "handlers", ())]
        blocks += [case.body for case in getattr(node, "cases", ())]
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)) and any(_leaves(b, in_loop=inside) for b in blocks):
            return True
    return False
