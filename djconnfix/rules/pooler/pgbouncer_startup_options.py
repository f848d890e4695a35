"""DCF423."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import RemoveSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import names_in, option, parameter, speaks_postgresql
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.rules._values import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "sslmode": "prefer",
            "options": "-c statement_timeout=5000",
        },
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"


@rule(
    code="DCF423",
    name="pgbouncer-startup-options",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI},
            fixed={"shop/settings.py": _SETTINGS.replace('            "options": "-c statement_timeout=5000",\n', "")},
            unsafe=True,
            title="start-up options through PgBouncer",
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("pgbouncer", "db").replace("6432", "5432")}, title="no pooler"),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace('            "options": "-c statement_timeout=5000",\n', ""),
                "pgbouncer.ini": _INI,
            },
            title="no start-up options",
        ),
    ],
)
def pgbouncer_startup_options(project: Project) -> Iterator[Problem]:
    """Start-up options are sent to PgBouncer, which refuses them.

    ## What it does

    Finds `OPTIONS["options"]` (`-c statement_timeout=…`, `search_path`, …) behind PgBouncer. When PgBouncer is told to
    ignore them (`ignore_startup_parameters = options`), it is a warning.

    ## Why it is bad

    No connection comes about: `unsupported startup parameter: options`. From PgBouncer 1.20 on the same holds for each
    parameter inside that it does not track. When ignored, the time-out or search path is silently not in effect.

    ## Fix safety

    Unsafe: the option is deleted, and has to be set where it reaches the server: `ALTER ROLE … SET statement_timeout`,
    or `connect_query` of PgBouncer.

    ## References

    - [PgBouncer: ignore_startup_parameters](https://www.pgbouncer.org/config.html#ignore_startup_parameters)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        value = option(database, "options")
        front = outside(database, settings.evidence)
        if not speaks_postgresql(database, front) or value is None or not value.value:
            continue
        if front.front is Front.DIRECT or front.program != "pgbouncer":
            continue
        ignored = "options" in names_in(parameter(front.pooler, "ignore_startup_parameters"))
        effect = "PgBouncer ignores them, so they have no effect" if ignored else "PgBouncer refuses to connect"
        message = f"alias {database.alias!r} sends start-up options through PgBouncer: {effect}"
        text = f"delete 'options' from alias {database.alias!r} and set them with ALTER ROLE … SET, or connect_query"
        why = "what they set has to be set on the server instead"
        remedy = unsafe(why, text, RemoveSetting(database.key, ("OPTIONS", "options")))
        if not value.certain:
            remedy = manual("the environment gives them", text)
        yield about(
            settings,
            database,
            ("OPTIONS", "options"),
            message,
            remedy,
            *front.because,
            said("options", value),
            severity=Severity.WARNING if ignored else None,
        )
