"""Async views, which Django refuses to run where `ATOMIC_REQUESTS` is on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.code.kinds import ASYNC_VIEW
from djconnfix.facts import CodeFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.code.names import Names

_HANDLERS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def async_view_facts(names: Names) -> Iterator[CodeFact]:
    """Yield the async views of a module of views.

    A view is an `async def` whose first parameter is `request`, or a handler of a class whose base is a view, in a
    file that is named after views; `non_atomic_requests` without or with arguments takes it out.
    """
    path = names.module.source.path
    if "views" not in path.removesuffix(".py").replace("/", "_").split("_"):
        return
    for node in names.module.tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and _takes_request(node) and not _opted_out(node, names):
            yield _fact(node, node.name, names)
        elif isinstance(node, ast.ClassDef) and any(_ends_in_view(base) for base in node.bases):
            handlers = [n for n in node.body if isinstance(n, ast.AsyncFunctionDef) and n.name in _HANDLERS]
            if handlers and not any("non_atomic_requests" in ast.unparse(d) for d in node.decorator_list):
                yield _fact(handlers[0], node.name, names)


def _takes_request(node: ast.AsyncFunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg == "request"


def _opted_out(node: ast.AsyncFunctionDef, names: Names) -> bool:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if names.resolve(called).endswith(".non_atomic_requests"):
            return True
    # A decorator of unknown make may answer the request itself, or hand Django a function that is not async.
    return any(
        not names.resolve(d.func if isinstance(d, ast.Call) else d).startswith("django.") for d in node.decorator_list
    )


def _ends_in_view(base: ast.expr) -> bool:
    return ast.unparse(base).endswith("View")


def _fact(node: ast.AsyncFunctionDef, name: str, names: Names) -> CodeFact:
    source = names.module.source
    start, _ = source.node_span(node)
    line, column = source.position(start)
    end = start + len(source.line_text(line)) - column + 1
    return CodeFact(
        kind=ASYNC_VIEW,
        location=source.location(start, end),
        name=name,
        place="view",
        dotted=f"{names.module.dotted}.{name}",
    )
