"""Who serves requests, as far as connections care, and the evidence that says so."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.findings import Because
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.facts import Evidence, Server

SERVERLESS = frozenset({"aws-lambda", "lambda", "mangum", "serverless", "vercel", "zappa"})


class Situation(str, enum.Enum):
    """Who serves requests, as far as connections care."""

    THREADS = "threads"  # WSGI: a worker's threads live on and keep their connections
    ASGI = "asgi"
    GREENLETS = "greenlets"
    MIXED = "mixed"  # two kinds share the settings: no single value is right
    SERVERLESS = "serverless"  # instances that come and go with the load (Zappa, Vercel, Lambda)
    WORKERS = "workers"  # only task workers
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Served:
    """Who serves requests, and what says so. `certain` is False when no file starts a server of a known kind."""

    situation: Situation
    servers: tuple[Server, ...]
    because: tuple[Because, ...]
    certain: bool = True


def served(evidence: Evidence) -> Served:
    """Say who serves a settings module's requests; an option wins over the files."""
    known = evidence.derived.get("served")
    if not isinstance(known, Served):
        known = evidence.derived["served"] = _served(evidence)
    return known


def _served(evidence: Evidence) -> Served:
    if evidence.assumed:
        situation = {"wsgi": Situation.THREADS, "asgi": Situation.ASGI}.get(evidence.assumed, Situation.GREENLETS)
        return Served(situation, (), (Because(f"option server = {evidence.assumed}"),))
    commands = {server.location for server in evidence.web_servers}
    # a configuration file that one of these commands reads says nothing more than the command's own fact
    servers = tuple(server for server in evidence.web_servers if server.stands_for_itself(commands))
    seen = {situation_of(server) for server in servers}
    kinds = seen - {Situation.UNKNOWN}
    because = tuple(Because(describe(server), server.location) for server in servers)
    if len(kinds) == 1:
        return Served(kinds.pop(), servers, because, certain=Situation.UNKNOWN not in seen)
    if kinds:
        return Served(Situation.MIXED, servers, because)
    workers = tuple(server for server in evidence.servers if server.kind is Serving.WORKER)
    if workers and not servers:
        described = tuple(Because(describe(server), server.location) for server in workers)
        return Served(Situation.WORKERS, workers, described)
    if not servers and (likely := _wsgi_by_packages(evidence)):
        return Served(Situation.THREADS, (), likely, certain=False)
    return Served(Situation.UNKNOWN, servers, because)


_WSGI_SERVERS = ("gunicorn", "uwsgi", "pyuwsgi", "mod-wsgi", "waitress")
_OTHER_SERVERS = frozenset(
    {
        "uvicorn",
        "uvicorn-worker",
        "daphne",
        "hypercorn",
        "granian",
        "channels",
        "gevent",
        "eventlet",
        "twisted",
        "tornado",
    }
)


def _wsgi_by_packages(evidence: Evidence) -> tuple[Because, ...]:
    """Return what speaks for WSGI where no file starts a server, unless a package that serves otherwise is there."""
    if evidence.asgi_application or not evidence.packages:
        return ()
    if _OTHER_SERVERS & evidence.packages.keys():
        return ()
    named = [name for name in _WSGI_SERVERS if name in evidence.packages]
    said = tuple(Because(f"{name} is installed", evidence.packages[name].location) for name in named)
    if evidence.wsgi_application is None:
        return said
    setting = Because("WSGI_APPLICATION is set, and no other kind of server installed", evidence.wsgi_application)
    return (setting, *said)


def situation_of(server: Server) -> Situation:
    """Say what one server is to Django's connections."""
    if server.program in SERVERLESS:
        return Situation.SERVERLESS
    if server.greenlets:
        return Situation.GREENLETS
    return {Serving.ASGI: Situation.ASGI, Serving.WSGI: Situation.THREADS}.get(server.kind, Situation.UNKNOWN)


def describe(server: Server) -> str:
    """Say in a clause what a server is: `gunicorn (WSGI, gthread, 2 processes, 4 threads each)`."""
    words = [server.kind.value.upper() if server.kind in (Serving.WSGI, Serving.ASGI) else server.kind.value]
    if server.worker_class:
        words.append(server.worker_class)
    if server.processes is not None:
        words.append(f"{server.processes} process{'es' if server.processes != 1 else ''}")
    if server.threads is not None:
        words.append(f"{server.threads} thread{'s' if server.threads != 1 else ''} each")
    if server.replicas > 1:
        words.append(f"{server.replicas} replicas")
    return f"{server.program} ({', '.join(words)})"
