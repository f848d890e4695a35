"""DCF108."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option, seconds, server_parameter
from djconnfix.rules._problems import about, manual, safe
from djconnfix.rules._values import keeps, said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "shop",
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"init_command": "SET SESSION wait_timeout = 300"},
    }
}
"""
_FIXED = _SETTINGS.replace("600,\n", '600,\n        "CONN_HEALTH_CHECKS": True,\n')
_WAIT = re.compile(r"\bwait_timeout\s*=\s*(\d+)", re.IGNORECASE)


@rule(
    code="DCF108",
    name="conn-max-age-over-server-timeout",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _FIXED},
            title="the server hangs up first",
        ),
        Example({"shop/settings.py": _SETTINGS}, title="the Django version is unknown"),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("600", "60")}, title="Django gives up first"),
        Example({"shop/settings.py": _FIXED}, title="health checks notice it"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("SET SESSION wait_timeout = 300", "SET sql_mode = ''")},
            title="nothing says when the server hangs up",
        ),
    ],
)
def conn_max_age_over_server_timeout(project: Project) -> Iterator[Problem]:
    """The session's own idle time-out is shorter than the time for which Django keeps it.

    ## What it does

    Compares `CONN_MAX_AGE` with `wait_timeout` in `init_command` (MySQL, MariaDB) and with `idle_session_timeout` in
    `OPTIONS["options"]` (PostgreSQL 14). With health checks on nothing is said.

    ## Why it is bad

    A worker that was idle for a while finds its connection closed: `(2006, 'Server has gone away')`, or `terminating
    connection due to idle-session timeout`.

    ## Fix safety

    Safe with Django 4.1 or later: health checks replace a dead connection before it is used. Otherwise lower the age.

    ## Known limits

    The server's own default (eight hours for MySQL) is only seen by `connaudit --live`.

    ## References

    - [MySQL: wait_timeout](https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_wait_timeout)
    - [PostgreSQL: idle_session_timeout](https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age, limit = database.conn_max_age, _limit(database)
        if not limit or not keeps(age) or not age.certain or truthy(database.conn_health_checks) is not False:
            continue
        if isinstance(age.value, int | float) and age.value <= limit:
            continue
        message = f"alias {database.alias!r} keeps connections longer than the server keeps idle ones ({limit:g} s)"
        key = "init_command" if database.vendor == "mysql" else "options"
        value = option(database, key)
        because = (said("CONN_MAX_AGE", age), Because(f"{key} sets {limit:g} s", value.location if value else None))
        remedy = _remedy(settings, database, limit)
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)


def _limit(database: Database) -> float | None:
    if database.vendor == "mysql":
        value = option(database, "init_command")
        found = _WAIT.search(value.value) if value is not None and isinstance(value.value, str) else None
        return float(found[1]) if found else None
    if database.vendor == "postgresql" and (text := server_parameter(database, "idle_session_timeout")):
        plain = float(text) / 1000 if text.isdigit() else None  # without a unit: milliseconds
        return plain if plain is not None else seconds(text)
    return None


def _remedy(settings: SettingsModule, database: Database, limit: float) -> Remedy:
    checks = database.conn_health_checks
    lower = f"write a CONN_MAX_AGE below {limit:g}"
    if settings.evidence.django_at_least(4, 1) and checks.state is State.DEFAULT:
        action = SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True)
        return safe("a dead connection is replaced before it is used", 'write "CONN_HEALTH_CHECKS": True', action)
    return manual("health checks need Django 4.1, or are switched off on purpose", lower)
