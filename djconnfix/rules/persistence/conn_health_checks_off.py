"""DCF102."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import decide
from djconnfix.facts import MISSING, Role, State
from djconnfix.findings import Applicability, Because, Problem, Remedy, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import tried
from djconnfix.rules._values import django_said, keeps, may_reach_a_server, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Evidence, Project, SettingsModule, Value
    from djconnfix.source import Location

_BAD = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 600,
    }
}
"""
_GOOD = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
"""


@rule(
    code="DCF102",
    name="conn-health-checks-off",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _BAD, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _GOOD},
            title="persistent connections that nobody checks",
        ),
        Example({"shop/settings.py": _BAD}, title="no file says which Django it is: reported, not changed"),
    ],
    good=[
        Example({"shop/settings.py": _GOOD, "requirements.txt": "Django==5.2.1\n"}, title="checked"),
        Example(
            {"shop/settings.py": _BAD, "requirements.txt": "Django==4.0.10\n"},
            title="Django 4.0 does not have the setting",
        ),
    ],
)
def conn_health_checks_off(project: Project) -> Iterator[Problem]:
    """Connections are kept, but a dead one is only noticed by the request that fails on it.

    ## What it does

    Finds aliases that keep connections, by `CONN_MAX_AGE` or by a pool, without `CONN_HEALTH_CHECKS`, where every
    Django the project may run on has that setting (4.1 and later). Where no file says which Django it is, that is
    reported as information only, and so is an age that only a variable makes more than 0.

    ## Why it is bad

    After a restart, a failover or an idle time-out of the server, exactly one request fails for every connection
    that was standing. With health checks none fails: Django asks once per request, before the first query, and
    connects anew when there is no answer. The price is one round trip per request that uses the database.

    ## Fix safety

    Safe: a connection that works is used as before. Unsafe when somebody wrote `False`, or when the environment
    decides the setting or the engine. In processes without request signals (task workers, commands) the setting
    does nothing.
    Where one statement serves several branches of an alias, one that keeps nothing may get it too: it does nothing
    there.

    ## References

    - [Django: CONN_HEALTH_CHECKS](https://docs.djangoproject.com/en/stable/ref/settings/#conn-health-checks)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        checks = database.conn_health_checks
        supported = settings.evidence.django_at_least(4, 1)
        if supported is False or not _keeps(database) or _on(checks):
            continue
        if supported is None and not database.conn_max_age.certain:
            continue
        if not may_reach_a_server(database) or tried(database, "CONN_HEALTH_CHECKS"):
            continue
        if decide(database, settings.evidence).age == 0 and not database.has_pool:
            continue  # another rule says that nothing should be kept here
        only_when = _only_when(database)
        yield Problem(
            location=_place(database),
            message=f"alias {database.alias!r} keeps connections without CONN_HEALTH_CHECKS{only_when}: "
            "after a restart of the server one request fails for each of them",
            because=_because(database, settings.evidence),
            remedy=_remedy(settings, database, checks) if supported else _unknown_version(database),
            database=database.key,
            when=database.when,
            settings=settings.module,
            severity=None if supported and not only_when else Severity.INFO,
        )


def _only_when(database: Database) -> str:
    """Say which variable has to be set for connections to be kept, where the default closes them."""
    age = database.conn_max_age
    if database.has_pool or age.state is not State.ENVIRONMENT or keeps(age) is not False:
        return ""
    return f" when {age.variable or 'the environment says so'}{' is set' if age.variable else ''}"


def _keeps(database: Database) -> bool:
    age = database.conn_max_age
    if database.has_pool:
        return database.engine.value is None or str(database.engine.value).startswith("django.")
    if age.state is State.UNKNOWN or (age.state is State.DEFAULT and age.value == 0):
        return False
    if age.value is MISSING:
        return True
    if age.value is None:
        return True
    if isinstance(age.value, str):
        return age.state is State.ENVIRONMENT or age.value not in ("", "0")
    return isinstance(age.value, int | float) and (age.value > 0 or age.state is State.ENVIRONMENT)


def _on(checks: Value) -> bool:
    return checks.state is State.UNKNOWN or checks.value is MISSING or bool(checks.value)


def _place(database: Database) -> Location:
    age = database.key_locations.get("CONN_MAX_AGE")
    return database.conn_health_checks.location or age or database.conn_max_age.location or database.location


def _pool_place(database: Database) -> Location | None:
    pool = database.options.values.get("pool")
    return (pool.location if pool is not None else None) or database.options.location


def _because(database: Database, evidence: Evidence) -> tuple[Because, ...]:
    if not evidence.django:
        return (said("CONN_MAX_AGE", database.conn_max_age), Because("no file says which Django is installed"))
    version = django_said(evidence, "has CONN_HEALTH_CHECKS")
    if database.has_pool:
        return (version, Because("a pool keeps connections", _pool_place(database)))
    return (version, said("CONN_MAX_AGE", database.conn_max_age))


def _unknown_version(database: Database) -> Remedy:
    return Remedy(
        Applicability.MANUAL,
        "before Django 4.1 the setting does nothing, and no file says which Django it is",
        instructions=f'say it with --django 5.2 (or what it is), or write "CONN_HEALTH_CHECKS": True in alias '
        f"{database.alias!r} from 4.1 on",
    )


def _remedy(settings: SettingsModule, database: Database, checks: Value) -> Remedy:
    write = f'write "CONN_HEALTH_CHECKS": True in alias {database.alias!r}'
    # Where another branch keeps nothing, the setting does nothing: a statement may serve both.
    idle = [d for d in settings.by_alias[database.alias] if not d.conn_health_checks.written]
    others = [each.key for each in idle if each.key != database.key and not checks.written]
    permits = tuple(SetSetting(key, ("CONN_HEALTH_CHECKS",), True) for key in others)
    actions = (SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True),)
    if checks.state is State.KNOWN:
        return Remedy(
            Applicability.UNSAFE, "somebody switched it off, which may be a decision", actions, write, permits
        )
    if checks.state is State.ENVIRONMENT:
        return Remedy(
            Applicability.UNSAFE, "only the default changes; the deployed value may differ", actions, write, permits
        )
    if not database.engine.written or database.engine.state is State.UNKNOWN:
        return Remedy(Applicability.UNSAFE, "the engine is set elsewhere, out of sight", actions, write, permits)
    return Remedy(
        Applicability.SAFE,
        "a connection that answers is used as before; a dead one is replaced",
        actions,
        write,
        permits,
    )
