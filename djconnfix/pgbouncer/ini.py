"""The text of a `pgbouncer.ini`, with the reason for each number beside it and no password in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import PoolMode
from djconnfix.pgbouncer.databases import entries
from djconnfix.pgbouncer.sizing import clients_of, sizes_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from djconnfix.facts import Project
    from djconnfix.pgbouncer.databases import Entry
    from djconnfix.pgbouncer.sizing import Sizes

_RESERVE_AFTER = 3  # seconds
_MODES = {
    PoolMode.SESSION: (
        "A client keeps its server connection for as long as it is connected: CONN_MAX_AGE has to be 0.",
        "server_reset_query = DISCARD ALL",
    ),
    PoolMode.TRANSACTION: (
        "A client gets a server connection for each transaction: DISABLE_SERVER_SIDE_CURSORS has to be True.",
        "",
    ),
    PoolMode.STATEMENT: (
        "Every transaction is refused: no atomic(), no admin, no migrations through here.",
        "",
    ),
}


def configuration(project: Project, mode: PoolMode, max_connections: int = 0) -> str:
    """Return the text for a project; empty when no alias of PostgreSQL is in its production settings.

    Args:
        project: the facts.
        mode: when a server connection goes back.
        max_connections: what the database server is configured to admit; 0: its default.
    """
    clients = clients_of(project)
    if not clients:
        return ""
    databases = entries(project, clients)
    sizes = sizes_for(project, clients, len(databases), max_connections)
    lines = [*_head(mode), *_databases(databases), "", "[pgbouncer]", *_listening(), *_mode(mode), *_numbers(sizes)]
    return "\n".join(lines) + "\n"


def _head(mode: PoolMode) -> Iterator[str]:
    yield f";; PgBouncer in {mode.value} mode, sized by djconnfix. Lines that begin with ;; say why."
    yield ";; Start it with: pgbouncer pgbouncer.ini"
    yield ";; Let HOST and PORT of the settings lead here, and run:"
    yield f";;   djconnfix fix --strategy pgbouncer-{mode.value}"
    yield ""


def _databases(databases: Iterable[Entry]) -> Iterator[str]:
    yield "[databases]"
    for entry in databases:
        aliases = " and ".join(f"'{alias}'" for alias in entry.aliases)
        yield f";; alias{'es' if len(entry.aliases) > 1 else ''} {aliases}"
        yield from (f";; {note}" for note in entry.notes)
        yield entry.line


def _listening() -> Iterator[str]:
    yield ";; Only programs on this machine get in; name another address when they run elsewhere."
    yield "listen_addr = 127.0.0.1"
    yield "listen_port = 6432"
    yield ";; Users stand in a file of their own, which only PgBouncer's account may read (chmod 600), one line each:"
    yield ';;   "user" "SCRAM-SHA-256$4096:..."'
    yield ";; The server's administrator gets the second half, which is no plain password, with"
    yield ";;   SELECT rolname, rolpassword FROM pg_authid WHERE rolname = 'user';"
    yield ";; A plain password works as well, but then PgBouncer computes its hash for each new client."
    yield "auth_type = scram-sha-256"
    yield "auth_file = userlist.txt"


def _mode(mode: PoolMode) -> Iterator[str]:
    why, more = _MODES[mode]
    yield f";; {why}"
    yield f"pool_mode = {mode.value}"
    if more:
        yield more


def _numbers(sizes: Sizes) -> Iterator[str]:
    yield ";; Clients:"
    for client in sizes.clients:
        yield f";;   alias '{client.database.alias}' of {client.settings}:"
        yield from (f";;     {line.text}" for line in client.lines)
        if not client.lines:
            yield ";;     no file says how many processes serve it"
    least = "" if sizes.complete else "at least "
    yield f";;   together {least}{sizes.total}"
    if sizes.complete:
        yield ";; Twice that, as old and new processes run side by side during a deployment, and no less than 100."
    else:
        yield ";; The files do not say how many there can be. A client costs PgBouncer about 2 kB, so there is room."
    yield f"max_client_conn = {sizes.max_clients}"
    said = f"max_connections = {sizes.max_connections}" if sizes.max_connections else "max_connections = 100 by default"
    yield f";; The server admits {sizes.admitted}: {said}, less 3 that are reserved."
    yield f";; {sizes.direct} of them stay free for migrations and for people, and each database gets {sizes.share}."
    yield f";; Of these {sizes.pool} are for everyday use: as many as there are clients, or as there is room for,"
    yield f";; and {sizes.reserve} for when clients have waited {_RESERVE_AFTER} seconds."
    yield f"default_pool_size = {sizes.pool}"
    yield f"reserve_pool_size = {sizes.reserve}"
    yield f"reserve_pool_timeout = {_RESERVE_AFTER}"
    yield ";; Sizes count for each user; this holds for all users of a database together."
    yield f"max_db_connections = {sizes.share}"
    if sizes.timeout:
        yield f";; A query that waits fails before the web server gives up, after {sizes.timeout} seconds."
    else:
        yield ";; A query that waits fails long before a visitor gives up."
    yield f"query_wait_timeout = {sizes.wait}"
