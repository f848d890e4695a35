"""DCF207."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db import transaction


@transaction.atomic
def close_month(month):
    month.close()
    if month.is_empty:
        transaction.rollback()
"""
_GOOD = """\
from django.db import transaction


@transaction.atomic
def close_month(month):
    month.close()
    if month.is_empty:
        transaction.set_rollback(True)
"""
_GUARDED = """\
from django.db import connection, transaction


def close_month(month):
    with transaction.atomic():
        month.close()
        if not connection.in_atomic_block:
            transaction.commit()
"""
_OTHER_ALIAS = """\
from django.db import transaction


def close_month(month):
    with transaction.atomic(using="archive"):
        month.archive()
        transaction.commit()
"""


@rule(
    code="DCF207",
    name="manual-commit-in-atomic",
    severity=Severity.ERROR,
    bad=[Example({"shop/months.py": _BAD}, title="a rollback inside atomic")],
    good=[
        Example({"shop/months.py": _GOOD}, title="the block is marked instead"),
        Example({"shop/months.py": _GUARDED}, title="only outside a block"),
        Example({"shop/months.py": _OTHER_ALIAS}, title="another alias' transaction"),
    ],
)
def manual_commit_in_atomic(project: Project) -> Iterator[Problem]:
    """A transaction is ended by hand inside an `atomic` block.

    ## What it does

    Finds `commit()`, `rollback()` and `set_autocommit()` written inside `with transaction.atomic()` or a function
    decorated with it, for the same alias, unless a test asks whether a block is open.

    ## Why it is bad

    Django refuses: `TransactionManagementError: This is forbidden when an 'atomic' block is active.`

    ## Fix safety

    Not fixed: whether the work should be kept, given up (`set_rollback(True)`) or split into blocks of its own is for
    a person to say.

    ## References

    - [Django: atomic](https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.atomic)
    """
    for fact in facts_of(project, "commit-in-atomic"):
        yield Problem(
            location=fact.location,
            message=f"`{fact.detail['call']}` inside an atomic block raises TransactionManagementError",
            because=path_evidence(fact),
            remedy=manual(
                "what should become of the work is for a person to say",
                "to give the work up, call transaction.set_rollback(True); to keep it, let the block end",
            ),
        )
