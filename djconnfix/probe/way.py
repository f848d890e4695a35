"""The way from an alias to the address that answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.probe.errors import ProbeError, clause
from djconnfix.probe.network import first_that_answers, resolve, unix_address
from djconnfix.probe.target import Endpoint

if TYPE_CHECKING:
    from djconnfix.probe.network import Address, Attempt, Resolution
    from djconnfix.probe.reading import PassedOver
    from djconnfix.probe.target import Target


@dataclass(frozen=True, slots=True)
class Way:
    """A server found: where it is and what it took to find it."""

    endpoint: Endpoint
    address: Address
    resolution: Resolution | None
    attempts: tuple[Attempt, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()


def find_way(endpoint: Endpoint, timeout: float) -> Way:
    """Resolve an endpoint and find the address that answers.

    Raises:
        ProbeError: the name does not resolve, or no address answers.
    """
    if endpoint.is_socket:
        path = Path(endpoint.host)
        path = path / f".s.PGSQL.{endpoint.port}" if path.is_dir() else path
        return Way(endpoint, unix_address(str(path), endpoint.port), None)
    found = resolve(endpoint.host, endpoint.port, timeout)
    if not found.addresses:
        raise ProbeError(f"the name {endpoint.host} does not resolve: {found.error}")
    if len(found.addresses) == 1:
        return Way(endpoint, found.addresses[0], found)
    tried = first_that_answers(found.addresses, timeout)
    if tried[-1].error:
        raise ProbeError("cannot be reached: " + "; ".join(f"{each.address.shown}: {each.error}" for each in tried))
    return Way(endpoint, tried[-1].address, found, tried)


def endpoint_of_driver(target: Target, timeout: float) -> Endpoint:
    """Return the endpoint that libpq chooses when the settings leave it to libpq."""
    parameters = {**target.parameters, "connect_timeout": max(2, math.ceil(timeout))}
    try:
        connection = target.wrapper.get_new_connection(parameters)
    except Exception as error:
        raise ProbeError(clause(error, target.secrets)) from None
    try:
        return Endpoint(str(connection.info.host), int(connection.info.port))
    finally:
        connection.close()
