"""DCF425."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import PERSISTENT_AGE, Front, Situation, decide
from djconnfix.facts import Role, State
from djconnfix.findings import SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import tried
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.rules._values import keeps, other_decision, said, sum_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.decision import Decision
    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Action, Problem, Remedy

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
_FIXED = _SETTINGS.replace("True,\n", 'True,\n        "CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n')
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"
_SERVED = {"pgbouncer.ini": _INI, "Procfile": "web: gunicorn shop.wsgi\n", "requirements.txt": "Django==5.2.1\n"}


@rule(
    code="DCF425",
    name="pgbouncer-transaction-age-zero",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, **_SERVED},
            fixed={"shop/settings.py": _FIXED},
            unsafe=True,
            title="a new connection to PgBouncer for every request",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED, **_SERVED}, title="connections to PgBouncer are kept"),
        Example(
            {"shop/settings.py": _SETTINGS, **_SERVED, "pgbouncer.ini": _INI.replace("transaction", "session")},
            title="in session mode nothing should be kept",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, **_SERVED, "Procfile": "web: uvicorn shop.asgi:application\n"},
            title="under ASGI nothing can be kept",
        ),
    ],
)
def pgbouncer_transaction_age_zero(project: Project) -> Iterator[Problem]:
    """Every request connects anew to a pooler to which connections are cheap to keep.

    ## What it does

    Finds aliases behind a pooler in transaction mode, served by WSGI workers, whose `CONN_MAX_AGE` is 0.

    ## Why it is bad

    The pooler saves the server's part of connecting, not the client's: TCP, TLS and the password exchange with the
    pooler itself remain. Where passwords are exchanged by SCRAM, a pooler without `CONN_MAX_AGE` won nothing in
    measurements, and with it six times the throughput.

    ## Fix safety

    Unsafe: every thread of every worker stays a client of the pooler, whose `max_client_conn` (100 unless written)
    has to allow that.

    ## References

    - [PgBouncer: max_client_conn](https://www.pgbouncer.org/config.html#max_client_conn)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if not database.may_be_server or keeps(age) is not False or database.has_pool is not False:
            continue
        decision = decide(database, settings.evidence)
        if decision.fronted.front is not Front.TRANSACTION or decision.served.situation is not Situation.THREADS:
            continue
        if tried(database, "CONN_MAX_AGE"):
            continue
        message = f"alias {database.alias!r} connects anew to its pooler for every request"
        remedy = _remedy(project, settings, database, decision)
        because = (said("CONN_MAX_AGE", age), *decision.because, *sum_said(database, settings.evidence))
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)


def _remedy(project: Project, settings: SettingsModule, database: Database, decision: Decision) -> Remedy:
    age, checks = database.conn_max_age, database.conn_health_checks
    write = f'write "CONN_MAX_AGE": {PERSISTENT_AGE} in alias {database.alias!r}'
    if why := other_decision(project, settings, database):
        return manual(why, f"where it is right, {write}")
    if age.state is State.KNOWN:
        return manual("somebody wrote 0, which may be a decision; it is not changed", f"if it is not, {write}")
    actions: list[Action] = [SetSetting(database.key, ("CONN_MAX_AGE",), PERSISTENT_AGE)]
    if decision.health_checks and not checks.written and not tried(database, "CONN_HEALTH_CHECKS"):
        actions.append(SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True))
    return unsafe("the pooler has to bear a client for every thread (max_client_conn)", write, *actions)
