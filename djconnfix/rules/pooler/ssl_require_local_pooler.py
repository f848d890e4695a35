"""DCF431."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import outside
from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option, parameter
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "localhost",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"
_DEMANDS = frozenset({"require", "verify-ca", "verify-full"})


@rule(
    code="DCF431",
    name="ssl-require-local-pooler",
    severity=Severity.INFO,
    bad=[
        Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="TLS demanded of a PgBouncer without it")
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI + "client_tls_sslmode = require\n"},
            title="this PgBouncer speaks TLS",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("require", "prefer"), "pgbouncer.ini": _INI}, title="TLS if possible"
        ),
    ],
)
def ssl_require_local_pooler(project: Project) -> Iterator[Problem]:
    """TLS is demanded of a pooler on the same machine that does not offer it.

    ## What it does

    Finds `sslmode` `require` or stricter towards a PgBouncer on localhost whose configuration has no
    `client_tls_sslmode`.

    ## Why it is bad

    The connection is refused: `server does not support SSL, but SSL was required`.

    ## Fix safety

    No fix is offered: whether TLS belongs between process and pooler, or only between pooler and server, is a choice.

    ## References

    - [PgBouncer: client_tls_sslmode](https://www.pgbouncer.org/config.html#client_tls_sslmode)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        mode, front = option(database, "sslmode"), outside(database, settings.evidence)
        if mode is None or mode.value not in _DEMANDS or front.program != "pgbouncer" or front.pooler is None:
            continue
        if database.get("HOST").value not in ("localhost", "127.0.0.1", "::1"):
            continue
        if parameter(front.pooler, "client_tls_sslmode") not in ("", "disable"):
            continue
        if not front.pooler.location.path.endswith(".ini"):
            continue
        message = f"alias {database.alias!r} demands TLS of a PgBouncer that does not offer it"
        remedy = manual("where TLS belongs is a choice", "write client_tls_sslmode there, or sslmode 'prefer' here")
        because = (said("sslmode", mode), *front.because)
        yield about(settings, database, ("OPTIONS", "sslmode"), message, remedy, *because)
