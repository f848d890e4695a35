"""Connections closed by hand: what goes, and what must stay."""

from __future__ import annotations

import ast

import pytest

from djconnfix.code.kinds import CLOSED_PER_REQUEST
from djconnfix.fix.edits import Refused
from tests.code.files import facts, rewritten
from tests.code.shapes import called, function, hooks

REMOVED: dict[str, tuple[str, str]] = {
    "after-the-response": (
        called("response = self.get_response(request)\nconnection.close()\nreturn response"),
        called("response = self.get_response(request)\nreturn response"),
    ),
    "hook": (
        hooks("def process_response(self, request, response):\n    connection.close()\n    return response"),
        hooks("def process_response(self, request, response):\n    return response"),
    ),
    "only-statement-of-a-block": (
        hooks("def process_request(self, request):\n    connection.close()"),
        hooks("def process_request(self, request):\n    pass"),
    ),
    "before-the-request": (
        called("connections.close_all()\nreturn self.get_response(request)"),
        called("return self.get_response(request)"),
    ),
    "loop-over-the-aliases": (
        called("response = self.get_response(request)\nfor c in connections.all():\n    c.close()\nreturn response"),
        called("response = self.get_response(request)\nreturn response"),
    ),
    "loop-over-names": (
        called("response = self.get_response(request)\nfor a in connections:\n    connections[a].close()\nreturn response"),
        called("response = self.get_response(request)\nreturn response"),
    ),
    "only-if-there-is-one": (
        called("response = self.get_response(request)\nif connection.connection is not None:\n    connection.close()\nreturn response"),
        called("response = self.get_response(request)\nreturn response"),
    ),
    "outside-atomic": (
        called(
            "response = self.get_response(request)\n"
            "if connection.connection and not connection.in_atomic_block:\n    connection.close()\nreturn response"
        ),
        called("response = self.get_response(request)\nreturn response"),
    ),
    "finally": (
        called("try:\n    return self.get_response(request)\nfinally:\n    connection.close()"),
        called("return self.get_response(request)"),
    ),
    "finally-with-more": (
        called("try:\n    return self.get_response(request)\nfinally:\n    log(request)\n    connection.close()"),
        called("try:\n    return self.get_response(request)\nfinally:\n    log(request)"),
    ),
    "function": (
        function("response = get_response(request)\nconnection.close()\nreturn response"),
        function("response = get_response(request)\nreturn response"),
    ),
    "blank-lines": (
        called("response = self.get_response(request)\n\nconnection.close()\n\nreturn response"),
        called("response = self.get_response(request)\n\nreturn response"),
    ),
    "two-of-them": (
        called("connection.close()\nresponse = self.get_response(request)\nconnection.close()\nreturn response"),
        called("response = self.get_response(request)\nreturn response"),
    ),
}  # fmt: skip

LEFT: dict[str, str] = {
    "close-old-connections": called("response = self.get_response(request)\nclose_old_connections()\nreturn response").replace(
        "from django.db import connection", "from django.db import close_old_connections, connection"
    ),
    "by-policy": called("response = self.get_response(request)\nif request.is_long:\n    connection.close()\nreturn response"),
    "before-a-stream": called("response = self.get_response(request)\nif response.streaming:\n    connection.close()\nreturn response"),
    "before-a-stream-by-a-decorator": hooks("def process_response(self, request, response):\n    connection.close()\n    return response").replace("class ", "@for_Streaming_responses\nclass "),
    "mail": called("from django.core.mail import get_connection\nconnection = get_connection()\nconnection.close()\nreturn self.get_response(request)"),
    "own-client": called("self.client.connection.close()\nreturn self.get_response(request)"),
    "cursor": called("cursor = connection.cursor()\ncursor.close()\nreturn self.get_response(request)"),
    "async": called("response = await self.get_response(request)\nconnection.close()\nreturn response").replace("def __call__", "async def __call__"),
    "worker": "from django.db import connection\n\n\ndef run():\n    while True:\n        work()\n        connection.close()\n",
    "thread": "import threading\n\nfrom django.db import connection\n\n\nclass Worker(threading.Thread):\n    def run(self):\n        try:\n            work()\n        finally:\n            connection.close()\n",
    "gunicorn-hook": "from django.db import connections\n\n\ndef post_fork(server, worker):\n    connections.close_all()\n",
    "exception-hook": hooks("def process_exception(self, request, exception):\n    connection.close()"),
    "inside-except": called("try:\n    return self.get_response(request)\nexcept Broken:\n    connection.close()\n    raise"),
    "parameter": called("return self.end(request, self.get_response(request))").replace(
        "    def __call__", "    def process_response(self, request, connection):\n        connection.close()\n        return connection\n\n    def __call__"
    ),
}  # fmt: skip


