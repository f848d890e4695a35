"""DCF510."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Problem

_SETTINGS = """\
import dj_database_url

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASES["default"].update(dj_database_url.config())
"""
_KEYS = ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS")


@rule(
    code="DCF510",
    name="dj-url-update-overwrites",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="the update writes 0 and False")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("config()", "config(conn_max_age=60, conn_health_checks=True)")},
            title="given to the call as well",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace('DATABASES["default"].update(dj_database_url.config())\n', "")},
            title="no update",
        ),
    ],
)
def dj_url_update_overwrites(project: Project) -> Iterator[Problem]:
    """An update from dj-database-url writes its defaults over the settings of the alias.

    ## What it does

    Finds aliases with `CONN_MAX_AGE`, `CONN_HEALTH_CHECKS` or `DISABLE_SERVER_SIDE_CURSORS` that an
    `.update(dj_database_url.config())` overwrites once the variable with the URL is set.

    ## Why it is bad

    The call always returns these keys, with 0 and False unless it is told otherwise. What the alias says holds on the
    author's machine, and not where it is deployed.

    ## Fix safety

    No fix is offered here; conn-max-age-zero gives the call its age where that is right.

    ## References

    - [dj-database-url](https://github.com/jazzband/dj-database-url)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        lost = [key for key in _KEYS if _overwritten(settings, database, key)]
        if not lost:
            continue
        message = f"alias {database.alias!r} loses {' and '.join(lost)}: dj-database-url writes its defaults"
        arguments = ", ".join(f"{key.lower()}=…" for key in lost)
        remedy = manual("the call decides", f"give {arguments} to the call of dj-database-url")
        value = database.settings[lost[0]]
        because = Because("dj_database_url writes all of these keys", value.location)
        yield about(settings, database, (lost[0],), message, remedy, because)


def _overwritten(settings: SettingsModule, database: Database, key: str) -> bool:
    value = database.settings.get(key)
    if value is None or value.state is not State.DEFAULT or value.source != "dj_database_url":
        return False
    twins = [d for d in settings.by_alias[database.alias] if d.key.index != database.key.index]
    written = [d.settings.get(key) for d in twins if d.location == database.location]
    return any(w is not None and w.state is State.KNOWN and w.value != value.value for w in written)
