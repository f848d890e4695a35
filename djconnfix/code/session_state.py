"""Statements by which code changes a session's state, which the next request on the connection inherits."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from djconnfix.code.names import own_nodes, parameters
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.code.names import Function, Names

_STATE = re.compile(
    r"\s*(SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)|SELECT\s+pg_advisory_lock|LISTEN\s|CREATE\s+TEMP"
    r"|SELECT\s+set_config\(.*,\s*false\s*\))",
    re.IGNORECASE | re.DOTALL,
)
# As the text of an `execute`, told from bytes.
_SPELT_STATE = re.compile(
    rb"""execute(?:\s|\\)*\((?:\s|\(|\\|#[^\n]*\n)*[a-zA-Z]{0,2}["']{1,3}(?:\s|\\.|\\\n)*"""
    rb"(?:SET|SELECT|LISTEN|CREATE)(?:\s|\\)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\s*(?:SET\s+(?:SESSION\s+)?|CREATE\s+TEMP(?:ORARY)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)(\w+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of a session's state that nothing takes back.

    Attributes:
        statement: its beginning, on one line.
        alias: the alias that it happens to; empty when that is computed or more than one.
    """

    statement: str
    alias: str


def may_change_sessions(data: bytes) -> bool:
    """Whether a file may hold such a statement; never wrong when it says no."""
    return _SPELT_STATE.search(data) is not None


def changed_session(node: ast.Call, function: Function, names: Names) -> Changed | None:
    """Return what a call of `execute` changes for good through a cursor of Django's, None for nothing."""
    text = _constant_text(node.args[0])
    if (
        not _STATE.match(text)
        or not _has_django_cursor(names)
        or "connection" in parameters(function)  # somebody else's, or one that has just been made
        or _is_taken_back(text, node, function)
    ):
        return None
    return Changed(" ".join(text.split())[:40], _connection_alias(function))


def _constant_text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str() as text), *_]):
            return text
        case _:
            return ""


def _is_taken_back(text: str, node: ast.Call, function: Function) -> bool:
    """Whether the same function sets it again later, drops the table, or leaves that to the commit."""
    if "on commit drop" in text.lower():
        return True
    found = _SUBJECT.match(text)
    if found is None:
        return False
    name = found[1].lower()
    again = re.compile(rf"\s*(?:SET\s+(?:SESSION\s+)?|RESET\s+|DROP\s+TABLE\s+.*){re.escape(name)}\b", re.IGNORECASE)
    others = (
        n
        for n in own_nodes(function.body)
        if isinstance(n, ast.Call) and n is not node and isinstance(n.func, ast.Attribute) and n.args
    )
    return any(n.func.attr == "execute" and again.match(_constant_text(n.args[0])) for n in others)  # type: ignore[attr-defined]


def _has_django_cursor(names: Names) -> bool:
    return any(
        names.resolve(ast.Name(name)).startswith("django.db.connection") for name in ("connection", "connections")
    )


def _connection_alias(function: Function) -> str:
    """Return the alias that a function's `connections[...]` names; empty when that is computed or more than one."""
    named = {
        node.slice.value if isinstance(node.slice, ast.Constant) else None
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).rpartition(".")[2] == "connections"
    }
    alias = next(iter(named), "default")
    return alias if len(named) < 2 and isinstance(alias, str) else ""
