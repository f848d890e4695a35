"""Imports that nothing uses once some code is gone."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from djconnfix.code.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.code.names import Names


def unused_imports(removed: Sequence[ast.AST], names: Names) -> Iterator[Step]:
    """Yield a step for each imported name whose last uses stand in the code that goes.

    Only `from ... import` at the top of a module counts. A package's `__init__.py` and names in strings (`__all__`)
    are left: others may import them from here.
    """
    if names.module.is_package:
        return
    tree = names.module.tree
    gone = Counter(n.id for node in removed for n in ast.walk(node) if isinstance(n, ast.Name))
    left = Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
    spelt = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for statement in tree.body:
        if not isinstance(statement, ast.ImportFrom):
            continue
        unused = [
            name
            for alias in statement.names
            if gone[name := alias.asname or alias.name] and left[name] == gone[name] and name not in spelt
        ]
        if unused and (len(unused) == 1 or len(unused) == len(statement.names)):
            yield Step("prune-import", *names.module.source.node_span(statement), (), " ".join(unused))
