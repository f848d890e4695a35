"""Which files can say anything about transactions or connections, told from their bytes alone."""

from __future__ import annotations

WORDS = (
    b"transaction",
    b"autocommit",
    b"connection",
    b"is_dirty",
)
"""A file that holds none of these is never parsed."""

_STRONG = (
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
)


def worth_parsing(data: bytes) -> bool:
    """Whether a file of Python may hold one of the facts; cheap, and never wrong when it says no."""
    for word in _STRONG:
        if word in data:
            return True
    if b"close_old_connections" in data and b".disconnect(" in data:
        return True
    if b"connection" in data and (b".close(" in data or b".close_all(" in data):
        return b"get_response" in data or b"process_response" in data or b"request_finished" in data
    if b"atomic" in data:
        return b"get_response" in data or b"process_re" in data
    return (b".commit(" in data or b".rollback(" in data) and (b"get_response" in data or b"process_re" in data)
