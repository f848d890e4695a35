"""What a transaction that a middleware leaves open means, by the version of Django and by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because
from djconnfix.rules._code import lowest_django

if TYPE_CHECKING:
    from djconnfix.facts import CodeFact, Project, Version


def decides_nothing(fact: CodeFact, version: Version) -> bool:
    """Whether every query sets the flag, so that the test is always true: Django 1.3 to 1.7, and their own flag."""
    return fact.detail["test"] == "django" and (1, 3) <= version < (1, 8) and not never_ends(fact, version)


def never_ends(fact: CodeFact, version: Version) -> bool:
    """Whether `is_managed()` stands before the end and answers None: Django 1.6 and 1.7."""
    return fact.detail["test"] == "django" and (1, 6) <= version < (1, 8) and fact.detail.get("managed") == "yes"


def message(fact: CodeFact, version: Version) -> str:
    """Say what a transaction that is left open means on this version of Django."""
    if never_ends(fact, version):
        return (
            f"{fact.name} ends transactions only if `transaction.is_managed()`, which Django 1.6 and 1.7 answer "
            "with None: what requests write is lost"
        )
    if decides_nothing(fact, version):
        return (
            f"{fact.name} ends transactions only if `{fact.detail['condition']}`, which every query makes "
            "true since Django 1.3: the test decides nothing, and leaves open what went past Django's cursors"
        )
    of_whom = " of a request" if fact.place in {"middleware", "view"} else ""
    left = f"{fact.name} leaves the transaction{of_whom} open"
    if fact.detail["test"] == "path" and fact.detail["restored"] == "yes":
        when = f" when {fact.detail['condition']}" if fact.detail["condition"] else ""
        return (
            f"{fact.name} switches autocommit on inside an open transaction{when}: "
            "PostgreSQL refuses that, MySQL and SQLite commit"
        )
    if fact.detail["test"] == "path":
        return f"{left} when {fact.detail['condition']}" if fact.detail["condition"] else f"{left} on one path"
    return f"{left} unless `{fact.detail['condition']}`: one that only reads keeps its locks and its snapshot"


def on_postgresql(project: Project, fact: CodeFact) -> bool:
    """Whether the alias is PostgreSQL in every definition, where such a switch has always failed."""
    vendors = {database.vendor for _, database in project.databases() if database.alias == (fact.alias or "default")}
    return vendors == {"postgresql"}


def begun_by_settings(project: Project, fact: CodeFact) -> bool:
    """Whether transactions begin by themselves: `AUTOCOMMIT` is off, or Django's old API is at work."""
    if fact.detail["test"] == "django":
        return True
    settings = project.databases()
    return any(d.get("AUTOCOMMIT").value is False for _, d in settings if not fact.alias or d.alias == fact.alias)


def on_old_django(project: Project, fact: CodeFact) -> tuple[Because, ...]:
    """Return which Django decides what becomes of the removed API, as evidence; nothing where none is known."""
    version = lowest_django(project, fact)
    if fact.detail["api"] != "removed" or not version:
        return ()
    return (Because(f"the project may run on Django {'.'.join(map(str, version))}"),)
