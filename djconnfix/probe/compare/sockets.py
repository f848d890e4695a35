"""The sockets of this process, seen from the operating system: which lead to a database server, and cutting those."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Peer = tuple[str, int] | str
_FOLDER = "/dev/fd"  # on Linux a link to /proc/self/fd


def peers() -> Counter[Peer]:
    """Return how many connected sockets lead to each peer; empty where the system does not list them."""
    return Counter(peer for _, peer in _connected())


def cut(chosen: frozenset[Peer]) -> int:
    """End every connection to the chosen peers, as a network that fails would; return how many there were."""
    number = 0
    for descriptor, peer in _connected():
        if peer in chosen:
            with _borrowed(descriptor) as connection, contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
                number += 1
    return number


def _connected() -> Iterator[tuple[int, Peer]]:
    try:
        names = os.listdir(_FOLDER)  # noqa: PTH208 -- names are all that is needed
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            descriptor = int(name)
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with _borrowed(descriptor) as connection:
                    peer = _named(connection.getpeername())
                if peer:
                    yield descriptor, peer


@contextlib.contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """Lend a socket object for a descriptor that stays open."""
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        yield connection


def _named(peer: object) -> Peer:
    if isinstance(peer, bytes):
        return peer.decode("utf-8", "replace")
    if isinstance(peer, tuple):
        return str(peer[0]).removeprefix("::ffff:"), int(peer[1])
    return str(peer)
