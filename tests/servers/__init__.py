"""The test bed: real database servers, poolers and web servers on ports of their own.

Everything lives in one temporary folder, listens on 127.0.0.1 only, runs under an unprivileged user when the caller is
root, starts when it is first asked for and is stopped when the bed is closed. As pytest fixtures: ``tests/conftest.py``.
From the command line: ``python -m tests.servers``.
"""

from tests.servers.bed import Testbed
from tests.servers.process import ServerUnavailable

__all__ = ["ServerUnavailable", "Testbed"]
