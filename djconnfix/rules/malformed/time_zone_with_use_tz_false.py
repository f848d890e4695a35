"""DCF512."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
USE_TZ = False
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "TIME_ZONE": "Europe/Paris",
    }
}
"""


@rule(
    code="DCF512",
    name="time-zone-with-use-tz-false",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="a time zone for an alias, and no time zones at all")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("False", "True")}, title="time zones are used"),
        Example(
            {"shop/settings.py": _SETTINGS.replace('        "TIME_ZONE": "Europe/Paris",\n', "")},
            title="none for the alias",
        ),
        Example({"shop/settings.py": _SETTINGS.replace("USE_TZ = False\n", "")}, title="USE_TZ is not written here"),
    ],
)
def time_zone_with_use_tz_false(project: Project) -> Iterator[Problem]:
    """An alias has a time zone of its own, but the project uses no time zones.

    ## What it does

    Finds `TIME_ZONE` on an alias in settings with `USE_TZ = False`.

    ## Why it is bad

    The first connection fails with `ImproperlyConfigured: … TIME_ZONE must not be set when USE_TZ is False`.

    ## Fix safety

    No fix is offered: which of the two is meant decides what times in the database mean.

    ## References

    - [Django: TIME_ZONE of a database](https://docs.djangoproject.com/en/stable/ref/settings/#std-setting-DATABASE-TIME_ZONE)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        zone = database.get("TIME_ZONE")
        uses = [name for name in settings.names if name.name == "USE_TZ"]
        if zone.state is not State.KNOWN or zone.value is None or not uses:
            continue
        if any(name.value.state is not State.KNOWN or name.value.value is not False for name in uses):
            continue
        message = f"alias {database.alias!r} has a TIME_ZONE while USE_TZ is False: connecting fails"
        remedy = manual("which of the two is meant is not written", "delete TIME_ZONE, or write USE_TZ = True")
        because = (said("TIME_ZONE", zone), Because("USE_TZ is False", uses[0].location))
        yield about(settings, database, ("TIME_ZONE",), message, remedy, *because)
