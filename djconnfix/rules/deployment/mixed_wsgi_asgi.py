"""DCF602."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Situation, decide
from djconnfix.facts import Role, State
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
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
    }
}
"""
_PROCFILE = "web: gunicorn shop.wsgi\nsocket: daphne shop.asgi:application\n"


@rule(
    code="DCF602",
    name="mixed-wsgi-asgi",
    severity=Severity.WARNING,
    bad=[
        Example({"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE}, title="gunicorn for pages, daphne for sockets")
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi\n"}, title="one kind of server"),
        Example(
            {
                "shop/settings.py": "import os\n\n"
                + _SETTINGS.replace(
                    '"shop",\n', '"shop",\n        "CONN_MAX_AGE": int(os.environ.get("DB_AGE", 0)),\n'
                ),
                "Procfile": _PROCFILE,
            },
            title="each server gets its age from its environment",
        ),
    ],
)
def mixed_wsgi_asgi(project: Project) -> Iterator[Problem]:
    """Servers of two kinds share the settings, and no one age is right for both.

    ## What it does

    Finds aliases that connect anew for every request in projects that WSGI threads and ASGI (or greenlets) serve with
    the same settings. If connections are kept there, conn-max-age-asgi says so.

    ## Why it is bad

    The WSGI workers pay for a connection with each request, because an age would leak connections in the others.

    ## Fix safety

    No fix is offered: read `CONN_MAX_AGE` from a variable that is 60 for the WSGI workers and 0 for the others, or
    give each its own settings module. A pool, where Django has one, is right for both.

    ## References

    - [Django: persistent connections, caveats](https://docs.djangoproject.com/en/stable/ref/databases/#caveats)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if not database.may_be_server or database.has_pool is not False or keeps(age) is not False:
            continue
        decision = decide(database, settings.evidence)
        if decision.served.situation is not Situation.MIXED or age.state is State.ENVIRONMENT or decision.age == 0:
            continue
        message = f"alias {database.alias!r} is connected to anew for every request: WSGI and other servers share its "
        message += "settings, and no one age is right for all"
        pool = ", or give it a pool (OPTIONS['pool'])" if decision.pool else ""
        remedy = manual(
            decision.row.why,
            f"read CONN_MAX_AGE from a variable: 60 for the WSGI workers, 0 for the others{pool}",
        )
        yield about(
            settings, database, ("CONN_MAX_AGE",), message, remedy, said("CONN_MAX_AGE", age), *decision.because
        )
