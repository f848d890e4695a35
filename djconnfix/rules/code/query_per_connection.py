"""DCF311."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db.backends.signals import connection_created
from django.dispatch import receiver


@receiver(connection_created)
def set_time_out(sender, connection, **kwargs):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 5000")
"""
_GOOD = """\
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from shop.metrics import counter


@receiver(connection_created)
def count(sender, connection, **kwargs):
    counter.increment(connection.alias)
"""


@rule(
    code="DCF311",
    name="query-per-connection",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/signals.py": _BAD}, title="a setting for each connection")],
    good=[Example({"shop/signals.py": _GOOD}, title="only counted")],
)
def query_per_connection(project: Project) -> Iterator[Problem]:
    """A receiver of `connection_created` queries, for every connection that is made.

    ## What it does

    Finds functions that are connected to `connection_created` and execute SQL.

    ## Why it is bad

    Each new connection waits for one more answer of the server. With an age of 0, and under the built-in pool, that is
    once for every request: the signal is sent whenever Django takes a connection out of the pool.

    ## Fix safety

    Not fixed: the session may need what is set. `OPTIONS` (`options`, `init_command`) or the role on the server set
    the same without a question of its own.

    ## References

    - [Django: connection_created](https://docs.djangoproject.com/en/stable/ref/signals/#connection-created)
    """
    for fact in facts_of(project, "query-per-connection"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} queries whenever a connection is made: one more round trip for each",
            remedy=manual("the session may need what is set", "set it in OPTIONS, or for the role on the server"),
        )
