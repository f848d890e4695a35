"""DCF503."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Applicability, Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import CONNECTION_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_DATABASES = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""


@rule(
    code="DCF503",
    name="module-level-conn-setting",
    severity=Severity.WARNING,
    bad=[
        Example({"shop/settings.py": f"{_DATABASES}\nCONN_MAX_AGE = 60\n"}, title="beside DATABASES, not in it"),
        Example({"shop/settings.py": f"ATOMIC_REQUESTS = True\n{_DATABASES}"}, title="requests that were never atomic"),
    ],
    good=[
        Example(
            {
                "shop/settings.py": "CONN_MAX_AGE = 60\n"
                + _DATABASES.replace('"shop",\n', '"shop",\n        "CONN_MAX_AGE": CONN_MAX_AGE,\n')
            },
            title="a name that DATABASES uses",
        ),
        Example(
            {"shop/settings.py": "CONN_MAX_AGE = 60\nINSTALLED_APPS = []\nROOT_URLCONF = 'shop.urls'\n"},
            title="no DATABASES here: who reads the name cannot be seen",
        ),
    ],
)
def module_level_conn_setting(project: Project) -> Iterator[Problem]:
    """A setting of an alias stands at the level of the module, where nothing reads it.

    ## What it does

    Finds `CONN_MAX_AGE`, `CONN_HEALTH_CHECKS`, `ATOMIC_REQUESTS`, `AUTOCOMMIT` and `DISABLE_SERVER_SIDE_CURSORS` as
    names of a settings module that has `DATABASES`, when none of its code uses the name.

    ## Why it is bad

    Django reads these settings from each alias in `DATABASES` and from nowhere else. The author believes that
    connections are kept, or that requests are transactions; neither is so.

    ## Fix safety

    No fix is offered: moving it into an alias makes it take effect for the first time, and which alias it was meant
    for is not written.

    ## Known limits

    Code outside the settings modules that reads `settings.CONN_MAX_AGE` is not looked for.

    ## References

    - [Django: DATABASES](https://docs.djangoproject.com/en/stable/ref/settings/#databases)
    """
    for settings in project.settings:
        if settings.role is Role.TEST or not (settings.databases or settings.held_elsewhere):
            continue
        for found in settings.names:
            if found.used or found.name not in CONNECTION_KEYS:
                continue
            yield Problem(
                location=found.location,
                message=f"{found.name} at module level has no effect: Django reads it from each alias in DATABASES",
                remedy=Remedy(
                    Applicability.MANUAL,
                    "moved into an alias it takes effect for the first time",
                    instructions=f"write {found.name!r} into the alias it was meant for, or delete it",
                ),
                settings=settings.module,
            )
