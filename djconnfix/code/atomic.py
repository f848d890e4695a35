"""What must not be done inside an `atomic` block, seen lexically."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.effects import CLOSES, ENDS, Effect, alias_of, effect_of
from djconnfix.code.kinds import CLOSED_IN_ATOMIC, COMMIT_IN_ATOMIC, INVERTED_GUARD, SLOW_CALL_IN_ATOMIC
from djconnfix.code.places import Place, place_of
from djconnfix.code.steps import Step, encode
from djconnfix.code.walk import blocks, children
from djconnfix.code.words import has_any
from djconnfix.facts import CodeFact
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.code.names import Names

_FORBIDDEN = ENDS | {Effect.AUTOCOMMIT_OFF, Effect.AUTOCOMMIT_ON}
_USING = {Effect.COMMIT: 0, Effect.ROLLBACK: 0, Effect.AUTOCOMMIT_OFF: 1, Effect.AUTOCOMMIT_ON: 1}
_ASKING = (b"in_atomic_block", b"get_autocommit")
_SLOW = (
    "django.core.mail.mail_",
    "django.core.mail.send_",
    "httpx.delete",
    "httpx.get",
    "httpx.p",
    "requests.delete",
    "requests.get",
    "requests.p",
    "requests.request",
    "subprocess.call",
    "subprocess.check_",
    "subprocess.run",
    "time.sleep",
    "urllib.request.urlopen",
)


_OPENING = frozenset({ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.With, ast.If})


@dataclass(frozen=True, slots=True)
class _Inside:
    """What stands around a statement.

    Attributes:
        place: the functions and the class.
        block: the `atomic` around it, None for none.
        alias: that block's alias; empty when it is computed.
        guarded: a test asks whether a block is open.
    """

    place: Place
    block: ast.AST | None = None
    alias: str = ""
    guarded: bool = False


def atomic_facts(names: Names) -> Iterator[CodeFact]:
    """Yield commits, rollbacks and closes inside `atomic`, and commits that hang on autocommit being on."""
    found: list[CodeFact] = []
    _Reader(names, has_any(names.module.source.data, _ASKING), found).visit(names.module.tree, _Inside(Place()))
    return iter(found)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Goes through one module.

    Attributes:
        names: resolves its names.
        asks: whether any of its tests may ask for a block.
        found: what was found so far.
    """

    names: Names
    asks: bool
    found: list[CodeFact]

    def visit(self, node: ast.AST, inside: _Inside) -> None:
        # Outside a block, expressions hold nothing of interest.
        below = blocks(node) if inside.block is None or inside.guarded else children(node)
        for child in below:
            kind = type(child)
            if kind is ast.Call or kind is ast.If:
                self.found.extend(_judge(child, inside, self.names))
            self.visit(child, self._entering(child, inside) if kind in _OPENING else inside)

    def _entering(self, node: ast.AST, inside: _Inside) -> _Inside:
        place = inside.place
        match node:
            case ast.ClassDef():
                return _Inside(Place(place.scope, node))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inner = Place((*place.scope, node), place.owner)
                for decorator in node.decorator_list:
                    if (alias := _atomic_alias(decorator, place, self.names)) is not None:
                        return _Inside(inner, decorator, alias)
                return _Inside(inner)
            case ast.Lambda():
                return _Inside(place)
            case ast.With():
                for item in node.items:
                    if (alias := _atomic_alias(item.context_expr, place, self.names)) is not None:
                        return _Inside(place, item.context_expr, alias, inside.guarded)
                return inside
            case ast.If():
                guarded = inside.guarded or (self.asks and _asks_for_a_block(node.test))
                return _Inside(place, inside.block, inside.alias, guarded)
            case _:
                return inside


def _asks_for_a_block(test: ast.expr) -> bool:
    for node in ast.walk(test):
        name = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "value", None)
        if isinstance(name, str) and ("in_atomic_block" in name or "get_autocommit" in name):
            return True
    return False


def _atomic_alias(node: ast.expr, place: Place, names: Names) -> str | None:
    """Return the alias of an `atomic`, None when the expression is none."""
    called = node.func if isinstance(node, ast.Call) else node
    if names.resolve(called, place.scope) != "django.db.transaction.atomic":
        return None
    return alias_of(node, 0) if isinstance(node, ast.Call) else "default"


def _judge(node: ast.AST, inside: _Inside, names: Names) -> Iterator[CodeFact]:
    if isinstance(node, ast.If) and (fact := _inverted(node, inside.place, names)) is not None:
        yield fact
    if not isinstance(node, ast.Call) or inside.block is None or inside.guarded:
        return
    effect = effect_of(node, names, inside.place.scope)
    if effect in _FORBIDDEN:
        alias = alias_of(node, _USING[effect])
        if alias and alias == inside.alias:
            yield _fact(COMMIT_IN_ATOMIC, node, inside, names, alias=alias)
    elif names.resolve(node.func, inside.place.scope).startswith(_SLOW):
        yield _fact(SLOW_CALL_IN_ATOMIC, node, inside, names, alias=inside.alias)
    elif effect in CLOSES:
        yield _fact(CLOSED_IN_ATOMIC, node, inside, names, alias=inside.alias)


def _inverted(node: ast.If, place: Place, names: Names) -> CodeFact | None:
    """`if transaction.get_autocommit(): transaction.commit()`: a commit where there is nothing to commit."""
    test = node.test
    if not isinstance(test, ast.Call) or len(node.body) != 1 or node.orelse:
        return None
    if names.resolve(test.func, place.scope) not in {
        "django.db.transaction.get_autocommit",
        "django.db.connection.get_autocommit",
    }:
        return None
    only = node.body[0]
    if not isinstance(only, ast.Expr) or not isinstance(only.value, ast.Call):
        return None
    if effect_of(only.value, names, place.scope) not in ENDS:
        return None
    steps = [Step("remove", *names.module.source.node_span(node))]
    return _fact(INVERTED_GUARD, node, _Inside(place), names, alias="default", steps=steps)


def _fact(
    kind: str, node: ast.AST, inside: _Inside, names: Names, *, alias: str, steps: list[Step] | None = None
) -> CodeFact:
    source = names.module.source
    place = inside.place
    function = place.scope[-1] if place.scope else None
    called = node.test if isinstance(node, ast.If) else node
    return CodeFact(
        kind=kind,
        location=source.node_location(called),
        name=place.name,
        place=place_of(source.path, function, place.owner),
        path_lines=((source.node_location(inside.block), "the atomic block"),) if inside.block is not None else (),
        rewrite="remove-statement" if steps else "",
        rewrite_span=source.node_location(node) if steps else None,
        detail={"call": ast.unparse(called), **encode(steps or ())},
        dotted=".".join([names.module.dotted, place.name]),
        alias=alias,
    )
