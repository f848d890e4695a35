"""DCF303."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, lowest_django, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.core import signals
from django.db import close_connection

signals.request_finished.disconnect(close_connection)
"""
_GOOD = """\
from django.db import close_old_connections


def run(job):
    close_old_connections()
    job.run()
"""


@rule(
    code="DCF303",
    name="legacy-close-connection-signal",
    severity=Severity.ERROR,
    bad=[Example({"shop/wsgi.py": _BAD, "requirements.txt": "Django==5.2.1\n"}, title="connections kept the old way")],
    good=[Example({"shop/jobs.py": _GOOD}, title="today's function")],
)
def legacy_close_connection_signal(project: Project) -> Iterator[Problem]:
    """Code uses `django.db.close_connection`, which Django 1.8 removed.

    ## What it does

    Finds imports and uses of `django.db.close_connection`, most often in
    `request_finished.disconnect(close_connection)`: the way to keep connections before `CONN_MAX_AGE`.

    ## Why it is bad

    From Django 1.8 on the import fails. On 1.6 and 1.7 disconnecting it does nothing, because another handler closes.

    ## Fix safety

    Not fixed: whether the code wants connections kept (then `CONN_MAX_AGE`) or closed (then
    `close_old_connections()`) is for a person to say.

    ## References

    - [Django 1.6 release notes](https://docs.djangoproject.com/en/stable/releases/1.6/#persistent-database-connections)
    """
    for fact in facts_of(project, "removed-close-connection"):
        version = lowest_django(project, fact)
        old = bool(version) and version < (1, 8)
        yield Problem(
            location=fact.location,
            message=f"{fact.name or 'the module'} uses django.db.close_connection, which Django 1.8 removed",
            because=tuple(Because(words, place) for place, words in fact.path_lines),
            remedy=manual(
                "what the code wants with connections is for a person to say",
                "in workers call django.db.close_old_connections() instead; "
                "to keep connections between requests, remove the line and set CONN_MAX_AGE",
            ),
            severity=Severity.INFO if old else (None if version else Severity.WARNING),
        )
