"""Dirty tests that stand before a commit or a rollback, and whether they can be dropped.

A test is dropped only when nothing but ending the transaction hangs on it: no `else`, no assignment in the test, a
body of nothing but commit, rollback, leave and resetting the flag (also under further tests, which stay: they are
policy), and no comment that would be lost.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.effects import ENDS, Dirt, DirtyTest, Effect, dirty_test, effect_of
from djconnfix.code.names import FUNCTIONS, Function, own_nodes
from djconnfix.code.steps import Step
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.code.names import Names
    from djconnfix.source import SourceFile


@dataclass(frozen=True, slots=True)
class Guard:
    """One dirty test before the end of a transaction.

    Attributes:
        statement: the statement that it stands in.
        test: the test.
        function: the function around it.
        step: what drops it, None when that would not be sure.
        refusal: why it cannot be dropped, empty when it can.
    """

    statement: ast.stmt
    test: DirtyTest
    function: Function
    step: Step | None = None
    refusal: str = ""


def guards_of(function: Function, names: Names, scope: tuple[Function, ...], source: SourceFile) -> Iterator[Guard]:
    """Yield the dirty tests of a function that decide over a commit or rollback, in order."""
    inside = (*scope, function)
    finder = _Finder(names, inside, source)
    for statement, position in _statements(function.body):
        yield from finder.guards(statement, position, function)


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a statement stands: its block, its index there, and whether it is an `elif`."""

    block: list[ast.stmt]
    index: int
    chain: ast.If | None = None  # the `if` that an `elif` belongs to


def _statements(body: list[ast.stmt], chain: ast.If | None = None) -> Iterator[tuple[ast.stmt, _Position]]:
    for index, statement in enumerate(body):
        yield statement, _Position(body, index, chain)
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            continue
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if not inner or not isinstance(inner, list):
                continue
            is_elif = name == "orelse" and isinstance(statement, ast.If) and _is_elif(statement)
            yield from _statements(inner, (chain or statement) if is_elif else None)  # type: ignore[arg-type]
        for handler in getattr(statement, "handlers", ()):
            yield from _statements(handler.body)
        for case in getattr(statement, "cases", ()):
            yield from _statements(case.body)


def _is_elif(node: ast.If) -> bool:
    return (
        len(node.orelse) == 1
        and isinstance(node.orelse[0], ast.If)
        and node.orelse[0].col_offset == node.col_offset  # an `if` alone in an `else` is indented
    )


