"""DCF420."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role, State
from djconnfix.findings import SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import tried
from djconnfix.rules._poolers import speaks_postgresql
from djconnfix.rules._problems import about, manual, safe, unsafe
from djconnfix.rules._values import said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
    }
}
"""
_FIXED = _SETTINGS.replace('"6432",\n', '"6432",\n        "DISABLE_SERVER_SIDE_CURSORS": True,\n')
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"


@rule(
    code="DCF420",
    name="pgbouncer-server-side-cursors",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI},
            fixed={"shop/settings.py": _FIXED},
            title="PgBouncer in transaction mode",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace('"pgbouncer"', '"aws-0.pooler.supabase.com"').replace(
                    "6432", "6543"
                )
            },
            fixed={
                "shop/settings.py": _FIXED.replace('"pgbouncer"', '"aws-0.pooler.supabase.com"').replace("6432", "6543")
            },
            title="an address that is a transaction-mode pooler",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED, "pgbouncer.ini": _INI}, title="switched off"),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI.replace("transaction", "session")},
            title="session mode",
        ),
        Example({"shop/settings.py": _SETTINGS.replace("pgbouncer", "db").replace("6432", "5432")}, title="no pooler"),
    ],
)
def pgbouncer_server_side_cursors(project: Project) -> Iterator[Problem]:
    """Server-side cursors are on behind a pooler that gives each transaction another connection.

    ## What it does

    Finds PostgreSQL aliases behind a pooler in transaction or statement mode without `DISABLE_SERVER_SIDE_CURSORS`.

    ## Why it is bad

    `.iterator()`, which the admin, `dumpdata` and `ModelChoiceField` use too, fetches from a cursor on the server. The
    next fetch may reach another server connection: `cursor "_django_curs_…" does not exist`. One client alone never
    sees it; under load every such request failed. The cursors stay open on the server besides.

    ## Fix safety

    Safe: `DISABLE_SERVER_SIDE_CURSORS` only costs memory in the process, because results are fetched at once. Unsafe
    when somebody wrote `False` or the environment decides, or when the engine is not Django's own.

    ## References

    - [Django: transaction pooling and server-side cursors](https://docs.djangoproject.com/en/stable/ref/databases/#transaction-pooling-and-server-side-cursors)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        cursors = database.get("DISABLE_SERVER_SIDE_CURSORS")
        front = outside(database, settings.evidence)
        if not speaks_postgresql(database, front) or truthy(cursors) is not False:
            continue
        if front.front not in (Front.TRANSACTION, Front.STATEMENT) or tried(database, "DISABLE_SERVER_SIDE_CURSORS"):
            continue
        message = f"alias {database.alias!r} uses server-side cursors behind a {front.front.value}: "
        message += "under load .iterator() fails"
        yield about(
            settings,
            database,
            ("DISABLE_SERVER_SIDE_CURSORS",),
            message,
            _remedy(database),
            *front.because,
            said("DISABLE_SERVER_SIDE_CURSORS", cursors),
        )


def _remedy(database: Database) -> Remedy:
    cursors, host = database.get("DISABLE_SERVER_SIDE_CURSORS"), database.get("HOST")
    write = f'write "DISABLE_SERVER_SIDE_CURSORS": True in alias {database.alias!r}'
    action = SetSetting(database.key, ("DISABLE_SERVER_SIDE_CURSORS",), True)
    if cursors.state is State.KNOWN:
        return unsafe("somebody wrote False, which may be a decision", write, action)
    if cursors.state is State.ENVIRONMENT:
        return unsafe(f"only the default changes; where {cursors.variable} is set, its value holds", write, action)
    if not database.engine.certain:
        return unsafe("the environment names the engine, so the deployed database cannot be seen", write, action)
    if not database.stock_engine:
        return unsafe("the engine is not Django's own", write, action)
    if not database.complete:
        return manual("the alias may hold more than can be seen", write)
    if not host.certain:
        return safe("harmless wherever the environment sends it: results are fetched at once", write, action)
    return safe("it only costs memory: results are fetched at once", write, action)
