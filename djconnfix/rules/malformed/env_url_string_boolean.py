"""DCF507."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import from_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
import environ

env = environ.Env()
DATABASES = {
    "default": env.db("DATABASE_URL", default="postgres://db/shop?atomic_requests=false"),
}
"""
_BOOLEANS = ("ATOMIC_REQUESTS", "AUTOCOMMIT", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS")


@rule(
    code="DCF507",
    name="env-url-string-boolean",
    severity=Severity.ERROR,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="false, and yet on")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("=false", "=False")}, title="written the Python way"),
        Example({"shop/settings.py": _SETTINGS.replace("?atomic_requests=false", "")}, title="not in the URL"),
    ],
)
def env_url_string_boolean(project: Project) -> Iterator[Problem]:
    """A database URL switches a setting off, and so switches it on.

    ## What it does

    Finds URLs read by django-environ whose query gives `atomic_requests`, `autocommit`, `conn_health_checks` or
    `disable_server_side_cursors` anything but a Python literal.

    ## Why it is bad

    django-environ takes such values as Python literals: `False` is False, but `false` is the text "false", which is
    truthy. `?atomic_requests=false` makes every request a transaction.

    ## Fix safety

    No fix is offered, because URLs hold passwords and are not touched: write `True` or `False`.

    ## References

    - [django-environ: types](https://django-environ.readthedocs.io/en/latest/types.html)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        if not database.made_by.startswith("environ"):
            continue
        for key in _BOOLEANS:
            value = database.get(key)
            if value.state is State.UNKNOWN or not isinstance(value.value, str) or not from_url(database, value):
                continue
            message = f"alias {database.alias!r} gets text for {key} from its URL: any text switches it on"
            remedy = manual("URLs are not touched", f"write True or False for {key.lower()} in the URL")
            because = Because("django-environ reads Python literals only", value.location)
            yield about(settings, database, (key,), message, remedy, because)
