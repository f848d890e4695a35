"""DCF218."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import describe
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import has_option
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project, Server
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "shop.sqlite3",
        "OPTIONS": {
            "timeout": 20,
        },
    }
}
"""
_FIXED = _SETTINGS.replace("20,\n", '20,\n            "transaction_mode": "IMMEDIATE",\n')
_SERVED = {"Procfile": "web: gunicorn shop.wsgi --workers 4\n", "requirements.txt": "Django==5.2.1\n"}


@rule(
    code="DCF218",
    name="sqlite-deferred",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, **_SERVED},
            title="four processes write to one file",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED, **_SERVED}, title="writers queue up"),
        Example(
            {"shop/settings.py": _SETTINGS, **_SERVED, "requirements.txt": "Django==4.2.1\n"},
            title="Django 4.2 has no such option",
        ),
        Example({"shop/settings.py": _SETTINGS.replace("shop.sqlite3", ":memory:"), **_SERVED}, title="in memory"),
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\n"},
            title="nothing says that several processes write",
        ),
    ],
)
def sqlite_deferred(project: Project) -> Iterator[Problem]:
    """Several processes write to one SQLite file with transactions that begin as readers.

    ## What it does

    Finds SQLite aliases without `transaction_mode` in projects that a server with several processes or threads
    serves, with Django 5.1 or later.

    ## Why it is bad

    A transaction begins as a reader and becomes a writer at its first write. If another wrote in between, SQLite
    refuses at once with `database is locked`, without waiting for its time-out.

    ## Fix safety

    Not offered: with `IMMEDIATE` every transaction begins as a writer, and they queue up, those of `ATOMIC_REQUESTS`
    that only read included. `PRAGMA journal_mode=WAL` in `init_command` lets readers go on, but not on network file
    systems.

    ## References

    - [Django: SQLite transactions behavior](https://docs.djangoproject.com/en/stable/ref/databases/#sqlite-transaction-behavior)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        name = database.get("NAME").value
        if database.conditions or settings.held_elsewhere:
            continue  # what is deployed may be another engine
        if database.vendor != "sqlite" or not database.engine.certain or not database.stock_engine:
            continue
        if has_option(database, "transaction_mode") or not database.options.complete:
            continue
        if not settings.evidence.django_at_least(5, 1) or (isinstance(name, str) and ":memory:" in name):
            continue
        server = next((each for each in settings.evidence.web_servers if _several(each)), None)
        if server is None:
            continue
        message = f"alias {database.alias!r} lets several writers upgrade their transactions: `database is locked`"
        write = f'write "transaction_mode": "IMMEDIATE" in the OPTIONS of alias {database.alias!r}'
        remedy = manual("transactions queue up then, those that only read included: a trade to be made by hand", write)
        yield about(settings, database, (), message, remedy, Because(describe(server), server.location))


def _several(server: Server) -> bool:
    return (server.processes or 1) * (server.threads or 1) * server.replicas > 1
