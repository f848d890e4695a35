"""DCF441."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import PoolMode
from djconnfix.findings import Because, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Pooler, Project

_SETTINGS = (
    'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "pgbouncer"}}\n'
)
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = session\n"


@rule(
    code="DCF441",
    name="pgbouncer-reset-query",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI + "server_reset_query =\n"},
            title="sessions are not reset",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "pgbouncer.ini": _INI.replace("session", "transaction") + "server_reset_query_always = 1\n",
            },
            title="a reset after each transaction",
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="DISCARD ALL by default"),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "pgbouncer.ini": _INI.replace("session", "transaction") + "server_reset_query =\n",
            },
            title="in transaction mode there is nothing to reset",
        ),
    ],
)
def pgbouncer_reset_query(project: Project) -> Iterator[Problem]:
    """PgBouncer resets sessions where it should not, or does not where it should.

    ## What it does

    Finds an empty `server_reset_query` in session mode, and `server_reset_query_always` in transaction mode.

    ## Why it is bad

    In session mode the next client inherits what the last one left: `SET`s, temporary tables, advisory locks, prepared
    statements. In transaction mode a reset after each transaction costs a round trip and hides a use of session
    state that does not work anyway.

    ## Fix safety

    No fix is offered, because `pgbouncer.ini` is not changed.

    ## References

    - [PgBouncer: server_reset_query](https://www.pgbouncer.org/config.html#server_reset_query)
    """
    for pooler in project.evidence.poolers:
        if pooler.program != "pgbouncer" or not (found := _trouble(pooler)):
            continue
        message, instructions = found
        yield Problem(
            location=pooler.location,
            message=message,
            because=(Because(f"pool_mode is {pooler.mode.value}" if pooler.mode else "", pooler.location),),
            remedy=manual("pgbouncer.ini is not changed", instructions),
        )


def _trouble(pooler: Pooler) -> tuple[str, str] | None:
    query = pooler.parameters.get("server_reset_query")
    if pooler.mode is PoolMode.SESSION and query is not None and not query.strip(" '\""):
        return (
            "PgBouncer in session mode does not reset sessions: the next client inherits locks and settings",
            "delete server_reset_query, so that DISCARD ALL runs",
        )
    if pooler.mode is PoolMode.TRANSACTION and pooler.parameters.get("server_reset_query_always", "0") not in ("0", ""):
        return (
            "PgBouncer resets the session after each transaction, which costs a round trip each time",
            "delete server_reset_query_always",
        )
    return None
