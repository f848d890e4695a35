"""DCF424."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, decide
from djconnfix.facts import Role, State
from djconnfix.findings import SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import tried
from djconnfix.rules._problems import about, manual, safe, unsafe
from djconnfix.rules._values import keeps, other_decision, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Problem, Remedy

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
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = session\n"


@rule(
    code="DCF424",
    name="pgbouncer-session-conn-max-age",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI},
            fixed={"shop/settings.py": _SETTINGS.replace("60", "0")},
            title="connections that are kept in session mode",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("pool_mode = session\n", "")},
            fixed={"shop/settings.py": _SETTINGS.replace("60", "0")},
            title="session is the mode when none is written",
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("60", "0"), "pgbouncer.ini": _INI}, title="nothing is kept"),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("session", "transaction")},
            title="transaction mode",
        ),
        Example({"shop/settings.py": _SETTINGS}, title="the mode is not in the files"),
    ],
)
def pgbouncer_session_conn_max_age(project: Project) -> Iterator[Problem]:
    """Connections are kept to a pooler in session mode, which then pools nothing.

    ## What it does

    Finds a `CONN_MAX_AGE` other than 0 behind a pooler in session mode, which is PgBouncer's default.

    ## Why it is bad

    The pooler lends a server connection for as long as its client stays connected. Each thread of each worker pins
    one; when there are more threads than `default_pool_size`, the others wait until `query_wait_timeout` and fail.

    ## Fix safety

    Safe when the mode is proven: with 0 the server connection goes back after each request. Unsafe when the
    environment gives the age. Transaction mode with an age of 60 is better still, where nothing needs a session.

    ## References

    - [PgBouncer: pooling modes](https://www.pgbouncer.org/features.html)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if not keeps(age) or database.has_pool or tried(database, "CONN_MAX_AGE"):
            continue
        decision = decide(database, settings.evidence)
        if decision.fronted.front is not Front.SESSION:
            continue
        if decision.served.situation in (Situation.ASGI, Situation.GREENLETS, Situation.MIXED):
            continue  # conn-max-age-asgi and conn-max-age-greenlets say worse of it
        message = f"alias {database.alias!r} keeps connections to a session-mode pooler: "
        message += "each thread pins a server connection, and the others wait"
        because = (said("CONN_MAX_AGE", age), *decision.fronted.because)
        yield about(settings, database, ("CONN_MAX_AGE",), message, _remedy(project, settings, database), *because)


def _remedy(project: Project, settings: SettingsModule, database: Database) -> Remedy:
    age = database.conn_max_age
    write = f'write "CONN_MAX_AGE": 0 in alias {database.alias!r}, or switch the pooler to transaction mode'
    action = SetSetting(database.key, ("CONN_MAX_AGE",), 0)
    if why := other_decision(project, settings, database):
        return manual(why, f"where it is right, {write}")
    if age.state is State.ENVIRONMENT:
        return unsafe(f"only the default changes; where {age.variable} is set, its value still holds", write, action)
    return safe("the server connection goes back after each request", write, action)
