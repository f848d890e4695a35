"""DCF409."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Situation, describe, served
from djconnfix.facts import Options, Role
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pool_of, pools, sizes
from djconnfix.rules._problems import about, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "sslmode": "require",
            "pool": True,
        },
    }
}
"""
_FIXED = _SETTINGS.replace('"pool": True', '"pool": {"min_size": 1, "max_size": 1, "timeout": 10}')


@rule(
    code="DCF409",
    name="pool-sync-single-thread",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --workers 4\n"},
            fixed={"shop/settings.py": _FIXED},
            unsafe=True,
            title="four connections for one thread",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --workers 4 --threads 4\n"},
            title="threads share the pool",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    "True,\n        },", '{"min_size": 1, "max_size": 1},\n        },'
                ),
                "Procfile": "web: gunicorn shop.wsgi --workers 4\n",
            },
            title="a pool of one",
        ),
        Example({"shop/settings.py": _SETTINGS}, title="nothing says who serves"),
    ],
)
def pool_sync_single_thread(project: Project) -> Iterator[Problem]:
    """Each process has one thread and a pool of several connections.

    ## What it does

    Finds pools that open more than one connection at once in projects served by single-threaded WSGI workers.

    ## Why it is bad

    A pool belongs to its process. A sync worker can use one connection at a time, but its pool opens `min_size` of
    them (four unless written): four times the connections for nothing.

    ## Fix safety

    Unsafe: the pool begins with one connection. Where nothing else speaks for a pool, `CONN_MAX_AGE` without one does
    the same with less.

    ## References

    - [Django: persistent connections](https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        pool, by = pool_of(database), served(settings.evidence)
        if pool is None or not pools(database) or by.situation is not Situation.THREADS:
            continue
        low = sizes(database).low
        if low is None or low <= 1 or not by.servers or any(server.threads != 1 for server in by.servers):
            continue
        message = f"alias {database.alias!r} has a pool of at least {low} connections in processes of one thread: "
        message += "the others are never used"
        low_key = "min_size" if database.vendor == "postgresql" else "min"
        action = SetSetting(database.key, ("OPTIONS", "pool", low_key), 1)
        if not isinstance(pool, Options):
            high_key = low_key.replace("min", "max")
            wait = {"timeout": 10} if database.vendor == "postgresql" else {}
            action = SetSetting(database.key, ("OPTIONS", "pool"), {low_key: 1, high_key: 1, **wait})
        text = (
            f'write "{low_key}": 1 in the pool of alias {database.alias!r}, or "CONN_MAX_AGE": 60 instead of the pool'
        )
        why = "whatever else uses these settings, with threads, begins with one connection too"
        because = [Because(f"the pool begins with {low}", pool.location)]
        because += [Because(describe(server), server.location) for server in by.servers]
        yield about(settings, database, ("OPTIONS", "pool"), message, unsafe(why, text, action), *because)
