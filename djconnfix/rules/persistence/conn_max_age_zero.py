"""DCF101."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.decision import PERSISTENT_AGE, Front, Situation, decide
from djconnfix.facts import MISSING, Role, State
from djconnfix.findings import Applicability, Problem, Remedy, SetSetting, Severity
from djconnfix.records import replace
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import tried
from djconnfix.rules._pools import may_pool
from djconnfix.rules._values import keeps, other_decision, other_roots, said, sum_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.decision import Decision
    from djconnfix.facts import Database, Project, SettingsModule, Value
    from djconnfix.findings import Because

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
    }
}
"""
_FIXED = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
"""


@rule(
    code="DCF101",
    name="conn-max-age-zero",
    severity=Severity.WARNING,
    bad=[
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
                "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
            },
            fixed={"shop/settings.py": _FIXED},
            title="gunicorn threads, no persistent connections",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\n"},
            title="no file says who serves the project: reported, not changed",
        ),
    ],
    good=[
        Example(
            {
                "shop/settings.py": _FIXED,
                "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
                "requirements.txt": "Django==5.2.1\n",
            },
            title="persistent, with health checks",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: uvicorn shop.asgi:application\n"},
            title="ASGI: an age would leak connections",
        ),
    ],
)
def conn_max_age_zero(project: Project) -> Iterator[Problem]:
    """A server database is connected to anew for every request.

    ## What it does

    Finds aliases of PostgreSQL, MySQL, MariaDB and Oracle whose effective `CONN_MAX_AGE` is 0 (Django's default)
    although what serves the project could keep its connections.

    ## Why it is bad

    Each request pays for a new connection: TCP, TLS, authentication, the server's process start and the statements
    that Django sends first. That is 5 to 150 ms before the first query; on one machine, without any network in
    between, throughput was 6 to 12 times higher with connections that were used again.

    ## Fix safety

    Safe when the files prove that only WSGI workers with threads or processes serve the project (gunicorn `sync` and
    `gthread`, uWSGI, mod_wsgi) and nothing that lends connections by session stands in front. The number of
    standing connections rises to processes × threads; unsafe when that is more than the server admits by default (97
    for PostgreSQL, 151 for MySQL).

    Unsafe as well when the engine or the present value comes from the environment, when the engine is not one of
    Django's own, or when only `WSGI_APPLICATION` and the absence of any ASGI server among the requirements speak
    for WSGI. Not offered under ASGI and greenlets, where an age leaks connections, nor when no file says who serves
    the project: say so with `--server wsgi`. Where one dictionary serves a database server under some conditions
    and SQLite under others, it is written only with `--unsafe-fixes`, and SQLite gets it too. Not offered either
    when another settings module that is served in another way reads the same dictionary. A 0 that somebody wrote is
    taken for a decision and left alone; a read of the environment that falls back on 0 in one case and on an age in
    another is not even mentioned. Where an age stands misspelt, or in a place where Django does not look for it,
    other rules speak of it, and no other age is written.

    ## References

    - [Django: persistent connections](https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections)
    - [Django: CONN_MAX_AGE](https://docs.djangoproject.com/en/stable/ref/settings/#conn-max-age)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if not database.may_be_server or not _closes(age) or may_pool(database, settings.evidence):
            continue
        if settings.evidence.django_at_least(1, 6) is False:
            continue  # no such setting yet
        if tried(database, "CONN_MAX_AGE") or any(n.name == "CONN_MAX_AGE" and not n.used for n in settings.names):
            continue  # the rules on misspelt and misplaced keys speak of it
        if _chosen_by_case(settings, database):
            continue
        decision = decide(database, settings.evidence)
        if decision.age == 0 or decision.served.situation in (Situation.SERVERLESS, Situation.MIXED):
            continue  # nothing should be kept, or mixed-wsgi-asgi speaks of it
        if decision.served.situation is Situation.WORKERS and _kept_elsewhere(project, settings, database):
            continue  # an age does task workers neither good nor harm, and the web workers' settings speak of it
        if decision.fronted.front in (Front.TRANSACTION, Front.STATEMENT):
            continue  # pgbouncer-transaction-age-zero and pgbouncer-statement-mode speak of it
        explained = age.state is State.KNOWN or decision.served.situation is Situation.WORKERS
        yield Problem(
            location=age.location or database.location,
            message=_message(database, age),
            because=(*decision.because, *_sum(settings, database, decision)) or (said("CONN_MAX_AGE", age),),
            remedy=_remedy(project, settings, database, decision),
            database=database.key,
            when=database.when,
            settings=settings.module,
            severity=Severity.INFO if explained else None,
        )


def _chosen_by_case(settings: SettingsModule, database: Database) -> bool:
    """Whether the same read of the environment falls back on an age in another case: its author thought about it."""
    age = database.conn_max_age
    twins = (twin.conn_max_age for twin in settings.by_alias[database.alias] if twin.key != database.key)
    return age.state is State.ENVIRONMENT and any(
        (twin.state, twin.location) == (age.state, age.location) and keeps(twin) is True for twin in twins
    )


def _kept_elsewhere(project: Project, settings: SettingsModule, database: Database) -> bool:
    """Whether web workers that should keep their connections read the same dictionary by other settings."""
    return any(decide(twin, other.evidence).age for other, twin in other_roots(project, settings, database))


def _sum(settings: SettingsModule, database: Database, decision: Decision) -> tuple[Because, ...]:
    return sum_said(database, settings.evidence) if decision.age else ()


def _closes(age: Value) -> bool:
    if age.state is State.UNKNOWN or age.value is MISSING:
        return False
    return isinstance(age.value, int | float) and age.value is not True and age.value <= 0


def _message(database: Database, age: Value) -> str:
    unless = f" unless {age.variable} is set" if age.state is State.ENVIRONMENT else ""
    return f"alias {database.alias!r} is connected to anew for every request{unless}"


def _remedy(project: Project, settings: SettingsModule, database: Database, decision: Decision) -> Remedy:
    age = database.conn_max_age
    keys = f'"CONN_MAX_AGE": {PERSISTENT_AGE}'
    if decision.health_checks:
        keys += ', "CONN_HEALTH_CHECKS": True'
    write = f"write {keys} in alias {database.alias!r}"
    if age.state is State.KNOWN:
        why = "somebody wrote 0, which may be a decision; it is not changed"
        return Remedy(Applicability.MANUAL, why, instructions=f"if it is not, {write}")
    if decision.age is None:
        return Remedy(Applicability.MANUAL, decision.row.why, instructions=_what_to_say(decision, write))
    if why := other_decision(project, settings, database):
        return Remedy(Applicability.MANUAL, why, instructions=f"where it is right, {write}")
    actions = [SetSetting(database.key, ("CONN_MAX_AGE",), PERSISTENT_AGE)]
    checks = database.conn_health_checks
    if decision.health_checks and not checks.written and not tried(database, "CONN_HEALTH_CHECKS"):
        actions.append(SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True))
    applicability, why = _applicability(settings, database, decision)
    return Remedy(applicability, why, tuple(actions), write, tolerates=_tolerated(settings, database, actions))


def _tolerated(settings: SettingsModule, database: Database, actions: list[SetSetting]) -> tuple[SetSetting, ...]:
    """Return the same for those that stand in the same place and are SQLite, or nobody can see what they are."""
    kin = [
        each.key
        for each in settings.by_alias[database.alias]
        if each.location == database.location and each.has_pool is False and _spared(each)
    ]
    return tuple(replace(action, database=key) for key in kin for action in actions)


def _spared(database: Database) -> bool:
    if database.conn_max_age.written or database.conn_health_checks.written or database.may_be_server:
        return False
    return database.vendor == "sqlite" or database.engine.state is State.UNKNOWN


def _applicability(settings: SettingsModule, database: Database, decision: Decision) -> tuple[Applicability, str]:
    age = database.conn_max_age
    if age.state is State.ENVIRONMENT:
        return Applicability.UNSAFE, f"only the default changes; where {age.variable} is set, its value still holds"
    if database.engine.state is State.ENVIRONMENT:
        return Applicability.UNSAFE, "the environment names the engine, so the deployed database cannot be seen"
    if not database.stock_engine:
        return Applicability.UNSAFE, "the engine is not Django's own and may handle connections its own way"
    if not decision.served.certain:
        return Applicability.UNSAFE, "no file starts a server of a known kind, so that it is WSGI is likely, not proven"
    if budget(database, settings.evidence.servers, settings.evidence.max_connections).exceeded:
        return Applicability.UNSAFE, "more connections may stand open then than the server admits"
    return Applicability.SAFE, decision.row.why


def _what_to_say(decision: Decision, write: str) -> str:
    if decision.served.situation is Situation.UNKNOWN:
        return f'if WSGI workers serve it, say so (--server wsgi, or server = "wsgi" in [tool.djconnfix]), or {write}'
    if decision.fronted.front is Front.REPLACED:
        return f"if what replaces the driver keeps no connections, {write}"
    if decision.fronted.front is Front.UNCLEAR:
        return f"behind a pooler in transaction mode or none, {write}; in session mode leave it at 0"
    return f"if that does not hold here, {write}"
