"""DCF505."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, MoveSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import DJANGO_KEYS, OPTION_NAMES
from djconnfix.rules._problems import about, manual, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "sslmode": "require",
        "OPTIONS": {
            "connect_timeout": 3,
        },
    }
}
"""
_FIXED = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {
            "connect_timeout": 3,
            "sslmode": "require",
        },
    }
}
"""
_KNOWS = {
    "postgresql": frozenset(
        {
            "application_name", "assume_role", "connect_timeout", "isolation_level", "keepalives", "keepalives_idle",
            "options", "pool", "prepare_threshold", "server_side_binding", "service", "sslcert", "sslkey", "sslmode",
            "sslrootcert",
        }
    ),
    "mysql": frozenset(
        {
            "charset", "connect_timeout", "init_command", "isolation_level", "read_default_file", "read_timeout",
            "sql_mode", "ssl", "ssl_mode", "unix_socket", "write_timeout",
        }
    ),
    "sqlite": frozenset({"init_command", "timeout", "transaction_mode"}),
    "oracle": frozenset({"pool"}),
}  # fmt: skip


@rule(
    code="DCF505",
    name="options-at-alias-level",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS},
            fixed={"shop/settings.py": _FIXED},
            unsafe=True,
            title="an option of the driver, one level too high",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("connect_timeout", "sslmode").replace(": 3", ': "prefer"')},
            title="it stands in OPTIONS too, with another value",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace("postgresql", "sqlite3").replace(
                    '"connect_timeout": 3', '"timeout": 3'
                )
            },
            title="SQLite has no such option",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED}, title="inside OPTIONS"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("django.db.backends", "shop.backends")},
            title="an engine of one's own",
        ),
    ],
)
def options_at_alias_level(project: Project) -> Iterator[Problem]:
    """An option of the driver stands on the alias, where Django ignores it.

    ## What it does

    Finds `sslmode`, `pool`, `connect_timeout`, `init_command`, `isolation_level`, `timeout` and other options of
    drivers as keys of the alias itself.

    ## Why it is bad

    Django hands `OPTIONS` to the driver and nothing else. Whoever wrote `sslmode` here believes that connections are
    encrypted.

    ## Fix safety

    Unsafe: the option takes effect for the first time, and a server without TLS, for one, refuses then. Not offered
    when `OPTIONS` has the key too or cannot be seen, or when this database's driver has no such option.

    ## References

    - [Django: OPTIONS](https://docs.djangoproject.com/en/stable/ref/settings/#options)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        if not database.stock_engine or database.alias in DJANGO_KEYS:
            continue
        for key in database.settings:
            if key not in OPTION_NAMES:
                continue
            message = f"alias {database.alias!r} has {key!r} beside OPTIONS, where Django ignores it"
            because = Because("only OPTIONS goes to the driver", database.options.location)
            yield about(settings, database, (key,), message, _remedy(database, key), because)


def _remedy(database: Database, key: str) -> Remedy:
    write = f"move {key!r} into the OPTIONS of alias {database.alias!r}"
    if key not in _KNOWS.get(database.vendor, frozenset()):
        return manual(f"the driver of this database has no option {key!r}", f"delete {key!r}")
    if key in database.options.values:
        return manual("OPTIONS has it too, and which of them was meant is not written", f"delete {key!r}")
    if not database.options.complete:
        return manual("OPTIONS may hold more than can be seen", write)
    why = "the option takes effect for the first time then"
    return unsafe(why, write, MoveSetting(database.key, (key,), ("OPTIONS", key)))
