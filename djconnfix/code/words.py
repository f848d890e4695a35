"""Which files can say anything about transactions or connections, told from their bytes alone."""

from __future__ import annotations

import re

_NO_QUERY = (b" ", b"\t", b"#", b"def ", b"async def ", b"class ", b"from ", b"import ", b"@")
_MANAGER = re.compile(rb"\b[A-Z]\w*\.objects\.")
_PLAIN_CLASS = re.compile(rb"^[ \t]*class[ \t]+\w+[ \t]*(?:\(\s*(?:object\s*)?\)\s*)?:", re.MULTILINE)
_ALONE = (
    b"set_autocommit",
    b"is_dirty",
    b"is_managed",
    b"commit_on_success",
    b"commit_manually",
    b"_unless_managed",
    b"transaction_management",
    b"transaction.set_dirty",
    b"transaction.autocommit",
    b"TransactionMiddleware",
    b"close_connection",
    b"transaction.commit(",
    b"transaction.rollback(",
    b"get_autocommit",
)
_CALLERS = (b"Thread", b"StreamingHttpResponse", b"multiprocessing")
_IN_REQUESTS = (b"connection.close(", b"connections.close_all(", b"non_atomic_requests", b"durable")
_SLOW = (b"requests.", b"sleep(", b"send_mail", b"httpx")

_TEST_FILES = ("test_", "tests", "conftest")
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "testutils", "test_utils"})
# What a call of `execute` may begin with, to be a fact.
_STATEMENT = re.compile(
    rb"""(?:\s|\(|#[^\n]*\n)*[a-zA-Z]{0,2}["']{1,3}\s*"""
    rb"(?:SET\s|SELECT\s+(?:pg_advisory_lock|set_config)|LISTEN\s|CREATE\s+TEMP|BEGIN|START\s|COMMIT|ROLLBACK)",
    re.IGNORECASE,
)

BY_HAND = (b"set_autocommit", b"is_dirty", b"enter_transaction_management")
"""Words without which no function handles transactions by hand."""

LEGACY = (
    *(word for word in _ALONE if word not in {b"transaction.commit(", b"transaction.rollback(", b"get_autocommit"}),
    b"autocommit",
    b"abort",
    b"managed",
    b"set_clean",
    b"set_dirty",
    b".disconnect(",
    b"process_",
)
"""Words without which nothing that Django has removed is used."""

IN_ATOMIC = (b"atomic", b"get_autocommit")
LIFETIMES = (b".objects", b".save(", b".execute(")

BY_SQL = (b"BEGIN", b"COMMIT", b"ROLLBACK", b"START TRANSACTION", b"begin", b"commit", b"rollback")
IN_VIEWS = (b".close(", b".close_all(", b"durable", b"non_atomic_requests", b"IntegrityError")
WIRING = (b"connection_created", b"_connection_pools", b"connection.pool", b"DatabaseWrapper", b"sync_to_async")

IN_MIDDLEWARE = (b"__call__", b"__acall__", b"process_", b"get_response")
"""Words without which no middleware is written."""


def is_test_path(path: str) -> bool:
    """Whether a file belongs to a test suite."""
    *folders, name = path.split("/")
    return name.startswith(_TEST_FILES) or name.endswith("_test.py") or not _TEST_FOLDERS.isdisjoint(folders)


def has_any(data: bytes, words: tuple[bytes, ...]) -> bool:
    """Whether any of some words stands in a file."""
    for word in words:  # noqa: SIM110 -- a generator costs more than the search
        if word in data:
            return True
    return False


def may_hold_facts(path: str, data: bytes) -> bool:
    """Whether a file may hold one of the facts: it is no test, and worth parsing."""
    return not is_test_path(path) and worth_parsing(data, path)


def worth_parsing(data: bytes, path: str = "") -> bool:
    """Whether a file of Python may hold one of the facts; cheap, and never wrong when it says no.

    Args:
        data: the file's bytes.
        path: where it lies, when that is known: async views are looked for in files named after views.
    """
    # Whoever handles transactions or connections has them from a module or under a name that says so.
    parts = b"ransaction" in data or b"onnection" in data
    if parts and has_any(data, _ALONE):
        return True
    if b".objects" in data and (_queries_at_top(data) or has_any(data, _CALLERS) or _moves_to_threads(data)):
        return True
    if b"django" not in data:
        return False
    if (not path or "views" in path) and b"request" in data and _has_async_views(data):
        return True
    if b"BaseCommand" in data and b"while True" in data:
        return True
    if b"IntegrityError" in data and b"request" in data and (b"status" in data or b"HttpResponseBad" in data):
        return True
    return _is_middleware(data, parts=parts) or (parts and _handles(data))


def _moves_to_threads(data: bytes) -> bool:
    return b"sync_to_async" in data and (b"thread_sensitive" in data or b"channels" in data)


def _has_async_views(data: bytes) -> bool:
    if b"async def" not in data:
        return False
    return b"View" in data or b"\nasync def" in data or data.startswith(b"async def")


def _is_middleware(data: bytes, *, parts: bool) -> bool:
    hooks = b"process_" in data and (b"process_re" in data or b"process_view" in data)
    if parts:
        return hooks or b"get_response" in data
    return hooks and _PLAIN_CLASS.search(data) is not None


def _handles(data: bytes) -> bool:
    """Whether a file that names transactions or connections does something with them."""
    if b"connection_created" in data or b"_connection_pools" in data or b"connection.pool" in data:
        return True
    if b"class DatabaseWrapper" in data or _executes_statement(data):
        return True
    if b"request" in data and has_any(data, _IN_REQUESTS):
        return True
    atomic = b"atomic" in data
    if b"connection" in data and (b".close(" in data or b".close_all(" in data):
        return atomic or b"request_finished" in data
    if b"close_old_connections" in data:
        return atomic or b".disconnect(" in data
    return atomic and (has_any(data, _SLOW) or b".commit(" in data or b".rollback(" in data)


def _executes_statement(data: bytes) -> bool:
    """Whether a transaction or a session's state is the text of some `execute`."""
    at = data.find(b".execute(")
    while at >= 0:
        if _STATEMENT.match(data, at + 9):
            return True
        at = data.find(b".execute(", at + 9)
    return False


def _queries_at_top(data: bytes) -> bool:
    """Whether a line that is not indented goes through a manager, as far as its beginning tells."""
    at = data.find(b".objects.")
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        if not data.startswith(_NO_QUERY, start) and _MANAGER.search(data, start, at + 9):
            return True
        at = data.find(b".objects.", at + 9)
    return False
