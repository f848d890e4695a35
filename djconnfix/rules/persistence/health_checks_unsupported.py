"""DCF105."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import django_said, said, truthy

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
        "CONN_HEALTH_CHECKS": True,
    }
}
"""


@rule(
    code="DCF105",
    name="health-checks-unsupported",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS, "requirements.txt": "Django==4.0.10\n"}, title="Django 4.0")],
    good=[
        Example({"shop/settings.py": _SETTINGS, "requirements.txt": "Django==4.1\n"}, title="Django 4.1 has it"),
        Example({"shop/settings.py": _SETTINGS}, title="the Django version is unknown"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("True", "False"), "requirements.txt": "Django==4.0.10\n"},
            title="off is what Django 4.0 does",
        ),
    ],
)
def health_checks_unsupported(project: Project) -> Iterator[Problem]:
    """Health checks are asked for, but the project may run on a Django that does not have them.

    ## What it does

    Finds `CONN_HEALTH_CHECKS` that is on where Django may be older than 4.1.

    ## Why it is bad

    An older Django ignores the key without a word: after a restart of the server one request fails for each
    connection, although the settings say otherwise.

    ## Fix safety

    No fix is needed: the key does no harm. Until Django is 4.1, a finite `CONN_MAX_AGE` below the server's idle
    time-out keeps the damage small.

    ## References

    - [Django 4.1 release notes](https://docs.djangoproject.com/en/stable/releases/4.1/#models)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        checks, evidence = database.conn_health_checks, settings.evidence
        if not truthy(checks) or not database.may_be_server or evidence.django_at_least(4, 1) is not False:
            continue
        message = f"alias {database.alias!r} asks for CONN_HEALTH_CHECKS, which the lowest Django allowed here ignores"
        remedy = manual("the key does no harm, and an upgrade makes it work", "ask for Django 4.1 or later")
        because = (said("CONN_HEALTH_CHECKS", checks), django_said(evidence, "does not have it"))
        yield about(settings, database, ("CONN_HEALTH_CHECKS",), message, remedy, *because)
