"""What a live server said: facts that only `connaudit --live` has. Rules 7xx judge them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Project
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.facts import Database, DatabaseKey, PoolMode, SettingsModule, Version
    from djconnfix.source import Location


_NOT_SAID = ("alias", "location", "settings", "database")


@dataclass(frozen=True, slots=True)
class IdleTransaction:
    """A session of the project's own role that waits for its client inside a transaction.

    Attributes:
        seconds: since its last statement.
        application: its `application_name`, empty when it gives none.
        tables: tables that it has locked.
        blocks: how many sessions wait for it.
    """

    seconds: float
    application: str = ""
    tables: tuple[str, ...] = ()
    blocks: int = 0

    def __str__(self) -> str:
        tables = f", has locked {', '.join(self.tables)}" if self.tables else ""
        waiting = f", {self.blocks} wait for it" if self.blocks else ""
        return f"{self.application or 'a session'} for {self.seconds:g} s{tables}{waiting}"


@dataclass(frozen=True, slots=True)
class PoolerSeen:
    """Something between that answers for the server.

    Attributes:
        how: what gave it away, one clause.
        program: `pgbouncer` when it said so, else empty.
        version: as it gives it, empty when unknown.
        mode: None when it could not be told.
    """

    how: str
    program: str = ""
    version: str = ""
    mode: PoolMode | None = None

    @property
    def shown(self) -> str:
        """The pooler for a person."""
        name = f"{self.program or 'a pooler or proxy'} {self.version}".strip()
        return f"{name} in {self.mode.value} mode" if self.mode else name


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What one alias' server said, and what the loaded settings make of it. Times are seconds, 0 means no limit.

    Attributes:
        alias: the alias.
        location: where it is defined, or the settings module.
        settings: the settings module.
        database: its definition in the files, None when the files do not show it.
        product: `PostgreSQL`, `MariaDB`, `MySQL`.
        version: the server's.
        minimum: the oldest that this Django supports, empty when it says none.
        local: whether the server is on this machine.
        encrypted: whether the way from here is; to the pooler when there is one.
        server_encrypted: whether the way from a pooler to the server is; None when there is none or it is not known.
        max_connections: of the server, 0 when unknown.
        reserved: how many of them are not for ordinary roles.
        own_limit: of the role or the database, 0 for none.
        connections: open now, the probe's own included; 0 when unknown.
        own_connections: of them, this role's.
        idle_timeout: after which the server ends an idle session.
        idle_in_transaction_timeout: after which it ends one that idles inside a transaction; None when unknown.
        idle_transactions: the role's own.
        pooler: what stands between.
        conn_max_age: as loaded; None keeps connections for ever.
        health_checks: as loaded.
        pool: whether Django's pool is on.
        server_side_cursors: whether Django may use them.
        unseen: what could not be seen, one clause each.
    """

    alias: str
    location: Location
    settings: str = ""
    database: DatabaseKey | None = None
    product: str = "PostgreSQL"
    version: Version = ()
    minimum: Version = ()
    local: bool = False
    encrypted: bool = True
    server_encrypted: bool | None = None
    max_connections: int = 0
    reserved: int = 0
    own_limit: int = 0
    connections: int = 0
    own_connections: int = 0
    idle_timeout: float = 0
    idle_in_transaction_timeout: float | None = None
    idle_transactions: tuple[IdleTransaction, ...] = ()
    pooler: PoolerSeen | None = None
    conn_max_age: float | None = 0
    health_checks: bool = False
    pool: bool = False
    server_side_cursors: bool = True
    unseen: tuple[str, ...] = ()

    @property
    def usable(self) -> int:
        """How many connections ordinary roles can have, 0 when unknown."""
        return max(0, self.max_connections - self.reserved)

    @property
    def shown_version(self) -> str:
        """Product and version for a person."""
        return f"{self.product} {'.'.join(map(str, self.version))}".strip()

    @property
    def described(self) -> list[str]:
        """One line for each fact that is not as usual, for examples."""
        from dataclasses import fields

        lines = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in _NOT_SAID or value == each.default:
                continue
            if isinstance(value, PoolerSeen):
                value = value.shown
            elif each.name in ("version", "minimum"):
                value = ".".join(map(str, value))
            elif isinstance(value, tuple):
                value = "; ".join(str(item) for item in value)
            lines.append(f"{each.name.replace('_', ' ')}: {value}")
        return lines or ["as usual"]

    @property
    def keeps(self) -> bool:
        """Whether a connection outlives its request."""
        return self.conn_max_age is None or self.conn_max_age > 0


@dataclass(frozen=True, slots=True)
class LiveProject(Project):
    """A project whose servers were asked too.

    Attributes:
        servers: what each said.
    """

    servers: tuple[ServerFacts, ...] = ()

    def database_of(self, server: ServerFacts) -> tuple[SettingsModule, Database] | None:
        """Return the definition in the files that a server belongs to, None when the files do not show it."""
        return next((each for each in self.databases() if each[1].key == server.database), None)


def with_servers(project: Project, servers: tuple[ServerFacts, ...]) -> LiveProject:
    """Return a project with what its servers said."""
    from dataclasses import fields

    return LiveProject(
        **{each.name: getattr(project, each.name) for each in fields(Project) if each.init}, servers=servers
    )
