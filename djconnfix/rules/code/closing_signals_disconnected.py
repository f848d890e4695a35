"""DCF302."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, rewrite_action, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

request_started.disconnect(close_old_connections)
request_finished.disconnect(close_old_connections)

application = None
"""
_FIXED = """\
application = None
"""
_NESTED = """\
from django.core.signals import request_finished
from django.db import close_old_connections


def render_fragment(handler, request):
    request_finished.disconnect(close_old_connections)
    try:
        return handler(request)
    finally:
        request_finished.connect(close_old_connections)
"""
_OWN = """\
from django.core.signals import request_finished

from shop.metrics import count

request_finished.disconnect(count)
"""


@rule(
    code="DCF302",
    name="closing-signals-disconnected",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/wsgi.py": _BAD},
            fixed={"shop/wsgi.py": _FIXED},
            unsafe=True,
            title="persistent connections made by hand",
        )
    ],
    good=[
        Example({"shop/fragments.py": _NESTED}, title="disconnected around a nested request, and connected again"),
        Example({"shop/signals.py": _OWN}, title="a handler of the project's own"),
        Example({"tests/client.py": _BAD}, title="test code"),
    ],
)
def closing_signals_disconnected(project: Project) -> Iterator[Problem]:
    """The handler that gives connections back after a request is disconnected.

    ## What it does

    Finds `request_finished.disconnect(close_old_connections)` and the same for `request_started`, by the imports that
    bind the names, unless the same function connects the handler again. Test code is left alone: there it is right.

    ## Why it is bad

    Nothing else enforces `CONN_MAX_AGE`, looks whether a broken connection can still be used, or puts a pooled one
    back. With both signals disconnected a connection that the server has closed fails every request until the process
    ends. With one alone nothing is gained: the other still closes.

    ## Fix safety

    Unsafe: connections are closed again as `CONN_MAX_AGE` says, so set that (see `conn-max-age-zero`).

    ## References

    - [Django: connection management](https://docs.djangoproject.com/en/stable/ref/databases/#connection-management)
    """
    for fact in facts_of(project, "closing-signals-disconnected"):
        if fact.place == "test":
            continue
        signals = fact.detail["api"].replace(", ", " and ")
        write = f"remove what disconnects it from {signals}, and set CONN_MAX_AGE instead"
        actions = rewrite_action(fact)
        yield Problem(
            location=fact.location,
            message=f"close_old_connections is disconnected from {signals}: "
            "one that the server has dropped fails every request of its worker",
            because=tuple(Because(f"{words} too", place) for place, words in fact.path_lines),
            remedy=unsafe("connections are closed again as CONN_MAX_AGE says", actions, write)
            if actions
            else manual("the call is part of a larger statement", write),
        )
