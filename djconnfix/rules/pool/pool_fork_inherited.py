"""DCF411."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import describe
from djconnfix.facts import Role
from djconnfix.findings import Because, Confidence, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import keeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4}},
    }
}
"""


@rule(
    code="DCF411",
    name="pool-fork-inherited",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --preload --threads 4\n"},
            title="a pool, and an application loaded before the fork",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --threads 4\n"},
            title="each worker loads the application itself",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace(
                    '"OPTIONS": {"pool": {"min_size": 1, "max_size": 4}}', '"HOST": "db"'
                ),
                "Procfile": "web: gunicorn shop.wsgi --preload --threads 4\n",
            },
            title="nothing is kept that a child could inherit",
        ),
    ],
)
def pool_fork_inherited(project: Project) -> Iterator[Problem]:
    """The application is loaded before the server forks, so that workers may inherit open connections.

    ## What it does

    Finds aliases with a pool in projects whose server loads the application before it forks (gunicorn's `--preload`).
    It is an error when code is known to query while it is imported, with a pool or with `CONN_MAX_AGE`.

    ## Why it is bad

    If anything queries while the application is loaded, all workers share one socket: they read each other's rows,
    or wait for a pool whose threads are left behind in the parent.

    ## Fix safety

    No fix is offered. Take out queries at import time and in `AppConfig.ready()`, or call
    `connections.close_all()` (and `connection.close_pool()`) in the server's `post_fork` hook.

    ## References

    - [psycopg issue 651](https://github.com/psycopg/psycopg/issues/651)
    - [gunicorn: preload_app](https://gunicorn.org/reference/settings/#preload_app)
    """
    queries = [fact for fact in project.code if fact.kind == "query-at-import"]
    for settings, database in project.databases(Role.PRODUCTION):
        preloading = next((server for server in settings.evidence.web_servers if server.preload), None)
        kept_by_age = bool(queries) and keeps(database.conn_max_age)
        if preloading is None or not database.may_be_server or not (database.has_pool or kept_by_age):
            continue
        because = [Because(f"{describe(preloading)} loads the application before it forks", preloading.location)]
        because += [Because(f"{fact.name or 'code'} queries while it is imported", fact.location) for fact in queries]
        kept = "has a pool" if database.has_pool else "keeps connections"
        message = f"alias {database.alias!r} {kept} and the server forks after loading the application: "
        message += "a query during loading would leave all workers with one socket"
        remedy = manual(
            "whether anything queries while the application is loaded decides",
            "take out queries at import time, or call connections.close_all() in post_fork",
        )
        yield about(
            settings,
            database,
            (),
            message,
            remedy,
            *because,
            severity=Severity.ERROR if queries else None,
            confidence=Confidence.HIGH if queries else Confidence.LOW,
        )
