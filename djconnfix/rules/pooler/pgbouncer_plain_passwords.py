"""DCF443."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, decide, outside
from djconnfix.facts import Role, Secrets
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import parameter, speaks_postgresql
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import keeps, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.decision import Fronted
    from djconnfix.facts import Database, Evidence, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
"""
_INI = """\
[databases]
shop = host=db

[pgbouncer]
listen_port = 6432
pool_mode = transaction
auth_type = scram-sha-256
auth_file = userlist.txt
"""
_PLAIN = '"shop" "not-a-real-password"\n'
_SCRAM = '"shop" "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"\n'
_ITS_WORDS = {Secrets.PLAIN: "plain passwords", Secrets.MIXED: "some plain passwords"}


@rule(
    code="DCF443",
    name="pgbouncer-plain-passwords",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "userlist.txt": _PLAIN},
            title="a new login for each request, and a hash computed for each login",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "userlist.txt": _SCRAM},
            title="the server's own SCRAM secrets",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace('"PORT"', '"CONN_MAX_AGE": 60,\n        "PORT"'),
                "pgbouncer.ini": _INI,
                "userlist.txt": _PLAIN,
            },
            title="kept connections log in once",
        ),
        Example({"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI}, title="the list of users is not in the files"),
    ],
)
def pgbouncer_plain_passwords(project: Project) -> Iterator[Problem]:
    """PgBouncer computes a password's hash for each request, which costs what it is meant to save.

    ## What it does

    Finds aliases that connect to PgBouncer anew for every request, where its `auth_type` is `scram-sha-256` and its
    list of users (`auth_file`) holds plain passwords. The list is looked at for its kind only; nothing of it is kept
    or shown.

    ## Why it is bad

    A SCRAM login derives a key in 4096 rounds. From a plain password PgBouncer has to derive it for each login, as the
    client does; from a SCRAM secret it does not. Measured with gunicorn and two workers on one machine, requests each
    second: 76 to 80 directly, 69 to 83 through PgBouncer with plain passwords, 186 with SCRAM secrets, and 440 to 825
    with kept connections in transaction mode.

    ## Fix safety

    Not fixed: the secrets are the server administrator's to read, and `pgbouncer.ini` is not changed.

    ## References

    - [PgBouncer: authentication file format](https://www.pgbouncer.org/config.html#authentication-file-format)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        pooler = front.pooler
        if pooler is None or pooler.program != "pgbouncer" or not speaks_postgresql(database, front):
            continue
        if pooler.secrets not in _ITS_WORDS or parameter(pooler, "auth_type") != "scram-sha-256":
            continue
        if keeps(database.conn_max_age) is not False:
            continue
        held = _ITS_WORDS[pooler.secrets]
        yield about(
            settings,
            database,
            ("CONN_MAX_AGE",),
            f"alias {database.alias!r} logs in to PgBouncer for every request, "
            f"and PgBouncer's list of users holds {held}, from which it computes a hash for each login",
            manual(
                "the secrets are the server's, and only its administrator may read them",
                _advice(database, front, settings.evidence),
            ),
            said("CONN_MAX_AGE", database.conn_max_age),
            *front.because,
            Because(f"the list of users holds {held}", pooler.secrets_location),
        )


def _advice(database: Database, front: Fronted, evidence: Evidence) -> str:
    secrets = "put the server's SCRAM secrets into the list: SELECT rolname, rolpassword FROM pg_authid"
    threads = decide(database, evidence).served.situation is Situation.THREADS
    if front.front is Front.TRANSACTION and threads:
        return f"keep connections (CONN_MAX_AGE = 60), which then log in once, or {secrets}"
    return secrets
