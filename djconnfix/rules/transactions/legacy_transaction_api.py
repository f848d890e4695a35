"""DCF203."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, lowest_django, manual, rewrite_action, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project, Version

_BAD = """\
from django.db import connection, transaction


@transaction.commit_on_success
def close_month(month):
    month.close()


def purge(table):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM log")
    transaction.commit_unless_managed()
"""
_FIXED = """\
from django.db import connection, transaction


@transaction.atomic
def close_month(month):
    month.close()


def purge(table):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM log")
"""
_MANUALLY = """\
from django.db import transaction


@transaction.commit_manually
def import_rows(rows):
    for number, row in enumerate(rows):
        row.save()
        if number % 1000 == 0:
            transaction.commit()
    transaction.commit()
"""
_ZODB = """\
import transaction


def purge(root):
    root.clear()
    transaction.abort()
"""


@rule(
    code="DCF203",
    name="legacy-transaction-api",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/months.py": _BAD, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/months.py": _FIXED},
            unsafe=True,
            title="names that can be ported one by one",
        ),
        Example(
            {"shop/imports.py": _MANUALLY, "requirements.txt": "Django==5.2.1\n"},
            title="commits in batches, which a person has to port",
        ),
        Example({"shop/months.py": _BAD}, title="the Django version is unknown, so nothing is changed"),
    ],
    good=[
        Example({"shop/months.py": _FIXED, "requirements.txt": "Django==5.2.1\n"}, title="today's names"),
        Example({"shop/purge.py": _ZODB}, title="another library's transaction"),
    ],
)
def legacy_transaction_api(project: Project) -> Iterator[Problem]:
    """Code uses names of `django.db.transaction` that Django 1.8 removed.

    ## What it does

    Finds `commit_on_success`, `commit_manually`, `autocommit`, `enter_transaction_management`, `managed`,
    `leave_transaction_management`, `is_dirty`, `set_dirty`, `set_clean`, `is_managed`, `commit_unless_managed`,
    `rollback_unless_managed` and `abort`, by the import that binds them; and `TransactionMiddleware` as a base class is
    `transaction-middleware-removed`.

    ## Why it is bad

    On Django 1.8 and later the code raises `AttributeError` or `ImportError` when it is reached. On 1.6 and 1.7 the
    names are deprecated, and `is_managed()` answers None, so that what it guards never runs.

    ## Fix safety

    Unsafe. `commit_on_success` becomes `atomic`: nested blocks no longer commit the outer work. What only served
    the old bookkeeping (`set_dirty()`, `commit_unless_managed()`) goes. Management entered and left by hand and
    `commit_manually` become a block where the function has one commit, at its end; commits in batches, by condition
    or past an early return, and management commands, are left to a person. Nothing is changed unless every Django
    that the project may run on is 1.8 or later. Code that asks for the version, or tries the import, is for both
    and no finding.

    ## References

    - [Django 1.6 release notes: transaction management APIs](https://docs.djangoproject.com/en/stable/releases/1.6/#transaction-management-apis)
    - [Django: controlling transactions explicitly](https://docs.djangoproject.com/en/stable/topics/db/transactions/#controlling-transactions-explicitly)
    """
    for fact in facts_of(project, "removed-transaction-api"):
        version = lowest_django(project, fact)
        yield Problem(
            location=fact.location,
            message=f"{fact.name or 'the module'} uses {fact.detail['api']} of django.db.transaction, {_end(version)}",
            because=(*_because(version), *(Because(words, place) for place, words in fact.path_lines)),
            remedy=_remedy(fact, version),
            severity=_severity(version),
        )


def _end(version: Version) -> str:
    if version and version < (1, 6):
        return "which Django 1.6 deprecates and 1.8 removes"
    return "which Django 1.8 removed"


def _severity(version: Version) -> Severity:
    if not version:
        return Severity.WARNING
    return Severity.ERROR if version >= (1, 8) else Severity.INFO


def _because(version: Version) -> tuple[Because, ...]:
    said = (
        f"the project may run on Django {'.'.join(map(str, version))}" if version else "the Django version is not known"
    )
    return (Because(said),)


def _remedy(fact: CodeFact, version: Version) -> Remedy:
    write = "use transaction.atomic() around what belongs together, and drop the old bookkeeping"
    if not version:
        return manual("whether the names still exist depends on the Django version (--django says it)", write)
    if version < (1, 8):
        return manual("the names still exist on this Django", f"before Django 1.8, {write}")
    actions = rewrite_action(fact)
    if not actions:
        return manual("it cannot be ported name by name without knowing what belongs together", write)
    return unsafe("nested blocks become savepoints, and code that relied on the old commits changes", actions, write)
