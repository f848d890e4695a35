"""DCF304."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db import connection, transaction


def export(rows):
    with transaction.atomic():
        for row in rows:
            row.mark_exported()
        connection.close()
"""
_GOOD = """\
from django.db import connection, transaction


def export(rows):
    with transaction.atomic():
        for row in rows:
            row.mark_exported()
    connection.close()
"""


@rule(
    code="DCF304",
    name="connection-close-in-atomic",
    severity=Severity.ERROR,
    bad=[Example({"shop/export.py": _BAD}, title="closed before the block ends")],
    good=[Example({"shop/export.py": _GOOD}, title="closed after it")],
)
def connection_close_in_atomic(project: Project) -> Iterator[Problem]:
    """A connection is closed inside an `atomic` block, and the work in it is lost.

    ## What it does

    Finds `connection.close()` and `connections.close_all()` written inside `with transaction.atomic()` or a function
    decorated with it.

    ## Why it is bad

    Closing ends the session, so the server rolls back what the block has done. Django cannot connect anew before the
    block has ended: every later query in it raises, and the block ends without an error where there is none.

    ## Fix safety

    Not fixed: the close belongs after the block, or nowhere.

    ## References

    - [Django: connection management](https://docs.djangoproject.com/en/stable/ref/databases/#connection-management)
    """
    for fact in facts_of(project, "connection-closed-in-atomic"):
        yield Problem(
            location=fact.location,
            message=f"`{fact.detail['call']}` inside an atomic block throws the block's work away",
            because=path_evidence(fact),
            remedy=manual(
                "whether the connection must be closed at all is not known", "close it after the block, or not"
            ),
        )
