"""DCF708."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
_POOLER = PoolerSeen("the process numbers differ")


@rule(
    code="DCF708",
    name="live-connection-not-encrypted",
    severity=Severity.WARNING,
    bad=[
        Example(
            _FILES, servers=(ServerFacts("default", _AT, encrypted=False),), title="in the clear to another machine"
        ),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, pooler=_POOLER, server_encrypted=False),),
            title="in the clear behind the pooler",
        ),
    ],
    good=[
        Example(_FILES, servers=(ServerFacts("default", _AT),), title="encrypted"),
        Example(_FILES, servers=(ServerFacts("default", _AT, encrypted=False, local=True),), title="the same machine"),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, pooler=_POOLER, server_encrypted=True),),
            title="both ways encrypted",
        ),
    ],
)
def live_connection_not_encrypted(project: Project) -> Iterator[Problem]:
    """The way to a server on another machine is not encrypted.

    ## What it does

    Looks at the live connection: is TLS spoken between this machine and the server or pooler, and between a pooler
    and the server? Connections within this machine are left alone, unless a pooler leads elsewhere. Only with
    `connaudit --live`.

    ## Why it is bad

    Whoever can listen on the way reads all data, and on some methods of authentication the password.

    ## Fix safety

    No fix is offered: the server has to speak TLS first.

    ## Known limits

    A pooler on the same machine as its server needs no TLS between the two; that they share it cannot be seen from
    here.

    ## References

    - [PostgreSQL: SSL support in libpq](https://www.postgresql.org/docs/current/libpq-ssl.html)
    - [MySQL: encrypted connections](https://dev.mysql.com/doc/refman/8.4/en/using-encrypted-connections.html)
    """
    for server in servers(project):
        if not server.encrypted and not server.local:
            message = f"the connection of alias {server.alias!r} to another machine is not encrypted"
            option = '"sslmode": "verify-full"' if server.product == "PostgreSQL" else '"ssl_mode": "VERIFY_IDENTITY"'
            remedy = manual(
                "the server has to speak TLS first", f"write {option} and the authority's file into OPTIONS"
            )
            yield of_server(server, message, remedy, "no TLS was spoken")
        elif server.encrypted and server.pooler is not None and server.server_encrypted is False:
            message = f"alias {server.alias!r} is encrypted up to its pooler, and not from there to the server"
            remedy = manual("that is a setting of the pooler", "set server_tls_sslmode = verify-full in pgbouncer.ini")
            yield of_server(server, message, remedy, "pg_stat_ssl says so", severity=Severity.INFO)
