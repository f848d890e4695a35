"""SHA-256 by Python's own small module: `hashlib` loads OpenSSL, which takes longer than most projects to judge."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_SMALL = "_sha2" if sys.version_info >= (3, 12) else "_sha256"


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal digits."""
    try:
        library: Any = import_module(_SMALL)
    except ImportError:  # a Python that was built without
        library = import_module("hashlib")
    return str(library.sha256(data).hexdigest())
