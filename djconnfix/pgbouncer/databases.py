"""The `[databases]` of a `pgbouncer.ini`: where PgBouncer finds what the settings name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role, State
from djconnfix.records import dataclass, replace

if TYPE_CHECKING:
    from djconnfix.facts import Database, Evidence, Project, Value
    from djconnfix.pgbouncer.sizing import Client

_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:/-]{0,250})\Z|/[A-Za-z0-9_./:-]{1,100}\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of `[databases]`.

    Attributes:
        name: the database that clients ask for; `*` for any.
        host: the server's address.
        port: its port.
        notes: what has to be looked at, a clause each.
        aliases: the aliases that use it.
        target: the database on the server; empty for any.
        address: what decides the server, to be compared.
    """

    name: str
    host: str
    port: str
    notes: tuple[str, ...]
    aliases: tuple[str, ...]
    target: str
    address: tuple[object, ...]

    @property
    def line(self) -> str:
        """The line itself."""
        target = f" dbname={self.target}" if self.target else ""
        return f"{self.name} = host={self.host} port={self.port}{target}"


def entries(project: Project, clients: tuple[Client, ...]) -> tuple[Entry, ...]:
    """Return an entry for each database; PgBouncer tells them apart by name only."""
    evidence = {settings.module: settings.evidence for settings in project.settings if settings.role is Role.PRODUCTION}
    found: dict[str, Entry] = {}
    for client in clients:
        entry = _entry(client.database, evidence[client.settings])
        first = found.get(entry.name)
        if first is None:
            found[entry.name] = entry
            continue
        if first.address != entry.address and entry.name != "*":
            alias = client.database.alias
            note = (
                f"another server: write NAME {entry.name}_{alias} in alias '{alias}', or run a PgBouncer for it alone"
            )
            found[f"{entry.name}_{alias}"] = replace(entry, name=f"{entry.name}_{alias}", notes=(*entry.notes, note))
            continue
        notes = tuple(dict.fromkeys((*first.notes, *entry.notes)))
        found[entry.name] = replace(first, notes=notes, aliases=tuple(dict.fromkeys((*first.aliases, *entry.aliases))))
    return tuple(found.values())


def _entry(database: Database, evidence: Evidence) -> Entry:
    notes: list[str] = []
    name = _shown(database.get("NAME"), _NAME, "*", "NAME", notes)
    if outside(database, evidence).front is Front.DIRECT:
        host = _shown(database.get("HOST"), _PLAIN, "127.0.0.1", "HOST", notes)
        port = _shown(database.get("PORT"), re.compile(r"[0-9]{1,5}\Z"), "5432", "PORT", notes)
    else:
        host, port = "127.0.0.1", "5432"
        notes.append("the settings' address leads to a pooler already: write the database server's")
    sslmode = database.options.get("sslmode")
    if sslmode is not None and sslmode.value not in ("disable", "allow", "prefer"):
        notes.append("the settings ask for TLS to the server: set server_tls_sslmode, and server_tls_ca_file to verify")
    address = tuple((value.value, value.variable) for value in (database.get("HOST"), database.get("PORT")))
    return Entry(name, host, port, tuple(notes), (database.alias,), "" if name == "*" else name, address)


def _shown(value: Value, plain: re.Pattern[str], otherwise: str, key: str, notes: list[str]) -> str:
    """Return a value that may stand in the file, else a stand-in, with a note that says so."""
    text = str(value.value) if isinstance(value.value, str | int) else ""
    if value.state is State.ENVIRONMENT:
        notes.append(f"{key} comes from {value.variable or 'the environment'}: write what is deployed")
    if plain.match(text):
        return text
    if value.state is not State.DEFAULT and text and value.state is not State.ENVIRONMENT:
        notes.append(f"{key} of the settings cannot stand here as it is: {otherwise} stands for it")
    elif value.state is State.UNKNOWN:
        notes.append(f"{key} cannot be seen: {otherwise} stands for it")
    return otherwise
