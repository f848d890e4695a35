"""DCF107."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, decide
from djconnfix.facts import Role, State
from djconnfix.findings import SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, unsafe
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
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
"""
_FINITE = 600


@rule(
    code="DCF107",
    name="conn-max-age-unlimited",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi\n"},
            fixed={"shop/settings.py": _SETTINGS.replace("None", "600")},
            unsafe=True,
            title="connections for ever",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("None", "600"), "Procfile": "web: gunicorn shop.wsgi\n"},
            title="ten minutes",
        ),
        Example({"shop/settings.py": _SETTINGS}, title="nobody says who serves"),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    '"shop",', '"shop",\n        "HOST": "x.pooler.supabase.com",\n        "PORT": "6543",'
                ),
                "Procfile": "web: gunicorn shop.wsgi\n",
            },
            title="towards a transaction-mode pooler it is a good choice",
        ),
    ],
)
def conn_max_age_unlimited(project: Project) -> Iterator[Problem]:
    """Connections are kept for as long as their thread lives.

    ## What it does

    Finds `CONN_MAX_AGE: None` in projects that WSGI workers serve, towards a database server itself.

    ## Why it is bad

    It works. But a connection that is never replaced does not follow a failover to a new address, and the memory that
    its server process gathers is never given back. An age of some minutes costs next to nothing.

    ## Fix safety

    Unsafe: somebody wrote None on purpose. The fix writes 600 seconds.

    ## References

    - [Django: CONN_MAX_AGE](https://docs.djangoproject.com/en/stable/ref/settings/#conn-max-age)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if age.state is not State.KNOWN or age.value is not None or not database.may_be_server:
            continue
        decision = decide(database, settings.evidence)
        if decision.served.situation is not Situation.THREADS or decision.fronted.front is not Front.DIRECT:
            continue
        message = f"alias {database.alias!r} keeps its connections for ever: they never follow a failover"
        action = SetSetting(database.key, ("CONN_MAX_AGE",), _FINITE)
        remedy = unsafe("None was written on purpose", f'write "CONN_MAX_AGE": {_FINITE}', action)
        yield about(
            settings, database, ("CONN_MAX_AGE",), message, remedy, said("CONN_MAX_AGE", age), *decision.because
        )
