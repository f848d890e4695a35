"""DCF412."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import describe
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pool_of, pools
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project, Server
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
    code="DCF412",
    name="pool-celery-prefork",
    severity=Severity.WARNING,
    bad=[
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": "web: gunicorn shop.wsgi --threads 4\nworker: celery -A shop worker\n",
            },
            title="workers share the settings of the web server",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --threads 4\n"}, title="no workers"
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": "web: gunicorn shop.wsgi --threads 4\nworker: celery -A shop worker -P threads\n",
            },
            title="threads do not fork",
        ),
    ],
)
def pool_celery_prefork(project: Project) -> Iterator[Problem]:
    """Celery's prefork workers use settings with a pool.

    ## What it does

    Finds Django's own pool in settings that a Celery worker with the prefork pool uses.

    ## Why it is bad

    Celery's Django fixup closes the pool around every task: each task opens `min_size` connections and three threads
    and tears them down again (up to Celery 5.7). Up to Celery 5.5 the children share the parent's pool, sockets
    included.

    ## Fix safety

    No fix is offered: give the workers settings of their own, without a pool.

    ## References

    - [Celery issue 10554](https://github.com/celery/celery/issues/10554)
    - [Celery issue 9953](https://github.com/celery/celery/issues/9953)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        pool = pool_of(database)
        if pool is None or not pools(database):
            continue
        for server in settings.evidence.servers:
            if not _forks(server):
                continue
            message = f"alias {database.alias!r} has a pool, and celery's prefork workers build and destroy it around "
            message += "every task"
            remedy = manual(
                "web server and workers share these settings",
                "give the workers a settings module that imports this one and takes the pool out",
            )
            because = (Because(describe(server), server.location), Because("a pool is asked for", pool.location))
            yield about(settings, database, ("OPTIONS", "pool"), message, remedy, *because)
            break


def _forks(server: Server) -> bool:
    return server.program == "celery" and not server.greenlets and server.worker_class in ("", "prefork", "processes")
