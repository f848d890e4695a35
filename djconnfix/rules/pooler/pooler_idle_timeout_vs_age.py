"""DCF428."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import outside
from djconnfix.facts import Role, State
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import parameter, seconds
from djconnfix.rules._problems import about, manual, safe
from djconnfix.rules._values import keeps, said, truthy

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
        "CONN_MAX_AGE": 600,
    }
}
"""
_FIXED = _SETTINGS.replace("600,\n", '600,\n        "CONN_HEALTH_CHECKS": True,\n')
_INI = """\
[databases]
shop = host=db

[pgbouncer]
listen_port = 6432
pool_mode = transaction
client_idle_timeout = 60
"""


@rule(
    code="DCF428",
    name="pooler-idle-timeout-vs-age",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _FIXED},
            title="the pooler hangs up before the age is over",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED, "pgbouncer.ini": _INI}, title="dead connections are noticed"),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("= 60", "= 0")}, title="it never hangs up"
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("= 60", "= 3600")}, title="a patient pooler"
        ),
    ],
)
def pooler_idle_timeout_vs_age(project: Project) -> Iterator[Problem]:
    """The pooler closes idle clients sooner than Django gives its connections up.

    ## What it does

    Compares `CONN_MAX_AGE` with PgBouncer's `client_idle_timeout`, for aliases without `CONN_HEALTH_CHECKS`.

    ## Why it is bad

    A worker that was idle for a while finds its connection closed, and its next request fails.

    ## Fix safety

    Safe with Django 4.1 or later: health checks replace a dead connection. Otherwise lower the age below the time-out.

    ## References

    - [PgBouncer: client_idle_timeout](https://www.pgbouncer.org/config.html#client_idle_timeout)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age, checks = database.conn_max_age, database.conn_health_checks
        if not keeps(age) or database.has_pool or truthy(checks) is not False:
            continue
        front = outside(database, settings.evidence)
        limit = seconds(parameter(front.pooler, "client_idle_timeout"))
        if not limit or front.pooler is None:
            continue
        if isinstance(age.value, int | float) and age.value <= limit:
            continue
        message = f"alias {database.alias!r} keeps connections longer than the pooler bears idle clients ({limit:g} s)"
        remedy = manual("health checks need Django 4.1", f"write a CONN_MAX_AGE below {limit:g}")
        if settings.evidence.django_at_least(4, 1) and checks.state is not State.ENVIRONMENT:
            action = SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True)
            remedy = safe("a dead connection is replaced before it is used", 'write "CONN_HEALTH_CHECKS": True', action)
        because = (said("CONN_MAX_AGE", age), Because(f"client_idle_timeout is {limit:g} s", front.pooler.location))
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)
