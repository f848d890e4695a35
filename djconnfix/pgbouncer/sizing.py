"""How large PgBouncer's pools have to be: sums that a person can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget, limit_of
from djconnfix.decision import served
from djconnfix.facts import Role
from djconnfix.records import dataclass
from djconnfix.strategies.engines import bare

if TYPE_CHECKING:
    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Because

_LEAST_DIRECT = 5  # connections that stay free for migrations, cron jobs and people, at the least
_LEAST_CLIENTS = 100  # PgBouncer's own default
_UNKNOWN_CLIENTS = 1000  # a client costs PgBouncer 2 kB
_USUAL_POOL = 20  # PgBouncer's own default
_USUAL_WAIT = 10  # seconds


@dataclass(frozen=True, slots=True)
class Client:
    """One alias of a production settings module, and how many connections it may hold to PgBouncer at a time.

    Attributes:
        settings: the settings module.
        database: the alias as it is.
        total: the sum.
        complete: False when the files do not tell everything, so that `total` is the least.
        lines: the sum, a line for each server.
    """

    settings: str
    database: Database
    total: int
    complete: bool
    lines: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """PgBouncer's numbers, each with the sum behind it.

    Attributes:
        clients: who connects.
        admitted: connections that the server admits to applications.
        max_connections: what was said of the server; 0: its default.
        direct: what is left to connections past PgBouncer.
        share: server connections for each database.
        pool: `default_pool_size`.
        reserve: `reserve_pool_size`.
        max_clients: `max_client_conn`.
        wait: `query_wait_timeout` in seconds.
        timeout: the web server's own time-out that `wait` has to stay below; 0: none is known.
    """

    clients: tuple[Client, ...]
    admitted: int
    max_connections: int
    direct: int
    share: int
    pool: int
    reserve: int
    max_clients: int
    wait: int
    timeout: int

    @property
    def total(self) -> int:
        """How many connections the project may hold to PgBouncer at a time, as far as the files tell."""
        return sum(client.total for client in self.clients)

    @property
    def complete(self) -> bool:
        """Whether `total` is all."""
        return all(client.complete for client in self.clients)


def clients_of(project: Project) -> tuple[Client, ...]:
    """Return the aliases that PgBouncer can serve: PostgreSQL's in production settings, each once."""
    found: dict[tuple[str, str], Client] = {}
    for settings, database in project.databases(Role.PRODUCTION):
        if bare(database).vendor != "postgresql":
            continue
        client = _client(settings, database)
        found.setdefault((settings.module, database.alias), client)
    return tuple(sorted(found.values(), key=lambda client: client.database.alias != "default"))


def _client(settings: SettingsModule, database: Database) -> Client:
    summed = budget(bare(database), settings.evidence.servers)
    return Client(settings.module, database, summed.total, summed.complete and bool(summed.because), summed.because)


def sizes_for(project: Project, clients: tuple[Client, ...], databases: int, max_connections: int) -> Sizes:
    """Return the numbers for a project.

    Args:
        project: the facts.
        clients: who connects; at least one.
        databases: how many databases of the server they connect to.
        max_connections: what the server is configured to admit; 0: its default.
    """
    admitted = limit_of("postgresql", max_connections) or 1
    direct = min(max(_LEAST_DIRECT, admitted // 10), admitted // 2)
    share = max(1, (admitted - direct) // databases)
    reserve = min(5, share // 4)
    most = sum(client.total for client in clients) if all(client.complete for client in clients) else _USUAL_POOL
    timeouts = [
        server.timeout
        for settings in project.settings
        if settings.role is Role.PRODUCTION
        for server in served(settings.evidence).servers
        if server.timeout
    ]
    timeout = min(timeouts, default=0)
    return Sizes(
        clients=clients,
        admitted=admitted,
        max_connections=max_connections,
        direct=direct,
        share=share,
        pool=max(1, min(most, share - reserve)),
        reserve=reserve,
        max_clients=_max_clients(clients),
        wait=min(_USUAL_WAIT, max(1, timeout // 2)) if timeout else _USUAL_WAIT,
        timeout=timeout,
    )


def _max_clients(clients: tuple[Client, ...]) -> int:
    """Return room for twice the clients, as old and new processes run side by side during a deployment."""
    if not all(client.complete for client in clients):
        return _UNKNOWN_CLIENTS
    twice = 2 * sum(client.total for client in clients)
    return max(_LEAST_CLIENTS, -(-twice // 50) * 50)
