"""DCF701."""

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


@rule(
    code="DCF701",
    name="live-server-too-old",
    severity=Severity.ERROR,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, version=(13, 4), minimum=(14,)),),
            title="older than Django supports",
        )
    ],
    good=[
        Example(_FILES, servers=(ServerFacts("default", _AT, version=(14, 1), minimum=(14,)),), title="supported"),
        Example(_FILES, servers=(ServerFacts("default", _AT, minimum=(14,)),), title="the server does not say"),
    ],
)
def live_server_too_old(project: Project) -> Iterator[Problem]:
    """The server is older than the running Django supports.

    ## What it does

    Compares the server's version with the oldest one that this Django's engine supports. Only with `connaudit
    --live`.

    ## Why it is bad

    Django checks it on a process' first connection and raises `NotSupportedError: PostgreSQL 14 or later is
    required`.

    ## Fix safety

    No fix is offered: the server has to be upgraded, or Django kept where it is.

    ## References

    - [Django: supported PostgreSQL versions](https://docs.djangoproject.com/en/stable/ref/databases/#postgresql-notes)
    """
    for server in servers(project):
        if not server.version or not server.minimum or server.version >= server.minimum:
            continue
        oldest = ".".join(map(str, server.minimum))
        message = f"alias {server.alias!r} reaches {server.shown_version}; this Django needs {oldest} or later"
        remedy = manual("a server is not upgraded by an edit", f"upgrade the server to {oldest} or later")
        yield of_server(server, message, remedy, f"the server says it is {server.shown_version}")
