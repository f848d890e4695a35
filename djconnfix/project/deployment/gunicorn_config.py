"""gunicorn's configuration file, which is Python: read with `ast`, never run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment.options import number
from djconnfix.project.deployment.programs.draft import Draft, application, settings_module

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from djconnfix.source import SourceFile

_NAMES = ("workers", "threads", "worker_class", "preload_app", "timeout", "wsgi_app", "bind", "max_requests")
_TELLING = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*(?:workers|worker_class|wsgi_app|preload_app|threads|bind)[ \t]*(?::[^=\n]*)?=",
    re.MULTILINE,
)
_CASTS = ("int", "float", "str", "bool", "round")


def may_be(data: bytes) -> bool:
    """Whether bytes look like a gunicorn configuration file."""
    return _TELLING.search(data) is not None


def read(source: SourceFile, environment: Mapping[str, str]) -> tuple[Draft, ast.stmt | None] | None:
    """Return what a configuration file says and its most telling statement, None when it is no such file.

    Args:
        source: the file.
        environment: variables known to be set where it is used.

    Raises:
        UnreadableError: it is not Python that can be parsed.
    """
    import ast

    values: dict[str, tuple[ast.expr, ast.stmt]] = {}
    settings = ""
    for statement in _statements(source.tree.body):
        target, value = _assigned(statement)
        if isinstance(target, ast.Name) and value is not None:
            values[target.id] = value, statement
        elif isinstance(target, ast.Subscript) and _is_settings_variable(target) and isinstance(value, ast.Constant):
            settings = settings_module(str(value.value))
        elif isinstance(statement, ast.Expr):
            settings = _setdefault(statement.value) or settings
    if not any(name in values for name in _NAMES):
        return None
    scope = _Scope({name: value for name, (value, _) in values.items()}, environment)
    notes: list[str] = []
    unseen: set[str] = set()

    def whole(name: str, what: str, field: str) -> int | None:
        if name not in values:
            return None
        value = scope.value(values[name][0])
        count = number(str(value)) if isinstance(value, (int, str, float)) and not isinstance(value, bool) else None
        if count is None:
            notes.append(f"{what} are computed: {_short(source, values[name][0])}")
            unseen.add(field)
        return count

    processes, threads = whole("workers", "workers", "processes"), whole("threads", "threads", "threads")
    worker_class = scope.value(values["worker_class"][0]) if "worker_class" in values else None
    if "worker_class" in values and not isinstance(worker_class, str):
        dotted = _dotted(values["worker_class"][0])
        worker_class = dotted or None
        if not dotted:
            notes.append("the worker class is computed")
            unseen.add("worker_class")
    preload = scope.value(values["preload_app"][0]) if "preload_app" in values else None
    timeout = scope.value(values["timeout"][0]) if "timeout" in values else None
    app = scope.value(values["wsgi_app"][0]) if "wsgi_app" in values else None
    draft = Draft(
        "gunicorn",
        worker_class=application(str(worker_class).removeprefix("egg:gunicorn#")) or None if worker_class else None,
        processes=processes,
        threads=threads,
        preload=bool(preload) if isinstance(preload, (bool, int)) else None,
        timeout=number(str(timeout)) if isinstance(timeout, (int, str)) else None,
        settings=settings or _raw_env(values.get("raw_env")),
        application=application(str(app)) if isinstance(app, str) else "",
        notes=tuple(notes),
        unseen=frozenset(unseen),
        config_kind="gunicorn",
    )
    first = min((values[name][1] for name in _NAMES if name in values), key=lambda s: s.lineno)
    return draft, values["workers"][1] if "workers" in values else first


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that run when the file is loaded; of branches, all."""
    import ast

    found: list[ast.stmt] = []
    for statement in body:
        found.append(statement)
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                found += _statements(getattr(statement, part, []))
    return found


def _assigned(statement: ast.stmt) -> tuple[ast.expr | None, ast.expr | None]:
    import ast

    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0], statement.value
    if isinstance(statement, ast.AnnAssign):
        return statement.target, statement.value
    return None, None


