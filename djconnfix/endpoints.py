"""Addresses that give a connection pooler away.

Sources: PgBouncer's default port 6432 (also Azure's built-in PgBouncer); Supabase (Supavisor: port 6543 transaction,
`pooler.supabase.com`); Neon (`-pooler.` in the host, PgBouncer in transaction mode); Amazon RDS Proxy
(`.proxy-…rds.amazonaws.com`, pins per session); DigitalOcean's pools (port 25061, mode chosen per pool).
"""

from __future__ import annotations

from djconnfix.facts import PoolMode

_PORTS = {
    "6432": ("pgbouncer", None),
    "6543": ("supavisor", PoolMode.TRANSACTION),
    "25061": ("pgbouncer", None),
}
_PROGRAM_NAMES = ("pgbouncer", "pgcat", "odyssey", "supavisor", "pgpool")


def pooler_from_endpoint(host: str, port: str) -> tuple[str, PoolMode | None] | None:
    """Return the pooler that an address gives away and its mode where the address fixes that; None: none.

    Args:
        host: `HOST` of an alias, empty when unknown.
        port: `PORT` of an alias as text, empty when unknown.
    """
    name = host.lower()
    if name.endswith(".rds.amazonaws.com") and ".proxy-" in name:
        return "rds-proxy", PoolMode.TRANSACTION
    if name.endswith(".pooler.supabase.com"):
        return "supavisor", PoolMode.SESSION if port == "5432" else PoolMode.TRANSACTION
    if "-pooler." in name and name.endswith(".neon.tech"):
        return "pgbouncer", PoolMode.TRANSACTION
    labels = name.replace("-", ".").replace("_", ".").split(".")
    for program in _PROGRAM_NAMES:
        if program in labels:
            return program, None
    return _PORTS.get(port)
