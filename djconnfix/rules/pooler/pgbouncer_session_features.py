"""DCF439."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence
from djconnfix.rules._poolers import speaks_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.decision import Fronted
    from djconnfix.facts import CodeFact, Project

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"
_LOCK = """\
from django.db import connection


def bill(order):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [order.pk])
    order.bill()
"""


@rule(
    code="DCF439",
    name="pgbouncer-session-features",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI, "shop/billing.py": _LOCK},
            title="a lock of a session that is somebody else's by the next statement",
        ),
    ],
    good=[
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "pgbouncer.ini": _INI,
                "shop/billing.py": _LOCK.replace("pg_advisory_lock", "pg_advisory_xact_lock"),
            },
            title="a lock of the transaction",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "pgbouncer.ini": _INI.replace("transaction", "session"),
                "shop/billing.py": _LOCK,
            },
            title="session mode leaves the session alone",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "pgbouncer.ini": _INI,
                "shop/billing.py": _LOCK.replace("import connection", "import connections").replace(
                    "connection.cursor", 'connections["direct"].cursor'
                ),
            },
            title="an alias that leads past the pooler",
        ),
    ],
)
def pgbouncer_session_features(project: Project) -> Iterator[Problem]:
    """Code relies on the session, and the pooler gives each transaction another one.

    ## What it does

    Finds `pg_advisory_lock`, `LISTEN`, temporary tables, `SET` (without `LOCAL`) and `set_config(..., false)` in SQL
    that is run through Django's cursors on an alias which surely leads to a pooler in transaction or statement mode.
    Migrations, commands and tests are left out.

    ## Why it is bad

    The next statement may run in another session: an advisory lock is never released and blocks whoever asks for it
    next, notifications arrive at a connection that nobody reads, a temporary table is gone, and a setting or a role
    holds for other clients.

    ## Fix safety

    Not fixed: `pg_advisory_xact_lock` and `SET LOCAL` inside `atomic` end with the transaction, which may be sooner
    than is meant. What needs the session for longer belongs on an alias of its own that leads past the pooler.

    ## Known limits

    A cursor that a function gets from elsewhere counts for the default alias. `SET` and its `RESET` inside one
    transaction work, and are reported all the same.

    ## References

    - [PgBouncer: SQL feature map for pooling modes](https://www.pgbouncer.org/features.html)
    - [PostgreSQL: advisory locks](https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS)
    """
    pooled: dict[str, tuple[str, Fronted]] = {}
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        if front.front in (Front.TRANSACTION, Front.STATEMENT) and speaks_postgresql(database, front):
            pooled.setdefault(database.alias, (settings.module, front))
    for fact in facts_of(project, "session-state"):
        if fact.alias in pooled:
            yield _problem(fact, *pooled[fact.alias])


def _problem(fact: CodeFact, settings: str, front: Fronted) -> Problem:
    statement = fact.detail["subject"]
    return Problem(
        location=fact.location,
        message=f"`{statement}` needs its session, and alias {fact.alias!r} leads to a {front.front.value}, "
        "which gives the next transaction another one",
        because=(*path_evidence(fact), *front.because, Because(f"settings {settings} use it")),
        remedy=manual("how long it is meant to hold is for a person to say", _advice(statement)),
        settings=settings,
        confidence=Confidence.MEDIUM,
    )


def _advice(statement: str) -> str:
    direct = "or use an alias that leads past the pooler"
    words = statement.upper()
    if "ADVISORY" in words:
        return f"take pg_advisory_xact_lock inside an atomic block, {direct}"
    if words.startswith("LISTEN"):
        return "listen on an alias that leads past the pooler"
    if words.startswith("CREATE"):
        return f"create and use the temporary table inside one atomic block, with ON COMMIT DROP, {direct}"
    return f"write SET LOCAL or set_config(..., true) inside an atomic block, {direct}"
