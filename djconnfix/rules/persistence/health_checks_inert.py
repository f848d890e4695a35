"""DCF106."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import tried
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
        "CONN_HEALTH_CHECKS": True,
    }
}
"""


@rule(
    code="DCF106",
    name="health-checks-inert",
    severity=Severity.INFO,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="checks without connections that are kept")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("True", 'True,\n        "CONN_MAX_AGE": 60')}, title="an age"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("True", 'True,\n        "OPTIONS": {"pool": True}')}, title="a pool"
        ),
        Example({"shop/settings.py": _SETTINGS.replace("True", "False")}, title="off"),
    ],
)
def health_checks_inert(project: Project) -> Iterator[Problem]:
    """Health checks are on, but no connection is kept that could be checked.

    ## What it does

    Finds `CONN_HEALTH_CHECKS` that is on where `CONN_MAX_AGE` is 0 and there is no pool.

    ## Why it is bad

    It is harmless and does nothing: Django checks a connection only before it uses it again. Whoever wrote it most
    likely wanted connections to be kept.

    ## Fix safety

    No fix is offered here; conn-max-age-zero sets an age where that is right.

    ## References

    - [Django: CONN_HEALTH_CHECKS](https://docs.djangoproject.com/en/stable/ref/settings/#conn-health-checks)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        checks, age = database.conn_health_checks, database.conn_max_age
        if checks.state is not State.KNOWN or not checks.value or not age.certain or keeps(age) is not False:
            continue
        if not database.may_be_server or database.has_pool is not False or tried(database, "CONN_MAX_AGE"):
            continue
        message = f"alias {database.alias!r} checks connections that it never keeps: CONN_HEALTH_CHECKS does nothing"
        remedy = manual("it does no harm", "add CONN_MAX_AGE where that is right, or leave it")
        because = (said("CONN_HEALTH_CHECKS", checks), said("CONN_MAX_AGE", age))
        yield about(settings, database, ("CONN_HEALTH_CHECKS",), message, remedy, *because)