class _Scope:
    """Evaluates the few expressions that configuration files are made of."""

    def __init__(self, names: Mapping[str, ast.expr], environment: Mapping[str, str]) -> None:
        self.names = names
        self.environment = environment
        self.open: set[str] = set()

    def value(self, node: ast.expr) -> object:
        """Return plain data, None when the expression cannot be told."""
        import ast

        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.named(node.id)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Subscript) and _dotted(node.value) in ("os.environ", "environ"):
            return self.environment.get(str(self.value(node.slice)))
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return next((value for value in map(self.value, node.values) if value), None)
        if isinstance(node, ast.BinOp):
            return self.arithmetic(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            operand = self.value(node.operand)
            return -operand if isinstance(operand, int) else None
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            left, right = self.value(node.left), self.value(node.comparators[0])
            return None if left is None or right is None else left == right
        return None

    def named(self, name: str) -> object:
        if name not in self.names or name in self.open:
            return None
        self.open.add(name)
        try:
            return self.value(self.names[name])
        finally:
            self.open.discard(name)

    def call(self, node: ast.Call) -> object:
        name = _dotted(node.func)
        arguments = node.args
        if name in ("os.environ.get", "os.getenv", "environ.get", "getenv", "config", "env", "env.int", "env.str"):
            return self.environment_read(node)
        if name in _CASTS and len(arguments) == 1:
            value = self.value(arguments[0])
            if name in ("int", "round") and isinstance(value, (str, float, int)):
                return number(str(value))
            return value
        if name in ("max", "min") and len(arguments) > 1:
            values = [self.value(argument) for argument in arguments]
            whole = [value for value in values if isinstance(value, int)]
            return (max if name == "max" else min)(whole) if len(whole) == len(values) else None
        return None

    def environment_read(self, node: ast.Call) -> object:
        if not node.args:
            return None
        known = self.environment.get(str(self.value(node.args[0])))
        if known is not None:
            return known
        if len(node.args) > 1:
            return self.value(node.args[1])
        return next((self.value(keyword.value) for keyword in node.keywords if keyword.arg == "default"), None)

    def arithmetic(self, node: ast.BinOp) -> object:
        import ast

        left, right = self.value(node.left), self.value(node.right)
        if not isinstance(left, int) or not isinstance(right, int):
            return None
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.FloorDiv) and right:
            return left // right
        return None


def _dotted(node: ast.expr) -> str:
    import ast

    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := _dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def _is_settings_variable(node: ast.Subscript) -> bool:
    import ast

    return (
        _dotted(node.value).endswith("environ")
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == "DJANGO_SETTINGS_MODULE"
    )


def _setdefault(node: ast.expr) -> str:
    import ast

    if isinstance(node, ast.Call) and _dotted(node.func).endswith("environ.setdefault") and len(node.args) == 2:
        name, value = node.args
        if (
            isinstance(name, ast.Constant)
            and name.value == "DJANGO_SETTINGS_MODULE"
            and isinstance(value, ast.Constant)
        ):
            return settings_module(str(value.value))
    return ""


def _raw_env(found: tuple[ast.expr, ast.stmt] | None) -> str:
    import ast

    for node in ast.walk(found[0]) if found else ():
        if isinstance(node, ast.Constant) and str(node.value).startswith("DJANGO_SETTINGS_MODULE="):
            return settings_module(str(node.value).partition("=")[2])
    return ""


def _short(source: SourceFile, node: ast.expr) -> str:
    """Return an expression's text when it is short and holds no string, else what kind of thing it is."""
    import ast

    text = " ".join(source.text[slice(*source.node_span(node))].split())
    holds_text = any(isinstance(n, ast.Constant) and isinstance(n.value, (str, bytes)) for n in ast.walk(node))
    if holds_text:
        names = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        variable = next((name for name in names if re.fullmatch(r"[A-Z][A-Z0-9_]+", name)), "")
        return f"${variable}" if variable else "an expression"
    return text if len(text) <= 60 else "an expression"
