"""DCF306."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
import threading

from shop.models import Order


def export():
    for order in Order.objects.all():
        order.export()


def start(request):
    threading.Thread(target=export).start()
"""
_GOOD = """\
import threading

from django.db import connections

from shop.models import Order


def export():
    try:
        for order in Order.objects.all():
            order.export()
    finally:
        connections.close_all()


def start(request):
    threading.Thread(target=export).start()
"""


@rule(
    code="DCF306",
    name="thread-without-close",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/export.py": _BAD}, title="a thread that only ends")],
    good=[Example({"shop/export.py": _GOOD}, title="closed at its end")],
)
def thread_without_close(project: Project) -> Iterator[Problem]:
    """A thread queries the database and does not close its connection.

    ## What it does

    Finds functions of the same module that are given to `threading.Thread` or an executor, query, and close
    nothing. A heuristic, so it runs only when it is selected.

    ## Why it is bad

    Each thread has connections of its own, and no request ends in it that would close them: they stay until the
    thread's objects are collected, up to `too many clients`. A pool never gets them back.

    ## Fix safety

    Not fixed: what else the thread uses cannot be seen.

    ## References

    - [Django: connection management](https://docs.djangoproject.com/en/stable/ref/databases/#connection-management)
    """
    for fact in facts_of(project, "thread-without-close"):
        yield Problem(
            location=fact.location,
            message=f"the thread that runs {fact.detail['subject']} queries and leaves its connection open",
            because=path_evidence(fact),
            remedy=manual(
                "what else the thread uses cannot be seen",
                f"end {fact.detail['subject']} with `finally: connections.close_all()`",
            ),
            confidence=Confidence.LOW,
        )
