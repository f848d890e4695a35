"""DCF418."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, decide
from djconnfix.facts import Role, State
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import tried
from djconnfix.rules._pools import without_pool
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.rules._values import keeps, other_decision
from djconnfix.strategies.sizes import fitting_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.budget import Budget
    from djconnfix.decision import Decision
    from djconnfix.facts import Database, Evidence, Package, Project, SettingsModule
    from djconnfix.findings import Action, Problem, Remedy

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
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 10, "timeout": 10}},
    }
}
"""
_POOLER = "put a pooler in transaction mode in front of the server"
_INSTEAD = {
    "mysql": "choose --strategy sqlalchemy-pool, or put ProxySQL in front of the server",
    "oracle": "choose Django 5.2 with oracledb, whose pool it has, or let the server pool (DRCP)",
}
_PROCFILE = "web: uvicorn shop.asgi:application\n"
_REQUIREMENTS = "Django==5.2.1\npsycopg[binary,pool]==3.2.9\n"


@rule(
    code="DCF418",
    name="no-pool-under-asgi",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE, "requirements.txt": _REQUIREMENTS},
            fixed={"shop/settings.py": _FIXED},
            unsafe=True,
            title="uvicorn connects anew for every request",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace("postgresql", "mysql"),
                "Procfile": _PROCFILE,
                "requirements.txt": "Django==5.2.1\nmysqlclient==2.2.7\n",
            },
            title="Django has no pool for MySQL",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED, "Procfile": _PROCFILE, "requirements.txt": _REQUIREMENTS}, title="a pool"),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi\n", "requirements.txt": _REQUIREMENTS},
            title="WSGI workers use CONN_MAX_AGE",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace('"db"', '"pgbouncer"'),
                "Procfile": _PROCFILE,
                "requirements.txt": _REQUIREMENTS,
            },
            title="a pooler outside the process",
        ),
    ],
)
def no_pool_under_asgi(project: Project) -> Iterator[Problem]:
    """Under ASGI every request connects anew, because neither an age nor a pool keeps connections.

    ## What it does

    Finds aliases of a database server without pool and external pooler in projects that only ASGI servers serve.

    ## Why it is bad

    Under ASGI `CONN_MAX_AGE` cannot keep connections (conn-max-age-asgi). Only a pool can: one uvicorn process
    answered 2.5 to 3 times as many requests with it.

    ## Fix safety

    Unsafe: a pool of up to 10 connections in each process is a choice of size, and requests wait for it when it is
    exhausted. Offered where Django has a pool: PostgreSQL with psycopg 3 and Django 5.1, Oracle with python-oracledb
    and Django 5.2. Not offered before the requirements ask for `psycopg[pool]`. For MySQL and older versions use a
    pooler outside.

    ## References

    - [Django: asynchronous support, performance](https://docs.djangoproject.com/en/stable/topics/async/)
    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        if not database.may_be_server or database.has_pool is not False or keeps(age) is None:
            continue
        if keeps(age) and not age.certain:
            continue  # conn-max-age-asgi comes first: the variable has to say 0
        decision = decide(database, settings.evidence)
        if decision.served.situation is not Situation.ASGI or decision.fronted.front is not Front.DIRECT:
            continue
        if tried(database, "CONN_MAX_AGE"):
            continue
        pool = fitting_pool(database, settings.evidence)
        kept = pool[1]
        counts = database.engine.certain and decision.pool is not False  # else it may be a database without a pool
        yield about(
            settings,
            database,
            (),
            f"alias {database.alias!r} is connected to anew for every request: "
            "under ASGI only a pool keeps connections",
            _remedy(project, settings, database, decision, pool),
            *decision.because,
            *((Because(f"with a pool {kept.line}"),) if kept.because and counts else ()),
        )


def _remedy(
    project: Project,
    settings: SettingsModule,
    database: Database,
    decision: Decision,
    pool: tuple[dict[str, int], Budget],
) -> Remedy:
    size, found = pool
    write = f'write "OPTIONS": {{"pool": {size}}} in alias {database.alias!r}'
    if decision.pool is False:
        evidence = settings.evidence
        why = "Django has no pool for this database or driver"
        if evidence.django_at_least(5, 1) is False:
            why = f"Django {'.'.join(map(str, evidence.django))} has no pool, 5.1 brings it"
        return manual(why, _INSTEAD.get(database.vendor, _POOLER))
    if found.exceeded:
        return manual("a pool in each process would hold more connections than the server admits", _POOLER)
    if decision.pool is None:
        return _out_of_sight(database, settings.evidence, write)
    if (missing := without_pool(database, settings.evidence)) is not None:
        extras = ",".join(sorted({*missing.extras, "pool"}))
        why = "psycopg is asked for without its pool"
        return manual(why, f"add psycopg[{extras}] to {_place(missing)}, then {write}")
    if why := other_decision(project, settings, database):
        return manual(why, f"where it is right, {write}")
    if not database.options.complete:
        return manual("OPTIONS may hold more than can be seen", write)
    actions: list[Action] = [SetSetting(database.key, ("OPTIONS", "pool"), size)]
    if not database.conn_health_checks.written and not tried(database, "CONN_HEALTH_CHECKS"):
        actions.insert(0, SetSetting(database.key, ("CONN_HEALTH_CHECKS",), True))
    if database.conn_max_age.value != 0:
        actions.insert(0, SetSetting(database.key, ("CONN_MAX_AGE",), 0))
    most = size["max" if database.vendor == "oracle" else "max_size"]
    why = f"each process may then hold {most} connection{'s' if most > 1 else ''}, and requests wait for them"
    return unsafe(why, write, *actions)


def _out_of_sight(database: Database, evidence: Evidence, write: str) -> Remedy:
    """Say what of the engine, Django and the driver is not in the files, and what would have to hold."""
    engine, oracle = database.engine, database.vendor == "oracle"
    driver, version = ("oracledb", "5.2") if oracle else ("psycopg", "5.1")
    why: list[str] = []
    needs: list[str] = []
    if engine.state is State.ENVIRONMENT:
        why.append(f"{engine.variable or 'the environment'} names the engine")
        needs.append("Django's PostgreSQL engine")
    elif not engine.certain:
        why.append("the engine cannot be seen")
        needs.append("Django's PostgreSQL engine")
    if not evidence.django:
        why.append("no file says which Django is installed (--django does)")
        needs.append(f"Django {version} or later")
    if driver not in evidence.packages:
        why.append(f"no file asks for {driver}")
        needs.append(driver if oracle else "psycopg[pool]")
    elif not oracle and (missing := without_pool(database, evidence)) is not None:
        needs.append(f"psycopg[pool] in {_place(missing)}")
    return manual(" and ".join(why), f"with {' and '.join(needs)}, {write}")


def _place(package: Package) -> str:
    """Say which file has to ask for a package."""
    if package.location is None:
        return "the requirements"
    path = package.location.path
    return f"what {path} is made from" if path.endswith(".lock") else path
