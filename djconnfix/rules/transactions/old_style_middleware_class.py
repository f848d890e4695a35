"""DCF206."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Because, Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import entries, facts_of, manual, rewrite_action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project
    from djconnfix.source import Location

_SETTINGS = 'MIDDLEWARE = ["shop.middleware.RollBackErrors"]\n'
_BAD = """\
from django.db import transaction


class RollBackErrors:
    def process_exception(self, request, exception):
        transaction.rollback()
"""
_FIXED = """\
from django.db import transaction
from django.utils.deprecation import MiddlewareMixin


class RollBackErrors(MiddlewareMixin):
    def process_exception(self, request, exception):
        transaction.rollback()
"""


@rule(
    code="DCF206",
    name="old-style-middleware-class",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "shop/middleware.py": _BAD},
            fixed={"shop/middleware.py": _FIXED},
            title="a class of the old style in MIDDLEWARE",
        )
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, "shop/middleware.py": _FIXED}, title="with the mixin"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("MIDDLEWARE", "MIDDLEWARE_CLASSES"), "shop/middleware.py": _BAD},
            title="listed where the old style belongs",
        ),
        Example({"shop/middleware.py": _BAD}, title="listed nowhere"),
    ],
)
def old_style_middleware_class(project: Project) -> Iterator[Problem]:
    """`MIDDLEWARE` lists a class that Django cannot call.

    ## What it does

    Finds classes with `process_request`, `process_response` or their kin, without `MiddlewareMixin` and without an
    `__init__` of their own, that `MIDDLEWARE` lists. Only files that say something of transactions or connections are
    read.

    ## Why it is bad

    The site does not start: `TypeError: RollBackErrors() takes no arguments`.

    ## Fix safety

    Safe: the class cannot have worked as it is. The mixin calls the same methods in the same order. Not offered when
    the class uses transaction functions that Django removed: the site would start, and then fail at every request.

    ## References

    - [Django: upgrading pre-Django 1.10-style middleware](https://docs.djangoproject.com/en/stable/topics/http/middleware/#upgrading-pre-django-1-10-style-middleware)
    """
    for fact in facts_of(project, "old-style-middleware"):
        listed = list(dict.fromkeys(_listed(project, fact)))
        if listed:
            yield Problem(
                location=fact.location,
                message=f"MIDDLEWARE lists {fact.name}, which takes no get_response: the site does not start",
                because=tuple(Because(f"MIDDLEWARE lists {fact.name}", place) for place in listed),
                remedy=_remedy(project, fact),
            )


def _listed(project: Project, fact: CodeFact) -> Iterator[Location]:
    for settings, entry in entries(project, fact):
        if entry.name == "MIDDLEWARE":
            yield from (item.location for item in settings.lists["MIDDLEWARE"].items if item.value == entry.value)


def _remedy(project: Project, fact: CodeFact) -> Remedy:
    write = f"let {fact.name} extend django.utils.deprecation.MiddlewareMixin"
    removed = facts_of(project, "removed-transaction-api")
    if any(f.location.path == fact.location.path and f.name.startswith(f"{fact.name}.") for f in removed):
        return manual("it uses transaction functions that Django removed, so that every request would fail", write)
    actions = rewrite_action(fact)
    if not actions:
        return manual("there is no sure place for the import or the base", write)
    return Remedy(
        Applicability.SAFE, "the class cannot be called as it is, and the mixin adds only that", actions, write
    )
