"""DCF111."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, decide
from djconnfix.facts import Role, State
from djconnfix.findings import SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.rules._values import keeps, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "CONN_MAX_AGE": 600,
    }
}
"""
_ZAPPA = '{"production": {"django_settings": "shop.settings", "runtime": "python3.12"}}\n'
_SHORT = 60  # seconds


@rule(
    code="DCF111",
    name="persistent-connection-in-serverless",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "shop/__init__.py": "", "zappa_settings.json": _ZAPPA},
            fixed={"shop/settings.py": _SETTINGS.replace("600", "0")},
            unsafe=True,
            title="connections of frozen instances",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("600", "0"), "shop/__init__.py": "", "zappa_settings.json": _ZAPPA},
            title="nothing is kept",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("600", "30"), "shop/__init__.py": "", "zappa_settings.json": _ZAPPA},
            title="for half a minute",
        ),
        Example({"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi\n"}, title="workers that stay"),
    ],
)
def persistent_connection_in_serverless(project: Project) -> Iterator[Problem]:
    """Serverless instances keep connections to a database server.

    ## What it does

    Finds a `CONN_MAX_AGE` above 60 seconds, or None, in projects that Zappa, Vercel or AWS Lambda serve and that reach
    the database server directly.

    ## Why it is bad

    The platform starts as many instances as there is load, and freezes them between requests. Each holds a connection
    that nobody uses and nobody closes, until the server refuses more.

    ## Fix safety

    Unsafe: with 0 every request connects anew, which costs time. A pooler in transaction mode in front of the server
    is the better way. For an age from the environment only the default is changed.

    ## References

    - [Neon: connect from Django](https://neon.com/docs/guides/django)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        short = isinstance(age.value, int | float) and age.value <= _SHORT
        if not keeps(age) or short or not database.may_be_server or database.has_pool:
            continue
        decision = decide(database, settings.evidence)
        if decision.served.situation is not Situation.SERVERLESS or decision.fronted.front is not Front.DIRECT:
            continue
        message = f"alias {database.alias!r} keeps connections in instances that the platform freezes and multiplies"
        write = f'write "CONN_MAX_AGE": 0 in alias {database.alias!r}, and put a pooler in front of the server'
        remedy = unsafe("every request connects anew then", write, SetSetting(database.key, ("CONN_MAX_AGE",), 0))
        if age.state is State.ENVIRONMENT and not isinstance(age.value, int | float):
            remedy = manual("the environment gives the age", write)
        because = (said("CONN_MAX_AGE", age), *decision.because)
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)
