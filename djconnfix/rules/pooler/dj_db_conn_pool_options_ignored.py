"""DCF433."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from djconnfix.facts import Options, Role, State
from djconnfix.findings import Because, MoveSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "dj_db_conn_pool.backends.mysql",
        "NAME": "shop",
        "POOL_OPTIONS": {"pool_size": 5, "MAX_OVERFLOW": 5},
    }
}
"""
KNOWN = frozenset({"PRE_PING", "ECHO", "TIMEOUT", "RECYCLE", "POOL_SIZE", "MAX_OVERFLOW"})


@rule(
    code="DCF433",
    name="dj-db-conn-pool-options-ignored",
    severity=Severity.WARNING,
    bad=[
        Example({"shop/settings.py": _SETTINGS}, title="a size in lower case"),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    '"POOL_OPTIONS": {"pool_size": 5, "MAX_OVERFLOW": 5}', '"POOL": {"POOL_SIZE": 5}'
                )
            },
            fixed={
                "shop/settings.py": _SETTINGS.replace(
                    '"POOL_OPTIONS": {"pool_size": 5, "MAX_OVERFLOW": 5}', '"POOL_OPTIONS": {"POOL_SIZE": 5}'
                )
            },
            unsafe=True,
            title="the key of an old version",
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("pool_size", "POOL_SIZE")}, title="upper case"),
        Example({"shop/settings.py": _SETTINGS.replace("dj_db_conn_pool", "django.db")}, title="another engine"),
    ],
)
def dj_db_conn_pool_options_ignored(project: Project) -> Iterator[Problem]:
    """Options of django-db-connection-pool are written so that it drops them.

    ## What it does

    Finds keys of `POOL_OPTIONS` that django-db-connection-pool does not read (it knows `POOL_SIZE`, `MAX_OVERFLOW`,
    `RECYCLE`, `TIMEOUT`, `PRE_PING` and `ECHO`, in upper case only), and the old name `POOL`.

    ## Why it is bad

    They are dropped without a word, and the defaults hold: 10 connections, 10 more on demand, 900 seconds.

    ## Fix safety

    The old name is changed on demand only: the sizes take effect for the first time. Keys inside are left to a person.

    ## References

    - [django-db-connection-pool](https://github.com/altairbow/django-db-connection-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        engine = database.engine
        if engine.state is not State.KNOWN or not str(engine.value).startswith("dj_db_conn_pool."):
            continue
        because = Because("this engine reads POOL_OPTIONS", engine.location)
        for key in _dropped(database):
            message = f"alias {database.alias!r} has {key!r} in POOL_OPTIONS, which its engine ignores"
            meant = key.upper() if key.upper() in KNOWN else ""
            instructions = (
                f"write {meant!r}" if meant else f"delete {key!r}, or write one of {', '.join(sorted(KNOWN))}"
            )
            remedy = manual("it takes effect for the first time then", instructions)
            yield about(settings, database, ("POOL_OPTIONS",), message, remedy, because)
        if "POOL" in database.settings and "POOL_OPTIONS" not in database.settings:
            message = f"alias {database.alias!r} has 'POOL', which its engine ignores: it reads 'POOL_OPTIONS'"
            move = MoveSetting(database.key, ("POOL",), ("POOL_OPTIONS",))
            remedy = unsafe("its sizes take effect for the first time then", "write 'POOL_OPTIONS' instead", move)
            yield about(settings, database, ("POOL",), message, remedy, because)


def _dropped(database: Database) -> list[str]:
    value = database.settings.get("POOL_OPTIONS")
    if value is None or value.state is not State.KNOWN:
        return []
    entries = value.value.values if isinstance(value.value, Options) else value.value
    return sorted(key for key in entries if key not in KNOWN) if isinstance(entries, Mapping) else []
