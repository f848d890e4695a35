"""Python programs that start servers: lists such as `["gunicorn", "shop.wsgi"]`, `uvicorn.run(...)`, waitress."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from djconnfix.project.deployment.wrappers import SERVER_PROGRAMS

if TYPE_CHECKING:
    import ast

    from djconnfix.project.deployment.model import Found

_TELLING = re.compile(
    rb"[\[(]\s*[\"'](?:\S*/)?(?:gunicorn|uvicorn|daphne|hypercorn|granian|uwsgi|celery)[\"']\s*,|uvicorn\.run\(|\bwaitress\b"
)


def may_be(data: bytes) -> bool:
    """Whether bytes hold what looks like a server's argument list."""
    return _TELLING.search(data) is not None


def read(found: Found) -> None:
    """Gather the servers that lists of arguments in a Python file name; what is computed stands as a variable."""
    import ast

    imported = any(
        isinstance(each, ast.ImportFrom) and each.module == "waitress" and any(a.name == "serve" for a in each.names)
        for each in ast.walk(found.source.tree)
    )
    for node in ast.walk(found.source.tree):
        words: list[str] = []
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            first = node.elts[0]
            if isinstance(first, ast.Constant) and str(first.value).rsplit("/", 1)[-1] in SERVER_PROGRAMS:
                words = [_word(element) for element in node.elts]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "uvicorn.run" and node.args:
            words = ["uvicorn", _word(node.args[0])]
            for keyword in node.keywords:
                if keyword.arg == "workers":
                    words.append(f"--workers={_word(keyword.value)}")
                elif keyword.arg == "reload" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                    words.append("--reload")
        elif isinstance(node, ast.Call) and _is_waitress(node, imported):
            words = ["waitress-serve", _word(node.args[0])]
            words += [f"--threads={_word(each.value)}" for each in node.keywords if each.arg == "threads"]
            found.command(" ".join(words), *found.source.node_span(node))
            continue
        if any(word[:1] == "-" or "." in word or ":" in word for word in words[1:]):
            found.command(" ".join(words), *found.source.node_span(node))


def _is_waitress(node: ast.Call, imported: bool) -> bool:
    """Whether a call is `waitress.serve(application, ...)`, or `serve(...)` where that name is imported."""
    import ast

    called = ast.unparse(node.func)
    return bool(node.args) and (called == "waitress.serve" or (imported and called == "serve"))


def _word(node: ast.expr) -> str:
    import ast

    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
        return shlex.quote(str(node.value)) or "''"
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return f"${{{name}}}" if name.isascii() and name else "$(...)"
