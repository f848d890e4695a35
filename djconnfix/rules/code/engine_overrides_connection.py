"""DCF314."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL


class DatabaseWrapper(PostgreSQL):
    def get_new_connection(self, conn_params):
        conn_params["password"] = token()
        return super().get_new_connection(conn_params)
"""
_GOOD = """\
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL


class DatabaseWrapper(PostgreSQL):
    display_name = "PostGIS of the harbour"
"""


@rule(
    code="DCF314",
    name="engine-overrides-connection",
    severity=Severity.INFO,
    default=False,
    bad=[Example({"shop/backend/base.py": _BAD}, title="a password of its own")],
    good=[Example({"shop/backend/base.py": _GOOD}, title="another name")],
)
def engine_overrides_connection(project: Project) -> Iterator[Problem]:
    """An engine of the project's own replaces how connections are made or closed.

    ## What it does

    Finds classes `DatabaseWrapper` that extend one of Django's and define `close`, `_close`, `get_new_connection` or
    `close_if_unusable_or_obsolete`.

    ## Why it is bad

    What `CONN_MAX_AGE`, health checks and the pool do then depends on this code. The other rules take an engine of
    the project's own for one that they do not know, and change nothing of its aliases.

    ## Fix safety

    Not fixed: it says where to look.

    ## References

    - [Django: subclassing the built-in database backends](https://docs.djangoproject.com/en/stable/ref/databases/#subclassing-the-built-in-database-backends)
    """
    for fact in facts_of(project, "engine-overrides"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} is the project's own: CONN_MAX_AGE and the pool may mean something else",
            remedy=manual(
                "what the engine does with connections is its own affair", "check what it does when a request ends"
            ),
        )