def without_unused_import(text: str) -> str:
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    for gone in ("connection", "connections"):
        if gone not in used:
            text = text.replace(f"import {gone}, ", "import ").replace(f", {gone},", ",")
    return text


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_a_close_on_the_way_of_every_request_goes(before: str, after: str) -> None:
    result = rewritten(before, CLOSED_PER_REQUEST)
    assert not isinstance(result, Refused), result.reason
    unused = {"connection", "connections"} - {n.id for n in ast.walk(ast.parse(before)) if isinstance(n, ast.Name)}
    expected = without_unused_import(after)
    for name in unused:  # what was unused before is none of our business
        expected = expected.replace("from django.db import ", f"from django.db import {name}, ")
    assert sorted_imports(result) == sorted_imports(expected)
    assert facts(result, CLOSED_PER_REQUEST) == []


def sorted_imports(text: str) -> list[str]:
    lines = text.splitlines()
    return [
        ", ".join(sorted(line.split("import ")[1].split(", "))) if line.startswith("from django.db") else line
        for line in lines
    ]


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_other_closes_stay(text: str) -> None:
    assert facts(text, CLOSED_PER_REQUEST) == []


EMPTY = {
    "call": (called("response = self.get_response(request)\nconnection.close()\nreturn response"), "yes"),
    "hook": (hooks("def process_response(self, request, response):\n    connection.close()\n    return response"), "yes"),
    "docstring": (called('"""Close."""\nresponse = self.get_response(request)\nconnection.close()\nreturn response'), "yes"),
    "finally": (called("try:\n    return self.get_response(request)\nfinally:\n    connection.close()"), "yes"),
    "function": (function("response = get_response(request)\nconnection.close()\nreturn response"), "yes"),
    "logs": (called("response = self.get_response(request)\nlog(response)\nconnection.close()\nreturn response"), "no"),
    "header": (called('response = self.get_response(request)\nresponse["X"] = "1"\nconnection.close()\nreturn response'), "no"),
    "another-hook": (
        hooks(
            "def process_response(self, request, response):\n    connection.close()\n    return response\n\n"
            "def process_exception(self, request, exception):\n    log(exception)"
        ),
        "no",
    ),
    "another-response": (called("response = self.get_response(request)\nconnection.close()\nreturn wrap(response)"), "no"),
    "set-up": (
        called("response = self.get_response(request)\nconnection.close()\nreturn response").replace(
            "self.get_response = get_response", "self.get_response = get_response\n        register(self)"
        ),
        "no",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "empty"), EMPTY.values(), ids=EMPTY)
def test_a_middleware_that_does_nothing_else_is_told_apart(text: str, empty: str) -> None:
    (fact,) = facts(text, CLOSED_PER_REQUEST)
    assert fact.detail["empty"] == empty


IMPORTS = {
    "still-used": ("from django.db import connection\n", "def other():\n    return connection.vendor\n", "from django.db import connection\n"),
    "exported": ("from django.db import connection\n", '__all__ = ["connection"]\n', "from django.db import connection\n"),
    "one-of-two": ("from django.db import connection, models\n", "", "from django.db import models\n"),
    "last-of-two": ("from django.db import DatabaseError, connection\n", "", "from django.db import DatabaseError\n"),
    "in-brackets": ("from django.db import (\n    connection,\n    models,\n)\n", "", "from django.db import (\n    models,\n)\n"),
    "alone": ("from django.db import connection\n", "", ""),
}  # fmt: skip


@pytest.mark.parametrize(("head", "tail", "expected"), IMPORTS.values(), ids=IMPORTS)
def test_an_import_goes_when_nothing_uses_it(head: str, tail: str, expected: str) -> None:
    body = called("response = self.get_response(request)\nconnection.close()\nreturn response").partition("\n\n\n")[2]
    result = rewritten(f"import os\n\n{head}\n\n{body}{tail}", CLOSED_PER_REQUEST)
    assert isinstance(result, str)
    assert result.startswith(
        f"import os\n\n{expected}\n\nclass Middleware" if expected else "import os\n\n\nclass Middleware"
    )


def test_a_package_keeps_what_others_may_import_from_it() -> None:
    text = called("response = self.get_response(request)\nconnection.close()\nreturn response")
    (fact,) = facts({"shop/middleware/__init__.py": text}, CLOSED_PER_REQUEST)
    assert not any("prune-import" in value for value in fact.detail.values())
