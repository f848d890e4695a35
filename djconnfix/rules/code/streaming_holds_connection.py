"""DCF307."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.http import StreamingHttpResponse

from shop.models import Feed


def events(request, pk):
    feed = Feed.objects.get(pk=pk)
    return StreamingHttpResponse(feed.follow())
"""
_GOOD = """\
from django.db import connection
from django.http import StreamingHttpResponse

from shop.models import Feed


def events(request, pk):
    feed = Feed.objects.get(pk=pk)
    connection.close()
    return StreamingHttpResponse(feed.follow())
"""


@rule(
    code="DCF307",
    name="streaming-holds-connection",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/views.py": _BAD}, title="a stream after a query")],
    good=[Example({"shop/views.py": _GOOD}, title="given back before it")],
)
def streaming_holds_connection(project: Project) -> Iterator[Problem]:
    """A view queries the database and then returns a stream, which keeps the connection until it ends.

    ## What it does

    Finds functions that query and then make a `StreamingHttpResponse` without closing the connection. A
    heuristic, so it runs only when it is selected.

    ## Why it is bad

    `request_finished` is sent when the stream ends. Until then its thread's connection, or its place in the
    pool, serves nobody else: with long streams a handful of readers use everything up.

    ## Fix safety

    Not fixed: whether the stream itself queries cannot be seen.

    ## References

    - [Django: StreamingHttpResponse](https://docs.djangoproject.com/en/stable/ref/request-response/#streaminghttpresponse-objects)
    """
    for fact in facts_of(project, "stream-after-query"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} has queried before it returns a stream: the connection is held until the stream ends",
            because=path_evidence(fact),
            remedy=manual(
                "whether the stream itself queries cannot be seen",
                "before returning, call connection.close() (never inside atomic, nor under ATOMIC_REQUESTS)",
            ),
            confidence=Confidence.LOW,
        )
