"""DCF707."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import PoolMode
from djconnfix.findings import Severity
from djconnfix.live_facts import PoolerSeen, ServerFacts
from djconnfix.rules import Example, rule
from djconnfix.rules._live import age, of_server, servers
from djconnfix.rules._problems import manual
from djconnfix.source import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""
_FILES = {"shop/settings.py": _SETTINGS}
_AT = Location("shop/settings.py", 2, 5, 2, 14, 16, 25)
_TRANSACTION = PoolerSeen("the process numbers differ", "pgbouncer", "1.23", PoolMode.TRANSACTION)
_SESSION = PoolerSeen("the process numbers differ", "pgbouncer", "1.23", PoolMode.SESSION)


@rule(
    code="DCF707",
    name="live-session-pooler-pinned",
    severity=Severity.WARNING,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, pooler=_SESSION, conn_max_age=60),),
            title="kept through session mode",
        ),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, pooler=_SESSION, pool=True),),
            title="pooled through session mode",
        ),
    ],
    good=[
        Example(_FILES, servers=(ServerFacts("default", _AT, pooler=_SESSION),), title="nothing is kept"),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, pooler=_TRANSACTION, conn_max_age=60),),
            title="transaction mode",
        ),
        Example(_FILES, servers=(ServerFacts("default", _AT, conn_max_age=60),), title="a direct server"),
    ],
)
def live_session_pooler_pinned(project: Project) -> Iterator[Problem]:
    """A pooler in session mode answers, and the project keeps its connections.

    ## What it does

    Finds out from the live connection that a pooler in session mode stands between, where `CONN_MAX_AGE` is not 0
    or a pool is configured. Only with `connaudit --live`.

    ## Why it is bad

    In session mode a server connection belongs to a client for as long as the client is connected. Threads that
    keep their connections hold them all: the pooler has nothing to share, and when its pool is smaller than the
    number of threads, requests fail with `query_wait_timeout`.

    ## Fix safety

    No edit is made from what a live server says.

    ## Known limits

    A pool that is busy can look like session mode.

    ## References

    - [PgBouncer: pooling modes](https://www.pgbouncer.org/features.html)
    """
    for server in servers(project):
        pooler = server.pooler
        if pooler is None or pooler.mode is not PoolMode.SESSION or not (server.keeps or server.pool):
            continue
        kept = "a pool" if server.pool else f"CONN_MAX_AGE {age(server)}"
        message = f"alias {server.alias!r} reaches {pooler.shown} with {kept}: each thread holds a server connection"
        remedy = manual(
            "no edit is made from what a live server says",
            "set pool_mode = transaction on the pooler (and DISABLE_SERVER_SIDE_CURSORS here), or CONN_MAX_AGE to 0",
        )
        yield of_server(server, message, remedy, pooler.how)
