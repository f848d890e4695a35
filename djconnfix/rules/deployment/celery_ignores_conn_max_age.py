"""DCF604."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import describe
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
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
        "CONN_MAX_AGE": 60,
    }
}
"""
_PROCFILE = "web: gunicorn shop.wsgi\nworker: celery -A shop worker\n"


@rule(
    code="DCF604",
    name="celery-ignores-conn-max-age",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE}, title="tasks connect anew whatever the age")],
    good=[
        Example({"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi\n"}, title="no celery"),
        Example({"shop/settings.py": _SETTINGS.replace("60", "0"), "Procfile": _PROCFILE}, title="no age"),
    ],
)
def celery_ignores_conn_max_age(project: Project) -> Iterator[Problem]:
    """Celery workers close their connections around every task, whatever `CONN_MAX_AGE` says.

    ## What it does

    Points at a `CONN_MAX_AGE` in settings that a Celery worker uses. It runs only when selected.

    ## Why it is bad

    It surprises: Celery's Django fixup closes connections before and after each task, so that each task connects
    anew. `CELERY_DB_REUSE_MAX` (read as `app.conf["CELERY_DB_REUSE_MAX"]`) lets a worker keep them for so many tasks.

    ## Fix safety

    No fix is offered: it does no harm.

    ## References

    - [Celery issue 4116](https://github.com/celery/celery/issues/4116)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        celery = next((server for server in settings.evidence.servers if server.program == "celery"), None)
        age = database.conn_max_age
        if celery is None or not keeps(age) or not database.may_be_server or database.has_pool:
            continue
        message = f"alias {database.alias!r} has a CONN_MAX_AGE, which celery's workers ignore: each task connects anew"
        remedy = manual("it does no harm", "to keep connections over several tasks, set CELERY_DB_REUSE_MAX")
        because = (said("CONN_MAX_AGE", age), Because(describe(celery), celery.location))
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)
