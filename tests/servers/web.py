"""gunicorn and uvicorn, serving a Django project on a port of their own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.servers.process import ServerProcess, accepts_connections, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.servers.workspace import Workspace


class WebServer:
    """A running web server. It runs as the caller, whose virtual environment it uses."""

    def __init__(
        self,
        workspace: Workspace,
        program: str,
        arguments: Sequence[str],
        project: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.port = free_port()
        bound = {
            "gunicorn": ({"GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{self.port}"}, []),
            "uvicorn": ({}, ["--host", "127.0.0.1", "--port", str(self.port)]),
        }
        extra_environment, extra_arguments = bound[program]
        self.process = ServerProcess(
            program,
            [sys.executable, "-m", program, *arguments, *extra_arguments],
            workspace.path / f"{program}-{self.port}.log",
            environment={**environment, **extra_environment},
            cwd=project,
        )
        self.process.wait_until(lambda: accepts_connections(self.port))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.process.stop()
