"""What deployment files start: servers, poolers, and commands that migrate."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from djconnfix.facts.packages import Version
    from djconnfix.source import Location


class Serving(str, enum.Enum):
    """What kind of code a server process runs, which decides who closes connections."""

    WSGI = "wsgi"
    ASGI = "asgi"
    WORKER = "worker"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Server:
    """One group of server processes that a deployment file starts.

    Attributes:
        kind: how it serves.
        program: `gunicorn`, `uvicorn`, `uwsgi`, `celery`, ...
        location: the command or option that names it.
        worker_class: gunicorn's worker class or celery's pool (`sync`, `gthread`, `gevent`, `prefork`, ...).
        processes: worker processes; None when it cannot be seen.
        threads: threads a process; None when it cannot be seen or does not apply.
        replicas: copies of the whole group.
        greenlets: True for gevent or eventlet, where each request is a thread of its own to Django.
        preload: the application is loaded before the fork.
        timeout: the worker's time-out in seconds.
        settings: the settings module it runs under, when the file says so.
        application: the WSGI or ASGI application (`shop.wsgi`), or celery's app.
        development: True for `runserver` and the like.
        notes: what could not be read, one clause each.
        part_of: for a configuration file or script, the command that uses it and stands for both in sums.
        also_part_of: further commands that use it, each of which stands for both as well.
        addresses: names of its environment's variables that hold an address, each with the place of the pooler whose
            address it is; None for any other host.
        platform: what deploys it: two platforms that start the same program are two ways to deploy one service.
        unused: it is a configuration file that no command in the files reads.
        replicas_seen: False when its files ask for copies, and not for how many (a template's value).
    """

    kind: Serving
    program: str
    location: Location
    worker_class: str = ""
    processes: int | None = None
    threads: int | None = None
    replicas: int = 1
    greenlets: bool = False
    preload: bool = False
    timeout: int | None = None
    settings: str = ""
    application: str = ""
    development: bool = False
    notes: tuple[str, ...] = ()
    part_of: Location | None = None
    also_part_of: tuple[Location, ...] = ()
    addresses: tuple[tuple[str, Location | None], ...] = ()
    platform: str = ""
    unused: bool = False
    replicas_seen: bool = True

    def stands_for_itself(self, commands: Collection[Location]) -> bool:
        """Whether none of these commands uses it: it is a command itself, or the file of others."""
        return self.part_of not in commands and not any(each in commands for each in self.also_part_of)


class PoolMode(str, enum.Enum):
    """When a pooler takes its server connection back."""

    SESSION = "session"
    TRANSACTION = "transaction"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class PooledDatabase:
    """One database that a pooler's configuration offers.

    Attributes:
        server: what tells its server from others; never shown. Empty when the configuration does not say.
        pool_size: server connections for each user; None: the pooler's default.
        reserve: further ones when clients wait; None: the pooler's default.
        limit: the most for all users together; None: the pooler's default.
    """

    server: str = ""
    pool_size: int | None = None
    reserve: int | None = None
    limit: int | None = None


class Secrets(str, enum.Enum):
    """What a pooler's list of users holds, which decides what a login costs."""

    PLAIN = "plain"
    SCRAM = "scram"
    MD5 = "md5"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Pooler:
    """A connection pooler or proxy in front of the database.

    Attributes:
        program: `pgbouncer`, `pgcat`, `odyssey`, `supavisor`, `rds-proxy`, ...
        location: what gives it away.
        mode: None when it cannot be seen.
        host: the name under which it is reached, empty when unknown.
        port: None when unknown.
        parameters: its other settings that matter, by their own names; never a secret.
        version: floor of its version, empty when unknown.
        variables: names of the variables that deployment files set to its address, and to no other.
        databases: those that its configuration offers, as far as it is in the files.
        secrets: what its list of users holds; None when that is not in the files.
        secrets_location: where that was seen.
    """

    program: str
    location: Location
    mode: PoolMode | None = None
    host: str = ""
    port: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    version: Version = ()
    variables: frozenset[str] = frozenset()
    databases: tuple[PooledDatabase, ...] = ()
    secrets: Secrets | None = None
    secrets_location: Location | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A command in a deployment file that migrates a database.

    Attributes:
        location: the line that says it.
        alias: the alias it names with `--database`; empty: the default.
        settings: the settings module it runs under, when the file says so.
        addresses: as those of a server.
    """

    location: Location
    alias: str = ""
    settings: str = ""
    addresses: tuple[tuple[str, Location | None], ...] = ()
