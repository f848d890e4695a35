"""What a call does to the transaction, and what a test asks about it."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from djconnfix.code.names import ONE_CONNECTION, Function, Imported
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.code.names import Names


class Effect(enum.Enum):
    """What one call does."""

    COMMIT = "commit"
    ROLLBACK = "rollback"
    AUTOCOMMIT_OFF = "autocommit off"
    AUTOCOMMIT_ON = "autocommit on"
    AUTOCOMMIT_BACK = "autocommit as it was"  # set_autocommit(saved)
    ENTER = "enter_transaction_management"
    MANAGED = "managed"
    LEAVE = "leave_transaction_management"
    SET_ROLLBACK = "set_rollback"
    SAVEPOINT = "savepoint"
    CLOSE = "close"
    CLOSE_ALL = "close_all"
    CLOSE_OLD = "close_old_connections"
    CLEAN = "set_clean"


ENDS = frozenset({Effect.COMMIT, Effect.ROLLBACK})
CLOSES = frozenset({Effect.CLOSE, Effect.CLOSE_ALL})

_BY_METHOD = {
    "commit": Effect.COMMIT,
    "rollback": Effect.ROLLBACK,
    "enter_transaction_management": Effect.ENTER,
    "managed": Effect.MANAGED,
    "leave_transaction_management": Effect.LEAVE,
    "set_rollback": Effect.SET_ROLLBACK,
    "savepoint": Effect.SAVEPOINT,
    "savepoint_commit": Effect.SAVEPOINT,
    "savepoint_rollback": Effect.SAVEPOINT,
    "set_clean": Effect.CLEAN,
}
_METHODS = frozenset({*_BY_METHOD, "close", "close_all", "close_old_connections", "set_autocommit"})
OWNERS = frozenset({"django.db.transaction", "django.db.connection", ONE_CONNECTION})
_CONNECTIONS = frozenset({"django.db.connection", ONE_CONNECTION})
_CLOSE_OLD = frozenset(
    {
        "django.db.close_old_connections",
        "django.db.transaction.close_old_connections",
        "channels.db.close_old_connections",
    }
)

REMOVED = frozenset(
    {
        "abort",
        "autocommit",
        "commit_manually",
        "commit_on_success",
        "commit_on_success_unless_managed",
        "commit_unless_managed",
        "enter_transaction_management",
        "is_dirty",
        "is_managed",
        "leave_transaction_management",
        "managed",
        "rollback_unless_managed",
        "set_clean",
        "set_dirty",
    }
)
"""Names of `django.db.transaction` that were deprecated in Django 1.6 and are gone in 1.8."""


def effect_of(call: ast.Call, names: Names, scope: tuple[Function, ...]) -> Effect | None:
    """Return what a call does to the transaction or the connection, None when nothing that is known."""
    if last_name(call.func, names, scope) not in _METHODS:  # asked before the costly question whose it is
        return None
    dotted = names.resolve(call.func, scope)
    if not dotted:
        return None
    if dotted in _CLOSE_OLD:
        return Effect.CLOSE_OLD
    if dotted == "django.db.connections.close_all":
        return Effect.CLOSE_ALL
    owner, _, method = dotted.rpartition(".")
    if owner in _CONNECTIONS and method == "close":
        return Effect.CLOSE
    if owner not in OWNERS:
        return None
    if method == "set_autocommit":
        return _set_autocommit(call)
    return _BY_METHOD.get(method)


def last_name(function: ast.expr, names: Names, scope: tuple[Function, ...]) -> str:
    """Return the last name of what is called, as it was imported; empty for a name that no import binds."""
    match function:
        case ast.Attribute(attr=name):
            return name
        case ast.Name(id=name):
            binding = names.binding(name, scope)
            return binding.dotted.rpartition(".")[2] if isinstance(binding, Imported) else ""
        case _:
            return ""


def _set_autocommit(call: ast.Call) -> Effect:
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "autocommit"), None)
    match given:
        case ast.Constant(value=True):
            return Effect.AUTOCOMMIT_ON
        case ast.Constant(value=False):
            return Effect.AUTOCOMMIT_OFF
        case _:
            return Effect.AUTOCOMMIT_BACK


def alias_of(call: ast.Call, position: int) -> str:
    """Return the alias that a call names by `using=` or by position; `default` for none, empty when it is computed."""
    given = next((k.value for k in call.keywords if k.arg == "using"), None)
    if given is None and len(call.args) > position:
        given = call.args[position]
    match given:
        case None | ast.Constant(value=None):
            return "default"
        case ast.Constant(value=str() as alias):
            return alias
        case _:
            return ""


class Dirt(enum.Enum):
    """Who keeps the flag that a dirty test reads."""

    DJANGO = "django"  # transaction.is_dirty, gone in 1.8
    PROJECT = "project"  # a flag or function of the project's own
    QUERIES = "queries"  # connection.queries, empty unless DEBUG


@dataclass(frozen=True, slots=True)
class DirtyTest:
    """An expression that asks whether the request wrote anything."""

    node: ast.expr
    dirt: Dirt


_FLAG_WORDS = ("dirty", "needs_commit", "need_commit", "must_commit", "has_writes", "wrote_data")


def dirty_test(node: ast.expr, names: Names, scope: tuple[Function, ...]) -> DirtyTest | None:
    """Return the dirty test that an expression is, None when it is another test.

    Another object's method of that name (`form.is_dirty()`, a ZODB connection's) is none.
    """
    dirt = _dirt(node, names, scope)
    return DirtyTest(node, dirt) if dirt else None


def _dirt(node: ast.expr, names: Names, scope: tuple[Function, ...]) -> Dirt | None:
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[inner]):
            return Dirt.QUERIES if _is_queries(inner, names, scope) else None
        case ast.Call(func=ast.Name(id="bool"), args=[inner]):
            return _dirt(inner, names, scope)
        case ast.Compare(left=left, comparators=[ast.Constant()]):
            found = _dirt(left, names, scope)
            return found if found is Dirt.QUERIES else None
        case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=owner), ast.Constant(value=str() as name), *rest]):
            default_is_clean = not rest or (isinstance(rest[0], ast.Constant) and not rest[0].value)
            return Dirt.PROJECT if _is_flag(name) and default_is_clean and _keeps_flags(owner, names, scope) else None
        case ast.Call(func=function):
            return _dirt_of_call(function, names, scope)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            if _is_queries(node, names, scope):
                return Dirt.QUERIES
            return Dirt.PROJECT if _is_flag(name) and _keeps_flags(owner, names, scope) else None
        case ast.Name(id=name):
            return _dirt_of_local(name, names, scope)
        case _:
            return None


def _dirt_of_call(function: ast.expr, names: Names, scope: tuple[Function, ...]) -> Dirt | None:
    dotted = names.resolve(function, scope)
    owner, _, method = dotted.rpartition(".")
    if method == "is_dirty" and owner in OWNERS:
        return Dirt.DJANGO
    if dotted and _is_flag(method) and (owner == names.module.dotted or names.in_project(dotted)):
        return Dirt.PROJECT
    match function:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if _is_flag(name):
            return Dirt.PROJECT
        case _:
            return None


def _dirt_of_local(name: str, names: Names, scope: tuple[Function, ...]) -> Dirt | None:
    """A local that holds the result of a dirty test, assigned once."""
    from djconnfix.code.names import Assigned

    binding = names.binding(name, scope) if scope else None
    if isinstance(binding, Assigned) and not binding.each and not isinstance(binding.value, ast.Name):
        return _dirt(binding.value, names, scope)
    return None


def _is_flag(name: str) -> bool:
    lowered = name.strip("_").lower()
    return any(
        lowered == word or lowered.endswith(f"_{word}") or lowered.startswith(f"{word}_") for word in _FLAG_WORDS
    )


def _keeps_flags(owner: str, names: Names, scope: tuple[Function, ...]) -> bool:
    """Whether an object is one on which a middleware keeps its own flag: the request, itself, a thread local."""
    if owner in {"self", "request", "req"}:
        return True
    from djconnfix.code.names import Assigned

    match names.binding(owner, scope):
        case Assigned(ast.Call(func=function), False):
            return names.resolve(function, scope) == "threading.local"
        case Imported(dotted):
            return names.in_project(dotted) or names.in_project(f"{dotted}.x")
        case _:
            return False


def _is_queries(node: ast.expr, names: Names, scope: tuple[Function, ...]) -> bool:
    dotted = names.resolve(node, scope)
    return any(dotted in {f"{owner}.queries", f"{owner}.queries_log"} for owner in _CONNECTIONS)
