"""One connection of a driver through a recorder, taken through the steps that Django takes."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djconnfix.probe.errors import ProbeError, clause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.probe.conversation import Conversation
    from djconnfix.probe.recorder import Recorder
    from djconnfix.probe.target import Endpoint, Target


@dataclass(slots=True)
class Session:
    """An open connection and when each step of opening it was over (`time.perf_counter`).

    Attributes:
        connection: the driver's own object.
        began: before the driver was called.
        connected: when the driver returned.
        ready: when Django's statements were done.
        processor: seconds of this thread's processor time from `began` to `ready`.
        timezone: the server's time zone before Django set it, empty when the driver does not know.
    """

    connection: Any
    began: float
    connected: float
    ready: float
    processor: float
    timezone: str = ""

    @property
    def number(self) -> int:
        """The server's process or thread, as the connection was told when it began."""
        if hasattr(self.connection, "thread_id"):  # mysqlclient, PyMySQL
            return int(self.connection.thread_id())
        if hasattr(self.connection, "connection_id"):  # mysql-connector
            return int(self.connection.connection_id)
        return int(self.connection.info.backend_pid)  # psycopg, psycopg2

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            cursor.close()


def parameters_through(target: Target, recorder: Recorder, endpoint: Endpoint) -> dict[str, Any]:
    """Return what the driver needs to connect through the recorder and still check the server's own name."""
    parameters = dict(target.parameters)
    if target.vendor == "postgresql":
        parameters.pop("hostaddr", None)
        parameters["port"] = str(recorder.port)
        if recorder.folder:
            return {**parameters, "host": recorder.folder}
        return {**parameters, "host": endpoint.host, "hostaddr": "127.0.0.1"}
    if recorder.socket_path:
        return {**parameters, "unix_socket": recorder.socket_path}
    return {**parameters, "host": "127.0.0.1", "port": recorder.port}


@contextlib.contextmanager
def opened(
    target: Target, recorder: Recorder, endpoint: Endpoint, timeout: float, *, initialise: bool = True, **more: Any
) -> Iterator[Session]:
    """Open a connection as Django would, through a recorder; close it at the end.

    Args:
        target: the alias.
        recorder: stands before the server.
        endpoint: which of the target's endpoints the recorder stands before.
        timeout: seconds for everything until the block ends.
        initialise: whether Django's own statements are run, a check of the server's version among them; without them
            the session is in autocommit mode.
        more: parameters of the driver that replace the target's.

    Raises:
        ProbeError: the connection cannot be opened, or breaks.
    """
    parameters = parameters_through(target, recorder, endpoint) | more
    recorder.allow(timeout)
    wrapper = target.wrapper
    begin, processor = time.perf_counter(), time.thread_time()
    connection = None
    try:
        try:
            connection = _connect(target, recorder, endpoint, parameters)
            connected = time.perf_counter()
            timezone = _timezone(target, connection)
            wrapper.connection = connection
            wrapper.set_autocommit(bool(wrapper.settings_dict["AUTOCOMMIT"]) or not initialise)
            if initialise:
                wrapper.init_connection_state()
            ready = time.perf_counter()
            yield Session(connection, begin, connected, ready, time.thread_time() - processor, timezone)
        except ProbeError:
            raise
        except Exception as error:
            raise ProbeError(_why(error, target, recorder, timeout)) from None
    finally:
        wrapper.connection = None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()


def _connect(target: Target, recorder: Recorder, endpoint: Endpoint, parameters: dict[str, Any]) -> Any:
    if target.driver != "pymysql" or recorder.socket_path:
        return target.wrapper.get_new_connection(parameters)
    # The host name takes part in TLS, so the driver must believe that it talks to the server itself.
    named = {**parameters, "host": endpoint.host, "port": endpoint.port, "defer_connect": True}
    connection = target.wrapper.get_new_connection(named)
    way = socket.create_connection(("127.0.0.1", recorder.port))
    way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.connect(way)
    return connection


def _timezone(target: Target, connection: Any) -> str:
    return str(connection.info.parameter_status("TimeZone") or "") if target.vendor == "postgresql" else ""


def _why(error: Exception, target: Target, recorder: Recorder, timeout: float) -> str:
    talk = recorder.conversations[-1] if recorder.conversations else None
    if recorder.refused:
        return f"cannot be reached: {recorder.refused}"
    if any(each.foreign for each in recorder.conversations):  # a driver may have tried again without TLS
        return f"does not speak the protocol of {_PRODUCTS.get(target.vendor, target.vendor)}"
    if recorder.expired:
        return f"accepts the connection and then does not answer within {timeout:g} s{_after(talk)}"
    if talk is not None and talk.closed_by_server and _is_abrupt(error):
        return f"closed the connection before it was ready{_after(talk)}"
    return clause(error, target.secrets)


_PRODUCTS = {"postgresql": "PostgreSQL", "mysql": "MySQL"}
_ABRUPT = ("closed the connection unexpectedly", "lost connection", "gone away", "reset by peer", "eof")


def _is_abrupt(error: Exception) -> bool:
    text = str(error).lower()
    return any(words in text for words in _ABRUPT)


def _after(talk: Conversation | None) -> str:
    answers = len(talk.answered) if talk else 0
    if not answers:
        return ""
    return f" (after {answers} answer{'s' if answers != 1 else ''})"
