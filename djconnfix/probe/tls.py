"""The outside of TLS: record types, lengths, and what the server's first message settles. Contents stay sealed."""

from __future__ import annotations

from dataclasses import dataclass

HANDSHAKE, SEALED = 22, 23
_SERVER_HELLO = 2
_SUPPORTED_VERSIONS = 0x2B
_VERSIONS = {0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
_SHA384_SUITES = (0x1302,)
_SEALED_FINISHED = {True: 69, False: 53}  # 4 bytes of header, a hash of 48 or 32, type 1, tag 16


@dataclass(frozen=True, slots=True)
class Hello:
    """What a server's hello settles.

    Attributes:
        version: `1.3`, `1.2`, ...; empty when it is none that is known.
        finished: length of the sealed record that ends the client's handshake in TLS 1.3; 0 before 1.3, where the
            handshake is not sealed.
    """

    version: str = ""
    finished: int = 0


class Records:
    """The records of one direction.

    Attributes:
        sealed: how many records of application data began, the sealed part of a TLS 1.3 handshake not counted.
        hello: what the server's hello settled, once it has passed in this direction.
        handshake_ends: for the client's direction in TLS 1.3, the length of its last record of the handshake.
    """

    def __init__(self) -> None:
        self.sealed = 0
        self.hello = Hello()
        self.handshake_ends = 0
        self._pending = b""
        self._skip = 0
        self._message: bytes | None = None

    def feed(self, data: bytes) -> bool:
        """Take more bytes; return whether a record of an open handshake began in them."""
        handshake = False
        data = self._pending + data
        self._pending = b""
        position = 0
        while position < len(data):
            if self._skip:
                step = min(self._skip, len(data) - position)
                self._keep(data[position : position + step])
                self._skip -= step
                position += step
                continue
            if len(data) - position < 5:
                self._pending = data[position:]
                break
            kind = data[position]
            self._skip = int.from_bytes(data[position + 3 : position + 5], "big")
            position += 5
            if kind == HANDSHAKE:
                handshake = True
                if self._message is None and not self.hello.version:
                    self._message = b""
            elif kind == SEALED:
                self._count()
        return handshake

    def _count(self) -> None:
        if not self.handshake_ends:
            self.sealed += 1
        elif self._skip == self.handshake_ends:
            self.handshake_ends = 0

    def _keep(self, data: bytes) -> None:
        if self._message is None:
            return
        self._message += data
        if len(self._message) >= 4 and len(self._message) >= 4 + int.from_bytes(self._message[1:4], "big"):
            self.hello = read_hello(self._message)
            self._message = None


def read_hello(message: bytes) -> Hello:
    """Return what a server hello settles, nothing for any other message."""
    if len(message) < 42 or message[0] != _SERVER_HELLO:
        return Hello()
    version = int.from_bytes(message[4:6], "big")
    position = 38 + 1 + message[38]  # header, version, random, session id
    suite = int.from_bytes(message[position : position + 2], "big")
    position += 3  # cipher suite, compression
    end = position + 2 + int.from_bytes(message[position : position + 2], "big")
    position += 2
    while position + 4 <= min(end, len(message)):
        extension = int.from_bytes(message[position : position + 2], "big")
        length = int.from_bytes(message[position + 2 : position + 4], "big")
        if extension == _SUPPORTED_VERSIONS and length == 2:
            version = int.from_bytes(message[position + 4 : position + 6], "big")
        position += 4 + length
    name = _VERSIONS.get(version, "")
    return Hello(name, _SEALED_FINISHED[suite in _SHA384_SUITES] if name == "1.3" else 0)
