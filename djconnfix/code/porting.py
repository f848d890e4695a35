"""What takes the place of what Django has removed, where that can be said name by name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.effects import effect_of
from djconnfix.code.kinds import OLD_STYLE, REMOVED_API, SIGNALS_DISCONNECTED
from djconnfix.code.names import FUNCTIONS, Function
from djconnfix.code.places import place_of
from djconnfix.code.regions import atomic_region
from djconnfix.code.steps import Step
from djconnfix.code.unused import unused_imports
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.code.names import Names
    from djconnfix.code.places import Place
    from djconnfix.source import SourceFile

_OBSOLETE = frozenset({"commit_unless_managed", "rollback_unless_managed", "set_clean", "set_dirty"})
_MIXIN = "from django.utils.deprecation import MiddlewareMixin"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of something removed, and where it stands."""

    node: ast.AST
    api: str
    place: Place


def port_steps(kind: str, uses: Sequence[Use], names: Names) -> tuple[Step, ...]:
    """Return what ports every use; nothing as soon as one of them cannot be mapped."""
    if kind == OLD_STYLE:
        return _mixin(uses[0], names)
    if kind == SIGNALS_DISCONNECTED:
        return _statements(uses, names)
    if kind != REMOVED_API:
        return ()
    if isinstance(uses[0].node, ast.ImportFrom):
        return _imported(uses, names)
    parents = {id(c): p for p in ast.walk(names.module.tree) for c in ast.iter_child_nodes(p)}
    steps = [_port(use, parents, names.module.source) for use in uses]
    if all(steps):
        return tuple(step for step in steps if step is not None)
    return _region(uses, names)


def _region(uses: Sequence[Use], names: Names) -> tuple[Step, ...]:
    """Put `atomic` in the place of management by hand, when every use of what is gone goes with it."""
    function, scope = None, uses[0].place.scope
    for use in uses:
        if use.place.decorated:
            found = (n for n in ast.walk(names.module.tree) if isinstance(n, FUNCTIONS) and _decorates(use.node, n))
            function, scope = next(found, None), use.place.scope
            break
    else:
        function, scope = (scope[-1], scope[:-1]) if scope else (None, scope)
    if function is None or place_of(names.module.source.path, function, uses[0].place.owner) == "command":
        return ()  # how much of a command belongs into one transaction is its own affair
    steps = atomic_region(function, names, scope)
    spans = [(s.start, s.end) for s in steps if s.what == "remove"]
    for step in steps:
        spans += zip(step.marks[2::2], step.marks[3::2], strict=True)
    places = [names.module.source.node_span(use.node) for use in uses]
    if not all(any(first <= start and end <= last for first, last in spans) for start, end in places):
        return ()
    return steps


def _decorates(node: ast.AST, function: Function) -> bool:
    return any(node is inner for decorator in function.decorator_list for inner in ast.walk(decorator))


def _imported(uses: Sequence[Use], names: Names) -> tuple[Step, ...]:
    """`from django.db.transaction import commit_on_success`: the name and all that is called by it."""
    tree, source = names.module.tree, names.module.source
    statement = uses[0].node
    taken = names.binding("atomic", ()) is not None or any(
        isinstance(n, ast.Name) and n.id == "atomic" for n in ast.walk(tree)
    )
    if len(uses) > 1 or uses[0].api != "commit_on_success" or statement not in tree.body or taken:
        return ()
    assert isinstance(statement, ast.ImportFrom)
    alias = next(a for a in statement.names if a.name == "commit_on_success")
    start, _ = source.node_span(alias)
    steps = [Step("put", start, start + len(alias.name), (), "atomic")]
    if alias.asname is not None:
        return tuple(steps)
    used = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == alias.name]
    if names.module.is_package or any(isinstance(n, ast.Constant) and n.value == alias.name for n in ast.walk(tree)):
        return ()
    if any(isinstance(n.ctx, ast.Store) for n in used):
        return ()
    return (*steps, *(Step("put", *source.node_span(n), (), "atomic") for n in used))


