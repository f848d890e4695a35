"""Starting a server process, waiting until it serves, and stopping it for certain."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.servers.workspace import Account

PR_SET_PDEATHSIG = 1  # linux/prctl.h
READY_WITHIN = 60.0
STOP_WITHIN = 10.0


class ServerUnavailable(Exception):
    """A server program is not installed on this machine."""


class ServerFailed(RuntimeError):
    """A server is installed and did not start; the message holds the end of its log."""


def free_port() -> int:
    """A TCP port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def accepts_connections(port: int) -> bool:
    """Whether something listens on 127.0.0.1:`port`."""
    with socket.socket() as client:
        client.settimeout(1.0)
        return client.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """Have the kernel send the stop signal when we are killed without a chance to clean up."""
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None)

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))

    return arrange


def account_arguments(account: Account | None) -> dict[str, Any]:
    """The arguments that make `subprocess` run a program as `account`."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "cwd": "/"}


def account_environment(account: Account | None) -> dict[str, str]:
    """The caller's environment, without the home folder that `account` could not enter."""
    environment = dict(os.environ)
    if account is not None:
        environment |= {"HOME": account.home, "USER": account.name, "LOGNAME": account.name}
    return environment


class ServerProcess:
    """A running server, its log file, and how to stop it."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | Path],
        log: Path,
        *,
        account: Account | None = None,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        options = account_arguments(account)
        if cwd is not None:
            options["cwd"] = cwd
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**account_environment(account), **(environment or {})},
                start_new_session=True,  # Ctrl-C on the terminal reaches us only; we stop it in order
                preexec_fn=_die_with_parent(stop_signal),  # noqa: PLW1509
                **options,
            )

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return as soon as `ready()` holds; stop it and raise ServerFailed when it ends or takes too long."""
        try:
            self._wait_until(ready)
        except BaseException:
            self.stop()
            raise

    def _wait_until(self, ready: Callable[[], bool]) -> None:
        give_up = time.monotonic() + READY_WITHIN
        while not ready():
            if self.process.poll() is not None:
                message = f"{self.name} ended with status {self.process.returncode}:\n{self.log_tail()}"
                raise ServerFailed(message)
            if time.monotonic() > give_up:
                message = f"{self.name} was not ready after {READY_WITHIN:.0f} s:\n{self.log_tail()}"
                raise ServerFailed(message)
            time.sleep(0.02)

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log_text().splitlines()[-lines:])

    def stop(self) -> None:
        """Ask, wait, and in the end kill the whole process group. Safe to call twice."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._kill_group()
                self.process.wait(STOP_WITHIN)
        self._kill_group()

    def _kill_group(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def processor_seconds(root: int) -> float:
    """Processor time of a process and all below it, those that have ended and were waited for included. Linux only."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        parents[int(folder.name)] = int(fields[1])
        used[int(folder.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    below, found = {root}, 0
    while len(below) > found:
        found = len(below)
        below |= {process for process, parent in parents.items() if parent in below}
    return sum(used.get(process, 0.0) for process in below)


def run(arguments: Sequence[str | Path], *, account: Account | None = None, **options: Any) -> None:
    """Run a helper program to its end; raise ServerFailed with its output when it fails."""
    result = subprocess.run(
        [str(argument) for argument in arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **{"env": account_environment(account), **account_arguments(account), **options},
    )
    if result.returncode != 0:
        message = f"{Path(arguments[0]).name} ended with status {result.returncode}:\n{result.stdout[-2000:]}"
        raise ServerFailed(message)
