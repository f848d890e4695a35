"""DCF309."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db import connection


def search(tenant, words):
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO tenant")
        return cursor.fetchall()
"""
_GOOD = """\
from django.db import connection, transaction


def search(tenant, words):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO tenant")
        return cursor.fetchall()
"""


@rule(
    code="DCF309",
    name="raw-session-state",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/search.py": _BAD}, title="a setting of the session")],
    good=[Example({"shop/search.py": _GOOD}, title="a setting of the transaction")],
)
def raw_session_state(project: Project) -> Iterator[Problem]:
    """Raw SQL changes the session, and the next request on the same connection inherits it.

    ## What it does

    Finds `SET` (without `LOCAL`), `set_config(..., false)`, `pg_advisory_lock`, `LISTEN` and temporary tables
    in SQL that is run through Django's cursors, commands and migrations apart. A heuristic, so it runs only
    when it is selected.

    ## Why it is bad

    A kept or pooled connection is not reset between requests: the search path, the role, a time-out or a lock
    of one request holds for another's. Behind a pooler in transaction mode it reaches other clients altogether.

    ## Fix safety

    Not fixed: what it is meant for is for a person to say.

    ## References

    - [PostgreSQL: SET](https://www.postgresql.org/docs/current/sql-set.html)
    - [PgBouncer: features by pool mode](https://www.pgbouncer.org/features.html)
    """
    for fact in facts_of(project, "session-state"):
        yield Problem(
            location=fact.location,
            message=f"`{fact.detail['subject']}` changes the session: the next request on this connection inherits it",
            because=path_evidence(fact),
            remedy=manual(
                "what it is meant for is for a person to say",
                "inside an atomic block use SET LOCAL, set_config(..., true) or pg_advisory_xact_lock",
            ),
            confidence=Confidence.LOW,
        )
