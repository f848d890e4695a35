"""The fast walk finds what `ast` finds, operators and contexts apart."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import djconnfix
from djconnfix.code.walk import children, forget_bodies, functions_below, own_nodes

SILENT = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
FILES = sorted(Path(djconnfix.__file__).parent.glob("code/*.py"))
ODD = """\
def f(a, /, b: int = 1, *c, d, e=2, **g) -> {**a, 1: 2}:
    global h
    async with a as b, c: pass
    try: raise x from y
    except* (A, B) as e: pass
    match a:
        case {"k": [1, *r], **rest} | C(x, y=None) if z: pass
        case _ as w: pass
    return [i async for i in j if k], (yield), f"{a!r:>{b}}", lambda q=1: q, not -a @ b <= c
@d
class K(A, metaclass=M):
    def m(self): nonlocal n
    if x:
        def later(self): ...
    else:
        class Inner: ...
"""


@pytest.mark.parametrize("text", [*(path.read_text() for path in FILES), ODD.replace("except*", "except")])
def test_children_are_those_of_ast(text):
    for node in ast.walk(ast.parse(text)):
        assert children(node) == [c for c in ast.iter_child_nodes(node) if not isinstance(c, SILENT)]


def test_own_nodes_do_not_enter_what_is_defined():
    tree = ast.parse("x = lambda: y\ndef f():\n    z = 1\nclass C:\n    w = 2\n")
    names = [node.id for node in own_nodes(tree.body) if isinstance(node, ast.Name)]
    assert names == ["x"]


def test_own_nodes_are_found_once_until_they_are_forgotten():
    tree = ast.parse("x = 1\n")
    first = own_nodes(tree.body)
    assert own_nodes(tree.body) is first
    forget_bodies()
    assert own_nodes(tree.body) is not first


def test_functions_are_found_in_every_block_and_not_entered():
    tree = ast.parse(
        "if a:\n    def one(): \n        def inner(): ...\nelse:\n    async def two(): ...\n"
        "try:\n    class Three: ...\nexcept E:\n    def four(): ...\nelse:\n    def five(): ...\n"
        "finally:\n    def six(): ...\n"
        "match m:\n    case 1:\n        def seven(): ...\nwith w:\n    for i in j:\n        def eight(): ...\n"
    )
    found = [node.name for node in functions_below(tree.body)]
    assert found == ["one", "two", "Three", "five", "four", "six", "seven", "eight"]
