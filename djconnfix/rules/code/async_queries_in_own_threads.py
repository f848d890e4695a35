"""DCF316."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from asgiref.sync import sync_to_async

from shop.models import Order


def count():
    return Order.objects.count()


async def report():
    return await sync_to_async(count, thread_sensitive=False)()
"""
_GOOD = _BAD.replace(", thread_sensitive=False", "")


@rule(
    code="DCF316",
    name="async-queries-in-own-threads",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/reports.py": _BAD}, title="not thread-sensitive")],
    good=[Example({"shop/reports.py": _GOOD}, title="in the thread of the request")],
)
def async_queries_in_own_threads(project: Project) -> Iterator[Problem]:
    """Queries run in threads of their own, whose connections nothing closes.

    ## What it does

    Finds `sync_to_async(..., thread_sensitive=False)` around queries that close nothing. A heuristic, so it runs
    only when it is selected.

    ## Why it is bad

    Each thread of the executor opens a connection per alias and keeps it: the signals at the end of a request reach
    only the thread that they are sent in.

    ## Fix safety

    Not fixed: with `thread_sensitive=True` the calls would wait for each other.

    ## References

    - [Django: async adapter functions](https://docs.djangoproject.com/en/stable/topics/async/#async-adapter-functions)
    """
    for fact in facts_of(project, "threads-of-their-own"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} queries in threads of their own: each keeps a connection that no signal closes",
            remedy=manual(
                "how many threads there are cannot be seen",
                "close the connections at the end of the function, or leave out thread_sensitive=False",
            ),
            confidence=Confidence.LOW,
        )
