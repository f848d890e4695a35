"""DCF430."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.decision import outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import parameter
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "CONN_MAX_AGE": 60,
    }
}
"""
_INI = """\
[databases]
shop = host=db

[pgbouncer]
listen_port = 6432
pool_mode = transaction
max_client_conn = 20
"""
_PROCFILE = "web: gunicorn shop.wsgi --workers 4 --threads 8\n"
_DEFAULT = 100


@rule(
    code="DCF430",
    name="pgbouncer-budget",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "Procfile": _PROCFILE},
            title="32 clients for 20 places",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("20", "200"), "Procfile": _PROCFILE},
            title="room for all",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="nothing says how many clients there are"
        ),
    ],
)
def pgbouncer_budget(project: Project) -> Iterator[Problem]:
    """More clients may connect to PgBouncer than it admits.

    ## What it does

    Adds up the connections that the servers in the files can hold open (processes × threads, or the pool's size,
    × replicas) and compares them with `max_client_conn` of a `pgbouncer.ini` (100 unless written), or with what the
    variables of a PgBouncer container set.

    ## Why it is bad

    PgBouncer refuses the rest: `no more connections allowed (max_client_conn)`.

    ## Fix safety

    No fix is offered: raise `max_client_conn` (clients cost a few kilobytes each), with enough open files.

    ## References

    - [PgBouncer: max_client_conn](https://www.pgbouncer.org/config.html#max_client_conn)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        if front.program != "pgbouncer" or front.pooler is None:
            continue
        path = front.pooler.location.path
        written = parameter(front.pooler, "max_client_conn")
        if not written.isdigit() and not path.endswith(".ini"):
            continue  # an image may have a default of its own
        limit = int(written) if written.isdigit() else _DEFAULT
        needed = budget(database, settings.evidence.servers)
        if needed.total <= limit:
            continue
        said = f"max_client_conn is {limit}" + ("" if written.isdigit() else " by default")
        message = f"alias {database.alias!r} may open {needed.total} connections to PgBouncer, which admits {limit}"
        remedy = manual(
            "PgBouncer's own files are not changed", f"let max_client_conn in {path} be {needed.total} or more"
        )
        because = (*needed.because, Because(said, front.pooler.location))
        yield about(settings, database, (), message, remedy, *because)
