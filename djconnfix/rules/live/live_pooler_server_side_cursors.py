"""DCF706."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import PoolMode
from djconnfix.findings import Severity
from djconnfix.live_facts import PoolerSeen, ServerFacts
from djconnfix.rules import Example, rule
from djconnfix.rules._live import of_server, servers
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
    code="DCF706",
    name="live-pooler-server-side-cursors",
    severity=Severity.ERROR,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, pooler=_TRANSACTION),),
            title="cursors through transaction mode",
        )
    ],
    good=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, pooler=_TRANSACTION, server_side_cursors=False),),
            title="switched off",
        ),
        Example(_FILES, servers=(ServerFacts("default", _AT, pooler=_SESSION),), title="session mode"),
        Example(_FILES, servers=(ServerFacts("default", _AT),), title="a direct server"),
    ],
)
def live_pooler_server_side_cursors(project: Project) -> Iterator[Problem]:
    """A pooler in transaction mode answers, and server-side cursors are on.

    ## What it does

    Finds out from the live connection whether a pooler stands between, and in which mode: the process that answers
    is not the one that the connection began with, and changes while another client is inside a transaction. Then
    `DISABLE_SERVER_SIDE_CURSORS` must be set. Only with `connaudit --live`.

    ## Why it is bad

    `.iterator()` outside a transaction fails with `portal "_django_curs_..." does not exist`, whenever the next
    rows are asked of another server session. The admin, `dumpdata` and `ModelChoiceField` use it.

    ## Fix safety

    No edit is made from what a live server says. The setting costs memory for large iterations only.

    ## References

    - [Django: transaction pooling and server-side cursors](https://docs.djangoproject.com/en/stable/ref/databases/#transaction-pooling-server-side-cursors)
    """
    for server in servers(project):
        pooler = server.pooler
        if pooler is None or pooler.mode not in (PoolMode.TRANSACTION, PoolMode.STATEMENT):
            continue
        if not server.server_side_cursors or server.product != "PostgreSQL":
            continue
        message = f"alias {server.alias!r} reaches {pooler.shown} with server-side cursors on: .iterator() fails"
        remedy = manual("no edit is made from what a live server says", 'write "DISABLE_SERVER_SIDE_CURSORS": True')
        yield of_server(server, message, remedy, pooler.how)
