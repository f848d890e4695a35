"""Settings that put something else in the place of a database driver, as pools were made before engines had them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.project.files import Tree
    from djconnfix.source import Location

_DRIVERS = frozenset({"MySQLdb", "cx_Oracle", "oracledb", "psycopg", "psycopg2", "pymysql"})
_BACKENDS = "django.db.backends"
# What makes connections. A driver's `version_info`, say, is often written to please Django, and changes nothing here.
_MAKERS = frozenset({"Connection", "Database", "DatabaseWrapper", "connect", "get_new_connection"})
# Before a tree is walked: most settings say none of this.
_TELLING = re.compile(rf"\bsys\.modules\b|\.({'|'.join(sorted(_MAKERS))})\s*=".encode())


def replaced_driver(tree: Tree, paths: Iterable[str]) -> Location | None:
    """Return where settings replace what makes connections by what a call returns or a name holds, None for nowhere.

    Args:
        tree: the files.
        paths: those that one settings root reads.
    """
    for path in paths:
        try:
            source = tree.source(path)
            if not _TELLING.search(source.data):
                continue
            names = _bound(source.tree)
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Assign) and any(_replaces(each, node.value, names) for each in node.targets):
                    return source.node_location(node)
        except UnreadableError:
            continue
    return None


def _bound(tree: ast.Module) -> dict[str, str]:
    """Return the dotted names that imports bind, by name."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                names[each.asname or each.name.partition(".")[0]] = (
                    each.name if each.asname else each.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return names


def _replaces(target: ast.expr, value: ast.expr, names: dict[str, str]) -> bool:
    if isinstance(target, ast.Subscript):  # another driver under this one's name is a name, a pool is a call
        modules = isinstance(target.value, ast.Attribute) and _dotted(target.value, names) == "sys.modules"
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        return modules and key in _DRIVERS and isinstance(value, ast.Call)
    if isinstance(target, ast.Attribute) and target.attr in _MAKERS:
        owner = _dotted(target.value, names)
        return owner.partition(".")[0] in _DRIVERS or f"{owner}.".startswith(f"{_BACKENDS}.")
    return False


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """Return the dotted name that an expression means by the imports, empty when it means none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return ""
    return ".".join([names[node.id], *reversed(parts)])
