"""DCF208."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, rewrite_action, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db import transaction


def finish(job):
    job.save()
    if transaction.get_autocommit():
        transaction.commit()
    return job
"""
_FIXED = """\
from django.db import transaction


def finish(job):
    job.save()
    return job
"""
_RIGHT = """\
from django.db import transaction


def finish(job):
    job.save()
    if not transaction.get_autocommit():
        transaction.commit()
    return job
"""


@rule(
    code="DCF208",
    name="commit-when-autocommit",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/jobs.py": _BAD}, fixed={"shop/jobs.py": _FIXED}, unsafe=True, title="the test is the wrong way round"
        )
    ],
    good=[Example({"shop/jobs.py": _RIGHT}, title="a commit in manual mode")],
)
def commit_when_autocommit(project: Project) -> Iterator[Problem]:
    """A commit hangs on autocommit being on, when there is nothing to commit.

    ## What it does

    Finds `if transaction.get_autocommit(): transaction.commit()`.

    ## Why it is bad

    It never commits anything: with autocommit on, every statement has been committed already. On MySQL it is a wasted
    round trip. Mostly the test was meant the other way round, and then work is lost where autocommit is off.

    ## Fix safety

    Unsafe: the statement is removed, which changes nothing, but it may have been meant as `if not`.

    ## References

    - [Django: autocommit](https://docs.djangoproject.com/en/stable/topics/db/transactions/#autocommit)
    """
    for fact in facts_of(project, "commit-when-autocommit"):
        yield Problem(
            location=fact.location,
            message="the commit runs only when autocommit is on, when there is nothing to commit",
            remedy=unsafe(
                "removing it changes nothing, but `if not` may have been meant",
                rewrite_action(fact),
                "remove the statement, or write `if not transaction.get_autocommit():`",
            ),
        )