def _port(use: Use, parents: dict[int, ast.AST], source: SourceFile) -> Step | None:
    node = use.node
    if not isinstance(node, ast.Attribute):
        return None
    parent = parents.get(id(node))
    call = parent if isinstance(parent, ast.Call) and parent.func is node else None
    outer = parents.get(id(call)) if call is not None else parent
    if use.api == "commit_on_success":
        _, end = source.node_span(node)
        return Step("put", end - len(use.api), end, (), "atomic")
    if use.api in _OBSOLETE and call is not None and isinstance(outer, ast.Expr):
        return Step("remove", *source.node_span(outer))
    if use.api == "autocommit" and isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
        start, end = source.node_span(call or node)
        at = source.text.rfind("@", 0, start)
        return Step("remove", at, end) if source.text[at + 1 : start].strip() == "" and at >= 0 else None
    return None


def _statements(uses: Sequence[Use], names: Names) -> tuple[Step, ...]:
    """Remove the statements that consist of the calls; nothing when one of them is part of more."""
    whole = {id(n.value): n for n in ast.walk(names.module.tree) if isinstance(n, ast.Expr)}
    if any(id(use.node) not in whole for use in uses):
        return ()
    gone = [whole[id(use.node)] for use in uses]
    steps = (Step("remove", *names.module.source.node_span(statement)) for statement in gone)
    return (*steps, *unused_imports(gone, names))


def _mixin(use: Use, names: Names) -> tuple[Step, ...]:
    """Give a `process_*` class the base that lets `MIDDLEWARE` call it."""
    node = use.node
    if not isinstance(node, ast.ClassDef) or use.place.scope or node.keywords or len(node.bases) > 1:
        return ()
    bound = names.binding("MiddlewareMixin", ())
    imports = [n for n in names.module.tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    if bound is None and not imports:
        return ()
    source = names.module.source
    start, _ = source.node_span(node)
    if node.bases:
        base = Step("put", *source.node_span(node.bases[0]), (), "MiddlewareMixin")
    else:
        end = start + source.text[start:].index(node.name) + len(node.name)
        rest = source.text[end:].lstrip()
        if rest.startswith("("):
            close = end + source.text[end:].index(")") + 1
            base = Step("put", end, close, (), "(MiddlewareMixin)")
        else:
            base = Step("put", end, end, (), "(MiddlewareMixin)")
    if names.resolve(ast.Name("MiddlewareMixin")) == "django.utils.deprecation.MiddlewareMixin":
        return (base,)
    if bound is not None:
        return ()
    last = _last_django_import(imports) or imports[-1]
    return (base, Step("insert-after", *source.node_span(last), (), _MIXIN))


def _last_django_import(imports: Sequence[ast.Import | ast.ImportFrom]) -> ast.stmt | None:
    django = [
        n for n in imports if isinstance(n, ast.ImportFrom) and not n.level and (n.module or "").startswith("django")
    ]
    before = [n for n in django if (n.module or "") < "django.utils.deprecation"]
    found = before or django
    return found[-1] if found else None


def adds_nothing(node: ast.ClassDef, names: Names) -> bool:
    """Whether a middleware that extends Django's removed one only does the same again, or hands on to it."""
    for item in node.body:
        if isinstance(item, FUNCTIONS):
            if not all(_only_ends(statement, (item,), names) for statement in item.body):
                return False
        elif not _is_idle(item):
            return False
    return True


def _is_idle(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)


def _only_ends(statement: ast.stmt, scope: tuple[Function, ...], names: Names) -> bool:
    match statement:
        case ast.Return(value=None | ast.Name() | ast.Constant()):
            return True
        case ast.Return(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call):
            hands_on = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).startswith("super(")
            return hands_on or effect_of(call, names, scope) is not None
        case ast.If(test=ast.Call(func=asked), body=body, orelse=[]):
            owner, _, name = names.resolve(asked, scope).rpartition(".")
            is_bookkeeping = owner == "django.db.transaction" and name in {"is_dirty", "is_managed"}
            return is_bookkeeping and all(_only_ends(inner, scope, names) for inner in body)
        case _:
            return _is_idle(statement)
