"""DCF705."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Severity
from djconnfix.live_facts import ServerFacts
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


@rule(
    code="DCF705",
    name="live-server-hangs-up-first",
    severity=Severity.ERROR,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, idle_timeout=30, conn_max_age=60),),
            title="hung up before the age ends",
        ),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, product="MariaDB", idle_timeout=28800, conn_max_age=None),),
            title="kept for ever",
        ),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, idle_timeout=30, pool=True),),
            title="a pool of idle connections",
        ),
    ],
    good=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, idle_timeout=300, conn_max_age=60),),
            title="Django gives up first",
        ),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, idle_timeout=30, conn_max_age=60, health_checks=True),),
            title="health checks notice it",
        ),
        Example(_FILES, servers=(ServerFacts("default", _AT, conn_max_age=None),), title="no time-out"),
        Example(_FILES, servers=(ServerFacts("default", _AT, idle_timeout=30),), title="nothing is kept"),
    ],
)
def live_server_hangs_up_first(project: Project) -> Iterator[Problem]:
    """The server ends idle sessions before Django does, and nothing checks them.

    ## What it does

    Compares the live server's `idle_session_timeout` (PostgreSQL 14) or `wait_timeout` (MySQL, MariaDB) with
    `CONN_MAX_AGE`, where `CONN_HEALTH_CHECKS` is off. Only with `connaudit --live`.

    ## Why it is bad

    A worker that was idle for a while finds its connection closed, and a request fails: `terminating connection
    due to idle-session timeout`, `(2006, 'Server has gone away')`. The idle members of a pool die together.

    ## Fix safety

    No edit is made from what a live server says. Health checks cost one round trip a request and need Django 4.1.

    ## References

    - [PostgreSQL: idle_session_timeout](https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT)
    - [MySQL: wait_timeout](https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_wait_timeout)
    - [Django: CONN_HEALTH_CHECKS](https://docs.djangoproject.com/en/stable/ref/settings/#conn-health-checks)
    """
    for server in servers(project):
        if not server.idle_timeout or server.health_checks or not (server.pool or server.keeps):
            continue
        if not server.pool and server.conn_max_age is not None and server.conn_max_age <= server.idle_timeout:
            continue
        kept = "a pool keeps connections" if server.pool else f"CONN_MAX_AGE is {age(server)}"
        message = f"the server of alias {server.alias!r} ends sessions that idle for {server.idle_timeout:g} s; {kept}"
        remedy = manual(
            "no edit is made from what a live server says",
            'write "CONN_HEALTH_CHECKS": True (Django 4.1 or later)',
        )
        name = "idle_session_timeout" if server.product == "PostgreSQL" else "wait_timeout"
        yield of_server(server, message, remedy, f"{name} is {server.idle_timeout:g} s", "CONN_HEALTH_CHECKS is off")
