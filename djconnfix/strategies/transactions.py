"""Signs of transactions, which a pooler in statement mode refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import State

if TYPE_CHECKING:
    from djconnfix.facts import Database, Project, SettingsModule

# Django's own applications that write in transactions to the alias their models live on.
_APPS = {
    "django.contrib.admin": "the admin saves in transactions",
    "django.contrib.sessions": "sessions in the database are saved in transactions",
}
_FACTS = {
    "autocommit-not-restored",
    "commit-in-atomic",
    "connection-closed-in-atomic",
    "durable-in-view",
    "failed-request-committed",
    "manual-commit",
    "middleware-transaction",
    "raw-transaction-statement",
    "slow-call-in-atomic",
    "transaction",
    "transaction-left-open",
}


def transaction_in(project: Project, settings: SettingsModule, database: Database) -> str:
    """Return a clause that names a transaction of an alias; empty when none is seen, which proves nothing."""
    atomic = database.get("ATOMIC_REQUESTS")
    if atomic.state is State.UNKNOWN:
        return "whether ATOMIC_REQUESTS makes one of each request cannot be seen"
    if atomic.written and (not atomic.certain or atomic.value):
        return "ATOMIC_REQUESTS makes one of each request"
    for item in _installed(settings):
        if item in _APPS and not _mirror(database):
            return _APPS[item]
    for fact in project.code:
        if fact.kind in _FACTS and fact.alias in ("", database.alias):
            return f"{fact.location.path}:{fact.location.line} handles one"
    return ""


def _installed(settings: SettingsModule) -> tuple[str, ...]:
    apps = settings.lists.get("INSTALLED_APPS")
    return tuple(item.value for item in apps.items if item.value) if apps else ()


def _mirror(database: Database) -> bool:
    """Whether an alias surely holds nothing that is written: Django's own word for it is a mirror."""
    test = database.settings.get("TEST")
    value = test.value if test is not None else None
    return isinstance(value, dict) and bool(value.get("MIRROR"))
