"""DCF310."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from shop.models import Category

CATEGORIES = list(Category.objects.all())
"""
_GOOD = """\
from functools import cache

from shop.models import Category


@cache
def categories():
    return list(Category.objects.all())
"""


@rule(
    code="DCF310",
    name="query-at-import",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/menus.py": _BAD}, title="a list made at import")],
    good=[Example({"shop/menus.py": _GOOD}, title="made when it is asked for")],
)
def query_at_import(project: Project) -> Iterator[Problem]:
    """A query runs when a module is imported.

    ## What it does

    Finds queries outside functions that are run at once: lists, loops, `get()`, `count()` and the like. A query
    set that is only built is none. A heuristic, so it runs only when it is selected.

    ## Why it is bad

    The connection is opened before the server forks its workers, which then share it and read each other's
    rows. The value is as old as the process, and a fresh database cannot be migrated.

    ## Fix safety

    Not fixed: where the value belongs is for a person to say.

    ## References

    - [Django: AppConfig.ready](https://docs.djangoproject.com/en/stable/ref/applications/#django.apps.AppConfig.ready)
    """
    for fact in facts_of(project, "query-at-import"):
        yield Problem(
            location=fact.location,
            message="a query runs when the module is imported: before a fork its connection is shared by all workers",
            because=path_evidence(fact),
            remedy=manual(
                "where the value belongs is for a person to say",
                "run the query in a function, when it is needed",
            ),
            confidence=Confidence.LOW,
        )
