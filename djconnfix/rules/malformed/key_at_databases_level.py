"""DCF506."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import DJANGO_KEYS
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    },
    "OPTIONS": {"connect_timeout": 3},
}
"""


@rule(
    code="DCF506",
    name="key-at-databases-level",
    severity=Severity.WARNING,
    bad=[
        Example({"shop/settings.py": _SETTINGS}, title="OPTIONS beside the alias"),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"OPTIONS": {"connect_timeout": 3}', '"CONN_MAX_AGE": 60')},
            title="an age beside the alias",
        ),
    ],
    good=[
        Example(
            {
                "shop/settings.py": _SETTINGS.replace('"shop",\n    },\n    ', '"shop",\n        ').replace(
                    "3},\n}", "3},\n    },\n}"
                )
            },
            title="inside the alias",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"OPTIONS": {', '"options_db": {"NAME": "x", ')},
            title="an alias with a name of its own",
        ),
    ],
)
def key_at_databases_level(project: Project) -> Iterator[Problem]:
    """A key of an alias stands beside the aliases, where Django takes it for one.

    ## What it does

    Finds `OPTIONS`, `CONN_MAX_AGE` and other keys of an alias at the first level of `DATABASES`.

    ## Why it is bad

    A dictionary there becomes an alias without engine, which nobody uses: its settings have no effect. A number or a
    text is an error as soon as Django reads `DATABASES`: `'int' object has no attribute 'setdefault'`.

    ## Fix safety

    No fix is offered: for which alias it was meant is not written, and in it the setting takes effect for the first
    time.

    ## References

    - [Django: DATABASES](https://docs.djangoproject.com/en/stable/ref/settings/#databases)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        if database.alias not in DJANGO_KEYS or (database.engine.written and database.complete):
            continue
        dictionary = database.complete
        effect = "Django takes it for an alias, and it has no effect" if dictionary else "Django cannot read DATABASES"
        message = f"{database.alias!r} stands beside the aliases of DATABASES: {effect}"
        remedy = manual(
            "for which alias it was meant is not written", f"move {database.alias!r} into the alias it was meant for"
        )
        yield about(settings, database, (), message, remedy, severity=None if dictionary else Severity.ERROR)
