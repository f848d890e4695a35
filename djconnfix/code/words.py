"""Which files can say anything about transactions or connections, told from their bytes alone."""

from __future__ import annotations

import re

_QUERY_AT_TOP = re.compile(rb"^(?! |\t|#|def |async |class |from |import |@).*\b[A-Z]\w*\.objects\.", re.MULTILINE)

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
_TOGETHER = (
    b"close_old_connections",
    b"connections",
    b"connection.close(",
    b".commit(",
    b".rollback(",
    b"get_response",
    b"process_response",
    b"process_view",
    b"async def",
    b"while True",
    b"Thread",
    b"StreamingHttpResponse",
    b"multiprocessing",
    b"pg_advisory_lock",
    b'.execute("',
    b".execute('",
    b".objects.",
    b"atomic",
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

WORDS = (*_ALONE, *_TOGETHER)
"""A file that holds none of these is never parsed."""


def has_any(data: bytes, words: tuple[bytes, ...]) -> bool:
    """Whether any of some words stands in a file."""
    for word in words:  # noqa: SIM110 -- a generator costs more than the search
        if word in data:
            return True
    return False


def worth_parsing(data: bytes) -> bool:
    """Whether a file of Python may hold one of the facts; cheap, and never wrong when it says no."""
    for word in _ALONE:
        if word in data:
            return True
    if b".objects." in data and _QUERY_AT_TOP.search(data):
        return True
    if b".objects" in data and (b"Thread" in data or b"StreamingHttpResponse" in data or b"multiprocessing" in data):
        return True
    if b"django" not in data:
        return False
    if b"async def" in data and b"request" in data:
        return True
    if b"while True" in data and b"BaseCommand" in data:
        return True
    if b".execute(" in data and (b"SET " in data or b"pg_advisory_lock" in data or b"CREATE TEMP" in data):
        return True
    handles = b"get_response" in data or b"process_re" in data or b"process_view" in data or b"atomic" in data
    if b"connection" in data and (b".close(" in data or b".close_all(" in data):
        return handles or b"request_finished" in data
    if b"close_old_connections" in data:
        return b".disconnect(" in data or handles
    if not handles:
        return False
    if b"atomic" in data and (b"requests." in data or b"sleep(" in data or b"send_mail" in data or b"httpx" in data):
        return True
    in_middleware = b"get_response" in data or b"process_re" in data or b"process_view" in data
    return in_middleware or b".commit(" in data or b".rollback(" in data
