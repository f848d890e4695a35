"""A proxy on the loopback address, inside this process, that passes everything on and takes down the turns.

It stands between a database driver and the server, so that the same measurement serves every driver: it sees when the
client waits, and it can end a conversation that takes too long. What passes through is not kept.
"""

from __future__ import annotations

import selectors
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.probe.conversation import Conversation
from djconnfix.probe.network import why_not

if TYPE_CHECKING:
    from types import TracebackType

    from djconnfix.probe.network import Address

_CHUNK = 65536
_FAREWELL = 0.5  # seconds


class Recorder:
    """Passes connections on to one address, one after the other, until it is stopped.

    Attributes:
        conversations: what was said, one for each connection that reached the server.
        refused: why the last connection did not reach the server, empty when it did.
        expired: whether a conversation was ended because its time was up.
        connect_seconds: how long each connection to the server took to stand.
    """

    def __init__(self, address: Address, vendor: str, *, timeout: float) -> None:
        self._address = address
        self._vendor = vendor
        self._timeout = timeout
        self._deadline: float | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.conversations: list[Conversation] = []
        self.connect_seconds: list[float] = []
        self.refused = ""
        self.expired = False
        self._listener = self._listen()
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._peers: dict[socket.socket, tuple[socket.socket, Conversation, bool]] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="djconnfix-recorder", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port to connect to; for a Unix socket the one in its name."""
        return self._address.port if self._folder else int(self._listener.getsockname()[1])

    @property
    def folder(self) -> str:
        """The folder of the Unix socket, empty when this listens on a port."""
        return self._folder.name if self._folder else ""

    @property
    def socket_path(self) -> str:
        """The Unix socket to connect to, empty when this listens on a port."""
        return str(self._listener.getsockname()) if self._folder else ""

    def allow(self, seconds: float) -> None:
        """End every conversation that is still open after so many seconds from now."""
        self.expired = False
        self._deadline = time.perf_counter() + seconds
        self._wake.send(b".")

    def stop(self) -> None:
        """Let what is under way arrive, so that the server hears the farewell; close everything and end the thread."""
        self._deadline = time.perf_counter() + _FAREWELL
        self._stopping = True
        self._wake.send(b".")
        self._thread.join(10)
        self._wake.close()
        self._woken.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _listen(self) -> socket.socket:
        if self._address.family != getattr(socket, "AF_UNIX", -1):
            return socket.create_server(("127.0.0.1", 0), backlog=8)
        self._folder = tempfile.TemporaryDirectory(prefix="djconnfix-")  # private to its owner by itself
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(Path(self._folder.name) / f".s.PGSQL.{self._address.port}"))
        listener.listen(8)
        return listener

    def _serve(self) -> None:
        try:
            while self._peers or not self._stopping:
                for key, _ in self._selector.select(self._remaining()):
                    if key.fileobj is self._listener:
                        self._accept()
                    elif key.fileobj is self._woken:
                        self._woken.recv(_CHUNK)
                    elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._peers:
                        self._pass_on(key.fileobj)
                if self._remaining() == 0 and self._peers:
                    self.expired = True
                    self._cut()
        finally:
            self._cut()
            self._listener.close()
            self._selector.close()

    def _remaining(self) -> float | None:
        return None if self._deadline is None or not self._peers else max(0.0, self._deadline - time.perf_counter())

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        begin = time.perf_counter()
        if self.expired:  # a driver that tries again after its time was up
            client.close()
            return
        server = socket.socket(self._address.family, socket.SOCK_STREAM)
        limit = self._timeout if self._deadline is None else max(0.01, self._deadline - begin)
        server.settimeout(limit)
        try:
            server.connect(self._address.target)
        except OSError as error:
            self.refused = why_not(error, limit)
            client.close()
            server.close()
            return
        self.refused = ""
        opened = time.perf_counter()
        self.connect_seconds.append(opened - begin)
        conversation = Conversation(self._vendor, opened)
        self.conversations.append(conversation)
        for each in (client, server):
            each.settimeout(limit)
            if each.family != getattr(socket, "AF_UNIX", -1):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(each, selectors.EVENT_READ)
        self._peers[client] = (server, conversation, True)
        self._peers[server] = (client, conversation, False)

    def _pass_on(self, source: socket.socket) -> None:
        target, conversation, from_client = self._peers[source]
        try:
            data = source.recv(_CHUNK)
            at = time.perf_counter()
            if data and from_client:
                conversation.client_said(data, at)
            elif data:
                conversation.server_said(data, at)
            target.sendall(data)
        except OSError:
            data = b""
        if not data:
            if target in self._peers and not from_client:
                conversation.closed_by_server = True
            self._drop(source)
            self._drop(target)

    def _drop(self, end: socket.socket) -> None:
        if self._peers.pop(end, None) is not None:
            self._selector.unregister(end)
            end.close()

    def _cut(self) -> None:
        for end in list(self._peers):
            self._drop(end)