class _Finder:
    def __init__(self, names: Names, scope: tuple[Function, ...], source: SourceFile) -> None:
        self.names = names
        self.scope = scope
        self.source = source

    def guards(self, statement: ast.stmt, position: _Position, function: Function) -> Iterator[Guard]:
        match statement:
            case ast.If():
                yield from self._if(statement, position, function)
            case ast.Expr(value=ast.IfExp(test=test, body=body, orelse=ast.Constant(value=None)) as choice):
                found = self._dirty(test)
                if found and self._ends(body):
                    yield self._replaced(statement, found, function, choice, body)
            case ast.Expr(value=ast.BoolOp(op=ast.And(), values=[test, body]) as chain):
                found = self._dirty(test)
                if found and self._ends(body):
                    yield self._replaced(statement, found, function, chain, body)
            case _:
                return

    def _dirty(self, node: ast.expr) -> DirtyTest | None:
        return dirty_test(node, self.names, self.scope)

    def _ends(self, node: ast.AST) -> bool:
        calls = (n for n in own_nodes([node]) if isinstance(n, ast.Call))
        return any(effect_of(call, self.names, self.scope) in ENDS for call in calls)

    def _if(self, node: ast.If, position: _Position, function: Function) -> Iterator[Guard]:
        test = node.test
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and (found := self._dirty(test.operand)):
            yield from self._early_leave(node, found, position, function)
            return
        operands = test.values if isinstance(test, ast.BoolOp) else [test]
        found = next((dirty for operand in operands if (dirty := self._dirty(operand))), None)
        if found is None or not any(self._ends(statement) for statement in node.body):
            return
        refusal = self._refusal(node, found, position)
        if refusal:
            yield Guard(node, found, function, refusal=refusal)
            return
        whole = position.chain or node
        start, end = self.source.node_span(whole)
        own = self.source.node_span(node)
        tested = self.source.node_span(found.node)
        yield Guard(node, found, function, Step("drop-test", start, end, (*own, *tested)))

    def _refusal(self, node: ast.If, found: DirtyTest, position: _Position) -> str:
        test = node.test
        if any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(test)):
            return "the test also assigns a name"
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
            return "other tests stand beside it under `or`"
        if node.orelse:
            return "there is an `else` whose behaviour would be lost"
        if position.chain is not None and isinstance(test, ast.BoolOp):
            return "it is one of several tests of an `elif`"
        if found.dirt is Dirt.QUERIES and isinstance(test, ast.BoolOp):
            return "it is one of several tests over the number of queries"
        return self._body_refusal(node.body)

    def _body_refusal(self, body: list[ast.stmt]) -> str:
        for statement in body:
            if reason := self._statement_refusal(statement):
                return reason
        return ""

    def _statement_refusal(self, statement: ast.stmt) -> str:
        match statement:
            case ast.Expr(value=ast.Call() as call):
                if effect_of(call, self.names, self.scope) or _resets_flag(call, self.names, self.scope):
                    return ""
                return f"line {statement.lineno} does more than end the transaction"
            case ast.Expr(value=ast.IfExp(body=ast.Call() as one, orelse=ast.Call() as other)):
                if effect_of(one, self.names, self.scope) and effect_of(other, self.names, self.scope):
                    return ""
                return f"line {statement.lineno} does more than end the transaction"
            case ast.Assign(targets=[target], value=value) if _is_plain(value):
                local = isinstance(target, ast.Name) or self._dirty(target) is not None
                return "" if local else f"line {statement.lineno} sets something that other code may read"
            case ast.If(body=body, orelse=orelse):
                return self._body_refusal(body) or self._body_refusal(orelse)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                caught = [s for handler in handlers for s in handler.body if not isinstance(s, ast.Raise)]
                return self._body_refusal([*body, *caught, *orelse, *final])
            case ast.Pass():
                return ""
            case _:
                return f"line {statement.lineno} does more than end the transaction"

    def _early_leave(self, node: ast.If, found: DirtyTest, position: _Position, function: Function) -> Iterator[Guard]:
        """`if not is_dirty(): return response` before the commit."""
        after = position.block[position.index + 1 :]
        if node.orelse or position.chain or not any(self._ends(statement) for statement in after):
            if any(self._ends(statement) for statement in node.orelse):
                yield Guard(node, found, function, refusal="there is an `else` whose behaviour would be lost")
            return
        if len(node.body) != 1 or not isinstance(node.body[0], (ast.Return, ast.Continue)):
            yield Guard(node, found, function, refusal="more than leaving hangs on the test")
            return
        leaves = node.body[0]
        start, end = self.source.node_span(node)
        if "#" in self.source.text[start:end]:
            yield Guard(node, found, function, refusal="a comment stands inside the test")
            return
        if isinstance(leaves, ast.Return) and not _same_return(leaves, after[-1]):
            yield Guard(node, found, function, refusal="the two ways out return different things")
            return
        if reason := self._body_refusal([s for s in after if not isinstance(s, ast.Return)]):
            yield Guard(node, found, function, refusal=reason)
            return
        yield Guard(node, found, function, Step("remove", start, end))

    def _replaced(
        self, statement: ast.stmt, found: DirtyTest, function: Function, old: ast.expr, new: ast.expr
    ) -> Guard:
        start, end = self.source.node_span(old)
        if "#" in self.source.text[start:end]:
            return Guard(statement, found, function, refusal="a comment stands inside the test")
        return Guard(statement, found, function, Step("replace", start, end, self.source.node_span(new)))


def _same_return(one: ast.Return, last: ast.stmt) -> bool:
    if not isinstance(last, ast.Return):
        return one.value is None
    if one.value is None or last.value is None:
        return one.value is last.value
    return ast.dump(one.value) == ast.dump(last.value)


def _is_plain(node: ast.expr) -> bool:
    """An expression without effects that matter: no call but `isinstance`, `getattr` and the like."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)):
            return False
        if isinstance(inner, ast.Call):
            plain = isinstance(inner.func, ast.Name) and inner.func.id in {
                "isinstance",
                "getattr",
                "hasattr",
                "bool",
                "len",
            }
            if not plain:
                return False
    return True


def _resets_flag(call: ast.Call, names: Names, scope: tuple[Function, ...]) -> bool:
    """`set_clean()`, `request.clear_dirty()`: sets the flag back, which ending the transaction implies."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            lowered = name.lower()
        case _:
            return False
    if call.args and not all(isinstance(a, (ast.Name, ast.Constant)) for a in call.args):
        return False
    says_so = any(word in lowered for word in ("set_clean", "clear_dirty", "reset_dirty", "mark_clean", "unset_dirty"))
    return says_so and effect_of(call, names, scope) in {None, Effect.CLEAN}
