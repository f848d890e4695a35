"""DCF213."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, Problem, RemoveStatement, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import unsafe
from djconnfix.rules._values import django_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_SETTINGS = """\
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
TRANSACTIONS_MANAGED = True
"""


@rule(
    code="DCF213",
    name="transactions-managed",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _SETTINGS.replace("TRANSACTIONS_MANAGED = True\n", "")},
            unsafe=True,
            title="a setting of Django before 1.8",
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, "requirements.txt": "Django==1.7.11\n"}, title="Django 1.7 reads it"),
        Example({"shop/settings.py": _SETTINGS}, title="the Django version is unknown"),
    ],
)
def transactions_managed(project: Project) -> Iterator[Problem]:
    """`TRANSACTIONS_MANAGED` is set, which Django has not read since 1.8.

    ## What it does

    Finds `TRANSACTIONS_MANAGED` in settings for Django 1.8 or later.

    ## Why it is bad

    It switched Django's transaction handling off: code had to commit by itself. That code now runs in autocommit, each
    statement for itself, and what was one transaction no longer is.

    ## Fix safety

    Unsafe: the statement is deleted, which changes nothing by itself. What relied on it needs `atomic()`, or
    `ATOMIC_REQUESTS`.

    ## References

    - [Django 1.8 release notes](https://docs.djangoproject.com/en/stable/releases/1.8/#features-removed-in-1-8)
    """
    for settings in project.settings:
        if settings.role is Role.TEST or not settings.evidence.django_at_least(1, 8):
            continue
        for found in settings.names:
            if found.name != "TRANSACTIONS_MANAGED" or found.used or found.value.value is False:
                continue
            yield Problem(
                location=found.location,
                message="TRANSACTIONS_MANAGED has no effect: what was one transaction now is one for each statement",
                because=(django_said(settings.evidence, "does not read it"), Because("it is set here", found.location)),
                remedy=unsafe(
                    "deleting it changes nothing, but what relied on it has to use atomic()",
                    "delete it, and use atomic() or ATOMIC_REQUESTS",
                    RemoveStatement(found.location),
                ),
                settings=settings.module,
            )
