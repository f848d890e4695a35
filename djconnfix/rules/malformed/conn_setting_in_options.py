"""DCF502."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import decide
from djconnfix.facts import MISSING, Options, Role, State
from djconnfix.findings import Applicability, Because, MoveSetting, Problem, Remedy, RemoveSetting, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import CONNECTION_KEYS
from djconnfix.rules._values import from_url, keeps, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule, Value
    from djconnfix.findings import Action

_BAD = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {
            "sslmode": "require",
            "DISABLE_SERVER_SIDE_CURSORS": True,
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
            "sslmode": "require",
        },
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
"""
_BY_URL = """\
import dj_database_url

DATABASES = {"default": dj_database_url.config(conn_max_age=60)}
DATABASES["default"]["OPTIONS"] = {
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
"""
_BY_URL_FIXED = """\
import dj_database_url

DATABASES = {"default": dj_database_url.config(conn_max_age=60)}
DATABASES["default"]["OPTIONS"] = {}
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
"""


@rule(
    code="DCF502",
    name="conn-setting-in-options",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _BAD, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _FIXED},
            title="a setting of Django's among the driver's options",
        ),
        Example(
            {"shop/settings.py": _BAD.replace("DISABLE_SERVER_SIDE_CURSORS", "ATOMIC_REQUESTS")},
            fixed={"shop/settings.py": _FIXED.replace("DISABLE_SERVER_SIDE_CURSORS", "ATOMIC_REQUESTS")},
            unsafe=True,
            title="transactions around every request are a policy",
        ),
        Example(
            {"shop/settings.py": _BY_URL, "requirements.txt": "Django==5.2.1\ndj-database-url==2.3.0\n"},
            fixed={"shop/settings.py": _BY_URL_FIXED},
            unsafe=True,
            title="the engine is in a URL out of sight",
        ),
        Example(
            {"shop/settings.py": _BAD.replace('"OPTIONS"', '"DISABLE_SERVER_SIDE_CURSORS": False,\n        "OPTIONS"')},
            title="the setting stands in its right place too, with another value",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED}, title="one level up"),
        Example(
            {
                "shop/settings.py": _FIXED.replace("postgresql", "mysql").replace(
                    '"sslmode": "require"', '"autocommit": True'
                )
            },
            title="`autocommit` in lower case is an option of mysqlclient",
        ),
        Example(
            {"shop/settings.py": _BAD.replace("django.db.backends", "shop.backends")},
            title="an engine of one's own may read what it likes",
        ),
    ],
)
def conn_setting_in_options(project: Project) -> Iterator[Problem]:
    """A setting of Django's stands in `OPTIONS`, which Django hands to the driver as it is.

    ## What it does

    Finds `CONN_MAX_AGE`, `CONN_HEALTH_CHECKS`, `ATOMIC_REQUESTS`, `AUTOCOMMIT` and `DISABLE_SERVER_SIDE_CURSORS`, in
    whatever case, inside the `OPTIONS` of an alias with an engine of Django's own, or one that a helper takes from a
    URL (dj-database-url, django-environ), where it is a warning.

    ## Why it is bad

    PostgreSQL's drivers answer `invalid connection option "CONN_MAX_AGE"`, MySQL's and SQLite's a `TypeError`, when
    the first query connects. Where it does work by chance, the setting has no effect.

    ## Fix safety

    The entry is moved one level up. Safe for ages, health checks and server-side cursors when the alias does not
    have the setting yet: nothing can connect as it stands. An age that would leak here (ASGI, greenlets, a session
    pooler) is deleted instead. Unsafe for `ATOMIC_REQUESTS`, which is a policy, and where the engine is in a URL. Not
    offered for `AUTOCOMMIT` that is off, when the setting stands one level up as well, or may do so out of sight.

    ## References

    - [Django: DATABASES](https://docs.djangoproject.com/en/stable/ref/settings/#databases)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        by_url = _by_url(database)
        if not database.stock_engine and not by_url:
            continue
        for key, value in database.options.values.items():
            meant = key.upper()
            if meant not in CONNECTION_KEYS or key == "autocommit":
                continue
            if not isinstance(value, Options) and from_url(database, value):
                continue  # url-conn-max-age speaks of it
            yield Problem(
                location=value.location or database.options.location or database.location,
                message=f"alias {database.alias!r} has {key!r} in OPTIONS: "
                "the driver gets it and refuses to connect, and Django does not see it",
                because=(Because("OPTIONS goes to the driver as it is", database.options.location),),
                remedy=_remedy(settings, database, key, value),
                database=database.key,
                when=database.when,
                settings=settings.module,
                severity=Severity.WARNING if by_url else None,
            )


def _by_url(database: Database) -> bool:
    """Whether a helper takes the engine from a URL out of sight: nearly all of those that it knows are Django's own."""
    engine = database.engine
    return engine.state is State.ENVIRONMENT and engine.value is MISSING and database.made_by != "literal"


