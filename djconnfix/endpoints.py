"""What a database's host and port give away about a pooler in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import PoolMode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.facts import Pooler

_LIMIT = 253
# Ports that belong to one product. PgBouncer's 6432 says nothing of its mode, Supabase's 6543 is transaction mode.
_PORTS = {"6432": ("pgbouncer", None), "6543": ("supavisor", PoolMode.TRANSACTION), "25061": ("pgbouncer", None)}
_NAMES = ("pgbouncer", "pgcat", "odyssey", "supavisor", "pgpool", "proxysql", "maxscale")


def pooler_from_endpoint(host: str, port: str) -> tuple[str, PoolMode | None] | None:
    """Return the pooler, and its mode where that follows, that a host and port give away; None for a direct server.

    Args:
        host: as in the `HOST` setting; sockets and empty hosts give nothing away but through the port.
        port: as in the `PORT` setting.

    The products' own documentation: neon.com/docs/connect/connection-pooling (transaction mode behind `-pooler`),
    supabase.com/docs/guides/database/connecting-to-postgres (6543 transaction, 5432 on the pooler host session),
    docs.aws.amazon.com RDS Proxy endpoints, learn.microsoft.com Azure built-in PgBouncer on 6432.
    """
    host, port = host.strip().lower()[:_LIMIT].rstrip("."), port.strip()
    first_label = host.split(".", 1)[0]
    if host.endswith("pooler.supabase.com"):
        return "supavisor", PoolMode.SESSION if port in ("", "5432") else PoolMode.TRANSACTION
    if first_label.endswith("-pooler") and host.endswith(("neon.tech", "neon.build")):
        return "neon-pooler", PoolMode.TRANSACTION
    if ".proxy-" in host and host.endswith((".rds.amazonaws.com", ".rds.amazonaws.com.cn")):
        return "rds-proxy", None
    if first_label.endswith("-pooler"):
        return "pgbouncer", None
    named = next((program for program in _NAMES if program in host and not host.startswith("/")), None)
    if named:
        return named, None
    return _PORTS.get(port)


def pooler_at(poolers: Sequence[Pooler], host: str, port: str) -> Pooler | None:
    """Return the pooler of the files that is reached at an address, None when none of them is."""
    if found := pooler_by_its_own(poolers, host, port):
        return found
    known = pooler_from_endpoint(host, port)
    return next((each for each in poolers if known and each.program == known[0]), None)


def pooler_by_its_own(poolers: Sequence[Pooler], host: str, port: str) -> Pooler | None:
    """Return the pooler whose own host name or unusual port an address has."""
    return next((p for p in poolers if (p.host and p.host == host) or _own_port(p, port)), None)


def _own_port(pooler: Pooler, port: str) -> bool:
    """Whether a port is a pooler's own and no database server's by default."""
    return pooler.port is not None and port == str(pooler.port) and port not in ("3306", "5432", "6432")
