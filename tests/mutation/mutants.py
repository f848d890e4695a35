"""Every small change to the functions of a module that ought to be noticed.

Not changed are texts (messages are not promises), annotations, assertions (they narrow types), and what runs at import
only: a mutant is put in by giving a function other code.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
OPERANDS = False  # whether each part of a condition is left out, too: most that survive only narrow a type
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        path: of the module, relative to the repository.
        line: where it is.
        before: what stands there.
        after: what is put there.
        number: which of the module's changes it is.
    """

    path: str
    line: int
    before: str
    after: str
    number: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: `{self.before}` -> `{self.after}`"


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Return all changes to the functions of a module."""
    found = []
    for number, (node, new) in enumerate(_changes(ast.parse(source))):
        line = (node.target if isinstance(node, ast.comprehension) else node).lineno  # type: ignore[attr-defined]
        found.append(Mutant(path, line, _shown(node), _shown(new), number))
    return found


def code_with(source: str, mutant: Mutant, filename: str) -> CodeType:
    """Return a module's code with one change, every line number as it was."""
    tree = ast.parse(source)
    for number, (node, new) in enumerate(_changes(tree)):
        if number == mutant.number:
            ast.copy_location(new, node)
            around = [each for each in ast.walk(tree) if isinstance(each, _FUNCTIONS) and _holds(each, node)]
            changed = _Replacement(node, new).visit(tree)
            _keep_free_variables(around, compile(source, filename, "exec", dont_inherit=True))
            return compile(ast.fix_missing_locations(changed), filename, "exec", dont_inherit=True)
    raise LookupError(mutant)


def _holds(function: ast.AST, node: ast.AST) -> bool:
    return any(each is node for each in ast.walk(function))


def _keep_free_variables(functions: Iterable[ast.FunctionDef | ast.AsyncFunctionDef], original: CodeType) -> None:
    """Name what functions took from around them, in code that is never run: only then a closure can be given theirs."""
    free = {(each.co_firstlineno, each.co_name): each.co_freevars for each in codes_in(original)}
    for function in functions:
        line = min((function.lineno, *(each.lineno for each in function.decorator_list)))
        if names := free.get((line, function.name), ()):
            loads = [ast.Expr(ast.Name(name, ast.Load())) for name in names]
            function.body.append(ast.copy_location(ast.If(ast.Constant(False), loads, []), function.body[-1]))


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of every function inside."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from codes_in(each)


class _Replacement(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node).split("\n")[0]
    return text if len(text) <= 100 else f"{text[:97]}..."


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield each node that can be changed and what it becomes, in a stable order."""
    for function in _functions(tree):
        for statement in function.body:
            yield from _in(statement)


def _functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the outermost functions and methods."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child)


def _in(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, (ast.Assert, ast.Import, ast.ImportFrom)) or _is_text(node):
        return
    yield from _of(node)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "args" if isinstance(node, _FUNCTIONS) else "", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, (ast.expr_context, ast.operator, ast.cmpop)):
                yield from _in(child)


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    return isinstance(node, (ast.JoinedStr, ast.Raise))


def _of(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield what one node becomes."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        new = copy.copy(node)
        new.ops = [_COMPARISONS[type(node.ops[0])](), *node.ops[1:]]
        yield node, new
    elif isinstance(node, ast.BoolOp):
        yield node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for index in range(len(node.values)) if OPERANDS else ():  # each part for itself, as if it were not there
            rest = node.values[:index] + node.values[index + 1 :]
            yield node, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        yield node, ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield node, ast.Constant(node.value + 1)
    elif isinstance(node, (ast.If, ast.While)):
        new_test = ast.UnaryOp(ast.Not(), node.test)
        new = copy.copy(node)
        new.test = ast.copy_location(new_test, node.test)
        yield node, new
    elif isinstance(node, ast.IfExp):
        yield node, node.body
        yield node, node.orelse
    elif isinstance(node, ast.comprehension) and node.ifs:
        new_clause = copy.copy(node)
        new_clause.ifs = node.ifs[1:]
        yield node, new_clause
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield node, ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Break):
        yield node, ast.Continue()
    elif isinstance(node, ast.Continue):
        yield node, ast.Break()
    elif isinstance(node, (ast.Expr, ast.AugAssign)) and not isinstance(
        getattr(node, "value", None), (ast.Yield, ast.YieldFrom)
    ):
        yield node, ast.Pass()


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
