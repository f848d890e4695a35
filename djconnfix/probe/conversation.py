"""What a client and a server say to each other, reduced to turns: who waited for whom, and in which phase.

Fed with bytes and the times at which they passed; keeps times, kinds and a few harmless facts, never the bytes: they
hold passwords and proofs. Pure, so that it can be tested without a server.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from djconnfix.probe.tls import Records

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102
_MYSQL_SSL_REQUEST = 36  # length of the packet that asks for TLS: 4 bytes of header and 32 of capabilities
_ITERATIONS = re.compile(rb",i=(\d{1,9})(?:\x00|,|$|[^\d])")
_AUTHENTICATION = {3: "password", 5: "md5", 7: "gss", 9: "sspi", 10: "scram-sha-256"}


class Kind(enum.Enum):
    """What a turn is for, as far as its bytes show."""

    GREETING = "greeting"  # the server speaks first
    NEGOTIATION = "negotiation"  # may TLS or GSS be spoken?
    GSS = "gss"
    TLS = "tls"
    LOGIN = "login"
    STATEMENT = "statement"
    SEALED = "sealed"  # encrypted: only its place tells what it is for


@dataclass(slots=True)
class Turn:
    """One wait of the client for the server.

    Attributes:
        kind: what it is for.
        sent: when the client had said all it had to say; for a greeting, when the connection stood.
        answered: when the last of the answer came; None while it has not.
    """

    kind: Kind
    sent: float
    answered: float | None = None

    @property
    def wait(self) -> float:
        """How long the client waited, 0 when no answer came."""
        return 0.0 if self.answered is None else self.answered - self.sent


class Conversation:
    """The turns of one connection, and what its plain text gives away.

    Attributes:
        vendor: `postgresql`, `mysql`, or another word for a protocol that is only counted.
        opened: when the connection stood.
        turns: every wait, in order; the last one may be without an answer (a farewell has none).
        encrypted: whether TLS was spoken.
        tls_version: `1.3`, `1.2`, empty without TLS.
        authentication: how the client proved itself, where that could be read.
        iterations: of SCRAM, 0 when it could not be read.
        foreign: whether the server spoke another protocol.
        closed_by_server: whether the server hung up first.
    """

    def __init__(self, vendor: str, opened: float) -> None:
        self.vendor = vendor
        self.opened = opened
        self.turns: list[Turn] = []
        self.encrypted = False
        self.authentication = ""
        self.iterations = 0
        self.foreign = False
        self.closed_by_server = False
        self._started = False
        self._client, self._server = Records(), Records()
        self._negotiating = False
        self._settled = False
        self._waiting: Turn | None = None
        self._kind = Kind.LOGIN

    @property
    def tls_version(self) -> str:
        """The version of TLS that is spoken."""
        return self._server.hello.version if self.encrypted else ""

    @property
    def answered(self) -> list[Turn]:
        """The turns that had an answer."""
        return [turn for turn in self.turns if turn.answered is not None]

    def client_said(self, data: bytes, at: float) -> None:
        """Take note of what the client sent."""
        kind = self._read_client(data)
        self._started = True
        if kind is None:
            self._waiting = None  # whatever comes now is nobody's answer
            return
        if self._waiting is None or self._waiting.answered is not None:
            self._waiting = Turn(kind, at)
            self.turns.append(self._waiting)
        else:
            self._waiting.sent = at
            self._waiting.kind = kind

    def server_said(self, data: bytes, at: float) -> None:
        """Take note of what the server sent."""
        if not self._started and not self.turns:
            self._waiting = Turn(Kind.GREETING, self.opened)
            self.turns.append(self._waiting)
            self._read_greeting(data)
        elif self.encrypted:
            self._server.feed(data)
            if not self._settled and self._server.hello.version:
                self._settled = True
                self._client.handshake_ends = self._server.hello.finished
        else:
            self._read_server(data)
        if self._waiting is not None:
            self._waiting.answered = at

    def _read_client(self, data: bytes) -> Kind | None:
        """Return what the client's bytes are for, None when they expect no answer of their own."""
        if self.encrypted:
            return self._sealed(data)
        if data[:2] == b"\x16\x03":
            self.encrypted = True
            return self._sealed(data)
        if self.vendor == "mysql":
            return self._mysql_client(data)
        return self._postgresql_client(data) if self.vendor == "postgresql" else Kind.STATEMENT

    def _sealed(self, data: bytes) -> Kind | None:
        before = self._client.sealed
        if self._client.feed(data):
            return Kind.TLS
        # The end of a TLS 1.3 handshake is answered by session tickets at most, and nobody waits for those.
        return Kind.SEALED if self._client.sealed > before else None

    def _postgresql_client(self, data: bytes) -> Kind:
        code = int.from_bytes(data[4:8], "big") if len(data) >= 8 else 0
        if code in (SSL_REQUEST, GSS_REQUEST) and len(data) == 8:
            self._negotiating = True
            return Kind.NEGOTIATION if code == SSL_REQUEST else Kind.GSS
        self._kind = Kind.LOGIN if not data[:1].isalpha() or data[:1] == b"p" else Kind.STATEMENT
        return self._kind

    def _mysql_client(self, data: bytes) -> Kind | None:
        if len(data) >= 4 and data[3] == 1 and data[:3] == b"\x20\x00\x00":
            rest = data[_MYSQL_SSL_REQUEST:]
            if rest[:2] == b"\x16\x03":
                self.encrypted = True
                return self._sealed(rest)
            return None
        return Kind.STATEMENT if len(data) >= 4 and data[3] == 0 else Kind.LOGIN

    def _read_greeting(self, data: bytes) -> None:
        if self.vendor == "postgresql":
            self.foreign = True  # its server never speaks first
        elif self.vendor == "mysql":
            self.foreign = len(data) < 5 or data[3] != 0 or data[4] not in (9, 10, 255)

    def _read_server(self, data: bytes) -> None:
        if self.vendor != "postgresql":
            return
        if self._negotiating:
            self._negotiating = False
            # The answer is one byte; more can only be an error message, or somebody who never heard the question.
            self.foreign = self.foreign or (data not in (b"S", b"N", b"G") and data[:1] != b"E")
            return
        if len(self.answered) == 0 and data[:1] not in (b"R", b"E", b"v", b"N"):
            self.foreign = True
        if data[:1] == b"R" and len(data) >= 9:
            code = int.from_bytes(data[5:9], "big")
            self.authentication = _AUTHENTICATION.get(code, self.authentication)
            if code == 0 and not self.authentication:
                self.authentication = "trust"
            if code == 11 and (found := _ITERATIONS.search(data[9 : int.from_bytes(data[1:5], "big") + 1])):
                self.iterations = int(found[1])
