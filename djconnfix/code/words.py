"""Which files can say anything about transactions or connections, told from their bytes alone."""

from __future__ import annotations

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
)

WORDS = (*_ALONE, *_TOGETHER)
"""A file that holds none of these is never parsed."""


def worth_parsing(data: bytes) -> bool:
    """Whether a file of Python may hold one of the facts; cheap, and never wrong when it says no."""
    for word in _ALONE:
        if word in data:
            return True
    if b"django" not in data:
        return False
    if b"async def" in data and b"request" in data:
        return True
    handles = b"get_response" in data or b"process_re" in data or b"process_view" in data or b"atomic" in data
    if b"connection" in data and (b".close(" in data or b".close_all(" in data):
        return handles or b"request_finished" in data
    if b"close_old_connections" in data:
        return b".disconnect(" in data or handles
    if not handles:
        return False
    in_middleware = b"get_response" in data or b"process_re" in data or b"process_view" in data
    return in_middleware or b".commit(" in data or b".rollback(" in data
