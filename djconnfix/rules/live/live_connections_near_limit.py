"""DCF703."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Severity
from djconnfix.live_facts import ServerFacts
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
_SHARE = 0.8


@rule(
    code="DCF703",
    name="live-connections-near-limit",
    severity=Severity.WARNING,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, max_connections=100, reserved=3, connections=91),),
            title="nearly full",
        ),
        Example(
            _FILES,
            servers=(
                ServerFacts("default", _AT, max_connections=100, connections=20, own_limit=10, own_connections=9),
            ),
            title="the role is nearly full",
        ),
    ],
    good=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, max_connections=100, reserved=3, connections=40),),
            title="room enough",
        ),
        Example(_FILES, servers=(ServerFacts("default", _AT, connections=40),), title="the server does not say"),
    ],
)
def live_connections_near_limit(project: Project) -> Iterator[Problem]:
    """The server is nearly out of connections.

    ## What it does

    Compares the connections that are open now with those that ordinary roles can have: `max_connections` less the
    reserved ones, and the limit of the role or the database. Reported from 80 %. Only with `connaudit --live`.

    ## Why it is bad

    The next ones are refused: `remaining connection slots are reserved`, `sorry, too many clients already`,
    `(1040, 'Too many connections')`.

    ## Fix safety

    No fix is offered: whether to open fewer or to allow more is a decision about the server.

    ## References

    - [PostgreSQL: connection settings](https://www.postgresql.org/docs/current/runtime-config-connection.html)
    - [MySQL: too many connections](https://dev.mysql.com/doc/refman/8.4/en/too-many-connections.html)
    """
    for server in servers(project):
        sums = (
            ("the server", server.connections, server.usable),
            ("its role or database", server.own_connections, server.own_limit),
        )
        for whose, used, limit in sums:
            if limit and used >= _SHARE * limit:
                message = f"alias {server.alias!r}: {used} of {limit} connections of {whose} are open"
                remedy = manual(
                    "the limit belongs to the server",
                    "keep fewer connections (fewer threads, a pool with a limit, PgBouncer between) or raise the limit",
                )
                reserved = f"max_connections {server.max_connections}, reserved {server.reserved}"
                yield of_server(server, message, remedy, reserved)
