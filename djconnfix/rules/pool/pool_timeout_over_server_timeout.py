"""DCF410."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import describe
from djconnfix.facts import Options, Role
from djconnfix.findings import Because, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import DEFAULT_TIMEOUT, number, pool_of
from djconnfix.rules._problems import about, manual, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4, "timeout": 60}},
    }
}
"""
_PROCFILE = "web: gunicorn shop.wsgi --threads 4 --timeout 30\n"


@rule(
    code="DCF410",
    name="pool-timeout-over-server-timeout",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE},
            fixed={"shop/settings.py": _SETTINGS.replace("60", "10")},
            unsafe=True,
            title="the worker is killed first",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("60", "10"), "Procfile": _PROCFILE}, title="the pool gives up first"
        ),
        Example({"shop/settings.py": _SETTINGS}, title="nothing says how long a worker may take"),
        Example({"shop/settings.py": _SETTINGS, "Procfile": _PROCFILE.replace("30", "120")}, title="a patient server"),
    ],
)
def pool_timeout_over_server_timeout(project: Project) -> Iterator[Problem]:
    """A request may wait for the pool longer than the server lets its worker live.

    ## What it does

    Compares the pool's `timeout` (30 seconds unless written) with the time-out written for the server's workers.

    ## Why it is bad

    When the pool is exhausted, the server kills the worker before the pool gives up. Every request of that worker is
    lost, and no log says that the pool was the reason.

    ## Fix safety

    Unsafe: requests fail sooner, after 10 seconds, but by themselves and with a message.

    ## References

    - [psycopg_pool: ConnectionPool](https://www.psycopg.org/psycopg3/docs/api/pool.html#psycopg_pool.ConnectionPool)
    - [gunicorn: timeout](https://gunicorn.org/reference/settings/#timeout)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        pool = pool_of(database)
        if database.vendor != "postgresql" or pool is None or not database.has_pool:
            continue
        waits: float | None = DEFAULT_TIMEOUT
        if isinstance(pool, Options) and "timeout" in pool.values:
            waits = number(pool, "timeout")
        limits = [s for s in settings.evidence.web_servers if s.timeout and not s.greenlets]
        strict = min(limits, key=lambda s: s.timeout or 0, default=None)
        if waits is None or strict is None or strict.timeout is None or waits < strict.timeout:
            continue
        message = f"alias {database.alias!r} may wait {waits:g} seconds for its pool, and the server kills the worker "
        message += f"after {strict.timeout}"
        shorter = min(10, max(1, strict.timeout // 3))
        text = f'write "timeout": {shorter} in the pool of alias {database.alias!r}'
        remedy = unsafe(
            "requests fail sooner, but by themselves",
            text,
            SetSetting(database.key, ("OPTIONS", "pool", "timeout"), shorter),
        )
        if not isinstance(pool, Options):
            remedy = manual("the pool is not a dictionary yet", text)
        because = Because(f"{describe(strict)}, time-out {strict.timeout} seconds", strict.location)
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, because)
