"""DCF422."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import has_option, option
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"prepare_threshold": 0},
    }
}
"""


@rule(
    code="DCF422",
    name="prepare-threshold-inert",
    severity=Severity.INFO,
    bad=[
        Example({"shop/settings.py": _SETTINGS}, title="a threshold that is never reached"),
        Example({"shop/settings.py": _SETTINGS.replace("0", "None")}, title="None is what Django sets by itself"),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace('"prepare', '"server_side_binding": True, "prepare')},
            title="with server-side binding it counts",
        ),
        Example({"shop/settings.py": _SETTINGS.replace('"prepare_threshold": 0', "")}, title="not written"),
    ],
)
def prepare_threshold_inert(project: Project) -> Iterator[Problem]:
    """`prepare_threshold` is set, but Django never prepares a statement without `server_side_binding`.

    ## What it does

    Finds `prepare_threshold` in the `OPTIONS` of PostgreSQL aliases without `server_side_binding`.

    ## Why it is bad

    It is harmless. But it is often recommended for PgBouncer, and does nothing there: Django's cursors bind on the
    client, and psycopg prepares nothing for them.

    ## Fix safety

    No fix is needed.

    ## References

    - [Django: server-side parameters binding](https://docs.djangoproject.com/en/stable/ref/databases/#server-side-parameters-binding)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        threshold = option(database, "prepare_threshold")
        if database.vendor != "postgresql" or not database.stock_engine or threshold is None:
            continue
        binding = option(database, "server_side_binding")
        if not database.options.complete or (has_option(database, "server_side_binding") and binding is None):
            continue
        if binding is not None and truthy(binding) is not False:
            continue
        message = f"alias {database.alias!r} has a prepare_threshold without server_side_binding: it has no effect"
        remedy = manual("nothing breaks by it", f"delete prepare_threshold from alias {database.alias!r}, or leave it")
        because = said("prepare_threshold", threshold)
        yield about(settings, database, ("OPTIONS", "prepare_threshold"), message, remedy, because)
