"""DCF222."""

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


def close_month(month):
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE shop_order SET closed = true WHERE month = %s", [month])
        cursor.execute("COMMIT")
"""
_INSIDE = """\
from django.db import connection, transaction


@transaction.atomic
def close_month(month):
    month.close()
    connection.cursor().execute("COMMIT;")
"""
_GOOD = """\
from django.db import connection, transaction


def close_month(month):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE shop_order SET closed = true WHERE month = %s", [month])
"""
_OTHER = """\
import sqlite3

from django.conf import settings


def index(words):
    connection = sqlite3.connect(settings.SEARCH_INDEX)
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    cursor.executemany("INSERT INTO words VALUES (?)", words)
    cursor.execute("COMMIT")
"""


@rule(
    code="DCF222",
    name="raw-transaction-statement",
    severity=Severity.WARNING,
    bad=[
        Example({"shop/months.py": _BAD}, title="a transaction that Django knows nothing of"),
        Example({"shop/months.py": _INSIDE}, title="a commit inside a block"),
    ],
    good=[
        Example({"shop/months.py": _GOOD}, title="a block"),
        Example({"shop/search.py": _OTHER}, title="another driver's cursor"),
    ],
)
def raw_transaction_statement(project: Project) -> Iterator[Problem]:
    """Raw SQL begins or ends a transaction, and Django does not know.

    ## What it does

    Finds `BEGIN`, `COMMIT` and `ROLLBACK` sent through a cursor that `connection.cursor()` made in the same function.
    `BEGIN IMMEDIATE` and the like, savepoints, migrations and cursors of other libraries are left alone.

    ## Why it is bad

    Django keeps book of its own. A `BEGIN` in autocommit mode stays open when something raises before the `COMMIT`:
    the next request on this connection goes on inside it. A `COMMIT` inside `atomic` keeps what the block would have
    rolled back; a `ROLLBACK` gives up what the block reports as done. `on_commit` callbacks run at the wrong time, or
    never.

    ## Fix safety

    Not fixed: what belongs together is for a person to say.

    ## References

    - [Django: controlling transactions explicitly](https://docs.djangoproject.com/en/stable/topics/db/transactions/#controlling-transactions-explicitly)
    """
    for fact in facts_of(project, "raw-transaction-statement"):
        inside = fact.detail["atomic"] == "yes"
        yield Problem(
            location=fact.location,
            message=f"{fact.name} sends `{fact.detail['said']}` itself"
            + (
                " inside an atomic block: Django reports another end than the server"
                if inside
                else ": where something raises before its end, the connection goes on inside the transaction"
            ),
            because=path_evidence(fact),
            remedy=manual(
                "what belongs together is for a person to say",
                "use `with transaction.atomic():` around what belongs together, and set_rollback(True) to give it up",
            ),
            severity=Severity.ERROR if inside else None,
            confidence=Confidence.MEDIUM,
        )
