"""The way to a server: names, addresses, and which of them answers."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass

SocketAddress = tuple[str, int] | tuple[str, int, int, int] | str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a connection can be made to.

    Attributes:
        family: `AF_INET`, `AF_INET6` or `AF_UNIX`.
        target: what `socket.connect` takes.
        port: the server's port, also for a Unix socket, which is named after it.
    """

    family: int
    target: SocketAddress
    port: int

    @property
    def shown(self) -> str:
        """The address for a person."""
        return self.target if isinstance(self.target, str) else self.target[0]

    @property
    def is_ipv6(self) -> bool:
        """Whether it is an IPv6 address."""
        return self.family == socket.AF_INET6

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine."""
        return isinstance(self.target, str) or self.shown == "::1" or self.shown.startswith("127.")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the resolver answered to one kind of question.

    Attributes:
        family: `any` (what drivers ask), `IPv4`, `IPv6`.
        seconds: how long it took, the first time.
        addresses: in the order in which a driver tries them; empty when there are none.
        error: why there are none, empty when there are.
    """

    family: str
    seconds: float
    addresses: tuple[Address, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One address tried. `error` is empty when it answered."""

    address: Address
    seconds: float
    error: str = ""


def unix_address(path: str, port: int) -> Address:
    """Return the address of a Unix socket."""
    return Address(socket.AF_UNIX, path, port)


def is_numeric(host: str) -> bool:
    """Whether a host is an address already, so that no resolver is asked."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
        return True
    return False


def resolve(host: str, port: int, timeout: float, family: str = "any") -> Resolution:
    """Ask the system's resolver, as a driver does; give up waiting after `timeout` seconds."""
    wanted = {"any": socket.AF_UNSPEC, "IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}[family]
    outcome: list[Resolution] = []

    def ask() -> None:
        begin = time.perf_counter()
        try:
            answer = socket.getaddrinfo(host, port, wanted, socket.SOCK_STREAM)
        except OSError as error:
            outcome.append(Resolution(family, time.perf_counter() - begin, error=error.strerror or str(error)))
            return
        except UnicodeError:
            outcome.append(Resolution(family, time.perf_counter() - begin, error="it is not a host name"))
            return
        addresses = tuple(Address(found, target, port) for found, _, _, _, target in answer)  # type: ignore[arg-type]
        outcome.append(Resolution(family, time.perf_counter() - begin, addresses))

    asking = threading.Thread(target=ask, name="djconnfix-resolver", daemon=True)  # getaddrinfo has no time-out
    asking.start()
    asking.join(timeout)
    return outcome[0] if outcome else Resolution(family, timeout, error=f"no answer within {timeout:g} s")


def why_not(error: OSError, timeout: float) -> str:
    """Return in words why a connection did not come about."""
    if isinstance(error, TimeoutError):
        return f"no answer within {round(timeout, 1):g} s"
    return (os.strerror(error.errno) if error.errno else str(error)).lower()


def attempt(address: Address, timeout: float) -> Attempt:
    """Open a connection and close it again."""
    begin = time.perf_counter()
    with socket.socket(address.family, socket.SOCK_STREAM) as client:
        client.settimeout(timeout)
        try:
            client.connect(address.target)
        except OSError as error:
            return Attempt(address, time.perf_counter() - begin, why_not(error, timeout))
    return Attempt(address, time.perf_counter() - begin)


def first_that_answers(addresses: tuple[Address, ...], timeout: float) -> tuple[Attempt, ...]:
    """Try addresses in order, as drivers do, up to the first that answers; `timeout` is for all of them together."""
    tried: list[Attempt] = []
    for address in addresses:
        tried.append(attempt(address, timeout / len(addresses)))
        if not tried[-1].error:
            break
    return tuple(tried)
