"""DCF709."""

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
    code="DCF709",
    name="live-not-visible",
    severity=Severity.INFO,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, unseen=("transactions that idle (Access denied)",)),),
            title="a privilege is missing",
        )
    ],
    good=[Example(_FILES, servers=(ServerFacts("default", _AT),), title="everything was told")],
)
def live_not_visible(project: Project) -> Iterator[Problem]:
    """Something about the live server could not be seen.

    ## What it does

    Lists what the role that the alias logs in with could not find out. Only with `connaudit --live`.

    ## Why it is bad

    What was not seen was not judged. Silence about it is not a clean result.

    ## Fix safety

    No fix is offered. Run the command with a role that has `pg_monitor` (PostgreSQL) or `PROCESS` (MySQL,
    MariaDB), if the rest is wanted.

    ## References

    - [PostgreSQL: predefined roles](https://www.postgresql.org/docs/current/predefined-roles.html)
    """
    for server in servers(project):
        if server.unseen:
            message = f"alias {server.alias!r}: not seen on its server: {'; '.join(server.unseen)}"
            remedy = manual(
                "what was not seen was not judged", "use a role with pg_monitor or PROCESS for this command"
            )
            yield of_server(server, message, remedy)
