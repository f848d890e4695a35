"""The way of a project's connections, as a graph: servers, settings modules, aliases, poolers, databases."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.decision import Front, outside
from djconnfix.facts import MISSING, Role, State
from djconnfix.records import dataclass
from djconnfix.report.sums import VENDORS, kept

if TYPE_CHECKING:
    from djconnfix.decision import Fronted
    from djconnfix.facts import Database, Project, Server, SettingsModule, Value
    from djconnfix.source import Location


class Layer(enum.IntEnum):
    """The columns of the map, from where requests come in to where rows lie."""

    SERVER = 0
    SETTINGS = 1
    ALIAS = 2
    POOLER = 3
    DATABASE = 4

    @property
    def title(self) -> str:
        """The column's heading."""
        names = ("Server processes", "Settings", "Alias", "Pooler", "Database")
        return names[self.value]


@dataclass(frozen=True, slots=True)
class Node:
    """One box.

    Attributes:
        layer: its column.
        key: what tells it from the others of its column.
        title: what it is called.
        detail: what is known of it, in a few words.
        location: what gives it away, None when nothing in the files does.
    """

    layer: Layer
    key: tuple[str, ...]
    title: str
    detail: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many connections may take an arrow at a time.

    Attributes:
        number: counting only what the files say; 0: nothing is said.
        complete: False when there may be more.
    """

    number: int
    complete: bool

    def __add__(self, other: Count) -> Count:
        return Count(self.number + other.number, self.complete and other.complete)

    @property
    def text(self) -> str:
        """The number as a label: `8`, `≥ 8`, `?`."""
        if self.complete:
            return str(self.number)
        return f"≥ {self.number}" if self.number else "?"


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a server to a database.

    Attributes:
        nodes: from the left to the right; aliases without a server in the files begin at their settings module.
        count: connections that may take it at a time; behind a pooler, as far as the pooler; None: to a file.
    """

    nodes: tuple[Node, ...]
    count: Count | None


@dataclass(frozen=True, slots=True)
class Map:
    """Every way. Nodes and arrows follow from it."""

    routes: tuple[Route, ...]

    @property
    def layers(self) -> dict[Layer, tuple[Node, ...]]:
        """The nodes of each column that has any, in the order in which routes reach them."""
        found: dict[Layer, dict[Node, None]] = {}
        for route in self.routes:
            for node in route.nodes:
                found.setdefault(node.layer, {})[node] = None
        return {layer: tuple(found[layer]) for layer in sorted(found)}

    @property
    def arrows(self) -> dict[tuple[Node, Node], Count | None]:
        """The sum on each arrow; None to a file, and from a pooler on, because the pooler decides."""
        found: dict[tuple[Node, Node], Count | None] = {}
        for route in self.routes:
            for start, end in zip(route.nodes, route.nodes[1:], strict=False):
                before = found.setdefault((start, end), None)
                if start.layer is not Layer.POOLER and route.count is not None:
                    found[start, end] = before + route.count if before else route.count
        return found


def make_map(project: Project) -> Map:
    """Return the map of the settings that deployments use; of all but test settings when there are none."""
    chosen = [each for each in project.settings if each.role is Role.PRODUCTION]
    chosen = chosen or [each for each in project.settings if each.role is not Role.TEST]
    return Map(tuple(route for settings in chosen for route in _routes(settings)))


def _routes(settings: SettingsModule) -> list[Route]:
    deployed = [server for server in settings.evidence.servers if not server.development]
    commands = {server.location for server in deployed}
    servers = [server for server in deployed if server.stands_for_itself(commands)]
    module = Node(Layer.SETTINGS, (settings.module,), settings.module, settings.role.value, settings.location)
    found = []
    for database in _one_of_each(settings):
        after = (module, _alias(settings, database), *_beyond(database, outside(database, settings.evidence)))
        served = database.may_be_server
        if not servers:
            found.append(Route(after, Count(0, complete=False) if served else None))
        for server in servers:
            each = budget(database, [server], settings.evidence.max_connections)
            found.append(Route((_server(server), *after), Count(each.total, each.complete) if served else None))
    return found


def _one_of_each(settings: SettingsModule) -> list[Database]:
    """Return the definition of each alias that is shown: one that leads to a server, if any does."""
    chosen: dict[str, Database] = {}
    for database in settings.databases:
        before = chosen.get(database.alias)
        if before is None or (database.may_be_server and not before.may_be_server):
            chosen[database.alias] = database
    return list(chosen.values())


def _server(server: Server) -> Node:
    at = server.location
    words = [server.kind.value.upper() if len(server.kind.value) == 4 else server.kind.value, server.worker_class]
    if server.processes is not None:
        words.append(f"{server.processes} × {server.threads or 1}")
    if server.replicas > 1:
        words.append(f"{server.replicas} replicas")
    return Node(Layer.SERVER, (at.path, str(at.start)), server.program, ", ".join(filter(None, words)), at)


def _alias(settings: SettingsModule, database: Database) -> Node:
    several = sum(each.alias == database.alias for each in settings.databases) > 1
    detail = kept(database).removeprefix(", ") or _age(database) if database.may_be_server else ""
    if several:
        detail = f"{detail}; one of several definitions" if detail else "one of several definitions"
    return Node(Layer.ALIAS, (settings.module, database.alias), database.alias, detail, database.location)


def _age(database: Database) -> str:
    age = database.conn_max_age
    if not age.certain:
        return f"CONN_MAX_AGE from {age.variable}" if age.variable else "CONN_MAX_AGE not visible"
    if age.value is None:
        return "kept without limit"
    return f"kept for {age.value} s" if isinstance(age.value, int | float) else "CONN_MAX_AGE is no number"


def _beyond(database: Database, fronted: Fronted) -> tuple[Node, ...]:
    server = Node(Layer.DATABASE, _address(database), _vendor(database), _host(database))
    if fronted.front is Front.DIRECT:
        return (server,)
    if fronted.front is Front.UNCLEAR and not fronted.program:
        return (Node(Layer.POOLER, ("?",), "a pooler?", "whether it is used cannot be seen"), server)
    pooler = fronted.pooler
    mode = fronted.front.value.removesuffix(" pooler")
    detail = "mode not visible" if fronted.front is Front.UNCLEAR else f"{mode} mode"
    at = pooler.location if pooler else next((each.location for each in fronted.because if each.location), None)
    key = (fronted.program, f"{at.path}:{at.start}" if pooler and at else "")
    behind = Node(Layer.DATABASE, (database.vendor, *key), _vendor(database), f"behind {fronted.program}")
    return Node(Layer.POOLER, key, fronted.program, detail, at), behind


def _vendor(database: Database) -> str:
    return VENDORS.get(database.vendor, "database")


def _address(database: Database) -> tuple[str, ...]:
    shown = [database.vendor]
    for name in ("HOST", "PORT") if database.vendor != "sqlite" else ("NAME",):
        value = database.get(name)
        shown.append(f"{value.state.value}:{value.variable}:{value.value!r}")
        if value.state is State.UNKNOWN:
            shown.append(database.alias)
    return tuple(shown)


def _host(database: Database) -> str:
    if database.vendor == "sqlite":
        return "a file"
    host, port = _shown(database.get("HOST")), _shown(database.get("PORT"))
    if database.get("HOST").state is State.UNKNOWN:
        return "host not visible"
    if not host:
        host = "local socket" if database.vendor == "postgresql" else "localhost"
    return f"{host}:{port}" if port else host


def _shown(value: Value) -> str:
    if value.variable:
        return f"${value.variable}"
    return "" if value.state is State.UNKNOWN or value.value in (MISSING, None) else str(value.value)
