"""DCF109."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import django_said, keeps, said

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


@rule(
    code="DCF109",
    name="conn-max-age-in-dev",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/settings/development.py": _SETTINGS, "requirements.txt": "Django==3.2.25\n"},
            title="runserver of Django 3.2 leaks connections",
        ),
    ],
    good=[
        Example(
            {"shop/settings/development.py": _SETTINGS, "requirements.txt": "Django==4.2.1\n"},
            title="runserver of Django 4.0 closes what it opened",
        ),
        Example({"shop/settings/production.py": _SETTINGS, "requirements.txt": "Django==3.2.25\n"}, title="production"),
    ],
)
def conn_max_age_in_dev(project: Project) -> Iterator[Problem]:
    """Development settings keep connections, and this `runserver` loses track of them.

    ## What it does

    Finds a `CONN_MAX_AGE` other than 0 in development settings where Django may be older than 4.0.

    ## Why it is bad

    Before Django 4.0 `runserver` handled each request on a thread of its own and left its connection behind. From 4.0
    on it closes them after each request, whatever the age.

    ## Fix safety

    No fix is offered: write 0 in the development settings, or upgrade.

    ## References

    - [Django pull request 7182](https://github.com/django/django/pull/7182)
    """
    for settings, database in project.databases(Role.DEVELOPMENT):
        age, evidence = database.conn_max_age, settings.evidence
        if not keeps(age) or not database.may_be_server or evidence.django_at_least(4, 0) is not False:
            continue
        message = f"alias {database.alias!r} keeps connections in development, where runserver leaves them behind"
        remedy = manual("production may read the same line", "write CONN_MAX_AGE 0 in the development settings")
        because = (said("CONN_MAX_AGE", age), django_said(evidence, "has a runserver that leaves them open"))
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, *because)
