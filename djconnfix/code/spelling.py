"""New calls in the spelling of those that are there."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djconnfix.source import SourceFile


def spelt(call: ast.Call, method: str, source: SourceFile) -> str | None:
    """Return a call of another method with the owner and alias of a commit or `set_autocommit(...)`.

    `transaction.commit(using="a")` and `set_autocommit` give `transaction.set_autocommit(True, using="a")`. None when
    the call is not written as an attribute, or passes what is not understood.
    """
    if not isinstance(call.func, ast.Attribute):
        return None
    given = [k for k in call.keywords if k.arg != "autocommit"]
    if any(k.arg != "using" for k in given) or len(call.args) > (call.func.attr == "set_autocommit"):
        return None
    arguments = ["True"] if method == "set_autocommit" else []
    arguments += [f"using={source_text(k.value, source)}" for k in given]
    return f"{source_text(call.func.value, source)}.{method}({', '.join(arguments)})"


def source_text(node: ast.expr, source: SourceFile) -> str:
    """Return an expression as it is written."""
    start, end = source.node_span(node)
    return source.text[start:end]
