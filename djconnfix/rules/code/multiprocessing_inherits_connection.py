"""DCF308."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
import multiprocessing

from shop.models import Order


def export_all():
    numbers = list(Order.objects.values_list("pk", flat=True))
    with multiprocessing.Pool(4) as pool:
        pool.map(export, numbers)
"""
_GOOD = """\
import multiprocessing

from django.db import connections

from shop.models import Order


def export_all():
    numbers = list(Order.objects.values_list("pk", flat=True))
    connections.close_all()
    with multiprocessing.Pool(4) as pool:
        pool.map(export, numbers)
"""


@rule(
    code="DCF308",
    name="multiprocessing-inherits-connection",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/export.py": _BAD}, title="forked after a query")],
    good=[Example({"shop/export.py": _GOOD}, title="closed before the fork")],
)
def multiprocessing_inherits_connection(project: Project) -> Iterator[Problem]:
    """A process is forked with an open connection, which parent and child then share.

    ## What it does

    Finds `multiprocessing.Process`, `multiprocessing.Pool` and `os.fork` after a query in the same function,
    without a close. A heuristic, so it runs only when it is selected.

    ## Why it is bad

    Both processes write to and read from one socket. They read each other's rows, hang, or fail with protocol
    errors; a pool's threads do not exist in the child at all.

    ## Fix safety

    Not fixed: where the start method is not fork nothing is shared.

    ## References

    - [psycopg: concurrent operations](https://www.psycopg.org/psycopg3/docs/advanced/async.html)
    """
    for fact in facts_of(project, "fork-after-query"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} forks after a query: "
            "parent and child share one connection and read each other's rows",
            because=path_evidence(fact),
            remedy=manual(
                "where the start method is not fork nothing is shared",
                "call connections.close_all() before the processes are made",
            ),
            confidence=Confidence.LOW,
        )
