"""What one probe of one alias found: facts and times, no secrets. Diagnosis and reports read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djconnfix.probe.network import Attempt, Resolution
    from djconnfix.probe.phases import Profile


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A host of several that did not serve, and why."""

    endpoint: str
    why: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Habits:
    """What the settings make of connections.

    Attributes:
        conn_max_age: as set; None keeps them for ever.
        health_checks: `CONN_HEALTH_CHECKS`.
        atomic_requests: `ATOMIC_REQUESTS`.
        pool: whether Django's pool is on.
        driver_autocommit: whether `OPTIONS` turns the driver's autocommit on (MySQL).
    """

    conn_max_age: float | None = 0
    health_checks: bool = False
    atomic_requests: bool = False
    pool: bool = False
    driver_autocommit: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """How the connection was secured and opened.

    Attributes:
        encrypted: whether TLS was spoken.
        tls_version: which.
        authorities: how many certificate authorities the client loaded, 0 when that is unknown.
        authority_file: where they came from.
        authentication: the method, empty when it could not be read.
        iterations: of SCRAM, 0 when they could not be read.
        gss: whether GSS encryption was asked for first.
    """

    encrypted: bool = False
    tls_version: str = ""
    authorities: int = 0
    authority_file: str = ""
    authentication: str = ""
    iterations: int = 0
    gss: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One alias, probed.

    Attributes:
        alias: its name.
        vendor: `postgresql`, `mysql`, ...
        driver: the module that was used.
        server: product and version as the server gives them.
        endpoint: host and port, or socket, that served.
        local: whether the server is on this machine.
        resolutions: what the resolver answered, the question that drivers ask first.
        attempts: addresses tried, in order.
        passed_over: hosts before the one that served.
        profile: the medians.
        login: how it was secured.
        habits: what the settings make of it.
        first_connection_extra: round trips more for a thread's first connection.
        server_timezone: the session's time zone before Django set it, empty when not known.
        wanted_timezone: the one that Django wants.
        reverse_lookup: whether the server looks up its clients' names; None when it does not say.
        pooler: whether something between answers for the server; None when that was not tested.
        notes: in what this differs from what the project does.
    """

    alias: str
    vendor: str
    driver: str
    server: str
    endpoint: str
    local: bool
    profile: Profile
    resolutions: tuple[Resolution, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    login: Login = field(default_factory=Login)
    habits: Habits = field(default_factory=Habits)
    first_connection_extra: int = 0
    server_timezone: str = ""
    wanted_timezone: str = ""
    reverse_lookup: bool | None = None
    pooler: bool | None = None
    notes: tuple[str, ...] = ()