def _remedy(settings: SettingsModule, database: Database, key: str, value: Value | Options) -> Remedy:
    meant = key.upper()
    write = f"move {key!r} out of OPTIONS, as {meant!r} of alias {database.alias!r}"
    there = database.settings.get(meant)
    if there is not None and there.written:
        why = f"{meant!r} stands one level up too, and which of them holds the intention cannot be known"
        return Remedy(Applicability.MANUAL, why, instructions=f"delete {key!r} from OPTIONS")
    given = there is not None and there.state is not State.DEFAULT  # a helper's own default gives way
    if given or not database.complete or isinstance(value, Options):
        why = f"{meant!r} may be set by something else"
        return Remedy(Applicability.MANUAL, why, instructions=write)
    if meant == "AUTOCOMMIT" and truthy(value) is not True:
        why = "with AUTOCOMMIT off, every read leaves a transaction open; it never had an effect here"
        return Remedy(Applicability.MANUAL, why, instructions=f"delete {key!r} from OPTIONS")
    old, new = ("OPTIONS", key), (meant,)
    move: tuple[Action, ...] = (MoveSetting(database.key, old, new),)
    if _by_url(database) and meant not in ("ATOMIC_REQUESTS", "CONN_MAX_AGE"):
        why = "the engine is in a URL out of sight; Django's own all refuse it"
        return Remedy(Applicability.UNSAFE, why, move, write)
    if meant == "ATOMIC_REQUESTS":
        return Remedy(Applicability.UNSAFE, "transactions around every request are a policy", move, write)
    if meant == "CONN_MAX_AGE":
        return _age(settings, database, key, value)
    return Remedy(Applicability.SAFE, "as it stands, nothing can connect", move, write)


def _age(settings: SettingsModule, database: Database, key: str, value: Value) -> Remedy:
    old = ("OPTIONS", key)
    decision = decide(database, settings.evidence)
    if decision.age == 0 and keeps(value) is not False:
        write = f"delete {key!r} from OPTIONS"
        return Remedy(
            Applicability.SAFE, f"{decision.row.why}, so it is deleted, not moved", _remove(database, old), write
        )
    move = MoveSetting(database.key, old, ("CONN_MAX_AGE",))
    write = f"move {key!r} out of OPTIONS, as 'CONN_MAX_AGE' of alias {database.alias!r}"
    checks = SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True)
    wanted = decision.health_checks and keeps(value) and database.conn_health_checks.state is State.DEFAULT
    actions: tuple[Action, ...] = (move, checks) if wanted and not _checks_misplaced(database) else (move,)
    if keeps(value) and (decision.age is None or not decision.served.certain):
        why = "whether an age is right here depends on who serves; as it stands, nothing can connect"
        return Remedy(Applicability.UNSAFE, why, actions, write)
    return Remedy(Applicability.SAFE, "as it stands, nothing can connect", actions, write)


def _remove(database: Database, path: tuple[str, ...]) -> tuple[Action, ...]:
    return (RemoveSetting(database.key, path),)


def _checks_misplaced(database: Database) -> bool:
    return any(key.upper() == "CONN_HEALTH_CHECKS" for key in database.options.values)
