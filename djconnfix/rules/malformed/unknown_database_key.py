"""DCF501."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import decide
from djconnfix.facts import Role, State
from djconnfix.findings import Applicability, MoveSetting, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import DJANGO_KEYS, FOREIGN_KEYS, FOREIGN_PREFIXES, OPTION_NAMES, meant_key
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import keeps, may_reach_a_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECK": True,
    }
}
"""
_ATOMIC = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "ATOMIC_REQUEST": True,
    }
}
"""
_DJANGO = "Django==5.2.1\n"


@rule(
    code="DCF501",
    name="unknown-database-key",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": _DJANGO},
            fixed={"shop/settings.py": _SETTINGS.replace("CHECK", "CHECKS")},
            title="health checks that were never on",
        ),
        Example(
            {"shop/settings.py": _ATOMIC, "requirements.txt": _DJANGO},
            fixed={"shop/settings.py": _ATOMIC.replace("REQUEST", "REQUESTS")},
            unsafe=True,
            title="requests that were never atomic",
        ),
        Example(
            {
                "shop/settings.py": _ATOMIC.replace(
                    '"ATOMIC_REQUEST"', '"ATOMIC_REQUESTS": False,\n        "ATOMIC_REQUEST"'
                )
            },
            title="the right key stands there too: which of them was meant?",
        ),
        Example({"shop/settings.py": _ATOMIC.replace("ATOMIC_REQUEST", "SHARDS")}, title="no key that is known"),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("CHECK", "CHECKS")}, title="spelt right"),
        Example(
            {"shop/settings.py": _ATOMIC.replace('"ATOMIC_REQUEST": True', '"TEST_NAME": "shop_test"')},
            title="a key of Django before 1.9",
        ),
        Example(
            {
                "shop/settings.py": _ATOMIC.replace("django.db.backends", "shop.backends").replace(
                    "ATOMIC_REQUEST", "SHARDS"
                )
            },
            title="an engine of one's own may read what it likes",
        ),
    ],
)
def unknown_database_key(project: Project) -> Iterator[Problem]:
    """An alias has a key that Django does not know, and ignores without a word.

    ## What it does

    Finds keys of an alias in `DATABASES` that are not Django's. One that looks like a misspelt key of Django's
    (`ATOMIC_REQUEST`, `CONN_MAXAGE`, lower case) is a warning; any other is information, and only with an engine of
    Django's own.

    ## Why it is bad

    Django never complains about such keys. Whoever wrote `CONN_HEALTH_CHECK` believes that connections are checked,
    and whoever wrote `ATOMIC_REQUEST` believes that requests are transactions. Neither is so.

    ## Fix safety

    The key is renamed. Safe for `CONN_HEALTH_CHECKS` that is on, where connections are kept and every Django the
    project may run on has it (4.1). Unsafe for all others: the site behaves differently once the setting takes
    effect. Not offered when the right key is there too, or may be out of sight.

    ## References

    - [Django: DATABASES](https://docs.djangoproject.com/en/stable/ref/settings/#databases)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        for key in database.settings:
            if meant := meant_key(key):
                yield about(
                    settings,
                    database,
                    (key,),
                    f"alias {database.alias!r} has the key {key!r}, which Django ignores: it knows {meant!r}",
                    _rename(settings, database, key, meant),
                )
        ignored = [key for key in database.settings if not meant_key(key) and not _known(key)]
        if ignored and database.stock_engine:
            keys = ", ".join(map(repr, ignored))
            yield about(
                settings,
                database,
                (ignored[0],),
                f"alias {database.alias!r} has keys that Django ignores: {keys}",
                manual(
                    "only its author knows what was meant, and project code may read it",
                    f"delete {keys} unless your own code reads it",
                ),
                severity=Severity.INFO,
            )


def _known(key: str) -> bool:
    # options-at-alias-level speaks of the names that belong into OPTIONS
    return key in DJANGO_KEYS or key in FOREIGN_KEYS or key in OPTION_NAMES or key.startswith(FOREIGN_PREFIXES)


def _rename(settings: SettingsModule, database: Database, key: str, meant: str) -> Remedy:
    write = f"write {meant!r} instead of {key!r} in alias {database.alias!r}"
    if database.settings.get(meant) is not None and database.settings[meant].written:
        why = f"{meant!r} is there too, and which of them holds the intention cannot be known"
        return Remedy(Applicability.MANUAL, why, instructions=f"delete {key!r}, or {write}")
    if not database.complete:
        why = f"{meant!r} may be set out of sight"
        return Remedy(Applicability.MANUAL, why, instructions=f"unless it is, {write}")
    actions = (MoveSetting(database.key, (key,), (meant,)),)
    if meant == "CONN_HEALTH_CHECKS" and _checks_are_safe(settings, database, key):
        why = "a connection that answers is used as before; a dead one is replaced"
        return Remedy(Applicability.SAFE, why, actions, write)
    return Remedy(Applicability.UNSAFE, "the setting never had an effect; now it will", actions, write)


def _checks_are_safe(settings: SettingsModule, database: Database, key: str) -> bool:
    value = database.settings[key]
    keeping = bool(database.has_pool or keeps(database.conn_max_age))
    known = value.state is State.KNOWN and value.value is True and database.engine.state is State.KNOWN
    decided = decide(database, settings.evidence)
    return bool(known and keeping and may_reach_a_server(database) and decided.health_checks)
