"""Middleware run for real on every kind of request, against a transaction that only keeps book.

The oracle for the path analysis: it knows nothing of syntax trees, it just runs the code.
"""

from __future__ import annotations

import builtins
import itertools
import re
from dataclasses import dataclass
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
    refuses: bool = False  # the server refuses the first commit
    raised: bool = False

    def set_autocommit(self, on: bool, using: str | None = None) -> None:
        self.broken |= on and self.open
        self.autocommit = on

    def get_autocommit(self, using: str | None = None) -> bool:
        return self.autocommit

    def commit(self, using: str | None = None) -> None:
        if self.refuses and self.open:
            self.refuses = False
            raise RefusedError
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
        # After an exception Django drops a connection without autocommit; a transaction it has to be told of.
        return self.open or self.broken or not (self.autocommit or self.raised)


class RefusedError(Exception):
    """What a commit raises."""


class Failure(SimpleNamespace):
    """A type of response that a shape asks for."""


ANSWERS = (
    (200, False),
    (302, False),
    (400, False),
    (500, False),
    (Failure, False),
    (None, False),
    (200, True),
    (400, True),
)


def requests() -> Iterator[tuple[dict[str, Any], object, bool]]:
    """Yield what a request is like, how its view answers (None: it raises), whether the server refuses to commit."""
    yield from (
        (
            {"method": method, "path": path, "user": SimpleNamespace(is_staff=staff), "_dirty": dirty, "aliases": aliases},
            status,
            refuses,
        )
        for method, path, staff, dirty, aliases, (status, refuses) in itertools.product(
            ("GET", "POST", "PUT"), ("/x", "/static/a"), (True, False), (True, False), ([], ["default"]), ANSWERS
        )
    )  # fmt: skip


def leaves_something(text: str) -> bool:
    """Run a middleware on every kind of request; whether any of them leaves a transaction or autocommit off."""
    code = compile(text, "middleware", "exec")
    # A refused commit is held against the code only where the code handles it.
    handles = re.search(r"try:\n +transaction\.commit\(\)\n +except", text) is not None
    return any(
        _one(code, dict(request), status, refuses).left
        for request, status, refuses in requests()
        if handles or not refuses
    )


def _one(code: Any, request: dict[str, Any], status: Any, refuses: bool) -> Transaction:
    book = Transaction(refuses=refuses)
    module = _loaded(code, book)
    dirty = request["_dirty"]
    tenant = SimpleNamespace(database="default")
    asked = SimpleNamespace(**request, needs_commit=dirty, is_dirty=dirty, steps=[False, dirty], tenant=tenant)

    def view(asked: Any) -> Any:
        book.query()
        if status is None:
            raise ValueError("the view raises")
        if status is Failure:
            return Failure(status_code=200, exception=False)
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
    except RefusedError:
        book.raised = True
    return book


class Mixin:
    """`MiddlewareMixin` as far as the shapes need it."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self.process_request(request) if hasattr(self, "process_request") else None
        response = response or self.get_response(request)
        return self.process_response(request, response) if hasattr(self, "process_response") else response

    def done(self, step: bool) -> bool:
        """Return what a step of the request says."""
        return step


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
