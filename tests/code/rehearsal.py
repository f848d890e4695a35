"""Middleware run for real on every kind of request, against a transaction that only keeps book.

The oracle for the path analysis: it knows nothing of syntax trees, it just runs the code.
"""

from __future__ import annotations

import builtins
import itertools
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Transaction:
    """The state of one connection, with the part of `django.db.transaction` that the shapes use."""

    autocommit: bool = True
    open: bool = False
    blocks: int = 0
    broken: bool = False  # autocommit was switched on inside an open transaction
    using: set[str | None] = field(default_factory=set)

    def set_autocommit(self, on: bool, using: str | None = None) -> None:
        self.broken |= on and self.open
        self.autocommit = on

    def get_autocommit(self, using: str | None = None) -> bool:
        return self.autocommit

    def commit(self, using: str | None = None) -> None:
        self.open = False

    def rollback(self, using: str | None = None) -> None:
        self.open = False

    def set_rollback(self, on: bool, using: str | None = None) -> None:
        pass

    def savepoint(self) -> str:
        return "s1"

    def savepoint_commit(self, sid: str) -> None:
        pass

    def query(self) -> None:
        self.open |= not self.autocommit

    @property
    def in_atomic_block(self) -> bool:
        return False

    @property
    def left(self) -> bool:
        """Whether a request has left something behind."""
        return self.open or self.broken or not self.autocommit


class Failure:
    """A type of response that a shape asks for."""


def requests() -> Iterator[tuple[dict[str, Any], int | None]]:
    """Yield what a request is like and how its view answers (None: it raises)."""
    yield from (
        (
            {"method": method, "path": path, "user": SimpleNamespace(is_staff=staff), "_dirty": dirty, "aliases": aliases},
            status,
        )
        for method, path, staff, dirty, aliases, status in itertools.product(
            ("GET", "POST"), ("/x", "/static/a"), (True, False), (True, False), ([], ["default"]), (200, 400, 500, None)
        )
    )  # fmt: skip


def leaves_something(text: str) -> bool:
    """Run a middleware on every kind of request; whether any of them leaves a transaction or autocommit off."""
    code = compile(text, "middleware", "exec")
    return any(_one(code, dict(request), status).left for request, status in requests())


def _one(code: Any, request: dict[str, Any], status: int | None) -> Transaction:
    book = Transaction()
    module = _loaded(code, book)
    asked = SimpleNamespace(**request, needs_commit=request["_dirty"], is_dirty=request["_dirty"])

    def view(asked: Any) -> Any:
        book.query()
        if status is None:
            raise ValueError("the view raises")
        return SimpleNamespace(status_code=status, exception=status >= 400)

    def converted(asked: Any) -> Any:
        try:
            return view(asked)
        except ValueError as error:
            if hasattr(handler, "process_exception"):
                handler.process_exception(asked, error)
            return SimpleNamespace(status_code=500, exception=True)

    make: Callable[..., Any] = module.get("Middleware") or module["middleware"]
    handler: Any = None
    handler = make(converted)
    try:
        handler(asked)
    except ValueError:
        pass
    return book


class Mixin:
    """`MiddlewareMixin` as far as the shapes need it."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self.process_request(request) if hasattr(self, "process_request") else None
        response = response or self.get_response(request)
        return self.process_response(request, response) if hasattr(self, "process_response") else response


def _loaded(code: Any, book: Transaction) -> dict[str, Any]:
    stubs = {
        "django.conf": {"settings": SimpleNamespace(COMMIT_WORK=False)},
        "django.db": {"transaction": book, "connection": book, "connections": {"default": book}},
        "django.utils.deprecation": {"MiddlewareMixin": Mixin},
        "shop.audit": {"log": lambda *_: None},
    }

    def load(name: str, *args: Any) -> ModuleType:
        module = ModuleType(name)
        module.__dict__.update(stubs[name])
        return module

    namespace: dict[str, Any] = {
        "__name__": "middleware",
        "__builtins__": {**vars(builtins), "__import__": load},
        "Failure": Failure,
    }
    exec(code, namespace)
    return namespace
