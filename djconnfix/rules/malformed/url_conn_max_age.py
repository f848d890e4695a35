"""DCF508."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
import dj_database_url

DATABASES = {
    "default": dj_database_url.parse("postgres://db/shop?conn_max_age=600"),
}
"""
_KEYWORDS = {
    "conn_max_age": "conn_max_age=…",
    "conn_health_checks": "conn_health_checks=True",
    "disable_server_side_cursors": "disable_server_side_cursors=True",
    "ssl_require": "ssl_require=True",
}


@rule(
    code="DCF508",
    name="url-conn-max-age",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="an age in a URL for dj-database-url")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace('?conn_max_age=600"', '", conn_max_age=600')},
            title="as an argument",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("conn_max_age=600", "sslmode=require")},
            title="an option of the driver",
        ),
    ],
)
def url_conn_max_age(project: Project) -> Iterator[Problem]:
    """A database URL for dj-database-url gives settings of Django's, which end up with the driver.

    ## What it does

    Finds `conn_max_age`, `conn_health_checks`, `disable_server_side_cursors` and `ssl_require` in the query of URLs
    that dj-database-url (or environs through it) reads.

    ## Why it is bad

    dj-database-url puts everything in the query into `OPTIONS`. The driver refuses to connect: `invalid connection
    option "conn_max_age"`. django-environ does read such settings from the query, hence the habit.

    ## Fix safety

    No fix is offered, because URLs hold passwords and are not touched: give them as arguments of the call.

    ## References

    - [dj-database-url](https://github.com/jazzband/dj-database-url)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        if not database.made_by.startswith(("dj_database_url", "environs", "configurations")):
            continue
        for key, argument in _KEYWORDS.items():
            value = database.options.get(key)
            if value is None:
                continue
            message = f"alias {database.alias!r} gets {key} from its URL as an option of the driver, which refuses it"
            remedy = manual("URLs are not touched", f"take {key} out of the URL and give {argument} to the call")
            because = Because(f"{database.made_by} puts the URL's query into OPTIONS", value.location)
            yield about(settings, database, ("OPTIONS", key), message, remedy, because)
