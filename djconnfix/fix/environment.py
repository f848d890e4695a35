"""Changing what an environment read falls back to, and nothing else of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.facts import MISSING
from djconnfix.fix import operations
from djconnfix.fix.literals import literal, string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.facts import Value
    from djconnfix.fix.edits import Edit
    from djconnfix.fix.layout import Layout
    from djconnfix.fix.workspace import Workspace
    from djconnfix.source import SourceFile

_BOOLEANS = {"False": "True", "True": "False", "false": "true", "true": "false", "0": "1", "1": "0"}


def default_edits(
    workspace: Workspace, source: SourceFile, node: ast.expr, now: Value, value: object
) -> Iterator[Callable[[], Edit]]:
    """Yield edits that may give a read the fall-back `value`: each constant that is the present one, replaced.

    None for what `os.environ.setdefault` puts into the environment, where others read it too.

    Args:
        workspace: for the file's habits.
        source: the file.
        node: the expression that reads the environment.
        now: the setting as it is.
        value: the wanted fall-back.
    """
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    if any(isinstance(call.func, ast.Attribute) and call.func.attr == "setdefault" for call in calls):
        return
    layout = workspace.layout(source.path)
    constants = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and _is(n.value, now.value)]
    for constant in reversed(constants):
        text = _like(constant.value, value, layout.quote)
        yield lambda c=constant, t=text: operations.replace_expression(source, c, t, layout)  # type: ignore[misc]
    if now.value is None or now.value is MISSING:
        yield from _added(source, node, value, layout)


def _is(constant: object, present: object) -> bool:
    if isinstance(constant, str) and isinstance(present, bool):
        return constant in _BOOLEANS and (constant.lower() in ("true", "1")) is present
    if constant in (None, ""):
        return present in (None, "", 0)
    if isinstance(constant, str) and not isinstance(present, str):
        return constant.strip() == str(present)
    return type(constant) is type(present) and constant == present


def _like(constant: object, value: object, quote: str) -> str:
    """Return the new constant's text: a string where the old one was a string."""
    if not isinstance(constant, str):
        return literal(value, quote)
    if isinstance(value, bool):
        return string(_BOOLEANS.get(constant, str(value)), quote)
    return string(str(value), quote)


def _added(source: SourceFile, node: ast.expr, value: object, layout: Layout) -> Iterator[Callable[[], Edit]]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and len(call.args) == 1 and isinstance(call.args[0], ast.Constant):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in ("get", "getenv"):
                first = ast.get_source_segment(source.text, call.args[0]) or ""
                text = f"{first}, {string(str(value), layout.quote)}"
                yield lambda c=call, t=text: operations.replace_expression(source, c.args[0], t, layout)  # type: ignore[misc]
            elif not any(keyword.arg == "default" for keyword in call.keywords):
                yield lambda c=call: operations.set_keyword(  # type: ignore[misc]
                    source, c, "default", literal(value, layout.quote), layout
                )
